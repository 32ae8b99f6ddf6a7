"""A dry run does everything and changes nothing, and its report is that of the real run."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from impex.domain.column import OnMissing
from impex.domain.group import Group, OnDuplicate
from impex.domain.report import Counts, FileState, JobState, RunReport
from impex.domain.table import Table
from impex.services.resources import Resources
from impex.storage import reports
from tests.groups import (
    brand_of,
    brands,
    column,
    decimal,
    descriptor,
    full,
    goods,
    group,
    integer,
    parent,
    policy,
)
from tests.imports import bring, changes, contents, execute, issues, rows
from tests.waiting import wait_for

BAD = "code,name,stock,price,brand,parent\n"
GOOD = {
    "brands.csv": "name\nAcer\n",
    "goods.csv": BAD + "A,Lamp,1,1,HP,\nB,Desk,2,2,Dell,A\n",
}
FILES = {
    "brands.csv": "name\nAcer\nHP\nSony\n",
    "goods.csv": BAD
    + "A,Sofa,1,1,HP,\n"  # changed
    + "B,Desk,2,2,Dell,A\n"  # equal
    + "C,Bed,3,3,Acer,D\nD,Rug,4,4,,A\n"  # new, child above parent
    + "E,x,many,1,HP,\n"  # bad cell
    + "F,x,1,1,IBM,\n"  # unknown brand
    + "G,x,1,1,,F\n"  # orphan
    + "H,1,1,1,,\nH,2,1,1,,\n",  # the same key
}


def shop_group(**options: Any) -> Group:
    """Describe brands and goods."""
    columns = (column("name"), integer("stock"), decimal("price"), brand_of(), parent())
    return group(brands(), goods(*columns, **options))


def told(resources: Resources, report: RunReport) -> dict[str, object]:
    """Return all that a run tells but its number, its times and that it was dry."""
    return {
        "state": report.state,
        "files": report.files,
        "messages": report.messages,
        "issues": issues(resources, report),
        "changes": changes(resources, report),
    }


@pytest.mark.parametrize(
    "described",
    [
        pytest.param(shop_group(), id="rows are rejected"),
        pytest.param(shop_group(on_duplicate=OnDuplicate.LAST), id="rows are skipped"),
        pytest.param(shop_group(errors=policy("reject_file")), id="a file is rejected"),
        pytest.param(shop_group(errors=policy(max_rejects=4)), id="too many rows are bad"),
    ],
)
def test_a_dry_run_reports_what_the_real_run_does(shop: Resources, described: Group) -> None:
    """Counts, issues and changes, before and after; and not a byte of the shop is touched."""
    bring(shop, described, GOOD)
    before = contents(shop)

    dry = bring(shop, described, FILES, dry_run=True)
    after = contents(shop)
    real = bring(shop, described, FILES)

    assert after == before
    assert dry.dry_run
    assert told(shop, dry) == told(shop, real)
    assert contents(shop) != before


def test_a_dry_run_of_a_file_that_the_table_refuses_tells_the_same(shop: Resources) -> None:
    """The refusal undoes its own file only; what depends on it is blocked in both."""
    last = replace(goods(integer("stock")), name="last", files=("last*.csv",), after=("goods",))
    strict = goods(decimal("price"), brand_of(), errors=policy("reject_file"))
    described = group(brands(), strict, last)
    files = {
        "brands.csv": "name\nAcer\n",
        "goods.csv": "code,price,brand\nA,1,HP\nB,-1,HP\n",
        "last.csv": "code,stock\nC,1\n",
    }

    dry = bring(shop, described, files, dry_run=True)
    real = bring(shop, described, files)

    assert [(f.state, f.counts) for f in dry.files] == [(f.state, f.counts) for f in real.files]
    assert changes(shop, dry) == changes(shop, real)
    assert dry.files[2].message == real.files[2].message
    assert [f.state for f in real.files] == [
        FileState.MERGED, FileState.REJECTED, FileState.REJECTED,
    ]  # fmt: skip
    assert real.totals == Counts(read=4, inserted=1, rejected=3)


def test_a_dry_run_does_not_count_as_an_import(shop: Resources) -> None:
    """The same bytes can be imported after it, and be tried again after that."""
    first = bring(shop, shop_group(), GOOD, dry_run=True)
    second = bring(shop, shop_group(), GOOD, dry_run=True)
    real = bring(shop, shop_group(), GOOD)
    third = bring(shop, shop_group(), GOOD, dry_run=True)

    assert [r.state for r in (first, second, real, third)] == [JobState.DONE] * 4
    assert [r.totals.inserted for r in (first, second, real, third)] == [3, 3, 3, 0]


def test_a_dry_run_leaves_no_staging_behind(shop: Resources) -> None:
    """Nor does any other run."""
    bring(shop, shop_group(), FILES, dry_run=True)
    bring(shop, shop_group(errors=policy("reject_package")), FILES)
    bring(shop, shop_group(errors=policy("reject_file")), FILES, force=True)

    assert rows(shop, "SELECT tablename FROM pg_tables WHERE schemaname = 'impex_stage'") == []


def test_a_dry_run_of_a_strict_package_tells_the_same(shop: Resources) -> None:
    """All or nothing is nothing in both."""
    strict = shop_group(errors=policy("reject_package"))

    dry = bring(shop, strict, FILES, dry_run=True)
    real = bring(shop, strict, FILES)

    assert told(shop, dry) == told(shop, real)
    assert real.totals == Counts(read=12, rejected=12)


NAMES_AND_IDS = "SELECT code, id FROM shop.goods ORDER BY id"


@pytest.mark.parametrize("described", [group(goods()), group(goods(parent()))])
def test_a_dry_run_uses_up_no_numbers(shop: Resources, described: Group) -> None:
    """The first row that is really inserted gets the number that follows, whoever inserts it."""
    bring(shop, described, {"goods.csv": "code,parent\nA,\n"})

    dry = bring(shop, described, {"goods.csv": "code,parent\nB,\nC,B\n"}, dry_run=True)
    bring(shop, described, {"goods.csv": "code,parent\nD,\n"})
    execute(shop, "INSERT INTO shop.goods (code) VALUES ('E')")

    assert dry.totals == Counts(read=2, inserted=2)
    assert rows(shop, NAMES_AND_IDS) == [("A", 1), ("D", 2), ("E", 3)]


def test_a_row_that_a_dry_run_makes_shows_as_new_where_others_refer_to_it(
    shop: Resources,
) -> None:
    """It has no number yet; rows that are there keep theirs."""
    described = group(goods(parent(), brand_of(OnMissing.CREATE)))
    bring(shop, described, {"goods.csv": "code,parent,brand\nA,,HP\nB,,HP\n"})
    data = {"goods.csv": "code,parent,brand\nA,NEW,Dell\nNEW,,\nB,A,Acer\n"}

    dry = bring(shop, described, data, dry_run=True)
    real = bring(shop, described, data)

    assert [c["changes"] for c in changes(shop, dry) if c["changes"]] == [
        {"parent_id": [None, "(new)"], "brand_id": [1, 2]},
        {"parent_id": [None, 1], "brand_id": [1, "(new)"]},
    ]
    assert [c["changes"] for c in changes(shop, real) if c["changes"]] == [
        {"parent_id": [None, 3], "brand_id": [1, 2]},
        {"parent_id": [None, 1], "brand_id": [1, 3]},
    ]


def test_a_dry_run_uses_up_no_numbers_of_any_kind_of_column(shop: Resources) -> None:
    """Identities, serials and defaults that ask a sequence, of any size."""
    execute(
        shop,
        "CREATE SEQUENCE shop.places; CREATE TABLE shop.place ("
        'code text COLLATE "C" PRIMARY KEY, a smallint GENERATED BY DEFAULT AS IDENTITY, '
        "b serial, c numeric NOT NULL DEFAULT nextval('shop.places'), d bigserial)",
    )
    place = descriptor(
        "places", Table("shop", "place"), (column("code"), integer("a")), key=("code",)
    )
    described, data = group(place), {"places.csv": "code,a\nA,\nB,7\n"}

    dry = bring(shop, described, data, dry_run=True)
    real = bring(shop, described, data)

    assert dry.totals == real.totals == Counts(read=2, inserted=2)
    assert rows(shop, "SELECT * FROM shop.place ORDER BY code") == [
        ("A", 1, 1, 1, 1), ("B", 7, 2, 2, 2),
    ]  # fmt: skip


def test_dry_runs_of_one_table_do_not_wait_for_real_rows(shop: Resources, dsn: str) -> None:
    """Numbers of a dry run come from the far end, where nobody else is."""
    described = group(goods())

    execute(shop, TRIGGER)
    settings = "-c lock_timeout=3s"
    with psycopg.connect(dsn, autocommit=True, options=settings) as other:
        other.execute("SELECT pg_advisory_lock(42)")
        with ThreadPoolExecutor() as pool:
            run = pool.submit(bring, shop, described, {"goods.csv": "code\nA\n"}, dry_run=True)
            wait_for_lock(dsn)
            other.execute("INSERT INTO shop.goods (code) VALUES ('Z')")
            other.execute("SELECT pg_advisory_unlock(42)")
            dry = run.result(timeout=30)

    assert dry.totals == Counts(read=1, inserted=1)
    assert rows(shop, NAMES_AND_IDS) == [("Z", 1)]


# Holds an insert of A back until the test lets it go.
TRIGGER = """
    CREATE FUNCTION shop.wait() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF new.code = 'A' THEN PERFORM pg_advisory_xact_lock(42); END IF;
        RETURN new;
    END $$;
    CREATE TRIGGER wait AFTER INSERT ON shop.goods FOR EACH ROW EXECUTE FUNCTION shop.wait();
"""


def wait_for_lock(dsn: str) -> None:
    """Return when some session waits for an advisory lock."""
    waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with psycopg.connect(dsn, autocommit=True) as connection:
        wait_for(lambda: connection.execute(waiting).rowcount > 0, "the lock")


def test_the_summary_of_a_run_counts_rows_and_shows_a_few_of_each_column(shop: Resources) -> None:
    """The same before and after it is done."""
    described = group(goods(column("name"), integer("stock"), full_feed=full()))
    bring(shop, described, {"goods.csv": csv_of("ABCDEF", "old", 1)})
    data = {"goods.csv": csv_of("ABCDE", "new", 1) + "X,new,2\n"}

    dry = bring(shop, described, data, dry_run=True)
    real = bring(shop, described, data)

    assert summary(shop, dry) == summary(shop, real)
    assert summary(shop, real) == [
        {
            "table": "shop.goods",
            "inserted": 1,
            "updated": 5,
            "deleted": 1,
            "columns": [
                {
                    "column": "name",
                    "rows": 5,
                    "samples": [
                        {"key": {"code": code}, "before": "old", "after": "new"} for code in "ABC"
                    ],
                }
            ],
        }
    ]


def csv_of(codes: str, name: str, stock: int) -> str:
    """Write goods of one name and stock."""
    return "code,name,stock\n" + "".join(f"{code},{name},{stock}\n" for code in codes)


def summary(shop: Resources, report: RunReport) -> list[dict[str, Any]]:
    """Return the summary of a run's changes."""
    with shop.database.transaction() as connection:
        return reports.change_summary(connection, report.run)
