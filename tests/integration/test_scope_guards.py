"""What a scope keeps from full feeds, triggers, lookups and other programs."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from impex.domain.column import Lookup, OnMissing
from impex.domain.group import Mode
from impex.domain.policy import Limit
from impex.domain.report import Counts
from impex.services.resources import Resources
from tests.groups import GOODS, brand_of, column, full, goods, group
from tests.imports import bring, changes, execute, faults, issues, rows
from tests.integration.scope_cases import ALL, CASES, OTHERS, PLAIN, Case


@CASES
@pytest.mark.parametrize("feed", [{"mode": Mode.REPLACE}, {"full_feed": full()}])
def test_rows_of_others_are_never_absent(
    shared: Resources, case: Case, feed: dict[str, Any]
) -> None:
    """The feed of a group speaks for the scope of the group, and its limit is a share of that."""
    execute(
        shared,
        "INSERT INTO shop.goods (code, name, kind, brand_id) VALUES ('Z', 'old', 'mine', 1)",
    )
    before = rows(shared, OTHERS)
    data = {"goods.csv": f"code,name,{case.header}\nA,old,{case.own}\n"}
    strict = case.group(**{**feed, "full_feed": full(max_absent=Limit(share=0.1))})

    stopped = bring(shared, strict, data)
    report = bring(shared, case.group(**feed), data)

    assert stopped.files[0].message.startswith(
        f"1 of 2 rows of shop.goods ({case.scope}) are not in the file; max_absent allows 10 %"
    )
    assert report.totals == Counts(read=1, unchanged=1, absent=1)
    assert rows(shared, OTHERS) == before
    assert [c["key"] for c in changes(shared, report)] == [{"code": "Z"}]


@CASES
def test_a_feed_cannot_speak_for_more_than_its_group(shared: Resources, case: Case) -> None:
    """Whatever scope it names itself; both must hold."""
    before = rows(shared, OTHERS)
    data = {"goods.csv": f"code,name,{case.header}\nC,new,{case.own}\n"}
    for scope, absent in (
        ((case.scope.column, case.other), 0),
        (("name", "new"), 0),
        (("name", "old"), 1),
    ):
        described = case.group(full_feed=full("deactivate", scope=(scope,),
                                              inactive=(("active", "false"),)))  # fmt: skip

        report = bring(shared, described, data, force=True)

        assert report.totals.absent == absent
        assert rows(shared, OTHERS) == before


def test_a_feed_whose_file_lacks_the_column_of_its_scope_still_knows_the_code(
    shared: Resources,
) -> None:
    """The descriptor says how it is looked up, also for files without the column."""
    described = group(
        goods(column("name"), brand_of(), full_feed=full(scope=(("brand_id", "HP"),)))
    )

    report = bring(shared, described, {"goods.csv": "code,name\nC,new\n"})

    assert report.totals == Counts(read=1, inserted=1, absent=1)
    assert rows(shared, ALL) == [("B", "old"), ("C", "new"), ("O", "old")]


def test_a_lookup_may_create_rows_inside_the_scope(shared: Resources) -> None:
    """Where it says so itself."""
    lookup = Lookup(GOODS, ("code",), on_missing=OnMissing.CREATE, where=(("kind", "mine"),))
    described = PLAIN.group(column("parent_id", source="parent", lookup=lookup))

    report = bring(
        shared, described, {"goods.csv": "code,name,kind,parent\nC,x,mine,P\nD,x,yours,Q\n"}
    )

    assert report.totals == Counts(read=2, inserted=1, rejected=1)
    assert rows(shared, "SELECT code FROM shop.goods WHERE kind = 'mine' ORDER BY code") == [
        ("A",), ("C",), ("P",),
    ]  # fmt: skip


TRIGGER = """
    CREATE FUNCTION shop.give_away() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF new.name = 'gift' THEN new.kind := 'yours'; END IF;
        RETURN new;
    END $$;
    CREATE TRIGGER give_away BEFORE INSERT OR UPDATE ON shop.goods
        FOR EACH ROW EXECUTE FUNCTION shop.give_away()
"""


def test_a_trigger_cannot_lead_a_row_outside(shared: Resources) -> None:
    """What was written is looked at, too; the other rows of the file go in."""
    execute(shared, TRIGGER)
    data = "code,name,kind\nA,gift,mine\nC,new,mine\nD,gift,mine\n"

    report = bring(shared, PLAIN.group(), {"goods.csv": data})

    assert report.totals == Counts(read=3, inserted=1, rejected=2)
    assert rows(shared, ALL) == [("A", "old"), ("B", "old"), ("C", "new"), ("O", "old")]
    assert [(i["code"], i["line"], i["message"]) for i in issues(shared, report)] == [
        (
            "row_refused",
            line,
            (
                "shop.goods refused the row: no row may be, or come, outside of the scope of the "
                "group, kind mine"
            ),
        )
        for line in (2, 4)
    ]


def test_deactivating_does_not_move_a_row_outside(shared: Resources) -> None:
    """Not even if the group says so: the row stays and is listed."""
    feed = full("deactivate", inactive=(("kind", "gone"),))

    report = bring(shared, PLAIN.group(full_feed=feed), {"goods.csv": "code,name,kind\nC,x,mine\n"})

    assert report.totals == Counts(read=1, inserted=1)
    assert faults(shared, report) == [("goods.csv", 0, "row_refused")]
    assert rows(shared, "SELECT kind FROM shop.goods WHERE code = 'A'") == [("mine",)]


@contextmanager
def merge_that_waits(dsn: str) -> Iterator[psycopg.Connection]:
    """Make every MERGE into the goods wait at its beginning, until the lock of this is given back.

    PostgreSQL has taken the snapshot of the statement by then.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION shop.wait() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_advisory_xact_lock_shared(4712); RETURN NULL; END $$"
        )
        connection.execute(
            "CREATE TRIGGER wait BEFORE UPDATE OR DELETE ON shop.goods "
            "FOR EACH STATEMENT EXECUTE FUNCTION shop.wait()"
        )
        connection.execute("SELECT pg_advisory_lock(4712)")
        yield connection


@pytest.mark.parametrize("mode", [Mode.MERGE, Mode.DELETE])
@pytest.mark.parametrize("how", [{}, {"dry_run": True}], ids=["real", "dry"])
def test_a_row_that_moves_away_while_it_is_merged_is_left_alone(
    shared: Resources, dsn: str, mode: Mode, how: dict[str, bool]
) -> None:
    """Another program gives it to others between compare and MERGE: the file is compared anew."""
    described, data = PLAIN.group(mode=mode), {"goods.csv": "code,name,kind\nA,new,mine\n"}
    with merge_that_waits(dsn) as connection, ThreadPoolExecutor(1) as beside:
        running = beside.submit(bring, shared, described, data, **how)
        _wait_for_the_merge(connection)
        connection.execute("UPDATE shop.goods SET kind = 'yours' WHERE code = 'A'")
        connection.execute("SELECT pg_advisory_unlock(4712)")
        report = running.result(30)

    assert report.totals == Counts(read=1, rejected=1)
    assert faults(shared, report) == [("goods.csv", 2, "outside_scope")]
    assert rows(shared, "SELECT name, kind FROM shop.goods WHERE code = 'A'") == [("old", "yours")]


def _wait_for_the_merge(connection: psycopg.Connection) -> None:
    query = "SELECT count(*) FROM pg_locks WHERE objid = 4712 AND NOT granted"
    while connection.execute(query).fetchone() == (0,):
        connection.execute("SELECT pg_sleep(0.02)")
