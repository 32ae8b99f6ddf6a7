"""A table refuses rows that break its own rules: in words, and with nothing half applied."""

import pytest

from impex.domain.group import Column, OnEmpty
from impex.domain.report import Counts, FileState, JobState
from impex.services.resources import Resources
from tests.groups import column, decimal, goods, group, integer, translated
from tests.imports import bring, execute, faults, rows

NAMES = "SELECT code FROM shop.goods ORDER BY code"

TRIGGER = """
    CREATE FUNCTION shop.no_sofas() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF new.name = 'Sofa' THEN RAISE EXCEPTION 'we sell no sofas'; END IF;
        RETURN new;
    END $$;
    CREATE TRIGGER no_sofas BEFORE INSERT ON shop.goods
        FOR EACH ROW EXECUTE FUNCTION shop.no_sofas();
"""


@pytest.mark.parametrize(
    ("bad", "value", "reason"),
    [
        (decimal("price"), "-1", 'violates check constraint "price_not_negative"'),
        (decimal("price"), "1000000", "numeric field overflow"),
        (integer("stock"), "40000", "smallint out of range"),
        (column("name"), "Sofa", "we sell no sofas"),
        (integer("stock", on_empty=OnEmpty.CLEAR), "", 'null value in column "stock"'),
        (column("kind", constant="x"), "", 'violates check constraint "kind_is_long"'),
    ],
)
def test_a_table_that_refuses_a_row_refuses_its_file(
    shop: Resources, bad: Column, value: str, reason: str
) -> None:
    """The message names the table and the rule; the good rows of the file stay out as well."""
    execute(shop, TRIGGER)
    execute(shop, "ALTER TABLE shop.goods ADD CONSTRAINT kind_is_long CHECK (length(kind) > 1)")
    bring(shop, group(goods()), {"goods.csv": "code\nOLD\n"})
    files = {"goods.csv": f"code,{bad.to}\nA,\nB,{value}\n", "goods-2.csv": "code\nC\n"}

    report = bring(shop, group(goods(bad)), files)

    assert report.state is JobState.REJECTED
    assert report.files[0].state is FileState.REJECTED
    assert report.files[0].message.startswith("shop.goods refused the file: ")
    assert reason in report.files[0].message
    assert faults(shop, report)[0] == ("goods.csv", 0, "refused_by_table")
    assert ("A",) not in rows(shop, NAMES)


def test_other_files_of_the_package_are_applied_all_the_same(shop: Resources) -> None:
    """One transaction per file."""
    files = {"goods-1.csv": "code,price\nA,1\nB,-1\n", "goods-2.csv": "code,price\nC,1\n"}

    report = bring(shop, group(goods(decimal("price"))), files)

    assert [f.state for f in report.files] == [FileState.REJECTED, FileState.MERGED]
    assert report.totals == Counts(read=3, inserted=1, rejected=2)
    assert rows(shop, NAMES) == [("C",)]


def test_a_second_unique_rule_of_the_table_is_told(shop: Resources) -> None:
    """The file's key is not the only one that a table may have."""
    execute(shop, "CREATE UNIQUE INDEX goods_name ON shop.goods (name)")

    report = bring(shop, group(goods(column("name"))), {"goods.csv": "code,name\nA,x\nB,x\n"})

    assert report.files[0].message == (
        'shop.goods refused the file: duplicate key value violates unique constraint "goods_name" '
        "(Key (name)=(x) already exists.)"
    )


def test_a_key_too_long_for_an_index_is_a_fault_of_the_data(shop: Resources) -> None:
    """Trying again would not help, so it is not taken for a failure of the database."""
    code = "".join(f"{n:x}" for n in range(4000))

    report = bring(shop, group(goods()), {"goods.csv": f"code\n{code}\n"})

    assert report.state is JobState.REJECTED
    assert "index row" in report.files[0].message


def test_a_text_longer_than_its_column_is_an_issue_of_its_row(shop: Resources) -> None:
    """What the table can hold is known beforehand, so one row is rejected and not the file."""
    report = bring(
        shop, group(goods(column("label"))), {"goods.csv": "code,label\nA,größe\nB,größer\n"}
    )

    assert report.totals == Counts(read=2, inserted=1, rejected=1)
    assert faults(shop, report) == [("goods.csv", 3, "too_long")]


def test_a_number_with_more_digits_than_its_column_is_an_issue_of_its_row(shop: Resources) -> None:
    """PostgreSQL would round it, silently."""
    report = bring(
        shop, group(goods(decimal("price"))), {"goods.csv": "code,price\nA,1.50\nB,1.505\n"}
    )

    assert report.totals == Counts(read=2, inserted=1, rejected=1)
    assert faults(shop, report) == [("goods.csv", 3, "bad_decimal")]


def test_a_column_of_translations_may_be_empty_from_the_start(shop: Resources) -> None:
    """A new row without any text has no translations, which is not nothing."""
    report = bring(
        shop, group(goods(translated("title", "de"))), {"goods.csv": "code,title_de\nA,\n"}
    )

    assert report.totals == Counts(read=1, inserted=1)
    assert rows(shop, "SELECT title FROM shop.goods") == [({},)]
