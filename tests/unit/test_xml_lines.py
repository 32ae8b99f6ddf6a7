"""Start tags found without parsing, beside the parser's own lines."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.formats.chunks import RECORD_LIMIT
from impex.formats.xml_lines import TagLines

_WORDS = st.sampled_from(["", " ", "\n", "x", "'", '"', ">", "]]", "--", "?", "ж", "r", "p:r"])
_TEXTS = st.lists(_WORDS, max_size=4).map("".join)
_NAMES = st.sampled_from(["r", "p:r", "rr", "x.r", "r-", "s"])


def _quoted(text: str) -> str:
    quote = "'" if '"' in text else '"'
    return f"{quote}{text.replace(quote, '')}{quote}"


_SPACES = st.sampled_from([" ", "\n", "\n\n "])
_TAGS = st.tuples(_NAMES, _SPACES, _TEXTS, _SPACES).map(
    lambda part: f"{part[0]}{part[1]}a={_quoted(part[2])}{part[3]}"
)
_INSIDE = st.one_of(
    # Two texts may follow each other, and `]]>` must not stand in what they are together.
    _TEXTS.map(lambda text: text.replace("]", "")),
    _TEXTS.map(lambda text: f"<![CDATA[<r>{text.replace(']]>', '')}<r a='\n']]>"),
    _TEXTS.map(lambda text: f"<!--<r>{text.replace('--', '')}\n<r -->"),
    _TEXTS.map(lambda text: f"<?pi <r>\n{text.replace('?>', '')}<r ?>"),
    _TAGS.map(lambda tag: f"<{tag}/>"),
    st.tuples(_TAGS, _TEXTS).map(
        lambda p: f"<{p[0]}>{p[1].replace(']]>', '')}</{p[0].split()[0]}\n>"
    ),
)
_DOCUMENTS = st.lists(_INSIDE, max_size=8).map(
    lambda parts: f"<a xmlns:p='urn:p'>{''.join(parts)}</a>".encode()
)


def _lines(data: bytes, size: int) -> list[int]:
    tags = TagLines(["r"])
    blocks = (data[at : at + size] for at in range(0, len(data), size))
    assert b"".join(tags.follow(blocks)) == data
    return [*tags.coming]


@given(_DOCUMENTS, st.integers(1, 40))
def test_the_lines_are_those_of_the_parser(data: bytes, size: int) -> None:
    """Whatever looks like a tag and is none, and wherever a block ends."""
    found = etree.fromstring(data).iter("{*}r")

    assert _lines(data, size) == [element.sourceline for element in found]


@given(_DOCUMENTS, st.integers(1, 40))
def test_what_is_handed_on_has_no_tag_in_parts(data: bytes, size: int) -> None:
    """A line is known when the parser meets its tag."""
    tags = TagLines(["r"])
    parser = etree.XMLPullParser(events=("start",), tag="{*}r")
    blocks = (data[at : at + size] for at in range(0, len(data), size))

    for block in tags.follow(blocks):
        parser.feed(block)
        for _ in parser.read_events():
            tags.coming.popleft()

    assert not tags.coming


@pytest.mark.parametrize("begin", [b"<!--", b"<![CDATA[", b"<?pi ", b"<r a='", b"<"])
def test_nothing_is_waited_for_without_an_end(begin: bytes) -> None:
    """Memory would hold all of it otherwise."""

    def blocks() -> Iterator[bytes]:
        yield b"<a>\n"
        yield begin
        while True:
            yield b"x" * (RECORD_LIMIT // 4)

    with pytest.raises(FileFaultError) as told:
        list(TagLines(["r"]).follow(blocks()))

    assert [(issue.code, issue.line) for issue in told.value.issues] == [(Code.RECORD_TOO_LONG, 2)]
