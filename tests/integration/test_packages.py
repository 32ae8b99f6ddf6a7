"""Which packages are taken, which are refused, and where they end."""

import re
from typing import Any

import pytest

from impex.domain.errors import DataError
from impex.domain.job import Request
from impex.domain.report import Counts, FileState, JobState, RunReport
from impex.services.claim import claim, next_package
from impex.services.import_package import import_package
from impex.services.resources import Resources
from impex.services.settle import report_of
from tests.groups import brands, column, goods, group
from tests.imports import bring, execute, put, rows
from tests.samples import zipped
from tests.unit.hostile_zips import GOOD, REFUSED
from tests.unit.zip_forge import Forged, forge

GOODS = group(goods(column("name")))
FILES = {"goods.csv": "code,name\nA,Lamp\nB,Desk\n"}
# The limits of these are set lower in their own tests; here the real ones hold.
SMALL_LIMITS = {"too many", "member too large", "all too large", "ratio"}
HOSTILE = {name: package for name, (package, _) in REFUSED.items() if name not in SMALL_LIMITS}


def lies_in(resources: Resources, report: RunReport, name: str = "package.zip") -> str:
    """Return the room of the store in which the package of a run lies."""
    (room,) = (
        room
        for room in ("inbox", "work", "archive", "failed")
        if resources.store.exists(f"{room}/shop/{report.run}/{name}")
    )
    return room


def test_the_same_bytes_are_imported_once(shop: Resources) -> None:
    """Under whatever name; the refusal names the run and its time."""
    first = bring(shop, GOODS, FILES)

    second = bring(shop, GOODS, FILES, "other.zip")

    when = f"{first.started:%Y-%m-%d %H:%M:%S} UTC"
    assert second.state is JobState.REFUSED
    message = (
        f"other.zip is imported already, as package.zip by run {first.run} on {when}; "
        "use force to import it once more"
    )
    assert second.messages == (message,)
    assert (lies_in(shop, first), lies_in(shop, second, "other.zip")) == ("archive", "failed")


def written_to_goods(shop: Resources) -> list[tuple[int, int, int]]:
    """Count the rows that PostgreSQL has ever written in ``shop.goods``."""
    execute(shop, "SELECT pg_stat_force_next_flush()")
    return rows(
        shop,
        "SELECT n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables "
        "WHERE schemaname = 'shop' AND relname = 'goods'",
    )


def test_forced_the_same_bytes_change_nothing_and_rewrite_nothing(shop: Resources) -> None:
    """All rows are unchanged, and PostgreSQL has not touched one of them."""
    bring(shop, GOODS, FILES)
    before = written_to_goods(shop)

    report = bring(shop, GOODS, FILES, force=True)

    assert report.state is JobState.DONE
    assert report.totals == Counts(read=2, unchanged=2)
    assert before == written_to_goods(shop) == [(2, 0, 0)]


def test_the_same_bytes_may_go_to_another_group(shop: Resources) -> None:
    """Two groups may read one file in their own ways."""
    bring(shop, GOODS, FILES)

    other = group(goods())
    key = put(shop, FILES)
    report = import_package(shop, type(other)("other", other.descriptors), key, Request("test"))

    assert report.totals == Counts(read=2, unchanged=2)


@pytest.mark.parametrize(
    "data", ["code,name\nA", "kode\nA\n", ""], ids=["cut", "wrong header", "empty"]
)
def test_bytes_of_which_nothing_was_applied_may_come_again(shop: Resources, data: str) -> None:
    """A rejected package does not stand in the way of its repetition."""
    first = bring(shop, GOODS, {"goods.csv": data})

    second = bring(shop, GOODS, {"goods.csv": data})

    assert first.state is second.state is JobState.REJECTED


@pytest.mark.parametrize("package", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_zip_is_refused_and_put_away(shop: Resources, package: bytes) -> None:
    """One message, no file, nothing applied; the package lies in failed/."""
    report = bring(shop, GOODS, package)

    assert report.state is JobState.REFUSED
    assert report.files == ()
    assert len(report.messages) == 1
    assert report.messages[0].endswith(".")
    assert lies_in(shop, report) == "failed"


def test_a_refused_package_can_be_sent_again(shop: Resources) -> None:
    """It was never imported, so it is judged anew."""
    first = bring(shop, GOODS, GOOD[:-1])

    second = bring(shop, GOODS, GOOD[:-1])

    assert first.messages == second.messages


def test_a_damaged_file_is_rejected_and_the_others_are_applied(shop: Resources) -> None:
    """The checksum is known only when the last byte is read."""
    data = b"code,name\nA,x\n"
    damaged = Forged(b"goods-2.csv", data.replace(b"A", b"B"), crc=1)
    package = forge([Forged(b"goods-1.csv", data), damaged])

    report = bring(shop, GOODS, package)

    assert [f.state for f in report.files] == [FileState.MERGED, FileState.REJECTED]
    assert "its checksum is wrong" in report.files[1].message
    assert rows(shop, "SELECT code FROM shop.goods") == [("A",)]


def test_a_package_that_is_no_zip_is_refused_in_words(shop: Resources) -> None:
    """Whatever its name says."""
    report = bring(shop, GOODS, b"code,name\nA,Lamp\n")

    assert re.search("is not a zip archive", report.messages[0])


def test_a_package_without_any_known_file_is_refused(shop: Resources) -> None:
    """It was meant for another group; the message lists what it has."""
    report = bring(shop, GOODS, {"orders.csv": "a\n", "readme.txt": "b\n"})

    assert report.state is JobState.REFUSED
    assert report.messages == (
        "no descriptor of shop takes any file of the package: orders.csv, readme.txt",
    )
    assert lies_in(shop, report) == "failed"


def test_a_single_file_of_an_unknown_name_is_refused(shop: Resources) -> None:
    """The name of the file says what it is."""
    report = bring(shop, GOODS, b"code,name\nA,Lamp\n", "stock.csv")

    assert report.state is JobState.REFUSED


def test_files_without_a_descriptor_and_descriptors_without_a_file_are_told(
    shop: Resources,
) -> None:
    """Neither is a fault, but a person wants to know."""
    both = group(goods(column("name")), brands())

    report = bring(shop, both, {**FILES, "docs/readme.txt": "x"})

    assert report.state is JobState.DONE
    assert report.messages == (
        "no descriptor takes the file docs/readme.txt; it stays in the archived package",
        "the package has no file for brands (brands*.csv)",
    )


def test_packages_are_taken_from_the_inbox_in_the_order_of_their_arrival(shop: Resources) -> None:
    """Nothing waits for ever."""
    assert next_package(shop, GOODS) is None
    for name in ("b.zip", "a.zip"):
        shop.store.write(f"inbox/shop/{name}", [zipped({"goods.csv": name.encode()})])

    key = next_package(shop, GOODS)
    assert key == "inbox/shop/b.zip"
    claim(shop, GOODS, key, Request("test"))

    assert next_package(shop, GOODS) == "inbox/shop/a.zip"


def test_a_claim_asked_for_again_finds_its_job(shop: Resources) -> None:
    """A retried task goes on with what it had; the key is not looked at again."""
    request = Request("test", run_ref="dag/run-1")
    first = claim(shop, GOODS, put(shop, FILES), request)

    again = claim(shop, GOODS, "inbox/shop/gone.zip", request)

    assert again == first
    assert first.package_key == f"work/shop/{first.id}/package.zip"


def test_a_finished_run_asked_for_again_returns_its_report(shop: Resources) -> None:
    """Refused and failed ones too."""
    for files in (FILES, {"x.csv": "a"}, FILES):
        how: dict[str, Any] = {"run_ref": f"run-{files}-{len(rows(shop, 'TABLE impex.job'))}"}
        report = bring(shop, GOODS, files, **how)

        assert bring(shop, GOODS, files, **how) == report


def test_a_package_that_is_not_there_is_a_fault_of_the_data(shop: Resources) -> None:
    """And no run is recorded."""
    with pytest.raises(DataError, match=r"gone\.zip' is not there"):
        claim(shop, GOODS, "inbox/shop/gone.zip", Request("test"))

    assert rows(shop, "TABLE impex.job") == []


def test_an_unknown_run_is_told_so(shop: Resources) -> None:
    """A person may have mistyped its number."""
    with pytest.raises(DataError, match="there is no run 99"):
        report_of(shop, 99)
