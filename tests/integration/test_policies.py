"""How far one bad row reaches, and which of several equal rows counts."""

from dataclasses import replace

import pytest

from impex.domain.group import Atomic, OnDuplicate
from impex.domain.policy import ErrorPolicy
from impex.domain.report import Counts, FileState, JobState
from impex.services.resources import Resources
from tests.groups import brand_of, brands, column, decimal, goods, group, integer, policy
from tests.imports import bring, execute, faults, issues, rows

NAMES = "SELECT code, name FROM shop.goods ORDER BY code"
ALL = policy("reject_package")


@pytest.mark.parametrize(
    ("choice", "counts", "stored"),
    [
        (OnDuplicate.ERROR, Counts(read=5, inserted=2, rejected=3), [("B", "b"), ("C", "c")]),
        (OnDuplicate.FIRST, Counts(read=5, inserted=3, skipped=2),
         [("A", "1"), ("B", "b"), ("C", "c")]),
        (OnDuplicate.LAST, Counts(read=5, inserted=3, skipped=2),
         [("A", "3"), ("B", "b"), ("C", "c")]),
    ],
)  # fmt: skip
def test_of_rows_with_the_same_key_the_policy_chooses(
    shop: Resources, choice: OnDuplicate, counts: Counts, stored: list[tuple[str, str]]
) -> None:
    """None, the first or the last of them; the others are told with the lines."""
    descriptor = goods(column("name"), on_duplicate=choice)

    report = bring(shop, group(descriptor), {"goods.csv": "code,name\nA,1\nB,b\nA,2\nC,c\nA,3\n"})

    assert report.totals == counts
    assert rows(shop, NAMES) == stored
    told = issues(shop, report)
    assert len(told) == counts.skipped + counts.rejected
    assert {i["message"] for i in told} == {"the same key stands on lines 2 to 6"}
    assert {i["key"] for i in told} == {"code=A"}


@pytest.mark.parametrize("how", [{}, {"dry_run": True}])
@pytest.mark.parametrize(
    ("choice", "counts", "stored"),
    [
        (OnDuplicate.ERROR,
         [Counts(read=2, inserted=2), Counts(read=4, inserted=1, rejected=3),
          Counts(read=1, rejected=1)],
         [("A", "1"), ("B", "1"), ("C", "2")]),
        (OnDuplicate.FIRST,
         [Counts(read=2, inserted=2), Counts(read=4, inserted=2, skipped=2),
          Counts(read=1, skipped=1)],
         [("A", "1"), ("B", "1"), ("C", "2"), ("D", "2")]),
        (OnDuplicate.LAST,
         [Counts(read=2, inserted=1, skipped=1), Counts(read=4, inserted=2, skipped=2),
          Counts(read=1, inserted=1)],
         [("A", "3"), ("B", "1"), ("C", "2"), ("D", "22")]),
    ],
)  # fmt: skip
def test_of_rows_of_several_files_with_the_same_key_the_policy_chooses(
    shop: Resources,
    choice: OnDuplicate,
    counts: list[Counts],
    stored: list[tuple[str, str]],
    how: dict[str, bool],
) -> None:
    """The files of a descriptor count as one; where a repeated key is an error, the first stands."""
    described = group(goods(column("name"), on_duplicate=choice))
    files = {
        "goods-1.csv": "code,name\nA,1\nB,1\n",
        "goods-2.csv": "code,name\nA,2\nC,2\nD,2\nD,22\n",
        "goods-3.csv": "name,code\n3,A\n",
    }

    report = bring(shop, described, files, **how)

    assert [f.counts for f in report.files] == counts
    assert rows(shop, NAMES) == ([] if how else stored)
    of_a = {i["message"] for i in issues(shop, report) if i["key"] == "code=A"}
    assert of_a == {
        "the same key stands in goods-1.csv, line 2, and in goods-3.csv, line 2",
    }


def test_files_without_all_columns_are_compared_by_their_keys(shop: Resources) -> None:
    """Whatever number the key has among the columns that a file does have."""
    descriptor = goods(key=("code",))
    descriptor = replace(descriptor, columns=(column("name"), *descriptor.columns))
    files = {"goods-1.csv": "name,code\nx,A\n", "goods-2.csv": "code\nA\nB\n"}

    report = bring(shop, group(descriptor), files)

    assert report.totals == Counts(read=3, inserted=2, rejected=1)


def test_keys_are_the_same_if_their_values_are(shop: Resources) -> None:
    """1 and 1.00 are one number, however they are written; A and a are two codes."""
    execute(shop, "CREATE UNIQUE INDEX ON shop.goods (code, price)")
    descriptor = goods(decimal("price"), column("name"), key=("code", "price"))

    report = bring(
        shop, group(descriptor), {"goods.csv": "code,price,name\nA,1,x\nA,1.00,y\na,1,z\n"}
    )

    assert report.totals == Counts(read=3, inserted=1, rejected=2)
    assert issues(shop, report)[0]["key"] == "code=A, price=1"


def test_keys_are_the_same_if_the_table_takes_them_for_the_same(shop: Resources) -> None:
    """Where it does not tell A from a, a file does not either."""
    execute(shop, "CREATE EXTENSION citext SCHEMA public")
    execute(shop, "ALTER TABLE shop.goods ALTER COLUMN code TYPE public.citext")

    report = bring(shop, group(goods(column("name"))), {"goods.csv": "code,name\nA,x\na,y\nB,z\n"})

    assert report.totals == Counts(read=3, inserted=1, rejected=2)


def test_keys_of_columns_with_different_sort_orders_are_compared(shop: Resources) -> None:
    """Two columns with collations of their own make one key."""
    execute(shop, 'ALTER TABLE shop.goods ALTER COLUMN name TYPE text COLLATE "ucs_basic"')
    execute(shop, "CREATE UNIQUE INDEX ON shop.goods (code, name)")
    descriptor = goods(column("name"), key=("code", "name"))

    report = bring(shop, group(descriptor), {"goods.csv": "code,name\nA,ä\nA,ä\nB,ö\n"})

    assert report.totals == Counts(read=3, inserted=1, rejected=2)


@pytest.mark.parametrize(
    ("errors", "state", "counts"),
    [
        (policy(), FileState.MERGED, Counts(read=4, inserted=2, rejected=2)),
        (policy(max_rejects=2), FileState.MERGED, Counts(read=4, inserted=2, rejected=2)),
        (policy(max_rejects=1), FileState.REJECTED, Counts(read=4, rejected=4)),
        (policy(max_reject_share=0.5), FileState.MERGED, Counts(read=4, inserted=2, rejected=2)),
        (policy(max_reject_share=0.4), FileState.REJECTED, Counts(read=4, rejected=4)),
        (policy("reject_file"), FileState.REJECTED, Counts(read=4, rejected=4)),
        (ALL, FileState.REJECTED, Counts(read=4, rejected=4)),
    ],
)
@pytest.mark.parametrize(
    "data",
    [
        pytest.param("code,stock,brand\nA,1,HP\nB,x,HP\nC,y,HP\nD,2,HP\n", id="bad cells"),
        pytest.param("code,stock,brand\nA,1,HP\nB,2,Acer\nC,3,IBM\nD,2,HP\n", id="lookups"),
        pytest.param("code,stock,brand\nA,1,HP\nB,2,Acer\nC,x,HP\nD,2,HP\n", id="both"),
    ],
)
def test_bad_rows_keep_out_what_their_policy_says(
    shop: Resources, errors: ErrorPolicy, state: FileState, counts: Counts, data: str
) -> None:
    """Themselves or their file, whether the fault shows in a cell or in a lookup."""
    descriptor = goods(integer("stock"), brand_of(), errors=errors)

    report = bring(shop, group(descriptor), {"goods.csv": data})

    assert report.state is JobState.REJECTED
    assert (report.files[0].state, report.totals) == (state, counts)
    assert len(rows(shop, NAMES)) == counts.inserted
    assert faults(shop, report)


def test_a_rejected_file_says_how_many_rows_are_bad(shop: Resources) -> None:
    """The message names the number, the rows and the policy."""
    descriptor = goods(integer("stock"), brand_of(), errors=policy("reject_file"))

    report = bring(
        shop, group(descriptor), {"goods.csv": "code,stock,brand\nA,1,Acer\nB,2,HP\nC,3,\n"}
    )

    assert report.files[0].message == (
        "1 of 3 rows are bad; with on_error reject_file the whole file is rejected"
    )


def package(goods_row: str) -> dict[str, str]:
    """Pack a brand and two goods, one of them as given."""
    return {"brands.csv": "name\nAcer\n", "goods.csv": f"code,stock,brand\nA,1,Acer\n{goods_row}\n"}


@pytest.mark.parametrize("row", ["B,x,HP", "B,1,Unknown", '"B"x,1,HP', "B,99999,HP"])
def test_one_bad_row_keeps_a_whole_package_out_where_that_is_asked_for(
    shop: Resources, row: str
) -> None:
    """Brands, which were good, are not applied either, and nothing is journaled."""
    descriptors = [brands(errors=ALL), goods(integer("stock"), brand_of(), errors=ALL)]

    report = bring(shop, group(*descriptors), package(row))

    assert report.state is JobState.REJECTED
    assert report.totals == Counts(read=3, rejected=3)
    assert rows(shop, NAMES) == []
    assert rows(shop, "SELECT name FROM shop.brand") == [("HP",), ("Dell",)]
    assert rows(shop, "SELECT count(*) FROM impex.change") == [(0,)]
    assert len(faults(shop, report)) == 1


def test_a_good_package_that_goes_in_whole_goes_in(shop: Resources) -> None:
    """In one transaction, with counts and journal as ever."""
    descriptors = [brands(errors=ALL), goods(integer("stock"), brand_of(), errors=ALL)]

    report = bring(shop, group(*descriptors), package("B,2,HP"))

    assert (report.state, report.totals) == (JobState.DONE, Counts(read=3, inserted=3))
    assert rows(shop, "SELECT count(*) FROM impex.change") == [(3,)]


def test_a_tolerant_descriptor_does_not_keep_a_strict_package_out(shop: Resources) -> None:
    """A bad row reaches as far as its own descriptor says."""
    descriptors = [brands(errors=ALL), goods(integer("stock"), brand_of(), errors=policy())]

    report = bring(shop, group(*descriptors), package("B,x,HP"))

    assert report.totals == Counts(read=3, inserted=2, rejected=1)
    assert rows(shop, "SELECT count(*) FROM shop.brand") == [(3,)]


def test_a_rejected_file_blocks_what_depends_on_it_and_nothing_else(shop: Resources) -> None:
    """Goods need the brands; stock does not."""
    stock = replace(goods(integer("stock")), name="stock", files=("stock*.csv",))
    descriptors = [brands(errors=policy("reject_file")), goods(brand_of()), stock]
    files = {
        "brands.csv": 'name\nAcer\n"A"x\n',
        "goods.csv": "code,brand\nA,HP\n",
        "stock.csv": "code,stock\nS,1\n",
    }

    report = bring(shop, group(*descriptors), files)

    assert [(f.descriptor, f.state) for f in report.files] == [
        ("brands", FileState.REJECTED),
        ("goods", FileState.REJECTED),
        ("stock", FileState.MERGED),
    ]
    assert report.files[1].message == "not merged, because brands.csv of brands was rejected"
    assert report.totals == Counts(read=4, inserted=1, rejected=3)
    assert rows(shop, NAMES) == [("S", None)]


def test_what_depends_on_blocked_files_is_blocked_too(shop: Resources) -> None:
    """The chain is followed to its end."""
    last = replace(goods(integer("stock")), name="last", files=("last*.csv",), after=("goods",))
    descriptors = [brands(errors=policy("reject_file")), goods(brand_of()), last]
    files = {
        "brands.csv": 'name\n"A"x\n',
        "goods.csv": "code,brand\nA,HP\n",
        "last.csv": "code,stock\nS,1\n",
    }

    report = bring(shop, group(*descriptors), files)

    assert report.files[2].message == "not merged, because goods.csv of goods was rejected"
    assert report.totals == Counts(read=3, rejected=3)


WHOLE = Atomic.GROUP


def test_an_atomic_group_goes_in_with_its_good_rows(shop: Resources) -> None:
    """Bad rows that a policy allows do not spoil the package."""
    descriptors = [brands(), goods(integer("stock"), brand_of())]

    report = bring(shop, group(*descriptors, atomic=WHOLE), package("B,x,HP"))

    assert report.totals == Counts(read=3, inserted=2, rejected=1)
    assert rows(shop, "SELECT count(*) FROM shop.brand") == [(3,)]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(package("B,x,HP"), id="too many bad rows"),
        pytest.param(package("B,1,HP") | {"goods-2.csv": ""}, id="an empty file"),
        pytest.param(package("B,1,HP") | {"goods-2.csv": "name\nx\n"}, id="a wrong header"),
        pytest.param(package("B,99999,HP"), id="a refusal of the table"),
    ],
)
def test_one_rejected_file_keeps_an_atomic_group_out(
    shop: Resources, files: dict[str, str]
) -> None:
    """The file tells its reason, the others that they are not taken alone."""
    strict = goods(integer("stock"), brand_of(), errors=policy(max_rejects=0))

    report = bring(shop, group(brands(), strict, atomic=WHOLE), files)

    assert report.state is JobState.REJECTED
    assert {f.state for f in report.files} == {FileState.REJECTED}
    assert report.totals == Counts(read=report.totals.read, rejected=report.totals.read)
    assert rows(shop, "SELECT name FROM shop.brand") == [("HP",), ("Dell",)]
    assert rows(shop, "SELECT count(*) FROM impex.change") == [(0,)]
    assert report.files[0].message == (
        "the package is taken whole or not at all, and something of it is not taken"
    )
    assert report.files[-1].message != report.files[0].message


def test_an_atomic_group_that_cannot_be_merged_in_order_stays_out(shop: Resources) -> None:
    """What is blocked by a rejected file is rejected as well."""
    files = {"brands.csv": 'name\n"A"x\n', "goods.csv": "code,brand\nA,HP\n"}
    descriptors = [brands(errors=policy("reject_file")), goods(brand_of())]

    report = bring(shop, group(*descriptors, atomic=WHOLE), files)

    assert report.totals == Counts(read=2, rejected=2)
    assert report.files[1].message == "not merged, because brands.csv of brands was rejected"


@pytest.mark.parametrize("bad", ["", "B,\n"], ids=["good rows", "a bad row"])
def test_a_strict_run_imports_all_or_nothing(shop: Resources, bad: str) -> None:
    """Whatever the group allows; other runs of it reject the bad row only."""
    lenient = group(goods(column("name", required=True)))
    files = {"goods.csv": f"code,name\nA,a\n{bad}"}

    report = bring(shop, lenient.strictly(), files)

    assert (rows(shop, NAMES), report.state) == (
        ([], JobState.REJECTED) if bad else ([("A", "a")], JobState.DONE)
    )
    assert bring(shop, lenient, files, force=True).totals.rejected == bool(bad)
    assert rows(shop, NAMES) == [("A", "a")]
