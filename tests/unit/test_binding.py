"""Which fields of a file feed which column of the descriptor."""

from typing import Any

import pytest

from impex.domain.errors import FileFaultError
from impex.domain.group import UnknownColumns
from impex.domain.issue_codes import Code
from impex.domain.layout import Layout
from impex.mapping.binding import Binding, bind
from tests.groups import column, goods, translated

HEADER = ["code", "Name, 50%", "EN", "EN"]


def bound(header: list[str], *columns: Any, **options: Any) -> Binding:
    """Bind columns to a header; unknown ones are warned of."""
    return bind(goods(*columns, **options), header, len(header))


def faults(header: list[str], *columns: Any, **options: Any) -> list[tuple[Code, str]]:
    """Return code and message of the faults of a header."""
    with pytest.raises(FileFaultError, match=r"\w") as fault:
        bound(header, *columns, **options)
    return [(issue.code, issue.message) for issue in fault.value.issues]


def test_columns_find_their_fields_by_name_and_by_position() -> None:
    """Constants need no field, and several columns may read the same one."""
    columns = (
        column("name", source="Name, 50%"),
        column("note", source="Name, 50%"),
        column("title", position=4, language="en"),
        column("kind", constant="x"),
    )

    found = bind(goods(*columns), HEADER, 4)

    assert found.fields == {"code": (1,), "name": (2,), "note": (2,), "title:en": (4,)}
    assert found.absent == ()


@pytest.mark.parametrize(
    ("header", "number"),
    [
        (["code", "Price", "price"], 2),
        (["code", "price", "Price"], 3),
        (["code", " PRICE "], 2),
        (["code", "Preis"], 2),
        (["code", "net  price"], 2),
        (["code", "Preis", "price"], 3),
        (["code", "preis", "Preis"], 3),
        (["code", "Net price", "PRICE"], 3),
    ],
)
def test_a_name_is_found_as_people_write_it(header: list[str], number: int) -> None:
    """Exactly, else in another case or with other blanks, else under another name."""
    found = bound(header, column("price", source="Price", aliases=("Preis", "Net price")))

    assert found.fields["price"] == (number,)


def test_a_lookup_by_several_columns_needs_a_field_for_each() -> None:
    """In the order of the names, not of the file."""
    options: dict[str, Any] = {"sources": ("brand", "land")}
    brand = column("brand_id", **options)

    assert bound(["land", "code", "Brand"], brand).fields["brand_id"] == (3, 1)
    assert bound(["code", "brand"], brand).absent == ("brand_id",)
    assert faults(["code", "brand"], column("brand_id", **options, required=True)) == [
        (Code.MISSING_COLUMN, "the header has no column 'land'; did you mean 'brand'?")
    ]


def test_a_column_that_a_file_does_not_have_is_absent() -> None:
    """A file may bring a part of the columns only; the rest stays as it is."""
    found = bind(
        goods(column("price"), translated("title", "de"), column("x", position=5)), HEADER, 4
    )

    assert found.absent == ("price", "title:de", "x")


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"source": "Name, 5%"}, Code.MISSING_COLUMN, "did you mean 'Name, 50%'"),
        ({"source": "price"}, Code.MISSING_COLUMN, "it has: code, Name, 50%, EN, EN"),
        ({"position": 5}, Code.MISSING_COLUMN, "field 5 is needed, but the file has 4 fields"),
        ({"source": "EN"}, Code.DUPLICATE_HEADER, r"names 'EN' 2 times, in fields \[3, 4\]"),
        ({"source": "en"}, Code.DUPLICATE_HEADER, r"names 'en' 2 times, in fields \[3, 4\]"),
        ({"source": "x", "aliases": ("code", "EN")}, Code.DUPLICATE_HEADER, "3 times"),
    ],
)
def test_a_required_column_must_have_one_field(
    options: dict[str, object], code: Code, message: str
) -> None:
    """The message names the nearest header, or all there are."""
    with pytest.raises(FileFaultError, match=message) as fault:
        bind(goods(column("x", required=True, **options)), HEADER, 4)

    assert [(issue.code, issue.line) for issue in fault.value.issues] == [(code, 1)]


def test_an_ambiguous_column_is_a_fault_even_if_it_is_optional() -> None:
    """Nobody can tell which of the two is meant."""
    with pytest.raises(FileFaultError, match="names 'EN' 2 times"):
        bind(goods(column("title", source="EN", language="en")), HEADER, 4)


def test_all_faults_of_a_header_are_told_at_once() -> None:
    """A person mends a header once."""
    columns = (column("x", required=True), column("y", required=True))

    with pytest.raises(FileFaultError, match=r"column 'x'.*column 'y'") as fault:
        bind(goods(*columns), HEADER, 4)

    assert [issue.column for issue in fault.value.issues] == ["x", "y"]


def test_the_header_stands_behind_the_lines_that_are_skipped() -> None:
    """A person finds it there."""
    with pytest.raises(FileFaultError, match="no column") as fault:
        bind(goods(column("x", required=True), layout=Layout(skip_lines=3)), HEADER, 4)

    assert fault.value.issues[0].line == 4


def test_another_file_is_told_as_such() -> None:
    """One message instead of one for each column that it lacks."""
    assert faults(["sku", "qty"], column("name", required=True), column("stock")) == [
        (
            Code.MISSING_COLUMN,
            "this is no file for goods: it has no column code, name; its header is: sku, qty",
        )
    ]


def test_another_file_does_not_show_what_may_be_personal_data() -> None:
    """Without a header, the first record is taken for one."""
    ((_, message),) = faults(["Jane", "Doe"], column("name", pii=True))

    assert message.endswith("it has no column code; its header has 2 other names")


def test_a_file_with_every_column_twice_is_not_another_file() -> None:
    """It only needs one of them renamed."""
    assert [code for code, _ in faults(["code", "code"])] == [Code.DUPLICATE_HEADER]


@pytest.mark.parametrize(("header", "mark"), [("code;name;x", ";"), ("code\tname", "\\t")])
def test_another_delimiter_is_told_as_such(header: str, mark: str) -> None:
    """All names in one field are a common mistake."""
    ((code, message),) = faults([header])

    assert code is Code.MISSING_COLUMN
    assert message == (
        "this is no file for goods: it has no column code; its fields seem to be separated "
        f"by '{mark}', the descriptor's `delimiter` says ','"
    )


def test_unknown_columns_are_noted() -> None:
    """Perhaps one of them is a column that is absent otherwise; empty names are nothing."""
    found = bound(["code", "Prise", "x", "", " ", "x"], column("price"))

    (note,) = found.notes
    assert note == (
        "columns that the descriptor does not name are not imported: Prise (did you mean price?), x"
    )


def test_unknown_columns_may_be_forbidden_or_ignored() -> None:
    """As the descriptor says."""
    reject = {"unknown_columns": UnknownColumns.REJECT}

    assert faults(["code", "Prise", "x"], column("price"), **reject) == [
        (Code.UNKNOWN_COLUMN, "the descriptor has no column 'Prise'; did you mean 'price'?"),
        (Code.UNKNOWN_COLUMN, "the descriptor has no column 'x'"),
    ]
    assert bound(["code", "x"], unknown_columns=UnknownColumns.IGNORE).notes == ()
    assert bound(["code", "price"], column("price"), **reject).notes == ()


def test_the_columns_of_a_reject_file_are_known() -> None:
    """It can be mended and imported as it is, also twice."""
    appended = ["_line", "_codes", "_message"]

    found = bound(["code", *appended, *appended], unknown_columns=UnknownColumns.REJECT)

    assert found.fields == {"code": (1,)}


def test_every_field_has_a_name_of_its_own() -> None:
    """Its number where the header does not give it one; functions over rows use them."""
    assert bound(["code", "EN", "EN", "", "2", "_line"]).names == ("code", "2", "3", "4", "5", "6")
    assert bind(goods(column("x", position=1), key=()), [], 2).names == ("1", "2")


def test_a_header_of_thousands_of_names_is_told_in_part() -> None:
    """A message is read by people."""
    ((_, message),) = faults([f"c{n}" for n in range(5000)])

    assert message.endswith("c28, c29 and 4970 more")
