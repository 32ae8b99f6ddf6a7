"""The staging table: which columns it has, in which order and of which types."""

from typing import Any

import pytest

from impex.domain.column import Column, ColumnType, Lookup
from impex.services.resources import Resources
from impex.storage import catalog, jobs, staging
from impex.storage.statements import Statements
from tests.groups import BRAND, brand_of, column, decimal, goods, group, integer, translated
from tests.imports import bring, execute, rows

KINDS = {
    "name": ("text", {}, "text"),
    "stock": ("integer", {}, "bigint"),
    "price": ("decimal", {}, "numeric"),
    "active": ("boolean", {}, "boolean"),
    "released": ("date", {}, "date"),
    "seen": ("timestamp", {}, "timestamp with time zone"),
    "extra": ("json", {}, "jsonb"),
    "opens": ("time", {}, "time without time zone"),
    "ref": ("uuid", {}, "uuid"),
    "kind": ("enum", {"values": (("a", "a"),)}, "text"),
    "tags": ("text", {"split": "|"}, "jsonb"),
}


def staged(shop: Resources, *columns: Column) -> list[tuple[Any, ...]]:
    """Return names and types of the columns of a staging table."""
    described = goods(*columns)
    with shop.database.transaction() as connection:
        statements = Statements(described, catalog.read_tables(connection, [described]))
        staging.create(connection, statements, "t")
    return rows(
        shop,
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = 'impex_stage.t'::regclass AND attnum > 0 ORDER BY attnum",
    )


def test_columns_are_numbered_in_the_order_of_the_descriptor(shop: Resources) -> None:
    """Each with the type of its cells; the line stands before them."""
    execute(shop, "ALTER TABLE shop.goods ADD opens time, ADD ref uuid, ADD tags text[]")
    columns = [column(n, type=ColumnType(kind), **o) for n, (kind, o, _) in KINDS.items()]

    assert staged(shop, *columns, translated("title", "en")) == [
        ("line", "bigint"),
        ("c1", "text"),
        *((f"c{n}", kind) for n, (_, _, kind) in enumerate(KINDS.values(), 2)),
        (f"c{len(KINDS) + 2}", "text"),
    ]


def test_several_sources_and_currencies_have_cells_of_their_own(shop: Resources) -> None:
    """They follow the cell of their column."""
    execute(shop, "ALTER TABLE shop.goods ADD currency text")
    lookup = Lookup(BRAND, ("name", "name"))

    assert staged(
        shop,
        column("brand_id", sources=("a", "b"), lookup=lookup),
        column("price", type=ColumnType.MONEY, currency_to="currency"),
        integer("stock"),
    ) == [
        ("line", "bigint"), ("c1", "text"), ("c2", "text"), ("c2_2", "text"), ("c3", "numeric"),
        ("c3_currency", "text"), ("c4", "bigint"),
    ]  # fmt: skip


def test_a_line_that_is_exploded_numbers_its_rows(shop: Resources) -> None:
    """The number stands behind the line."""
    found = staged(shop, column("note", split="|", explode=True))

    assert found == [("line", "bigint"), ("part", "bigint"), ("c1", "text"), ("c2", "text")]


def test_text_is_staged_in_the_collation_that_it_is_compared_in(shop: Resources) -> None:
    """Of its own column, or of the one it is looked up by."""
    execute(shop, 'ALTER TABLE shop.goods ALTER COLUMN name TYPE text COLLATE "ucs_basic"')
    staged(shop, column("name"), brand_of())

    assert rows(
        shop,
        "SELECT a.attname, c.collname FROM pg_attribute a JOIN pg_collation c "
        "ON c.oid = a.attcollation WHERE a.attrelid = 'impex_stage.t'::regclass ORDER BY 1",
    ) == [("c1", "C"), ("c2", "ucs_basic"), ("c3", "C")]


@pytest.mark.parametrize("rejected", [0, 1, 2500])
def test_rejected_lines_come_in_order_however_many(shop: Resources, rejected: int) -> None:
    """They are streamed in pages."""
    data = "code,price\n" + "".join(
        f"{n},{'x' if n < rejected else 1}\n" for n in range(rejected + 1)
    )
    bring(shop, group(goods(decimal("price"))), {"goods.csv": data})

    with shop.database.transaction() as connection:
        lines = jobs.rejected_lines(connection, 1)
        assert iter(lines) is lines
        found = list(lines)

    assert [line for line, _, _ in found] == list(range(2, rejected + 2))
    assert all(codes == ["bad_decimal"] for _, codes, _ in found)
