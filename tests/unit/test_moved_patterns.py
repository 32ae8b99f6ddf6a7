"""Patterns of Java: of file names, of cells, of dates; and the queries of descriptors."""

import re
from collections.abc import Callable
from contextlib import suppress
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impex.config.patterns import pattern_fault
from impex.domain.column import ColumnType
from impex.moving.cell_patterns import PatternError, cell_pattern
from impex.moving.date_patterns import DatePatternError, date_formats
from impex.moving.masks import MaskError, masks_of
from impex.moving.queries import QueryError, read_delete, read_insert, read_select, statements

# What masks can be made of, so that names can be drawn from the same letters.
_ATOMS = st.sampled_from(["a", "b", r"\.", "-", ".", ".*", "[ab]", "[^a]", r"\d", "(a|bb)", "(.*)"])
_PATTERNS = st.lists(
    st.tuples(_ATOMS, st.sampled_from(["", "", "", "?", "+", "*", "{2}", "{1,2}"])), max_size=5
).map(lambda parts: "".join(atom + often for atom, often in parts))
_TEXT = st.text(alphabet="ab.-01(){}[]*+?|\\^$,'{x=} selctfromwhINSERTO", max_size=60)


@pytest.mark.parametrize(
    ("pattern", "masks", "wider"),
    [
        ("brandnames(.*).csv(.*)", ("brandnames*.csv*",), False),
        ("delete.all.x(.*).csv(.*)", ("delete.all.x*.csv*",), False),
        ("(.*)-branddata.xml", ("*-branddata.xml",), False),
        (r"^prices-\d{4}\.(csv|txt)$", ("prices-[0-9][0-9][0-9][0-9].csv", "prices-[0-9][0-9][0-9][0-9].txt"), False),
        (r"a(_[a-z]{2})?\.jpe?g", ("a_[a-z][a-z].jpeg", "a_[a-z][a-z].jpg", "a.jpeg", "a.jpg"), False),
        (r"x[^_\d]\.csv", ("x[!_0-9].csv",), False),
        (r"x\*\[y\]\?.csv", ("x[*][[]y][?].csv",), False),
        (r"import([\.\d{14}]*)\.zip", ("import*.zip",), True),
        (r"(?i)a\d+?\.csv", ("a[0-9]*.csv",), True),
    ],
)  # fmt: skip
def test_a_pattern_of_names_becomes_masks(
    pattern: str, masks: tuple[str, ...], wider: bool
) -> None:
    """As few as say the same; whether they take more names is known."""
    found = masks_of(pattern)

    assert (found.masks, found.wider) == (masks, wider)


@pytest.mark.parametrize(
    "pattern",
    [
        "(?!x).*", r"(a)\1", "(a", "a)", "[a", "*a", "a{2", "a{999}", "", "a/b", r"\p{L}", "[a[b]]",
        "[a-z&&[^b]]", "(a|b)" * 9, "(" * 90, r"a\Qb\E", "a^b",
    ],
)  # fmt: skip
def test_a_pattern_that_masks_cannot_say_is_refused(pattern: str) -> None:
    """The message quotes the part that cannot be said, or says what there is too much of."""
    with pytest.raises(MaskError, match=r"cannot be said|too|more than|no name"):
        masks_of(pattern)


@given(_PATTERNS, st.text(alphabet="ab.-0", max_size=6))
def test_masks_take_every_name_that_the_pattern_takes(pattern: str, name: str) -> None:
    """And no other one, unless they are said to be wider."""
    try:
        found = masks_of(pattern)
    except MaskError:
        return
    takes = any(fnmatchcase(name, mask) for mask in found.masks)
    # A point in front of a letter is taken for a point: that is what the patterns mean.
    meant = re.sub(r"(?<!\\)\.(?=[a-z])", r"\\.", pattern)
    matches = re.fullmatch(meant, name) is not None

    assert takes or not matches
    assert matches or not takes or found.wider


@pytest.mark.parametrize(
    ("pattern", "group", "template", "options"),
    [
        ("(.{0,36})(.*)", "1", "", {"regex": "(?s)^(.{0,36})"}),
        ("(.{1,1})(.*)", "", "", {"regex": "(?s)^(.{1,1})"}),
        ("([0-9]+) cm", "", "", {"regex": "(?is)([0-9]+) cm"}),
        ("(a)(b)", "2", "", {"regex": "(?is)(a)(b)", "group": 2}),
        ("(.*)", "", "X-$1", {"regex": "(?s)^(?:(.*))$", "template": "X-${1}"}),
        ("(.*)", "", r"\$$12", {"regex": "(?s)^(?:(.*))$", "template": "$${1}2"}),
        ("(?<n>.)", "", "${n}", {"regex": "(?is)^(?:(?P<n>.))$", "template": "${n}"}),
    ],
)
def test_a_pattern_of_cells_is_a_regex(
    pattern: str, group: str, template: str, options: dict[str, object]
) -> None:
    """With the group or the template, as RE2 has them."""
    assert cell_pattern(pattern, group, template).options == {"trim": True} | options


@pytest.mark.parametrize(
    ("pattern", "group", "template", "message"),
    [
        ("(?=a)(b)", "", "", "invalid perl operator"),
        ("(.{4000})(.{0,4000})(.*)", "2", "", "invalid repetition size"),
        ("abc", "", "", "it has 0 groups, and 1 is taken"),
        ("(a)(b)", "", "", "nothing says which is taken"),
        ("(a)", "x", "", "its group must be a number"),
        ("(a)", "", "$x", "a \\$ without a group"),
        ("(a)", "", "$2", "a group that it does not have: 2"),
        ("(a)", "", "\n", "no text in one line"),
        ("(" + "a" * 1000 + ")", "", "", "more than 1000 characters"),
    ],
)
def test_a_pattern_that_cannot_be_kept_is_refused(
    pattern: str, group: str, template: str, message: str
) -> None:
    """The reason is told, for the person who writes another one."""
    with pytest.raises(PatternError, match=message):
        cell_pattern(pattern, group, template)


@given(_TEXT, st.sampled_from(["", "0", "1", "2"]), _TEXT)
def test_what_becomes_of_a_pattern_is_one_that_re2_takes(
    pattern: str, group: str, template: str
) -> None:
    """Whatever stands there."""
    try:
        options = cell_pattern(pattern, group, template).options
    except PatternError:
        return
    assert pattern_fault(options.get("regex", "")) is None


@pytest.mark.parametrize(
    ("pattern", "kind", "formats"),
    [
        ("yyyy-MM-dd", ColumnType.DATE, ["%Y-%m-%d"]),
        ("dd.MM.yy[ HH:mm:ss]", ColumnType.TIMESTAMP, ["%d.%m.%y %H:%M:%S", "%d.%m.%y"]),
        ("yyyy-MM-dd'T'HH:mm:ssXXX", ColumnType.TIMESTAMP, ["%Y-%m-%dT%H:%M:%S%z"]),
        ("MMM d, yyyy hh:mm a", ColumnType.TIMESTAMP, ["%b %d, %Y %I:%M %p"]),
        ("yyyy'%'MM''dd", ColumnType.DATE, ["%Y%%%m'%d"]),
    ],
)
def test_a_pattern_of_dates_becomes_formats(
    pattern: str, kind: ColumnType, formats: list[str]
) -> None:
    """Letter by letter; what may be missing makes two."""
    assert date_formats(pattern, kind) == formats


@pytest.mark.parametrize(
    "pattern", ["yyyy-MM-dd SSS", "HH:mm", "[[yyyy]]", "w", "", "yyyy-MM-dd hh:mm"]
)
def test_a_pattern_of_dates_without_counterpart_is_refused(pattern: str) -> None:
    """A part that strptime does not have, or a date that is not whole."""
    with pytest.raises(DatePatternError, match=r"has no counterpart|must contain"):
        date_formats(pattern, ColumnType.DATE)


@given(_TEXT, st.sampled_from([read_select, read_insert, read_delete]))
def test_a_statement_is_read_or_refused(text: str, read: Callable[[str], object]) -> None:
    """Nothing else comes of it, whatever stands there."""
    with suppress(QueryError):
        assert read(text)


def test_queries_within_queries_have_an_end() -> None:
    """A hostile statement is refused before the stack is full."""
    deep = " = (".join(["select a from A where b"] * 5000)

    with pytest.raises(QueryError, match="more than 10 queries stand within each other"):
        read_select(deep)


def test_statements_end_with_a_line() -> None:
    """A semicolon within a line belongs to a value."""
    text = "DELETE FROM A WHERE B = 'x;y';\n  INSERT INTO A (B) VALUES ('x');"

    assert statements(text) == ["DELETE FROM A WHERE B = 'x;y'", "INSERT INTO A (B) VALUES ('x')"]
