"""What is asked of a package in the inbox before it is taken, and what goes with it."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from impex.domain.errors import DataError, TransientError
from impex.domain.group import Arrival, Group, Ready
from impex.domain.job import Job, Request
from impex.domain.report import JobState
from impex.services.claim import claim, next_package
from impex.services.plan import plan
from impex.services.resources import Resources
from tests.groups import column, goods, group
from tests.imports import OvertakenStore, bring, put, rows

DATA = b"code,name\nA,Lamp\n"
SHA256 = hashlib.sha256(DATA).hexdigest()
INBOX = "inbox/shop/goods.csv"


def arriving(**options: Any) -> Group:
    """Build a group of goods with a way of arriving."""
    return replace(group(goods(column("name"))), arrival=Arrival(**options))


MARKED = arriving(ready=Ready.MARKER)
PROMISED = arriving(ready=Ready.MANIFEST)


def drop(shop: Resources, content: bytes = DATA, manifest: str | None = None) -> str:
    """Lay a package into the inbox, with its manifest if there is to be one."""
    shop.store.write(INBOX, [content])
    if manifest is not None:
        shop.store.write(f"{INBOX}.manifest", [manifest.encode()])
    return INBOX


def take(shop: Resources, arriving: Group) -> Job:
    """Claim the package that has waited longest."""
    key = next_package(shop, arriving)
    assert key is not None
    return claim(shop, arriving, key, Request("test"))


class _OtherStore:
    """A file store of which one method is another."""

    def __init__(self, store: Any, name: str, method: Callable[..., Any]) -> None:
        self._store, self._name, self._method = store, name, method

    def __getattr__(self, name: str) -> Any:
        return self._method if name == self._name else getattr(self._store, name)


def with_store(shop: Resources, name: str, method: Callable[..., Any]) -> Resources:
    """Replace one method of the file store."""
    return Resources(_OtherStore(shop.store, name, method), shop.database)


def test_a_marker_goes_with_its_package(shop: Resources) -> None:
    """The next file of that name has to wait for a marker of its own."""
    shop.store.write(f"{drop(shop)}.done", [b""])

    job = take(shop, MARKED)
    drop(shop, b"code,name\nB,De")

    assert job.package_key == f"work/shop/{job.id}/goods.csv"
    assert next_package(shop, MARKED) is None
    assert [file.name for file in shop.store.files("inbox/shop")] == ["goods.csv"]


def test_a_marker_goes_first_and_a_claim_cut_behind_it_is_completed(shop: Resources) -> None:
    """Left behind, the marker would speak for a file that is still being written."""
    shop.store.write(f"{drop(shop)}.done", [b""])
    request = Request("test", run_ref="dag/run")

    def cut(*_: str) -> None:
        raise TransientError("the file store failed")

    with pytest.raises(TransientError, match="the file store failed"):
        claim(with_store(shop, "move", cut), MARKED, INBOX, request)

    assert [file.name for file in shop.store.files("inbox/shop")] == ["goods.csv"]
    assert claim(shop, MARKED, INBOX, request).package_key.startswith("work/shop/")


def test_the_marker_of_a_package_that_a_command_has_begun_goes_too(shop: Resources) -> None:
    """The copy in the inbox is not needed, and neither is what announced it."""
    left = claim(shop, MARKED, put(shop, DATA, "goods.csv"), Request("test"))
    shop.store.write(f"{drop(shop)}.done", [b""])

    job = take(shop, MARKED)

    assert job.id == left.id
    assert shop.store.files("inbox/shop") == []


def test_a_package_that_is_what_its_manifest_promises_is_taken(shop: Resources) -> None:
    """Both leave the inbox."""
    drop(shop, manifest=f"{SHA256}  goods.csv\n")

    job = take(shop, PROMISED)

    assert job.state is JobState.CLAIMED
    assert shop.store.files("inbox/shop") == []


@pytest.mark.parametrize(
    ("manifest", "sentence"),
    [
        (f"{'0' * 64}  goods.csv\n", f"sha256 {SHA256} instead of {'0' * 64}; send both again"),
        (f"{SHA256}  other.csv\n", "goods.csv.manifest has no line for goods.csv"),
        (SHA256, "write what `sha256sum goods.csv` prints"),
    ],
)
def test_a_package_that_is_not_what_its_manifest_promises_is_refused(
    shop: Resources, manifest: str, sentence: str
) -> None:
    """It was damaged on the way; a person finds it in failed/."""
    drop(shop, manifest=manifest)

    job = take(shop, PROMISED)

    assert job.state is JobState.REFUSED
    assert sentence in job.messages[0]
    assert shop.store.exists(f"failed/shop/{job.id}/goods.csv")
    assert shop.store.files("inbox/shop") == []


def test_a_package_that_is_imported_by_hand_needs_no_manifest(shop: Resources) -> None:
    """The file of a command is whole: a person has it on the disk."""
    assert bring(shop, PROMISED, DATA, "goods.csv").state is JobState.DONE


def test_a_package_that_is_too_large_is_refused_before_it_is_read(shop: Resources) -> None:
    """With both numbers, and neither force nor a dry run helps."""
    small = arriving(max_bytes=10)

    def read(key: str) -> str:
        raise AssertionError(key)

    for how in ({}, {"force": True}, {"dry_run": True}):
        job = claim(with_store(shop, "sha256", read), small, drop(shop), Request("test", **how))

        assert job.state is JobState.REFUSED
        (message,) = job.messages
        assert message.startswith("goods.csv has 17 bytes, and the group takes at most 10; split")
        assert job.package_key == f"failed/shop/{job.id}/goods.csv"


def test_a_package_for_which_there_is_no_room_stays_in_the_inbox(shop: Resources) -> None:
    """Nothing is written down; when there is room, it is taken."""
    full = with_store(shop, "free_bytes", lambda _: 33)

    with pytest.raises(TransientError, match=r"33 bytes free, and its import may need 34\. Free"):
        claim(full, MARKED, drop(shop), Request("test"))

    assert shop.store.exists(INBOX)
    assert rows(shop, "TABLE impex.job") == []
    assert claim(shop, MARKED, INBOX, Request("test")).state is JobState.CLAIMED


def test_a_store_that_cannot_tell_its_room_is_taken_at_its_word(shop: Resources) -> None:
    """Object stores have no end."""
    endless = with_store(shop, "free_bytes", lambda _: None)

    assert claim(endless, MARKED, drop(shop), Request("test")).state is JobState.CLAIMED


def test_a_file_that_has_grown_since_it_was_taken_is_refused(shop: Resources) -> None:
    """Its sender went on writing; half a file is not imported."""
    job = claim(shop, MARKED, drop(shop), Request("test"))
    shop.store.write(job.package_key, [DATA, b"B,Desk\n"])

    with pytest.raises(DataError, match="taken with 17 bytes and has 24 by now: it was still"):
        plan(shop, MARKED, job.id)

    assert rows(shop, "SELECT state FROM impex.job") == [("refused",)]


def test_files_are_taken_in_the_order_in_which_they_came(shop: Resources, tmp_path: Path) -> None:
    """A marker that comes earlier does not let a file overtake another."""
    inbox = tmp_path / "files" / "inbox" / "shop"
    for age_s, name in enumerate(("goods-a.csv", "goods-b.csv")):
        shop.store.write(f"inbox/shop/{name}", [name.encode()])
        shop.store.write(f"inbox/shop/{name}.done", [b""])
        os.utime(inbox / name, (2_000_000_000 - age_s, 2_000_000_000 - age_s))

    taken = [take(shop, MARKED).package_name for _ in range(2)]

    assert taken == ["goods-b.csv", "goods-a.csv"]
    assert next_package(shop, MARKED) is None


def test_two_packages_of_one_name_do_not_meet(shop: Resources) -> None:
    """Each has the folder of its run, at work and afterwards."""
    jobs = []
    for number in range(2):
        drop(shop, b"code,name\nA,%d\n" % number)
        jobs.append(take(shop, arriving()))

    assert len({job.package_key for job in jobs}) == 2
    assert all(shop.store.exists(job.package_key) for job in jobs)


def test_of_two_that_look_at_a_file_at_once_one_takes_it(shop: Resources) -> None:
    """The other is told that it is gone."""
    drop(shop)
    first = Request("test", run_ref="dag/first")
    store = OvertakenStore(shop.store, lambda: claim(shop, MARKED, INBOX, first), "size")

    with pytest.raises(DataError, match="is not there"):
        claim(Resources(store, shop.database), MARKED, INBOX, Request("test", run_ref="dag/second"))
