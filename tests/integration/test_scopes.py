"""A group with a scope neither takes nor touches a row outside of it, whatever a file says."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from impex.domain.column import Lookup, OnEmpty, OnMissing
from impex.domain.group import Group, Mode
from impex.domain.layout import Format, Layout
from impex.domain.report import Counts, FileState, JobState
from impex.services.resources import Resources
from tests.groups import BRAND, brand_of, column, full, goods, group, parent, policy
from tests.imports import bring, execute, faults, issues, rows
from tests.integration.scope_cases import ALL, CASES, LOOKED_UP, OTHERS, PLAIN, Case
from tests.samples import csv_bytes


@CASES
@pytest.mark.parametrize(
    ("mode", "counts"),
    [
        (Mode.MERGE, Counts(inserted=1, updated=1)),
        (Mode.INSERT_ONLY, Counts(inserted=1, skipped=1)),
        (Mode.UPDATE_ONLY, Counts(updated=1, skipped=1)),
        (Mode.DELETE, Counts(deleted=1, skipped=1)),
        (Mode.REPLACE, Counts(inserted=1, updated=1)),
    ],
)
def test_a_row_that_names_another_scope_is_rejected_in_every_mode(
    shared: Resources, case: Case, mode: Mode, counts: Counts
) -> None:
    """Whether the table has it or not; rows of the scope go in, and those of others stay."""
    before = rows(shared, OTHERS)
    data = f"code,name,{case.header}\nA,new,{case.own}\nB,old,{case.other}\nC,new,{case.own}\n"

    report = bring(shared, case.group(mode=mode), {"goods.csv": f"{data}D,new,{case.other}\n"})

    assert report.totals == counts + Counts(read=4, rejected=2)
    told = [i for i in issues(shared, report) if i["effect"] == "rejected"]
    assert [(i["code"], i["line"], i["column"], i["value"], i["key"]) for i in told] == [
        ("outside_scope", 3, case.header, case.other, "code=B"),
        ("outside_scope", 5, case.header, case.other, "code=D"),
    ]
    assert told[0]["message"] == f"the row is outside of the scope of the group, {case.scope}"
    assert rows(shared, OTHERS) == before


@CASES
@pytest.mark.parametrize("mode", Mode)
def test_a_row_of_others_cannot_be_taken_over_changed_or_deleted(
    shared: Resources, case: Case, mode: Mode
) -> None:
    """Its key is enough to know it by, whatever the file says beside; ours go on."""
    before = rows(shared, OTHERS)
    data = f"code,name,{case.header}\nB,new,{case.own}\nA,old,{case.own}\n"

    report = bring(shared, case.group(mode=mode), {"goods.csv": data})

    assert report.totals.rejected == 1
    (told,) = (i for i in issues(shared, report) if i["effect"] == "rejected")
    assert (told["code"], told["line"], told["key"]) == ("outside_scope", 2, "code=B")
    assert (told["column"], told["value"]) == (case.scope.column, "")
    assert told["message"] == (
        "shop.goods has a row with this key, which is outside of the scope of the group, "
        f"{case.scope}"
    )
    assert rows(shared, OTHERS) == before


@CASES
@pytest.mark.parametrize("mode", [Mode.UPDATE_ONLY, Mode.DELETE])
def test_modes_that_insert_nothing_need_no_column_of_the_scope(
    shared: Resources, case: Case, mode: Mode
) -> None:
    """The rows that the table has say where they belong; ids do, where no code is looked up."""
    value = "1" if case is LOOKED_UP else case.own
    scope = replace(case.scope, value=value)
    before = rows(shared, OTHERS)

    report = bring(
        shared,
        group(goods(column("name"), mode=mode), scope=scope),
        {"goods.csv": "code,name\nA,new\nB,new\nX,new\n"},
    )

    assert report.totals.rejected == report.totals.skipped == 1
    assert faults(shared, report)[0] == ("goods.csv", 3, "outside_scope")
    assert rows(shared, OTHERS) == before


def test_a_row_of_others_is_rejected_even_if_nothing_would_change(shared: Resources) -> None:
    """Nobody learns from the counts what others have."""
    shared_group = group(goods(column("name"), column("kind", insert_only=True)), scope=PLAIN.scope)

    report = bring(
        shared, shared_group, {"goods.csv": "code,name,kind\nA,old,yours\nB,old,mine\nO,old,\n"}
    )

    assert report.totals == Counts(read=3, rejected=3)
    assert {code for _, _, code in faults(shared, report)} == {"outside_scope"}


@CASES
@pytest.mark.parametrize("mode", [Mode.MERGE, Mode.UPDATE_ONLY, Mode.REPLACE])
def test_a_row_cannot_leave_the_scope_by_an_empty_cell(
    shared: Resources, case: Case, mode: Mode
) -> None:
    """Where empty means cleared."""
    cleared = replace(case, column=replace(case.column, on_empty=OnEmpty.CLEAR))

    report = bring(
        shared, cleared.group(mode=mode), {"goods.csv": f"code,name,{case.header}\nA,new,\n"}
    )

    assert report.totals == Counts(read=1, rejected=1)
    (told,) = issues(shared, report)
    assert (told["code"], told["column"]) == ("outside_scope", case.scope.column)
    assert told["message"] == (
        f"without a value of {case.scope.column} the row would be outside of the scope of the "
        f"group, {case.scope}"
    )


def test_a_row_cannot_leave_the_scope_by_a_nil_element(shared: Resources) -> None:
    """Which clears, whatever ``on_empty`` says."""
    columns = (column("code", source="@code"), column("kind"))
    [described] = PLAIN.group().descriptors
    described = replace(
        described, columns=columns, files=("*.xml",), layout=Layout(Format.XML, record="/g/i")
    )
    document = (
        '<g xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<i code="A"><kind xsi:nil="true"/></i>\n<i code="C"><kind>mine</kind></i></g>'
    )

    report = bring(shared, group(described, scope=PLAIN.scope), {"goods.xml": document})

    assert report.totals == Counts(read=2, inserted=1, rejected=1)
    assert faults(shared, report) == [("goods.xml", 1, "outside_scope")]


@CASES
def test_a_default_of_the_descriptor_does_not_lead_outside(shared: Resources, case: Case) -> None:
    """It counts as if it stood in the file."""
    filled = replace(case.column, on_empty=OnEmpty.DEFAULT, default=case.other)

    report = bring(
        shared,
        replace(case, column=filled).group(),
        {"goods.csv": f"code,name,{case.header}\nA,new,\nC,new,\nD,new,{case.own}\n"},
    )

    assert report.totals == Counts(read=3, inserted=1, rejected=2)
    assert [i["value"] for i in issues(shared, report)] == [case.other, case.other]


@CASES
@pytest.mark.parametrize("data", ["code,name,{0}\nA,new,\nC,new,\n", "code,name\nA,new\nC,new\n"])
def test_a_new_row_that_names_no_scope_is_rejected(
    shared: Resources, case: Case, data: str
) -> None:
    """The table's own default must not smuggle it in; a row of the scope stays where it is."""
    report = bring(shared, case.group(), {"goods.csv": data.format(case.header)})

    assert report.totals == Counts(read=2, updated=1, rejected=1)
    (told,) = issues(shared, report)
    assert (told["code"], told["line"], told["column"]) == (
        "outside_scope", 3, case.scope.column,
    )  # fmt: skip
    assert rows(shared, ALL) == [("A", "new"), ("B", "old"), ("O", "old")]


@pytest.mark.parametrize("data", ["code,name,kind\nC,new,\n", "code,name\nC,new\n"])
def test_a_new_row_may_get_its_scope_from_the_default_of_the_table(
    shared: Resources, data: str
) -> None:
    """Where that is the scope of the group."""
    execute(shared, "ALTER TABLE shop.goods ALTER COLUMN kind SET DEFAULT 'mine'")

    report = bring(shared, PLAIN.group(), {"goods.csv": data})

    assert report.totals == Counts(read=1, inserted=1)


@CASES
def test_what_else_is_wrong_with_a_row_of_others_is_not_told(shared: Resources, case: Case) -> None:
    """One reason is enough."""
    described = case.group(
        column("parent_id", source="maker", lookup=Lookup(BRAND, ("name",))),
        column("note", required=False),
    )

    report = bring(
        shared, described, {"goods.csv": f"code,name,{case.header},maker\nC,x,{case.other},Acer\n"}
    )

    assert faults(shared, report) == [("goods.csv", 2, "outside_scope")]


@CASES
def test_a_code_that_is_in_no_table_is_another_scope(shared: Resources, case: Case) -> None:
    """Whatever becomes of unknown codes elsewhere."""
    for on_missing in (OnMissing.REJECT, OnMissing.SKIP_ROW, OnMissing.NULL):
        looked_up = brand_of(on_missing) if case is LOOKED_UP else case.column
        data = f"code,name,{case.header}\nA,new,Unknown\nC,new,Unknown\n"

        report = bring(
            shared, replace(case, column=looked_up).group(), {"goods.csv": data}, force=True
        )

        assert report.totals == Counts(read=2, rejected=2)
        assert {code for _, _, code in faults(shared, report)} == {"outside_scope"}


def test_children_of_rows_that_are_outside_have_no_parent(shared: Resources) -> None:
    """They are rejected with the reference that is missing."""
    data = "code,name,kind,parent\nD,x,yours,\nC,x,mine,D\n"

    report = bring(shared, PLAIN.group(parent()), {"goods.csv": data})

    assert report.totals == Counts(read=2, rejected=2)
    assert sorted(faults(shared, report)) == [
        ("goods.csv", 2, "outside_scope"), ("goods.csv", 3, "lookup_missing"),
    ]  # fmt: skip


@pytest.mark.parametrize("how", [{"dry_run": True}, {}], ids=["dry", "atomic"])
def test_runs_in_one_transaction_find_the_same(shared: Resources, how: dict[str, bool]) -> None:
    """A package that is tried out, or goes in whole or not at all."""
    [described] = PLAIN.group(
        errors=policy("reject_package" if not how else "reject_rows")
    ).descriptors
    before = rows(shared, ALL)

    report = bring(
        shared,
        group(described, scope=PLAIN.scope),
        {"goods.csv": "code,name,kind\nA,new,mine\nB,new,mine\n"},
        **how,
    )

    assert ("goods.csv", 3, "outside_scope") in faults(shared, report)
    assert rows(shared, ALL) == before
    assert report.files[0].state is (FileState.MERGED if how else FileState.REJECTED)


def test_rows_of_others_count_as_bad_rows(shared: Resources) -> None:
    """With more of them than the policy allows the file stays out."""
    strict = PLAIN.group(errors=policy(max_rejects=0))

    report = bring(shared, strict, {"goods.csv": "code,name,kind\nA,new,mine\nB,new,mine\n"})

    assert (report.state, report.files[0].state) == (JobState.REJECTED, FileState.REJECTED)
    assert rows(shared, ALL)[0] == ("A", "old")


def test_personal_data_is_not_told_by_the_scope_either(shared: Resources) -> None:
    """The value of a column with ``pii`` is masked as everywhere."""
    masked = replace(PLAIN, column=column("kind", pii=True))

    report = bring(shared, masked.group(), {"goods.csv": "code,name,kind\nC,new,ask Jane\n"})

    assert "ask Jane" not in str(issues(shared, report))
    assert report.totals.rejected == 1


CODES = st.sampled_from("ABCDE")
CELLS = st.fixed_dictionaries(
    {
        "code": CODES,
        "name": st.sampled_from(["", "x", "y"]),
        "kind": st.sampled_from(["", "mine", "mine", "yours"]),
        "brand": st.sampled_from(["", "HP", "HP", "Dell", "Acer"]),
    }
)
ROWS = st.dictionaries(
    CODES, st.tuples(st.sampled_from(["mine", "yours"]), st.sampled_from([None, 1, 2]))
)


@st.composite
def scoped(draw: DrawFn) -> Group:
    """Draw a group with a scope, by a plain or a looked-up column."""
    options = {
        "on_empty": draw(st.sampled_from([OnEmpty.KEEP, OnEmpty.CLEAR])),
        "insert_only": draw(st.booleans()),
    }
    mode = draw(st.sampled_from(Mode))
    absent = draw(st.sampled_from(["ignore", "delete", "deactivate"]))
    if mode is not Mode.MERGE:
        absent = "delete" if mode is Mode.REPLACE else "ignore"
    inactive = (("kind", "yours"),) if absent == "deactivate" else ()
    columns = (column("name"), column("kind", **options), brand_of(OnMissing.NULL, **options))
    scope = draw(st.sampled_from([PLAIN.scope, LOOKED_UP.scope]))
    described = goods(*columns, mode=mode, full_feed=full(absent, inactive=inactive))
    return group(described, scope=scope)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scoped(), ROWS, st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=2))
def test_no_file_changes_a_row_of_others(
    shop: Resources, described: Group, before: dict[str, Any], files: list[list[dict[str, str]]]
) -> None:
    """Nor makes one: what is outside is the same before and after, to the byte."""
    execute(shop, "TRUNCATE shop.goods RESTART IDENTITY")
    for code, (kind, brand) in before.items():
        with shop.database.transaction() as connection:
            connection.execute(
                "INSERT INTO shop.goods (code, kind, brand_id) VALUES (%s, %s, %s)",
                [code, kind, brand],
            )
    held = outside(shop, described)

    package = {f"goods-{n}.csv": csv_bytes(file) for n, file in enumerate(files)}
    report = bring(shop, described, package, force=True)

    assert report.totals.balanced
    assert outside(shop, described) == held


def outside(shop: Resources, described: Group) -> list[tuple[Any, ...]]:
    """Return the rows outside of the scope, with the place where PostgreSQL keeps each."""
    if described.scope == PLAIN.scope:
        return rows(shop, "SELECT t, ctid::text FROM shop.goods t WHERE kind <> 'mine' ORDER BY id")
    return rows(
        shop,
        "SELECT t, ctid::text FROM shop.goods t WHERE brand_id IS DISTINCT FROM 1 ORDER BY id",
    )
