"""A dry run does everything and changes nothing, and its report is that of the real run."""

from dataclasses import replace
from typing import Any

import pytest

from impex.domain.group import Group, OnDuplicate
from impex.domain.report import Counts, FileState, JobState, RunReport
from impex.services.resources import Resources
from tests.groups import brand_of, brands, column, decimal, goods, group, integer, parent, policy
from tests.imports import bring, changes, contents, issues, rows

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
    described = group(brands(), goods(decimal("price"), brand_of()), last)
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
