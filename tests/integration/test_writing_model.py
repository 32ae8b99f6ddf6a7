"""Any descriptor over any files does what the model says: to table, books and journal."""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from impex.domain.column import Column, OnEmpty, OnMissing
from impex.domain.group import Descriptor, Mode, OnAbsent, OnDuplicate
from impex.domain.policy import Limit
from impex.domain.report import RunReport
from impex.services.resources import Resources
from tests.groups import brand_of, column, full, goods, group, integer, policy
from tests.imports import bring, changes, execute, rows
from tests.integration.goods_model import DEFAULTS, Model, Row, Shop, entry
from tests.samples import csv_bytes

CODES = st.sampled_from("ABCDE")
CELLS = st.fixed_dictionaries(
    {
        "code": st.one_of(CODES, CODES, CODES, st.just("")),
        "name": st.sampled_from(["", "x", "y"]),
        "stock": st.sampled_from(["", "1", "1", "2", "many", "99999"]),
        "brand": st.sampled_from(["", "HP", "Dell", "Acer", "Sony"]),
    }
)
FILES = st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=3)
KINDS = st.sampled_from(["100%", "mine"])
GOODS = st.fixed_dictionaries(
    {
        "name": st.sampled_from([None, "x", "y"]),
        "stock": st.sampled_from([1, 2, 7]),
        "brand": st.sampled_from([None, "HP", "Dell"]),
        "kind": KINDS,
        "active": st.sampled_from([None, True, False]),
    }
)
SHOPS = st.dictionaries(CODES, GOODS)
EMPTIES = st.sampled_from([OnEmpty.KEEP, OnEmpty.CLEAR, OnEmpty.DEFAULT])
ROWS_ONLY = st.sampled_from([{}, {}, {"insert_only": True}, {"update_only": True}])


def options(draw: DrawFn, default: str) -> dict[str, Any]:
    """Draw what a column does with empty cells, and for which rows it is."""
    on_empty = draw(EMPTIES)
    fills = {"default": default} if on_empty is OnEmpty.DEFAULT else {}
    return {"on_empty": on_empty, **fills, **draw(ROWS_ONLY)}


@st.composite
def descriptors(draw: DrawFn) -> Descriptor:
    """Draw a descriptor of goods."""
    mode = draw(st.sampled_from(Mode))
    columns: list[Column] = [
        column("name", **options(draw, "x")),
        integer("stock", **options(draw, "3")),
        brand_of(
            draw(st.sampled_from(OnMissing)),
            on_empty=draw(st.sampled_from([OnEmpty.KEEP, OnEmpty.CLEAR])),
            **draw(ROWS_ONLY),
        ),
    ]
    absent = {Mode.MERGE: st.sampled_from(OnAbsent), Mode.REPLACE: st.just(OnAbsent.DELETE)}
    on_absent = draw(absent.get(mode, st.just(OnAbsent.IGNORE)))
    scope = draw(st.sampled_from([(), (("kind", "mine"),)]))
    if scope:
        columns.append(column("kind", constant="mine"))
    limit = draw(st.sampled_from([None, None, Limit(1), Limit(share=0.5)]))
    inactive = (("active", "false"),) if on_absent is OnAbsent.DEACTIVATE else ()
    return goods(
        *columns,
        mode=mode,
        full_feed=full(on_absent, limit, scope=scope, inactive=inactive),
        on_duplicate=draw(st.sampled_from(OnDuplicate)),
        errors=policy(max_rejects=draw(st.sampled_from([None, None, 1]))),
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(descriptors(), SHOPS, FILES)
def test_an_import_does_what_the_model_says(
    shop: Resources, described: Descriptor, before: dict[str, Row], files: list[list[Any]]
) -> None:
    """Dry, once and twice; and what is done twice leaves the table as it was after the first."""
    fill(shop, before)
    held = Shop(before, {"HP", "Dell"})
    model = Model(described, files)
    package = {f"goods-{n}.csv": csv_bytes(file) for n, file in enumerate(files)}
    after, counts = model.run(held)

    dry = bring(shop, group(described), package, dry_run=True)
    untouched = read(shop)
    once = bring(shop, group(described), package, force=True)
    stored = read(shop)
    twice = bring(shop, group(described), package, force=True)

    assert untouched == held.goods
    assert [f.counts for f in dry.files] == [f.counts for f in once.files] == counts
    assert stored == after.goods
    assert journal(shop, once) == journal(shop, dry) == after.journal
    again, counts_again = model.run(Shop(after.goods, after.brands))
    assert [f.counts for f in twice.files] == counts_again
    assert read(shop) == again.goods
    if not any(c.update_only for c in described.columns):
        assert again.goods == after.goods
    event(f"{described.mode}: {', '.join(f.state for f in once.files)}")


def fill(shop: Resources, goods_before: dict[str, Row]) -> None:
    """Make the shop have these goods and two brands."""
    execute(shop, "TRUNCATE shop.goods RESTART IDENTITY")
    execute(shop, "DELETE FROM shop.brand WHERE name NOT IN ('HP', 'Dell')")
    for code, row in goods_before.items():
        with shop.database.transaction() as connection:
            connection.execute(
                "INSERT INTO shop.goods (code, name, stock, kind, active, brand_id) VALUES "
                "(%(code)s, %(name)s, %(stock)s, %(kind)s, %(active)s, "
                "(SELECT id FROM shop.brand WHERE name = %(brand)s))",
                {"code": code, **row},
            )


def read(shop: Resources) -> dict[str, Row]:
    """Return the goods of the shop as the model has them."""
    found = rows(
        shop,
        "SELECT g.code, g.name, stock, b.name, kind, active FROM shop.goods g "
        "LEFT JOIN shop.brand b ON b.id = g.brand_id",
    )
    return {code: dict(zip(DEFAULTS, values, strict=True)) for code, *values in found}


def journal(shop: Resources, report: RunReport) -> Counter[str]:
    """Return the changes of a run as the model has them, with names for the ids of brands."""
    names = dict(rows(shop, "SELECT id, name FROM shop.brand"))
    told: Counter[str] = Counter()
    for change in changes(shop, report):
        [key] = change["key"].values()
        cells = dict(change["changes"])
        if "brand_id" in cells:
            cells["brand"] = [names.get(value, value) for value in cells.pop("brand_id")]
        told[entry(change["table"], change["action"], key, cells)] += 1
    return told
