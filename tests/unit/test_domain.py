"""Groups, policies, counts and issues: what the rest of the framework relies on."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impex.domain.column import Lookup
from impex.domain.errors import ConfigError, FileFaultError, Problem
from impex.domain.group import Descriptor, depends_on
from impex.domain.issue_codes import Code
from impex.domain.issues import CATALOGUE, WHOLE_FILE, Issue
from impex.domain.report import Counts, FileReport, FileState, JobState, RunReport, total
from impex.domain.table import Table
from tests.groups import BRAND, GOODS, brand_of, brands, column, descriptor, goods, group, policy

FATES = st.integers(0, 10**12)


def prices(**options: object) -> Descriptor:
    """Describe prices of goods."""
    lookup = Lookup(GOODS, ("code",))
    columns = (column("goods_id", source="code", lookup=lookup), column("currency"))
    return descriptor(
        "prices", Table("shop", "price"), columns, key=("goods_id", "currency"), **options
    )


@given(st.lists(FATES, min_size=6, max_size=6))
def test_counts_balance_if_every_row_has_one_fate(fates: list[int]) -> None:
    """One row more or less than was read, and the books do not balance."""
    assert Counts(sum(fates), *fates).balanced
    assert Counts(sum(fates), *fates, absent=3).balanced
    assert not Counts(sum(fates) + 1, *fates).balanced
    assert not Counts(sum(fates), *fates[:-1], fates[-1] + 1).balanced


@given(st.lists(st.builds(Counts, *[FATES] * 8), max_size=5))
def test_totals_are_sums_of_every_fate(counts: list[Counts]) -> None:
    """Nothing is lost on the way into the totals; no counts are zeros."""
    fates = total(counts).by_fate()

    assert fates == {name: sum(c.by_fate()[name] for c in counts) for name in fates}
    assert list(fates) == [
        "read", "inserted", "updated", "unchanged", "deleted", "skipped", "rejected", "absent",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("on_error", "limits", "rejected", "allowed"),
    [
        ("reject_rows", {}, 1000, True),
        ("reject_rows", {"max_rejects": 3}, 3, True),
        ("reject_rows", {"max_rejects": 3}, 4, False),
        ("reject_rows", {"max_rejects": 0}, 0, True),
        ("reject_rows", {"max_rejects": 0}, 1, False),
        ("reject_rows", {"max_reject_share": 0.05}, 50, True),
        ("reject_rows", {"max_reject_share": 0.05}, 51, False),
        ("reject_file", {}, 0, True),
        ("reject_file", {}, 1, False),
        ("reject_package", {}, 0, True),
        ("reject_package", {}, 1, False),
    ],
)
def test_a_policy_says_how_many_bad_rows_a_file_may_have(
    on_error: str, limits: dict[str, float], rejected: int, allowed: bool
) -> None:
    """Of a thousand rows; a file without bad rows is always welcome."""
    assert policy(on_error, **limits).allows(rejected, 1000) is allowed


@pytest.mark.parametrize(
    ("mask", "name", "taken"),
    [
        ("goods*.csv", "goods.csv", True),
        ("goods*.csv", "GOODS-2026.CSV", True),
        ("Goods-??.csv", "goods-01.csv", True),
        ("goods-[0-9].csv", "goods-x.csv", False),
        ("goods*.csv", "goods.csv.bak", False),
        ("goods*.csv", "my-goods.csv", False),
    ],
)
def test_a_descriptor_takes_the_files_that_its_masks_name(
    mask: str, name: str, taken: bool
) -> None:
    """Upper and lower case are the same, as they are to people."""
    assert goods(files=("other", mask)).takes(name) is taken


def test_a_file_may_be_taken_by_several_descriptors() -> None:
    """One file can feed several tables."""
    both = group(goods(files=("all.csv",)), brands(files=("all.csv",)), prices())

    assert [d.name for d in both.takers("All.csv")] == ["goods", "brands"]
    assert both.takers("none.csv") == ()


def test_a_lookup_makes_the_descriptor_of_that_table_a_predecessor() -> None:
    """What is referred to is merged first."""
    shop = group(prices(), goods(brand_of()), brands())

    assert depends_on(shop.descriptor("prices"), shop.descriptors) == ("goods",)
    assert depends_on(shop.descriptor("goods"), shop.descriptors) == ("brands",)
    assert shop.merge_order == ("brands", "goods", "prices")


def test_a_lookup_into_the_own_table_is_no_predecessor() -> None:
    """A tree refers to itself."""
    tree = goods(column("parent_id", lookup=Lookup(GOODS, ("code",))))

    assert depends_on(tree, [tree]) == ()


def test_after_adds_to_the_order_that_lookups_imply() -> None:
    """People know of dependencies that no lookup shows."""
    shop = group(goods(after=("stock",)), descriptor("stock", BRAND, (column("name"),), key=()))

    assert shop.merge_order == ("stock", "goods")


def test_independent_descriptors_keep_the_order_of_the_file() -> None:
    """The same package is merged in the same order every time."""
    names = [f"d{number}" for number in range(20)]
    shop = group(*(descriptor(n, Table("shop", n), (column("a"),), key=("a",)) for n in names))

    assert list(shop.merge_order) == names


def test_an_unknown_descriptor_is_a_key_error() -> None:
    """The caller made a mistake."""
    with pytest.raises(KeyError, match="nothing"):
        group(goods()).descriptor("nothing")


def test_one_descriptor_that_wants_all_or_nothing_speaks_for_the_package() -> None:
    """A package that may be taken back is merged in one transaction."""
    assert group(brands(), goods(errors=policy("reject_package"))).all_or_nothing
    assert not group(brands(), goods(errors=policy("reject_file"))).all_or_nothing


@pytest.mark.parametrize("code", Code)
def test_every_kind_of_fault_is_explained_with_a_hint(code: Code) -> None:
    """The codes are stable names; the catalogue says what to do."""
    explanation = CATALOGUE[code]

    assert explanation.title
    assert not explanation.title.endswith(".")
    assert explanation.hint.endswith((".", "!"))
    assert Issue(code).hint == explanation.hint


def test_the_catalogue_explains_nothing_else() -> None:
    """A fault that is no more has no explanation left behind."""
    assert set(CATALOGUE) == set(Code)
    assert set(Code) >= WHOLE_FILE


def test_an_exception_says_all_that_is_wrong() -> None:
    """Its text is what a person reads."""
    problems = [Problem("a.yaml:3", "wrong", "Write this."), Problem("a.yaml:9", "also wrong")]
    issues = [Issue(Code.TRUNCATED, message="cut"), Issue(Code.BAD_DATE, message="bad")]

    assert str(ConfigError(problems)) == "a.yaml:3: wrong Write this.\na.yaml:9: also wrong"
    assert str(FileFaultError(*issues)) == "cut; bad"


def report(state: JobState, *files: FileState) -> RunReport:
    """Report a run of files of two rows each."""
    counts = Counts(read=2, inserted=1, rejected=1)
    return RunReport(
        run=1,
        group="shop",
        package="p.zip",
        state=state,
        dry_run=False,
        started=datetime(2026, 1, 1, tzinfo=UTC),
        files=tuple(FileReport(f"{n}.csv", "goods", s, counts) for n, s in enumerate(files)),
    )


@pytest.mark.parametrize(
    ("run", "tolerated"),
    [
        (report(JobState.DONE, FileState.MERGED), True),
        (report(JobState.REJECTED, FileState.MERGED, FileState.MERGED), True),
        (report(JobState.REJECTED, FileState.MERGED, FileState.REJECTED), False),
        (report(JobState.REFUSED), False),
        (report(JobState.FAILED, FileState.MERGED), False),
        (report(JobState.PLANNED, FileState.MERGED), False),
    ],
)
def test_a_run_is_tolerated_if_it_kept_to_its_policies(run: RunReport, tolerated: bool) -> None:
    """Rejected rows are allowed for; rejected files are not."""
    assert run.tolerated is tolerated


def test_the_totals_of_a_run_are_those_of_its_files() -> None:
    """Two files of two rows are four rows."""
    run = report(JobState.REJECTED, FileState.MERGED, FileState.MERGED)

    assert run.totals == Counts(read=4, inserted=2, rejected=2)


def test_the_notes_of_a_file_say_what_no_count_says() -> None:
    """Why it was rejected, and which columns it does not have."""
    counts = Counts(read=2, rejected=2)
    plain = FileReport("a.csv", "goods", FileState.MERGED, counts)
    noted = FileReport("a.csv", "goods", FileState.REJECTED, counts, "cut", ("price", "title:de"))

    assert plain.notes == ()
    assert noted.notes == (
        "a.csv: cut",
        "a.csv has no column for price, title:de; that stays as it is",
    )
