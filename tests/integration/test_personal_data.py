"""Personal data: issues and journal show that there is a value, not which."""

from dataclasses import replace
from typing import Any

import pytest

from impex.domain.column import Lookup, OnMissing
from impex.domain.group import Group, Mode, OnDuplicate
from impex.services.resources import Resources
from tests.groups import BRAND, column, full, goods, group, integer
from tests.imports import bring, changes, execute, rows

SECRETS = ("Erika", "Musterfrau", "erika@example.org", "Max")


def people(**options: Any) -> Group:
    """Describe goods whose code, name and brand are personal."""
    lookup = Lookup(BRAND, ("name",), on_missing=options.pop("on_missing", OnMissing.REJECT))
    columns = (
        column("name", pii=True),
        column("note"),
        column("brand_id", source="brand", pii=True, lookup=lookup),
        integer("stock"),
    )
    described = goods(*columns, **options)
    code = column("code", pii=True, required=True)
    return group(replace(described, columns=(code, *described.columns[1:])))


FIRST = "code,name,note,brand,stock\nerika@example.org,Erika,x,HP,1\nmax@example.org,,x,,1\n"
FILES = [
    pytest.param({}, "erika@example.org,Musterfrau,y,Dell,1\n", id="changed"),
    pytest.param({}, "erika@example.org,Erika,x,Max,1\n", id="missing reference"),
    pytest.param({}, "erika@example.org,Erika,x,HP,99999\n", id="refused by the table"),
    pytest.param({}, "erika@example.org,a,x,HP,1\nerika@example.org,b,x,HP,1\n", id="repeated"),
    pytest.param(
        {"on_duplicate": OnDuplicate.LAST},
        "erika@example.org,a,x,HP,1\nerika@example.org,b,x,HP,1\n",
        id="the last counts",
    ),
    pytest.param(
        {"on_missing": OnMissing.CREATE}, "erika@example.org,Erika,x,Max,1\n", id="created"
    ),
    pytest.param({"mode": Mode.DELETE}, "erika@example.org,,,,\nMax,,,,\n", id="deleted"),
    pytest.param({"mode": Mode.INSERT_ONLY}, "erika@example.org,Erika,x,HP,1\n", id="left out"),
    pytest.param({"full_feed": full()}, "max@example.org,,x,,1\n", id="absent"),
]


@pytest.mark.parametrize(("options", "data"), FILES)
def test_no_personal_value_is_kept_beside_the_table(
    shop: Resources, options: dict[str, Any], data: str
) -> None:
    """Neither in an issue nor in the journal, whatever happens to the row."""
    bring(shop, people(), {"goods.csv": FIRST})

    report = bring(
        shop, people(**options), {"goods.csv": "code,name,note,brand,stock\n" + data}, force=True
    )

    kept = rows(
        shop, "SELECT i::text FROM impex.issue i UNION ALL SELECT c::text FROM impex.change c"
    )
    assert report.totals.balanced
    assert len(kept) > 2
    assert [text for (text,) in kept if any(secret in text for secret in SECRETS)] == []


def test_the_journal_shows_that_a_personal_value_has_changed(shop: Resources) -> None:
    """And whether there was one before, and is one now."""
    bring(shop, people(), {"goods.csv": FIRST})

    report = bring(
        shop,
        people(),
        {"goods.csv": "code,name,note,brand,stock\nmax@example.org,Max,y,,1\n"},
    )

    assert changes(shop, report) == [
        {"file": "goods.csv", "line": 2, "table": "shop.goods", "key": {"code": "•••"},
         "action": "UPDATE", "changes": {"name": [None, "•••"], "note": ["x", "y"]}},
    ]  # fmt: skip


def test_a_row_that_cannot_go_is_told_without_its_key(shop: Resources) -> None:
    """Absent rows are personal as well."""
    bring(shop, people(), {"goods.csv": FIRST})
    execute(shop, "UPDATE shop.goods SET parent_id = 1 WHERE id = 2")
    execute(shop, "UPDATE shop.goods SET code = 'kept@example.org' WHERE id = 1")

    bring(
        shop,
        people(full_feed=full()),
        {"goods.csv": "code,name,note,brand,stock\nmax@example.org,,x,,1\n"},
    )

    assert rows(shop, "SELECT record_key, message LIKE '%kept%' FROM impex.issue") == [
        ("code=•••", False)
    ]
