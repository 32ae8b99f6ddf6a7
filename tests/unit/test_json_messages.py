"""JSON that two readers could take for two things is refused, with the place."""

import pytest

from orders.messages.json_message import DEPTH_LIMIT, read_json
from orders.messages.refusal import RefusedMessageError

REFUSED = {
    b"": ("line 1, character 1", "not JSON"),
    b"{": ("line 1, character 2", "not JSON"),
    b'{"a": 1}}': ("line 1, character 9", "not JSON: Extra data"),
    b'{"a": NaN}': ("$", "NaN is no number"),
    b'{"a": -Infinity}': ("$", "-Infinity is no number"),
    b'{"a": 1, "a": 2}': ("$", "the member 'a' 2 times"),
    b'{"a": {"\\u0061": 1, "a": 2}}': ("$", "the member 'a' 2 times"),
    b'{"a": "\xff"}': ("byte 8", "not text in UTF-8"),
    b'\xef\xbb\xbf{"a": 1}': ("line 1, character 1", "not JSON"),
    b'{"a": "\\ud800"}': ("$.a", "half a character, \\ud800"),
    b'{"\\udfff": 1}': ("$", "half a character, \\udfff"),
    b'{"a": ["x\\u0000"]}': ("$.a[0]", "NUL"),
    b'{"a": "\n"}': ("line 1, character 8", "not JSON"),
    b"{'a': 1}": ("line 1, character 2", "not JSON"),
    b'{"a": 01}': ("line 1, character 8", "not JSON"),
    b"[" * 100_000: ("$", "more than 32 objects and lists"),
    b'{"a":' * 60_000: ("$", "more than 32 objects and lists"),
}


@pytest.mark.parametrize("body", REFUSED, ids=range(len(REFUSED)))
def test_a_message_that_is_not_strict_json_is_refused_with_the_place(body: bytes) -> None:
    """The sender can mend it without asking us."""
    where, what = REFUSED[body]

    with pytest.raises(RefusedMessageError) as refused:
        read_json(body)

    assert what in refused.value.what
    assert refused.value.where == where


@pytest.mark.parametrize(("depth", "is_taken"), [(DEPTH_LIMIT, True), (DEPTH_LIMIT + 1, False)])
def test_depth_is_bounded(depth: int, is_taken: bool) -> None:
    """As deep as anybody means, and no deeper."""
    body = b"[" * depth + b"]" * depth

    if is_taken:
        read_json(body)
    else:
        with pytest.raises(RefusedMessageError, match="more than 32"):
            read_json(body)


def test_numbers_stay_as_they_are_written() -> None:
    """No digit is lost on the way, and no number is too long for Python."""
    node = read_json(b'{"a": 1.10000000000000000001, "b": 1e2, "c": ' + b"9" * 5000 + b"}")

    assert node.text("a") == "1.10000000000000000001"
    assert node.text("b") == "1e2"
    assert node.text("c") == "9" * 5000


def test_paths_lead_inward_and_outward() -> None:
    """A list is no step of its own; what is absent or null is nothing."""
    root = read_json(b'{"t": {"code": "T1", "list": [{"at": 1}, {"at": 2}]}, "n": null}')

    inner = root.each("t.list")

    assert [node.where for node in inner] == ["$.t.list[0]", "$.t.list[1]"]
    assert [node.text("at") for node in inner] == ["1", "2"]
    assert inner[1].text("../code") == "T1"
    assert inner[1].text("../../n") is None
    assert inner[1].text("../../../n") is None
    assert root.text("t.none.deeper") is None
    assert root.text("n.deeper") is None
    assert inner[1].place("../code") == "$.t.code"


def test_paths_to_objects_lead_through_lists() -> None:
    """Those of all entries are found, and each knows the entry around it."""
    root = read_json(b'{"p": [{"n": 1, "i": [{"a": 1}, {"a": 2}]}, {"n": 2}, {"n": 3, "i": {}}]}')

    items = root.each("p.i")

    assert [node.where for node in items] == ["$.p[0].i[0]", "$.p[0].i[1]", "$.p[2].i"]
    assert [node.text("../n") for node in items] == ["1", "1", "3"]


@pytest.mark.parametrize(
    ("body", "path", "where", "what"),
    [
        (b'{"a": [1]}', "a", "$.a", "is a list, not a text or a number"),
        (b'{"a": {}}', "a", "$.a", "is an object, not a text or a number"),
        (b'{"a": true}', "a", "$.a", "is true or false, not a text or a number"),
        (b'{"a": "x"}', "a.b", "$.a", "is not an object"),
        (b"[]", "a", "$", "is not an object"),
    ],
)
def test_a_path_to_something_else_is_a_fault_of_the_message(
    body: bytes, path: str, where: str, what: str
) -> None:
    """Nothing is guessed."""
    with pytest.raises(RefusedMessageError) as refused:
        read_json(body).text(path)

    assert (refused.value.where, refused.value.what) == (where, what)


def test_entries_without_fields_are_a_fault() -> None:
    """Each update, line or scan is an object."""
    with pytest.raises(RefusedMessageError, match=r"\$\.a\[1\]: is not an object"):
        read_json(b'{"a": [{}, 1]}').each("a")
