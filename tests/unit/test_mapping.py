"""The cells of a batch become values of the columns' types, or issues that say why not."""

from typing import Any

import pytest

from impex.domain.column import ColumnType, OnEmpty, Regex
from impex.domain.issue_codes import Code
from impex.domain.issues import VALUE_LIMIT
from tests.groups import column, decimal, integer
from tests.unit.mapped_cells import code_of, issues_of, mapped, value_of


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("text", " as it is ", " as it is "),
        ("integer", "42", "42"),
        ("integer", "+007", "7"),
        ("integer", " -1 ", "-1"),
        ("integer", "-9223372036854775808", "-9223372036854775808"),
        ("decimal", "19.90", "19.90"),
        ("decimal", "-0.5", "-0.5"),
        ("decimal", ".5", ".5"),
        ("decimal", "12345678901234567890.123", "12345678901234567890.123"),
        ("boolean", "TRUE", "true"),
        ("boolean", "yes", "true"),
        ("boolean", "1", "true"),
        ("boolean", "No", "false"),
        ("boolean", "0", "false"),
        ("date", "2026-01-31", "2026-01-31"),
        ("timestamp", "2026-01-31", "2026-01-31 00:00:00"),
        ("timestamp", "2026-01-31 23:59", "2026-01-31 23:59:00"),
        ("timestamp", "2026-01-31T23:59:58", "2026-01-31 23:59:58"),
        ("timestamp", "2026-01-31T23:59:58.125", "2026-01-31 23:59:58.125"),
        ("timestamp", "2026-01-31T23:59:58Z", "2026-01-31 23:59:58"),
        ("timestamp", "2026-01-31T23:59:58+02:00", "2026-01-31 21:59:58"),
        ("json", '{"a": [1, null]}', '{"a": [1, null]}'),
        ("json", r'"C:\\u0000"', r'"C:\\u0000"'),
    ],
)
def test_a_cell_of_its_type_becomes_a_value(kind: str, cell: str, value: str) -> None:
    """Values are text that PostgreSQL reads without loss."""
    assert value_of(cell, type=ColumnType(kind)) == value


@pytest.mark.parametrize(
    ("kind", "cells", "code"),
    [
        ("integer", ["1.0", "1 000", "1_000", "0x1", "٣", "9223372036854775808"], "bad_integer"),
        ("decimal", ["19,90", "1,299.00", "1.299,00", "1 299", "1e5", ".", "NaN", "Infinity", "€5",
                     "1" * 1001], "bad_decimal"),
        ("boolean", ["2", "maybe", "truee"], "bad_boolean"),
        ("date", ["31.01.2026", "2026-02-30", "0000-00-00", "0000-01-01", "26-01-01", "+12026-01-01",
                  "2026-01-01 10:00", "today"], "bad_date"),
        ("timestamp", ["2026-01-31 24:01", "31.01.2026 10:00", "26-01-01 10:00"], "bad_timestamp"),
        ("json", ["{", "{'a': 1}", "NaN", '{"a": 1,}', r'"\u0000"', r'"\ud800"', "1e400000",
                  "1e-20000", "[" * 100_000], "bad_json"),
    ],
)  # fmt: skip
def test_a_cell_of_another_type_is_an_issue(kind: str, cells: list[str], code: str) -> None:
    """Nothing is guessed, rounded or cut; what PostgreSQL would refuse is refused here."""
    for cell in cells:
        assert code_of(cell, type=ColumnType(kind)) is Code(code), cell


@pytest.mark.parametrize(("cell", "good"), [("1.5", True), ("1.50", True), ("1.500", True),
                                            ("1.505", False), ("2", True)])  # fmt: skip
def test_a_decimal_has_no_more_digits_than_its_scale(cell: str, good: bool) -> None:
    """Zeros at the end are no digits; everything else would be rounded, so it is an issue."""
    issues = issues_of(cell, type=ColumnType.DECIMAL, scale=2)

    told = [(Code.TOO_MANY_DECIMALS, f"'{cell}' has more than 2 decimals")]
    assert [(issue.code, issue.message) for issue in issues] == ([] if good else told)


@pytest.mark.parametrize(
    ("form", "cell", "value"),
    [
        ("%d.%m.%Y", "31.01.2026", "2026-01-31"),
        ("%d.%m.%y", "31.01.26", "2026-01-31"),
        ("%m/%d/%Y", "1/31/2026", "2026-01-31"),
        ("%d %B %Y", "31 January 2026", "2026-01-31"),
        ("%Y%m%d", "20260131", "2026-01-31"),
    ],
)
def test_a_date_is_read_as_its_format_says(form: str, cell: str, value: str) -> None:
    """Merchants write dates in many ways; the descriptor says which."""
    assert value_of(cell, type=ColumnType.DATE, format=form) == value


def test_a_two_digit_year_is_not_taken_for_the_first_century() -> None:
    """``%Y`` means four digits."""
    assert code_of("31.01.26", type=ColumnType.DATE, format="%d.%m.%Y") is Code.BAD_DATE


@pytest.mark.parametrize(
    ("form", "cell", "value"),
    [
        ("%d.%m.%Y %H:%M", "31.01.2026 23:59", "2026-01-31 23:59:00"),
        ("%d.%m.%Y", "31.01.2026", "2026-01-31 00:00:00"),
        ("%m/%d/%Y %I:%M %p", "01/31/2026 11:59 PM", "2026-01-31 23:59:00"),
        ("%Y-%m-%d %H:%M:%S %z", "2026-01-31 23:59:58 +0200", "2026-01-31 21:59:58"),
    ],
)
def test_a_timestamp_is_read_as_its_format_says(form: str, cell: str, value: str) -> None:
    """An offset from UTC is taken into account."""
    assert value_of(cell, type=ColumnType.TIMESTAMP, format=form) == value


@pytest.mark.parametrize(
    ("pattern", "template", "cell", "value"),
    [
        ("^(.{0,3})", "${1}", "ABCDE", "ABC"),
        (r"([0-9]+)-([a-z]+)", "${2}/${1}", "x 12-ab y", "ab/12"),
        (r"(?P<year>[0-9]{4})", "Y${year}!", "in 2026", "Y2026!"),
        ("[a-z]+", "${0}", "12ab34", "ab"),
        ("(a)(b)?", "${1}${2}", "a", "a"),
        ("(?i)true", "yes", "TRUE", "yes"),
        (r"[(](a)", "${1}", "(a", "a"),
        (r"\Q(a)\E(b)", "${1}", "(a)b", "b"),
        (r"(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)", "${10}", "abcdefghij", "j"),
        (r"(\w{1,500}) (\w{1,500})", "${2}", "one two", "two"),
        ("(ö+)", "${1}", "schööön", "ööö"),
        ("^(.*)$", r"\1 ${1}", "a", r"\1 a"),
    ],
)
def test_a_pattern_takes_a_part_of_the_cell(
    pattern: str, template: str, cell: str, value: str
) -> None:
    """RE2 finds the part, the template arranges it; a group that is not there is empty."""
    assert value_of(cell, regex=Regex(pattern, template)) == value


@pytest.mark.parametrize(
    ("pattern", "template", "cell"),
    [
        ("^[0-9]{13}$", "${0}", "400000000001"),
        ("^x", "yes", "y"),
        ("(a*)", "${1}", "b"),
        (r"^\d+$", "${0}", "٣"),
        (r"^[[a]$", "${0}", "x"),
    ],
)
def test_a_cell_without_a_match_is_an_issue(pattern: str, template: str, cell: str) -> None:
    """Also where the match is empty; digits and letters are those of RE2."""
    (issue,) = issues_of(cell, regex=Regex(pattern, template))

    assert issue.code is Code.PATTERN_MISMATCH
    assert issue.message == f"'{cell}' does not match the pattern"


def test_the_part_that_a_pattern_takes_is_read_as_the_type() -> None:
    """First the part, then the type."""
    options: dict[str, Any] = {"type": ColumnType.INTEGER, "regex": Regex("([0-9.]+)", "${1}")}

    assert value_of("about 12 pieces", **options) == "12"
    assert code_of("about 1.2 pieces", **options) is Code.BAD_INTEGER


def test_blanks_are_removed_where_the_column_says_so() -> None:
    """A cell of blanks is then empty."""
    assert value_of("  a b\t", trim=True) == "a b"
    assert value_of("   ", trim=True) is None
    assert value_of("   ") == "   "


def test_an_empty_cell_is_no_value() -> None:
    """Whatever the type, nothing is nothing."""
    for kind in ColumnType:
        assert value_of("", type=kind) is None


def test_text_is_not_longer_than_its_column() -> None:
    """Characters are counted, not bytes; the part counts, not the cell."""
    assert value_of("größe", max_length=5) == "größe"
    assert code_of("größer", max_length=5) is Code.TOO_LONG
    assert value_of("größer", max_length=5, regex=Regex("^(.{5})", "${1}")) == "größe"


def test_an_empty_cell_takes_the_default() -> None:
    """The default is a value of the type, and may be the empty text."""
    default = {"on_empty": OnEmpty.DEFAULT}

    assert value_of("", **default, default="yes", type=ColumnType.BOOLEAN) == "true"
    assert value_of("no", **default, default="yes", type=ColumnType.BOOLEAN) == "false"
    assert value_of("", **default, default="2026-01-31", type=ColumnType.DATE,
                    format="%d.%m.%Y") == "2026-01-31"  # fmt: skip
    assert value_of("", **default, default="") == ""
    assert value_of("", **default, default="{}", type=ColumnType.JSON) == "{}"


@pytest.mark.parametrize("options", [{"required": True}, {"on_empty": OnEmpty.ERROR}])
def test_a_required_cell_is_not_empty(options: dict[str, Any]) -> None:
    """Trimmed blanks are empty too."""
    (issue,) = issues_of(" ", trim=True, **options)

    assert (issue.code, issue.message) == (Code.EMPTY_VALUE, "x is empty")


def test_a_constant_is_the_value_of_every_row() -> None:
    """Signs that mean something to a database or a template are ordinary text."""
    constant = """50% of 'all' "{goods}" \\ ${1}"""

    result = mapped([column("x", constant=constant)], [("A",), ("B",)])

    assert result.frame["c2"].to_list() == [constant, constant]


def test_good_rows_keep_their_lines_and_their_order() -> None:
    """Bad rows are taken out, nothing else."""
    result = mapped([integer("stock")], [("A", "1"), ("B", "x"), ("C", "3")])

    assert result.frame.rows() == [(2, "A", "1"), (4, "C", "3")]
    assert result.rejected == 1


def test_all_faults_of_a_row_are_told_at_once() -> None:
    """A person mends a row once, not fault by fault."""
    columns = [integer("stock"), decimal("price", source="Price, €"), column("name", required=True)]

    result = mapped(columns, [("A", "many", "1,5", ""), ("", "1", "2", "x")])

    assert [(i.line, i.column, i.code, i.value, i.key) for i in result.issues] == [
        (2, "stock", Code.BAD_INTEGER, "many", "code=A"),
        (2, "Price, €", Code.BAD_DECIMAL, "1,5", "code=A"),
        (2, "name", Code.EMPTY_VALUE, "", "code=A"),
        (3, "code", Code.EMPTY_VALUE, "", "code="),
    ]
    assert result.rejected == 2


def test_a_long_value_is_cut_in_the_issue() -> None:
    """An issue shows enough to recognise the cell, not a whole document."""
    (issue,) = issues_of("x" * 1000, type=ColumnType.INTEGER)

    assert issue.value == "x" * VALUE_LIMIT


def test_a_column_without_a_name_is_called_by_its_position() -> None:
    """A person counts the fields."""
    (issue,) = issues_of("x", type=ColumnType.INTEGER, position=2)

    assert issue.column == "column 2"


def test_a_batch_without_rows_stays_without_rows() -> None:
    """A file may have a header only."""
    columns = [
        column("x", regex=Regex("(a)", "${1}")),
        column("y", constant="1"),
        column("z", type=ColumnType.JSON),
    ]

    result = mapped(columns, [])

    assert result.frame.columns == ["line", "c1", "c2", "c3", "c4"]
    assert (result.frame.height, result.rejected) == (0, 0)
