"""What the rows of a file do to the table: five modes, each with its counts and its journal."""

import pytest

from impex.domain.column import Column, OnEmpty
from impex.domain.group import Mode
from impex.domain.report import Counts, JobState
from impex.services.resources import Resources
from tests.groups import (
    brand_of,
    column,
    full,
    goods,
    group,
    integer,
    parent,
    policy,
    translated,
)
from tests.imports import bring, changes, execute, issues, rows

NAMES = "SELECT code, name FROM shop.goods ORDER BY code"
OLD = {"goods.csv": "code,name\nA,old\nB,old\n"}
NEW = {"goods.csv": "code,name\nB,new\nC,new\n"}


def fill(shop: Resources) -> None:
    """Lay the goods A and B into the table."""
    bring(shop, group(goods(column("name"))), OLD)


@pytest.mark.parametrize(
    ("mode", "counts", "stored"),
    [
        (Mode.MERGE, Counts(read=2, inserted=1, updated=1),
         [("A", "old"), ("B", "new"), ("C", "new")]),
        (Mode.INSERT_ONLY, Counts(read=2, inserted=1, skipped=1),
         [("A", "old"), ("B", "old"), ("C", "new")]),
        (Mode.UPDATE_ONLY, Counts(read=2, updated=1, skipped=1),
         [("A", "old"), ("B", "new")]),
        (Mode.DELETE, Counts(read=2, deleted=1, skipped=1), [("A", "old")]),
    ],
)  # fmt: skip
def test_a_mode_says_what_becomes_of_new_and_known_rows(
    shop: Resources, mode: Mode, counts: Counts, stored: list[tuple[str, str]]
) -> None:
    """Rows that it does not concern are skipped, and the run is done all the same."""
    fill(shop)

    report = bring(shop, group(goods(column("name"), mode=mode)), NEW)

    assert (report.state, report.totals) == (JobState.DONE, counts)
    assert rows(shop, NAMES) == stored


@pytest.mark.parametrize("mode", [Mode.INSERT_ONLY, Mode.UPDATE_ONLY, Mode.DELETE])
def test_what_was_done_once_is_not_done_twice(shop: Resources, mode: Mode) -> None:
    """The same file again finds nothing to do."""
    fill(shop)
    described = group(goods(column("name"), mode=mode))
    bring(shop, described, NEW)
    before = rows(shop, NAMES)

    again = bring(shop, described, NEW, force=True)

    assert rows(shop, NAMES) == before
    assert again.totals.inserted == again.totals.updated == again.totals.deleted == 0
    assert again.totals.balanced


@pytest.mark.parametrize(
    ("mode", "code", "line", "message"),
    [
        (Mode.INSERT_ONLY, "row_exists", 2,
         "shop.goods has the row already, and mode insert_only leaves it as it is"),
        (Mode.UPDATE_ONLY, "row_unknown", 3,
         "shop.goods has no such row, and mode update_only makes none"),
        (Mode.DELETE, "row_unknown", 3, "shop.goods has no such row, and mode delete makes none"),
    ],
)  # fmt: skip
def test_a_row_that_the_mode_leaves_out_is_told_with_its_key(
    shop: Resources, mode: Mode, code: str, line: int, message: str
) -> None:
    """As skipped, which is no fault."""
    fill(shop)

    report = bring(shop, group(goods(column("name"), mode=mode)), NEW)

    (told,) = issues(shop, report)
    assert (told["effect"], told["code"], told["line"]) == ("skipped", code, line)
    assert told["message"] == message
    assert told["key"] == f"code={'B' if line == 2 else 'C'}"


def test_a_deleted_row_stands_in_the_journal_as_it_was(shop: Resources) -> None:
    """All columns of the descriptor, so that it can be brought back."""
    columns = (column("name"), integer("stock"), translated("title", "en"), brand_of())
    data = "code,name,stock,title_en,brand\nA,Lamp,3,Lamp,HP\n"
    bring(shop, group(goods(*columns)), {"goods.csv": data})

    report = bring(shop, group(goods(*columns, mode=Mode.DELETE)), {"goods.csv": data}, force=True)

    (change,) = changes(shop, report)
    assert (change["action"], change["key"], change["line"]) == ("DELETE", {"code": "A"}, 2)
    assert change["changes"] == {
        "code": ["A", None],
        "name": ["Lamp", None],
        "stock": [3, None],
        "title": [{"en": "Lamp"}, None],
        "brand_id": [1, None],
    }


def test_deleting_looks_at_the_key_only(shop: Resources) -> None:
    """What the other columns of the file hold, or refer to, is of no interest."""
    bring(shop, group(goods(brand_of())), {"goods.csv": "code,brand\nA,HP\n"})
    described = group(goods(brand_of(), mode=Mode.DELETE))

    report = bring(shop, described, {"goods.csv": "code,brand\nA,Unknown\n"})

    assert report.totals == Counts(read=1, deleted=1)


def test_a_row_that_others_refer_to_cannot_be_deleted(shop: Resources) -> None:
    """It is rejected with the rule of the table; the others go."""
    bring(shop, group(goods(parent())), {"goods.csv": "code,parent\nA,\nB,A\nC,\n"})

    report = bring(shop, group(goods(mode=Mode.DELETE)), {"goods.csv": "code\nA\nC\n"})

    assert report.totals == Counts(read=2, deleted=1, rejected=1)
    (told,) = issues(shop, report)
    assert (told["code"], told["key"]) == ("row_refused", "code=A")
    assert "violates foreign key constraint" in told["message"]


def test_parents_and_children_of_one_file_are_deleted_together(shop: Resources) -> None:
    """Whatever their order, and whatever cannot be deleted beside them."""
    bring(shop, group(goods(parent())), {"goods.csv": "code,parent\nA,\nB,A\nC,\nD,C\n"})

    report = bring(shop, group(goods(mode=Mode.DELETE)), {"goods.csv": "code\nA\nB\nC\n"})

    assert report.totals == Counts(read=3, deleted=2, rejected=1)
    assert rows(shop, NAMES) == [("C", None), ("D", None)]


def test_rows_whose_key_refers_to_nothing_are_not_there(shop: Resources) -> None:
    """So there is nothing to delete or to update, and that is no fault."""
    execute(shop, "CREATE UNIQUE INDEX ON shop.goods (brand_id)")
    for mode in (Mode.DELETE, Mode.UPDATE_ONLY):
        described = group(goods(brand_of(), mode=mode, key=("brand_id",)))

        report = bring(shop, described, {"goods.csv": "code,brand\nA,Acer\n"}, force=True)

        assert report.totals == Counts(read=1, skipped=1)
        assert [i["code"] for i in issues(shop, report)] == ["row_unknown"]


def test_a_row_that_is_left_out_is_not_searched_for_faults(shop: Resources) -> None:
    """Its missing reference is of no interest."""
    fill(shop)
    described = group(goods(brand_of(), mode=Mode.INSERT_ONLY))

    report = bring(shop, described, {"goods.csv": "code,brand\nA,Acer\nC,Acer\n"})

    assert report.totals == Counts(read=2, skipped=1, rejected=1)
    assert [(i["line"], i["code"]) for i in issues(shop, report)] == [
        (2, "row_exists"), (3, "lookup_missing"),
    ]  # fmt: skip


def test_replace_makes_the_table_what_the_file_says(shop: Resources) -> None:
    """Rows that it lacks are deleted, cells that it leaves empty are emptied."""
    described = group(goods(column("name"), column("note"), mode=Mode.REPLACE, full_feed=full()))
    bring(shop, described, {"goods.csv": "code,name,note\nA,a,1\nB,b,2\nC,c,3\n"})

    report = bring(shop, described, {"goods.csv": "code,name,note\nA,,1\nB,b,2\nD,d,\n"})

    assert report.totals == Counts(read=3, inserted=1, updated=1, unchanged=1, absent=1)
    assert rows(shop, "SELECT code, name, note FROM shop.goods ORDER BY code") == [
        ("A", None, "1"), ("B", "b", "2"), ("D", "d", None),
    ]  # fmt: skip
    assert [(c["action"], c["key"]["code"], c["line"]) for c in changes(shop, report)] == [
        ("DELETE", "C", 0), ("UPDATE", "A", 2), ("INSERT", "D", 4),
    ]  # fmt: skip


def test_replace_keeps_columns_that_the_file_does_not_have(shop: Resources) -> None:
    """Nothing is said about them."""
    described = group(goods(column("name"), column("note"), mode=Mode.REPLACE, full_feed=full()))
    bring(shop, described, {"goods.csv": "code,name,note\nA,a,1\n"})

    bring(shop, described, {"goods.csv": "code,name\nA,b\n"})

    assert rows(shop, "SELECT name, note FROM shop.goods") == [("b", "1")]


def test_replace_with_defaults_and_required_columns(shop: Resources) -> None:
    """What a column says about empty cells itself counts."""
    described = group(
        goods(
            integer("stock", on_empty=OnEmpty.DEFAULT, default="0"),
            column("name", required=True, on_empty=OnEmpty.ERROR),
            mode=Mode.REPLACE,
            full_feed=full(),
        )
    )
    bring(shop, described, {"goods.csv": "code,stock,name\nA,5,a\nB,5,b\n"})

    report = bring(shop, described, {"goods.csv": "code,stock,name\nA,,a\nB,5,\n"})

    assert report.totals == Counts(read=2, updated=1, rejected=1)
    assert rows(shop, "SELECT code, stock FROM shop.goods ORDER BY 1") == [("A", 0), ("B", 5)]


@pytest.mark.parametrize("mode", Mode)
def test_a_bad_row_keeps_the_file_out_in_every_mode(shop: Resources, mode: Mode) -> None:
    """Where the policy says so; nothing is changed then."""
    fill(shop)
    before = rows(shop, NAMES)
    feed = full("delete" if mode is Mode.REPLACE else "ignore")
    strict = goods(
        column("name"), integer("stock"), mode=mode, full_feed=feed, errors=policy("reject_file")
    )

    report = bring(shop, group(strict), {"goods.csv": "code,name,stock\nB,x,1\nC,x,many\n"})

    assert report.totals == Counts(read=2, rejected=2)
    assert rows(shop, NAMES) == before


@pytest.mark.parametrize(
    ("options", "first", "second"),
    [
        ({"insert_only": True}, ("1", "1"), ("1", "1")),
        ({"update_only": True}, (None, None), ("2", None)),
        ({}, ("1", "1"), ("2", "1")),
    ],
)
def test_a_column_may_be_for_new_or_for_known_rows_only(
    shop: Resources,
    options: dict[str, bool],
    first: tuple[str | None, str | None],
    second: tuple[str | None, str | None],
) -> None:
    """What is not meant for a row is neither written nor a difference."""
    note: Column = column("note", **options)
    described = group(goods(note))
    bring(shop, described, {"goods.csv": "code,note\nA,1\nB,1\n"})
    stored = rows(shop, "SELECT note FROM shop.goods ORDER BY code")

    report = bring(shop, described, {"goods.csv": "code,note\nA,2\n"})

    assert tuple(note for (note,) in stored) == first
    assert rows(shop, "SELECT note FROM shop.goods ORDER BY code") == [(second[0],), (second[1],)]
    assert report.totals.updated == (0 if options.get("insert_only") else 1)


def test_the_journal_of_a_wide_table_is_whole(shop: Resources) -> None:
    """PostgreSQL's functions take a hundred arguments, and a table may have more columns."""
    names = [f"c{number}" for number in range(120)]
    execute(shop, f"ALTER TABLE shop.goods {', '.join(f'ADD {name} text' for name in names)}")
    columns = [column(name) for name in names]
    header = ",".join(["code", *names])
    old, new, any_text = (
        {"goods.csv": f"{header}\nA{f',{text}' * len(names)}\n"} for text in ("old", "new", "any")
    )
    bring(shop, group(goods(*columns)), old)

    updated = bring(shop, group(goods(*columns)), new)
    deleted = bring(shop, group(goods(*columns, mode=Mode.DELETE)), any_text)

    (update,), (delete,) = changes(shop, updated), changes(shop, deleted)
    assert update["changes"] == {name: ["old", "new"] for name in names}
    assert delete["changes"] == {"code": ["A", None]} | {name: ["new", None] for name in names}
