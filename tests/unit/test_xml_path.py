"""Paths into XML documents."""

import pytest

from impex.domain.xml_path import FieldPath, Step, field_path, record_path

SPACES = {"": "urn:shop", "c": "urn:c"}
XML = "{http://www.w3.org/XML/1998/namespace}"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (".", FieldPath()),
        ("@id", FieldPath(attribute="id")),
        ("name", FieldPath(steps=(Step("{urn:shop}name"),))),
        ("c:a/c:b", FieldPath(steps=(Step("{urn:c}a"), Step("{urn:c}b")))),
        ("price/@c:unit", FieldPath(steps=(Step("{urn:shop}price"),), attribute="{urn:c}unit")),
        ("image[2]", FieldPath(steps=(Step("{urn:shop}image", place=2),))),
        ("x[@xml:lang='d/e']", FieldPath(steps=(Step("{urn:shop}x", (f"{XML}lang", "d/e")),))),
        ('x[@a = "it\'s"]', FieldPath(steps=(Step("{urn:shop}x", ("a", "it's")),))),
        ("../@id", FieldPath(up=1, attribute="id")),
        ("../../c:code", FieldPath(up=2, steps=(Step("{urn:c}code"),))),
    ],
)
def test_a_path_tells_which_field_is_meant(text: str, path: FieldPath) -> None:
    """Attributes without a prefix are in no namespace, as in XPath."""
    assert field_path(text, SPACES) == path


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "has an empty step"),
        ("a//b", "has an empty step"),
        ("/a", "has an empty step"),
        ("a/", "has an empty step"),
        ("..", "must go on to an attribute or an element, as in ../@id"),
        ("x:y", "has the prefix 'x', which `namespaces` does not name"),
        ("a[b]", "has a step that cannot be followed: 'a[b]'"),
        ("@a/b", "has a step that cannot be followed: '@a'"),
        ("a/../b", "has a step that cannot be followed: '..'"),
        ("text()", "has a step that cannot be followed: 'text()'"),
    ],
)
def test_a_path_that_cannot_be_followed_is_explained(text: str, fault: str) -> None:
    """The rest of XPath is not there, and says so."""
    with pytest.raises(ValueError, match=r"has|must") as caught:
        field_path(text, SPACES)
    assert str(caught.value) == fault


def test_records_are_found_from_the_root_on() -> None:
    """A path to records has names and nothing else."""
    assert record_path("/c:catalog/product", SPACES) == ("{urn:c}catalog", "{urn:shop}product")
    assert record_path("/catalog", {}) == ("catalog",)


@pytest.mark.parametrize("text", ["catalog", "//product", "/", "/a/", "/a[1]", "/a/@b", "/x:a"])
def test_a_path_to_records_must_be_whole(text: str) -> None:
    """Records at any depth, or some of them, are not offered."""
    with pytest.raises(ValueError, match=r"must|empty|followed|prefix"):
        record_path(text, SPACES)
