"""A scope that nobody could keep is told before any package needs it."""

import pytest

from impex.domain.column import Column, OnMissing
from impex.domain.errors import ConfigError
from impex.domain.group import Group, Mode, Scope
from impex.services.check_tables import check_against_database
from impex.services.resources import Resources
from tests.groups import brand_of, brands, column, full, goods, group, integer, parent, translated
from tests.imports import bring
from tests.integration.scope_cases import PLAIN


@pytest.mark.parametrize("mode", [Mode.MERGE, Mode.INSERT_ONLY, Mode.REPLACE])
@pytest.mark.parametrize("columns", [(), (column("kind", update_only=True),)])
def test_new_rows_need_a_column_of_the_scope(
    shop: Resources, mode: Mode, columns: tuple[Column, ...]
) -> None:
    """Found when the run is planned, and by lint."""
    feed = full() if mode is Mode.REPLACE else full("ignore")
    described = group(goods(*columns, mode=mode, full_feed=feed), scope=PLAIN.scope)

    (problem,) = check_against_database(shop, [described])

    assert str(problem) == (
        "shop, descriptor goods: new rows of shop.goods would be outside of the scope of the "
        "group. Add a column for kind, or write `mode: update_only`."
    )
    with pytest.raises(ConfigError, match="would be outside of the scope"):
        bring(shop, described, {"goods.csv": "code\nA\n"})


WRONG = [
    (
        group(brands(), scope=Scope("nmae_of", "x")),
        (
            "shop.brand has no column nmae_of, so nobody can say which of its rows are inside the "
            "scope of the group. There are: id, name, description."
        ),
    ),
    (
        group(goods(integer("stock")), scope=Scope("stock", "many")),
        "shop.goods.stock is smallint and cannot be `many`",
    ),
    (
        group(goods(brand_of()), scope=Scope("brand_id", "Acer")),
        (
            "shop.brand has no row whose name is `Acer`, so every row would be outside of the scope of "
            "the group. Correct the scope, or add the row."
        ),
    ),
    (
        group(goods(translated("title", "en")), scope=Scope("title", "{}")),
        "title holds translations, so `scope` cannot name it. Use another column of the table.",
    ),
    (
        group(goods(column("kind"), brand_of(OnMissing.CREATE)), scope=PLAIN.scope),
        (
            "shop.brand has no column kind, so no row that a lookup creates is inside the scope of "
            "the group. Import shop.brand before."
        ),
    ),
    (
        group(goods(column("kind"), parent(OnMissing.CREATE)), scope=PLAIN.scope),
        (
            "a lookup could create rows of shop.goods outside of the scope of the group. "
            "Add `where: {kind: mine}` to it."
        ),
    ),
]


@pytest.mark.parametrize(("described", "problem"), WRONG)
def test_a_scope_that_nobody_could_keep_is_a_fault_of_the_configuration(
    shop: Resources, described: Group, problem: str
) -> None:
    """Descriptor and group are named, as for other faults."""
    (found,) = check_against_database(shop, [described])

    [descriptor] = described.descriptors
    assert str(found) == f"shop, descriptor {descriptor.name}: {problem}"
