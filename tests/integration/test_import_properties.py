"""What holds for every package: the books balance, and twice is once."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impex.domain.column import OnEmpty, OnMissing
from impex.domain.group import Group, OnDuplicate
from impex.domain.report import Counts
from impex.services.resources import Resources
from tests.groups import brand_of, column, goods, group, integer, parent, translated
from tests.imports import bring, changes, contents, execute, issues
from tests.samples import csv_bytes

CODE = st.sampled_from(["A", "B", "C", "D", "E"])
ROW = st.fixed_dictionaries(
    {
        "code": st.one_of(CODE, st.just("")),
        "parent": st.one_of(st.just(""), CODE, st.just("GONE")),
        "brand": st.sampled_from(["", "HP", "Dell", "Acer"]),
        "name": st.sampled_from(["", "x", "y"]),
        "stock": st.sampled_from(["", "1", "2", "many"]),
        "title_de": st.sampled_from(["", "eins", "zwei"]),
    }
)
ROWS = st.lists(ROW, min_size=1, max_size=7)
GROUPS = st.builds(
    lambda missing, other, empty, duplicate: group(
        goods(
            parent(missing),
            brand_of(other),
            column("name", on_empty=empty),
            integer("stock", on_empty=OnEmpty.KEEP),
            translated("title", "de", on_empty=empty),
            on_duplicate=duplicate,
        )
    ),
    st.sampled_from(OnMissing),
    st.sampled_from(OnMissing),
    st.sampled_from([OnEmpty.KEEP, OnEmpty.CLEAR]),
    st.sampled_from(OnDuplicate),
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(GROUPS, ROWS, ROWS)
def test_a_package_twice_is_a_package_once(
    shop: Resources, described: Group, before: list[dict[str, str]], rows: list[dict[str, str]]
) -> None:
    """Whatever is in it and in the shop: forced again it changes nothing, and so says a dry run."""
    execute(shop, "TRUNCATE shop.goods RESTART IDENTITY")
    bring(shop, described, {"goods.csv": csv_bytes(before)}, force=True)
    file = {"goods.csv": csv_bytes(rows)}
    newest = {
        column: max((row[0] for row in contents(shop)[table]), default=0)
        for column, table in (("parent_id", "goods"), ("brand_id", "brand"))
    }

    dry = bring(shop, described, file, dry_run=True)
    once = bring(shop, described, file, force=True)
    held = contents(shop)
    twice = bring(shop, described, file, force=True)

    assert told(shop, dry, newest) == told(shop, once, newest)
    assert contents(shop) == held
    kept = Counts(read=len(rows), skipped=once.totals.skipped, rejected=once.totals.rejected)
    unchanged = kept.read - kept.skipped - kept.rejected
    assert twice.totals == kept + Counts(unchanged=unchanged)
    assert issues(shop, twice) == issues(shop, once)


def told(shop: Resources, report: Any, newest: dict[str, int]) -> tuple[Any, ...]:
    """Return what a run tells of its rows; those that it makes itself have no number yet.

    The journal is in the order in which PostgreSQL wrote the rows, which may be another every time.
    """
    found = sorted(changes(shop, report), key=lambda change: (change["line"], change["action"]))
    for change in found:
        for name in newest.keys() & change["changes"].keys():
            values = change["changes"][name]
            if isinstance(values[1], int) and values[1] > newest[name]:
                values[1] = "(new)"
    return report.totals, issues(shop, report), found
