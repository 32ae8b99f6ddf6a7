"""Which field of a file feeds which column of the descriptor."""

import pytest

from impex.domain.errors import FileFaultError
from impex.domain.issues import Code
from impex.mapping.binding import bind
from tests.groups import column, goods, translated

HEADER = ["code", "Name, 50%", "EN", "EN"]


def test_columns_find_their_fields_by_name_and_by_position() -> None:
    """Constants need no field, and several columns may read the same one."""
    columns = (
        column("name", source="Name, 50%"),
        column("note", source="Name, 50%"),
        column("title", position=4, language="en"),
        column("kind", constant="x"),
    )

    found = bind(goods(*columns), HEADER, 4)

    assert found.fields == {"code": 1, "name": 2, "note": 2, "title:en": 4}
    assert found.absent == ()


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
