"""What single columns write: currencies, lists, facts of the run, times, ids and words."""

from typing import Any

import pytest

from impex.domain.column import ColumnType, OnEmpty
from impex.domain.group import Descriptor, OnDuplicate
from impex.domain.report import Counts
from impex.domain.table import Table
from impex.services.resources import Resources
from impex.storage import jobs
from tests.groups import column, descriptor, full, goods, group, integer
from tests.imports import bring, changes, execute, issues, rows


def money(**options: Any) -> Any:
    """Build a column of amounts whose currency goes into a column of its own."""
    return column("price", type=ColumnType.MONEY, currency_to="currency", **options)


@pytest.fixture
def market(shop: Resources) -> Resources:
    """The same shop with goods that have a currency, tags and some further kinds of columns."""
    execute(
        shop,
        """
        ALTER TABLE shop.goods ADD COLUMN currency char(3) DEFAULT 'EUR',
            ADD COLUMN tags text[] COLLATE "C", ADD COLUMN opens time, ADD COLUMN ref uuid,
            ADD COLUMN run integer, ADD COLUMN touched timestamptz NOT NULL DEFAULT now()
        """,
    )
    return shop


PRICES = "SELECT code, price::text, currency FROM shop.goods ORDER BY code"


def test_an_amount_brings_its_currency(market: Resources) -> None:
    """Both are compared, written and journaled; an empty amount says nothing about either."""
    described = group(goods(money()))
    bring(market, described, {"goods.csv": "code,price\nA,1 USD\nB,2 EUR\nC,3 EUR\n"})

    report = bring(market, described, {"goods.csv": "code,price\nA,1 EUR\nB,2 EUR\nC,\nD,\n"})

    assert report.totals == Counts(read=4, inserted=1, updated=1, unchanged=2)
    assert rows(market, PRICES) == [
        ("A", "1.00", "EUR"), ("B", "2.00", "EUR"), ("C", "3.00", "EUR"), ("D", None, "EUR"),
    ]  # fmt: skip
    assert changes(market, report)[0]["changes"] == {"currency": ["USD", "EUR"]}


def test_clearing_an_amount_keeps_its_currency(market: Resources) -> None:
    """It is the price that is gone."""
    described = group(goods(money(on_empty=OnEmpty.CLEAR)))
    bring(market, described, {"goods.csv": "code,price\nA,1 USD\n"})

    bring(market, described, {"goods.csv": "code,price\nA,\n"})

    assert rows(market, PRICES) == [("A", None, "USD")]


def test_a_list_becomes_an_array_or_json_as_the_table_has_it(market: Resources) -> None:
    """In its order; the same list is no difference, and an empty cell is treated as ever."""
    described = group(
        goods(column("tags", split="|", on_empty=OnEmpty.CLEAR), column("extra", split="|"))
    )
    data = "code,tags,extra\nA,b|a,2|1\nB,,\n"
    bring(market, described, {"goods.csv": data})

    same = bring(market, described, {"goods.csv": data}, force=True)
    other = bring(market, described, {"goods.csv": "code,tags,extra\nA,a|b,\nB,x,\n"})
    none = bring(market, described, {"goods.csv": "code,tags,extra\nA,,\n"})

    assert same.totals == Counts(read=2, unchanged=2)
    assert changes(market, other)[0]["changes"] == {"tags": [["b", "a"], ["a", "b"]]}
    assert none.totals == Counts(read=1, updated=1)
    assert rows(market, "SELECT code, tags, extra FROM shop.goods ORDER BY code") == [
        ("A", None, ["2", "1"]), ("B", ["x"], None),
    ]  # fmt: skip


def test_a_fact_of_the_run_is_no_reason_to_write_a_row(market: Resources) -> None:
    """It goes along with new rows and with real changes, and is journaled with them."""
    described = group(goods(integer("run", constant="${run_id}"), column("name")))
    first = bring(market, described, {"goods.csv": "code,name\nA,x\nB,x\n"})

    again = bring(market, described, {"goods.csv": "code,name\nA,x\nB,x\n"}, force=True)
    other = bring(market, described, {"goods.csv": "code,name\nA,x\nB,y\n"})

    assert again.totals == Counts(read=2, unchanged=2)
    assert other.totals == Counts(read=2, updated=1, unchanged=1)
    assert rows(market, "SELECT code, run FROM shop.goods ORDER BY code") == [
        ("A", first.run), ("B", other.run),
    ]  # fmt: skip
    assert changes(market, other)[0]["changes"] == {
        "name": ["x", "y"], "run": [first.run, other.run],
    }  # fmt: skip


def test_a_constant_that_is_always_the_same_is_a_difference(market: Resources) -> None:
    """The file says what the rows are."""
    described = group(goods(column("kind", constant="new")))
    bring(market, group(goods()), {"goods.csv": "code\nA\n"})

    report = bring(market, described, {"goods.csv": "code\nA\n"}, force=True)

    assert report.totals == Counts(read=1, updated=1)


def test_times_ids_and_words_arrive_and_are_found_again(market: Resources) -> None:
    """As their own types."""
    described = group(
        goods(
            column("opens", type=ColumnType.TIME),
            column("ref", type=ColumnType.UUID),
            column("kind", type=ColumnType.ENUM, values=(("neu", "new"), ("alt", "used"))),
        )
    )
    data = "code,opens,ref,kind\nA,08:30,123E4567-E89B-42D3-A456-426614174000,neu\n"
    bring(market, described, {"goods.csv": data})

    again = bring(market, described, {"goods.csv": data}, force=True)

    assert again.totals == Counts(read=1, unchanged=1)
    assert rows(market, "SELECT opens::text, ref::text, kind FROM shop.goods") == [
        ("08:30:00", "123e4567-e89b-42d3-a456-426614174000", "new")
    ]


RELATED = """
    CREATE TABLE shop.related (
        code  text COLLATE "C" NOT NULL,
        other text COLLATE "C" NOT NULL,
        rank  smallint CHECK (rank < 9),
        PRIMARY KEY (code, other)
    )
"""


def related(**options: Any) -> Descriptor:
    """Describe a table that has a row for each element of a list."""
    columns = (column("code"), column("other", split="|", explode=True), integer("rank"))
    table = Table("shop", "related")
    return descriptor("related", table, columns, key=("code", "other"), **options)


def test_elements_of_a_list_become_rows(shop: Resources) -> None:
    """Each is a row of its own with the cells of its line, and each is counted."""
    execute(shop, RELATED)
    data = {"related.csv": "code,other,rank\nA,x|y,1\nB,x,2\n"}

    report = bring(shop, group(related()), data)
    again = bring(shop, group(related()), data, force=True)

    assert report.totals == Counts(read=3, inserted=3)
    assert again.totals == Counts(read=3, unchanged=3)
    assert rows(shop, "SELECT * FROM shop.related ORDER BY code, other") == [
        ("A", "x", 1), ("A", "y", 1), ("B", "x", 2),
    ]  # fmt: skip


def test_equal_elements_of_one_line_are_repeated_keys(shop: Resources) -> None:
    """The message names the line once."""
    execute(shop, RELATED)
    data = {"related.csv": "code,other,rank\nA,x|y|x,1\n"}

    report = bring(shop, group(related(on_duplicate=OnDuplicate.LAST)), data)

    assert report.totals == Counts(read=3, inserted=2, skipped=1)
    assert issues(shop, report)[0]["message"] == "the same key stands several times on line 2"


def test_the_rows_of_one_line_share_a_line_of_the_reject_file(shop: Resources) -> None:
    """Their messages are joined; mended, the line comes again as a whole."""
    execute(shop, RELATED)
    data = {"related.csv": "code,other,rank\nA,x|y,10\nB,z,1\nC,z|z,1\n"}

    report = bring(shop, group(related()), data)

    assert report.totals == Counts(read=5, inserted=1, rejected=4)
    with shop.database.transaction() as connection:
        [(first, codes, message), (second, _, _)] = jobs.rejected_lines(connection, 1)
    assert (first, codes, second) == (2, ["row_refused"], 4)
    assert message.count("violates check constraint") == 2


def test_a_full_feed_of_elements_removes_those_that_are_gone(shop: Resources) -> None:
    """An element that left the list is an absent row."""
    execute(shop, RELATED)
    described = group(related(full_feed=full()))
    bring(shop, described, {"related.csv": "code,other,rank\nA,x|y|z,1\n"})

    report = bring(shop, described, {"related.csv": "code,other,rank\nA,z|x,1\n"})

    assert report.totals == Counts(read=2, unchanged=2, absent=1)
    assert rows(shop, "SELECT other FROM shop.related ORDER BY 1") == [("x",), ("z",)]
