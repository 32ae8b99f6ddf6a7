"""Full feeds: what the files do not have is deleted or deactivated, in its scope, up to a limit."""

from dataclasses import replace
from typing import Any

import pytest

from impex.domain.column import ColumnType
from impex.domain.errors import ConfigError
from impex.domain.group import Group
from impex.domain.policy import Limit
from impex.domain.report import Counts, FileState, JobState
from impex.services.resources import Resources
from tests.groups import brand_of, brands, column, decimal, full, goods, group, integer, policy
from tests.imports import bring, changes, execute, faults, issues, rows

CODES = "SELECT code FROM shop.goods ORDER BY code"
ACTIVE = "SELECT code, active FROM shop.goods ORDER BY code"
LACKING = "2 of 4 rows of shop.goods are not in the file; max_absent allows "
INACTIVE = {"inactive": (("active", "false"),)}


def feed(*columns: Any, **options: Any) -> Group:
    """Describe a full feed of goods; what is absent is deleted, unless another feed is given."""
    options.setdefault("full_feed", full())
    return group(goods(column("name"), *columns, **options))


def fill(shop: Resources, *codes: str) -> None:
    """Lay goods into the table, active and of no brand."""
    for code in codes:
        with shop.database.transaction() as connection:
            connection.execute(
                "INSERT INTO shop.goods (code, name, active) VALUES (%s, 'x', true)", [code]
            )


def test_rows_that_the_file_does_not_have_are_deleted(shop: Resources) -> None:
    """They are counted apart, since they are no rows of the file, and journaled without a line."""
    fill(shop, "A", "B", "C")

    report = bring(shop, feed(), {"goods.csv": "code,name\nA,x\nD,x\n"})

    assert (report.state, report.totals) == (
        JobState.DONE,
        Counts(read=2, inserted=1, unchanged=1, absent=2),
    )
    assert report.totals.balanced
    assert rows(shop, CODES) == [("A",), ("D",)]
    assert [
        (c["action"], c["line"], c["changes"]) for c in changes(shop, report) if c["line"] == 0
    ] == [
        ("DELETE", 0, {"code": ["B", None], "name": ["x", None]}),
        ("DELETE", 0, {"code": ["C", None], "name": ["x", None]}),
    ]


def test_absent_rows_may_be_deactivated(shop: Resources) -> None:
    """Once: those that are inactive already are left alone. What comes back is activated again."""
    fill(shop, "A", "B")
    active = column("active", constant="true", type=ColumnType.BOOLEAN)
    described = feed(active, full_feed=full("deactivate", **INACTIVE))

    first = bring(shop, described, {"goods.csv": "code,name\nA,x\n"})
    second = bring(shop, described, {"goods.csv": "code,name\nA,x\n"}, force=True)
    held = rows(shop, ACTIVE)
    third = bring(shop, described, {"goods.csv": "code,name\nA,x\nB,x\n"})

    assert first.totals == Counts(read=1, unchanged=1, absent=1)
    assert second.totals == Counts(read=1, unchanged=1)
    assert held == [("A", True), ("B", False)]
    assert changes(shop, first)[0]["changes"] == {"active": [True, False]}
    assert third.totals == Counts(read=2, updated=1, unchanged=1)


def test_the_same_feed_twice_is_the_feed_once(shop: Resources) -> None:
    """The second time nothing is absent."""
    fill(shop, "A", "B")
    bring(shop, feed(), {"goods.csv": "code,name\nA,y\n"})

    again = bring(shop, feed(), {"goods.csv": "code,name\nA,y\n"}, force=True)

    assert again.totals == Counts(read=1, unchanged=1)


def test_a_file_speaks_for_its_scope_only(shop: Resources) -> None:
    """Rows of others are never absent, whatever the file has."""
    fill(shop, "A", "B", "C")
    execute(shop, "UPDATE shop.goods SET kind = '100%' WHERE code <> 'C'")
    execute(shop, "UPDATE shop.goods SET kind = 'other' WHERE code = 'C'")
    kind = column("kind", constant="100%")

    report = bring(
        shop,
        feed(kind, full_feed=full(scope=(("kind", "100%"),))),
        {"goods.csv": "code,name\nA,x\n"},
    )

    assert report.totals == Counts(read=1, unchanged=1, absent=1)
    assert rows(shop, CODES) == [("A",), ("C",)]


def test_a_scope_names_a_reference_by_its_code(shop: Resources) -> None:
    """As the file does; nobody needs to know the ids of a database."""
    described = group(goods(brand_of()))
    bring(shop, described, {"goods.csv": "code,brand\nA,HP\nB,HP\nC,Dell\n"})
    hp = feed(brand_of(), full_feed=full(scope=(("brand_id", "HP"),)))

    report = bring(shop, hp, {"goods.csv": "code,name,brand\nA,x,HP\n"})

    assert report.totals == Counts(read=1, updated=1, absent=1)
    assert rows(shop, CODES) == [("A",), ("C",)]


@pytest.mark.parametrize(
    ("limit", "allowed", "message"),
    [
        (Limit(share=0.5), True, ""),
        (Limit(count=2), True, ""),
        (Limit(count=1), False, f"{LACKING}1. Nothing was changed"),
        (Limit(share=0.125), False, f"{LACKING}12.5 %. Nothing was changed"),
    ],
)
def test_too_many_absent_rows_stop_the_file_before_anything_is_changed(
    shop: Resources, limit: Limit, message: str, *, allowed: bool
) -> None:
    """A file that was cut must not empty the shop; the message names both numbers."""
    fill(shop, "A", "B", "C", "D")
    described = feed(full_feed=full(max_absent=limit))

    report = bring(shop, described, {"goods.csv": "code,name\nA,new\nB,x\nE,x\n"})

    assert report.files[0].message == message
    assert len(rows(shop, CODES)) == (3 if allowed else 4)
    assert bool(changes(shop, report)) is allowed
    if not allowed:
        assert report.totals == Counts(read=3, rejected=3)
        assert faults(shop, report) == [("goods.csv", 0, "too_many_absent")]


def test_a_person_can_let_all_absent_rows_go_for_one_run(shop: Resources) -> None:
    """What stopped the file goes through; the scope holds all the same."""
    fill(shop, "A", "B", "C", "X")
    execute(shop, "UPDATE shop.goods SET kind = 'mine' WHERE code <> 'X'")
    described = feed(full_feed=full(scope=(("kind", "mine"),), max_absent=Limit(count=1)))
    files = {"goods.csv": "code,name\nA,x\n"}
    stopped = bring(shop, described, files)

    report = bring(shop, described.letting_go(), files, force=True)

    assert stopped.totals == Counts(read=1, rejected=1)
    assert report.totals == Counts(read=1, unchanged=1, absent=2)
    assert rows(shop, CODES) == [("A",), ("X",)]


def test_the_limit_is_a_share_of_the_scope(shop: Resources) -> None:
    """Not of the table."""
    fill(shop, "A", "B", *(f"X{n}" for n in range(20)))
    execute(shop, "UPDATE shop.goods SET kind = 'mine' WHERE code IN ('A', 'B')")
    scope = full(scope=(("kind", "mine"),), max_absent=Limit(share=0.25))

    report = bring(shop, feed(full_feed=scope), {"goods.csv": "code,name\nA,x\n"})

    assert report.files[0].message == (
        "1 of 2 rows of shop.goods (kind mine) are not in the file; max_absent allows 25 %. "
        "Nothing was changed"
    )


@pytest.mark.parametrize("how", [{}, {"dry_run": True}])
def test_files_of_one_descriptor_are_one_feed(shop: Resources, how: dict[str, bool]) -> None:
    """What one of them has is not absent from the others."""
    fill(shop, "A", "B", "C")
    files = {"goods-1.csv": "code,name\nA,y\n", "goods-2.csv": "code,name\nB,y\nD,y\n"}

    report = bring(shop, feed(), files, **how)

    assert [f.counts for f in report.files] == [
        Counts(read=1, updated=1),
        Counts(read=2, inserted=1, updated=1, absent=1),
    ]
    kept = [("A",), ("B",), ("C",)] if how else [("A",), ("B",), ("D",)]
    assert rows(shop, CODES) == kept


def test_too_many_absent_rows_stop_all_files_of_the_descriptor(shop: Resources) -> None:
    """The first of them changes nothing either."""
    fill(shop, "A", "B", "C")
    files = {"goods-1.csv": "code,name\nA,y\n", "goods-2.csv": "code,name\nD,y\n"}

    report = bring(shop, feed(full_feed=full(max_absent=Limit(1))), files)

    assert [f.state for f in report.files] == [FileState.REJECTED] * 2
    assert rows(shop, "SELECT DISTINCT name FROM shop.goods") == [("x",)]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param("code,name,stock\nB,y,many\n", id="while it is read"),
        pytest.param("code,name,brand\nB,y,Acer\n", id="while it is merged"),
    ],
)
def test_nothing_is_absent_if_a_file_of_the_feed_is_rejected(shop: Resources, other: str) -> None:
    """Only all files together say what is gone; the report says why nothing was removed."""
    fill(shop, "A", "B", "C")
    strict = feed(integer("stock"), brand_of(), errors=policy("reject_file"))
    files = {"goods-1.csv": "code,name\nA,y\n", "goods-2.csv": other, "goods-3.csv": "code\nD\n"}

    report = bring(shop, strict, files)

    assert [f.state.value for f in report.files] == ["merged", "rejected", "merged"]
    assert report.totals.absent == 0
    assert rows(shop, CODES) == [("A",), ("B",), ("C",), ("D",)]
    assert "no row of shop.goods counts as absent" in report.files[2].remarks[0]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("A,x,1,HP\nB,y,many,HP\n", id="bad cell"),
        pytest.param("A,x,1,HP\nB,y,1,Acer\n", id="missing reference"),
        pytest.param("A,x,1,HP\nB,1,1,HP\nB,2,1,HP\n", id="repeated key"),
        pytest.param("A,x,1,HP\nB,y,99999,HP\n", id="refused by the table"),
    ],
)
def test_a_rejected_row_is_not_absent(shop: Resources, data: str) -> None:
    """Its fault must not cost a row of the shop its life; others that are gone are removed."""
    fill(shop, "A", "B", "C")

    report = bring(
        shop, feed(integer("stock"), brand_of()), {"goods.csv": f"code,name,stock,brand\n{data}"}
    )

    assert report.totals.rejected >= 1
    assert report.totals.absent == 1
    assert rows(shop, CODES) == [("A",), ("B",)]


@pytest.mark.parametrize(
    ("key_column", "data"),
    [
        pytest.param(column("code", trim=True), "A,x,1\nB ,x,many\n", id="changed key"),
        pytest.param(column("code"), "A,x,1\n,x,1\n", id="empty key"),
        pytest.param(column("code"), 'A,x,1\n"B"x,y,1\n', id="unreadable record"),
    ],
)
def test_nothing_is_absent_while_the_key_of_a_rejected_row_is_unknown(
    shop: Resources, key_column: Any, data: str
) -> None:
    """It could be any row; the report says why nothing was removed, and the rest goes in."""
    fill(shop, "B", "C")
    described = feed(integer("stock"))
    [descriptor] = described.descriptors
    key_column = replace(descriptor.columns[0], trim=key_column.trim)
    columns = (key_column, *descriptor.columns[1:])

    report = bring(
        shop,
        replace(described, descriptors=(replace(descriptor, columns=columns),)),
        {"goods.csv": f"code,name,stock\n{data}"},
    )

    assert report.totals == Counts(read=2, inserted=1, rejected=1)
    assert rows(shop, CODES) == [("A",), ("B",), ("C",)]
    [remark] = report.files[0].remarks
    assert remark == (
        "no row of shop.goods counts as absent, because the keys of rejected rows (1) are not "
        "known for sure"
    )


def test_keys_that_are_looked_up_are_compared_by_what_they_refer_to(shop: Resources) -> None:
    """Rejected ones by their code."""
    execute(shop, "CREATE UNIQUE INDEX ON shop.goods (brand_id)")
    execute(shop, "INSERT INTO shop.brand (name) VALUES ('Acer')")
    execute(
        shop, "INSERT INTO shop.goods (code, brand_id) SELECT 'of ' || name, id FROM shop.brand"
    )
    described = group(goods(integer("stock"), brand_of(), key=("brand_id",), full_feed=full()))

    report = bring(
        shop, described, {"goods.csv": "code,stock,brand\nof HP,7,HP\nof Dell,many,Dell\n"}
    )

    assert report.totals == Counts(read=2, unchanged=1, rejected=1, absent=1)
    assert rows(shop, CODES) == [("of Dell",), ("of HP",)]


def test_the_order_of_the_key_and_of_the_columns_may_differ(shop: Resources) -> None:
    """A rejected row is known by its whole key, and by no part of it."""
    execute(shop, "CREATE UNIQUE INDEX ON shop.goods (kind, code)")
    fill(shop, "A", "B", "C")
    described = feed(integer("stock"), column("kind"), key=("kind", "code"))

    report = bring(
        shop,
        described,
        {"goods.csv": "code,kind,name,stock\nA,100%,x,7\nB,100%,x,many\nB,other,x,many\n"},
    )

    assert report.totals == Counts(read=3, unchanged=1, rejected=2, absent=1)
    assert rows(shop, CODES) == [("A",), ("B",)]


def test_keys_that_may_be_equal_but_written_otherwise_are_not_known(shop: Resources) -> None:
    """The bad row a is the row A."""
    fill(shop, "A", "B")
    execute(shop, "CREATE EXTENSION citext SCHEMA public")
    execute(shop, "ALTER TABLE shop.goods ALTER COLUMN code TYPE public.citext")

    report = bring(
        shop, feed(integer("stock")), {"goods.csv": "code,name,stock\na,x,many\nb,x,7\n"}
    )

    assert report.totals == Counts(read=2, unchanged=1, rejected=1)
    assert rows(shop, CODES) == [("A",), ("B",)]


def test_an_absent_row_that_the_table_needs_stays(shop: Resources) -> None:
    """It is told as skipped; what else is absent goes, and no row of the file suffers."""
    bring(shop, group(goods(brand_of())), {"goods.csv": "code,brand\nA,HP\n"})

    report = bring(shop, group(brands(full_feed=full())), {"brands.csv": "name\nAcer\n"})

    assert (report.state, report.totals) == (
        JobState.DONE,
        Counts(read=1, inserted=1, absent=1),
    )
    assert rows(shop, "SELECT name FROM shop.brand ORDER BY name") == [("Acer",), ("HP",)]
    (told,) = issues(shop, report)
    assert (told["effect"], told["code"], told["line"], told["key"]) == (
        "skipped", "row_refused", 0, "name=HP",
    )  # fmt: skip
    assert told["message"].startswith("shop.brand keeps the row, which the file does not have: ")


def test_a_unique_value_may_move_from_an_absent_row_to_another(shop: Resources) -> None:
    """What disappears makes room first."""
    execute(shop, "CREATE UNIQUE INDEX ON shop.goods (name)")
    bring(shop, feed(), {"goods.csv": "code,name\nZ,only\n"})

    report = bring(shop, feed(), {"goods.csv": "code,name\nA,only\n"})

    assert report.totals == Counts(read=1, inserted=1, absent=1)


def test_a_header_alone_makes_everything_absent(shop: Resources) -> None:
    """Which the limit is for."""
    fill(shop, "A", "B")

    stopped = bring(
        shop, feed(full_feed=full(max_absent=Limit(share=0.05))), {"goods.csv": "code,name\n"}
    )
    meant = bring(shop, feed(), {"goods.csv": "code,name\n"})

    assert (stopped.files[0].state, stopped.totals) == (FileState.REJECTED, Counts())
    assert meant.totals == Counts(absent=2)
    assert rows(shop, CODES) == []


def test_a_rejected_file_removes_nothing(shop: Resources) -> None:
    """More bad rows than the policy allows keep the whole feed out."""
    fill(shop, "A", "B")
    described = feed(decimal("price"), errors=policy(max_rejects=0))

    report = bring(shop, described, {"goods.csv": "code,name,price\nA,x,much\n"})

    assert report.files[0].state is FileState.REJECTED
    assert rows(shop, CODES) == [("A",), ("B",)]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"scope": (("knid", "x"),)}, "shop.goods has no column knid. Did you mean kind"),
        ({"scope": (("stock", "many"),)}, "shop.goods.stock is smallint and cannot be `many`"),
        (
            {"on_absent": "deactivate", "inactive": (("active", "never"),)},
            "shop.goods.active is boolean and cannot be `never`",
        ),
        ({"on_absent": "deactivate", "inactive": (("gone", "1"),)}, "has no column gone"),
    ],
)
def test_a_feed_that_does_not_fit_the_table_is_a_fault_of_the_configuration(
    shop: Resources, options: dict[str, Any], problem: str
) -> None:
    """Found when the run is planned."""
    with pytest.raises(ConfigError, match=problem):
        bring(shop, feed(full_feed=full(**options)), {"goods.csv": "code,name\nA,x\n"})
