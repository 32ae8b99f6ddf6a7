"""Packages that arrive start the runs of their groups, in a real Airflow."""

import hashlib
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from impex.domain.report import JobState
from impex.files.store import FileStore
from local.stack import Stack
from tests.e2e.runs import Runs
from tests.waiting import wait_for

GROUPS = ("arriving-rename", "arriving-marker", "arriving-manifest", "arriving-stable")
PATIENCE_S = 150
MINUTE_S = 60
PIECES = 12


@dataclass(frozen=True, slots=True)
class Taken:
    """A package that a run has taken."""

    name: str
    state: str
    size: int
    requested_by: str
    at: float
    messages: list[str] = field(default_factory=list)


class Arrivals:
    """Puts files into inboxes and reads which were taken, when and in which order."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._url = stack.settings.files_url
        # A store of objects knows the second of each only.
        self.pause_s = 1.1 if "://" in self._url else 0.02
        self.dropped: dict[str, float] = {}

    def lay(self, group: str, name: str, content: bytes) -> None:
        """Write a file into an inbox, not whole at once."""
        self._add(f"inbox/{group}/{name}", content)
        self.dropped[group] = time.time()

    def grow(self, group: str, name: str) -> None:
        """Write a file over a while that is longer than a file of this group has to rest."""
        content = b"name,text\n"
        self._add(f"inbox/{group}/{name}", content)
        for number in range(PIECES):
            time.sleep(1)
            piece = b"slow brand %d,text\n" % number
            self._add(f"inbox/{group}/{name}", piece, content)
            content += piece
        self.dropped[group] = time.time()

    def _add(self, key: str, piece: bytes, before: bytes = b"") -> None:
        """Add to a file in its place; an object cannot grow: it is written again, and whole."""
        if "://" in self._url:
            FileStore(self._url).write(key, [before + piece])
            return
        path = Path(self._url) / key
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(piece)

    def taken(self, group: str) -> list[Taken]:
        """Return what was taken from the inbox of a group, in that order."""
        query = (
            "SELECT package_name, state, size_bytes, requested_by, created_at, messages "
            "FROM impex.job WHERE group_name = %s AND finished_at IS NOT NULL ORDER BY id"
        )
        with psycopg.connect(self._stack.database.dsn("impex")) as connection:
            return [
                Taken(name, state, size, who, at.timestamp(), messages)
                for name, state, size, who, at, messages in connection.execute(query, [group])
            ]

    def first_start(self, group: str) -> float:
        """Return when Airflow started the first run of a group that an arrival has caused."""
        ((started,),) = self._runs(
            "SELECT min(start_date) FROM dag_run WHERE dag_id = %s AND run_type = 'asset_triggered'",
            group,
        )
        return float(started.timestamp())

    def is_quiet(self, group: str) -> bool:
        """Tell whether the first run of the clock is over, which Airflow starts with the DAG."""
        return ("success",) in self._runs("SELECT state FROM dag_run WHERE dag_id = %s", group)

    def _runs(self, query: LiteralString, group: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._stack.database.dsn("airflow")) as connection:
            return connection.execute(query, [group]).fetchall()


@pytest.fixture(scope="module")
def arrivals(stack: Stack) -> Arrivals:
    """Files of every kind, all dropped at the same time, and taken when this returns."""
    arrived = Arrivals(stack)
    for group in GROUPS:
        wait_for(lambda group=group: arrived.is_quiet(group), f"the DAG {group}", PATIENCE_S)
    growing = threading.Thread(target=arrived.grow, args=("arriving-stable", "slow.csv"))
    growing.start()
    arrived.lay("arriving-rename", "growing.csv.part", b"name,te")
    for name in ("c", "b", "a"):
        arrived.lay("arriving-rename", f"{name}.csv", f"name,text\n{name},x\n".encode())
        time.sleep(arrived.pause_s)
    whole = b"name,text\nwhole,x\n"
    arrived.lay("arriving-marker", "late.csv", b"name,te")
    arrived.lay("arriving-marker", "whole.csv", whole)
    arrived.lay("arriving-marker", "whole.csv.done", b"")
    promise = hashlib.sha256(whole).hexdigest()
    arrived.lay("arriving-manifest", "whole.csv", whole)
    arrived.lay("arriving-manifest", "whole.csv.manifest", f"{promise}  whole.csv\n".encode())
    arrived.lay("arriving-manifest", "x-damaged.csv", b"name,text\nwho")
    arrived.lay("arriving-manifest", "x-damaged.csv.manifest", f"{promise}  x-damaged.csv".encode())
    for group, packages in zip(GROUPS, (3, 1, 2, 1), strict=True):
        wait_for(
            lambda group=group, packages=packages: len(arrived.taken(group)) == packages,
            f"{packages} packages of {group}",
            PATIENCE_S,
        )
    growing.join()
    return arrived


def test_files_dropped_at_once_are_all_imported_in_their_order(arrivals: Arrivals) -> None:
    """One run each; a run leads to the next. The file that is still written stays."""
    taken = arrivals.taken("arriving-rename")

    assert [(package.name, package.state) for package in taken] == [
        ("c.csv", "done"),
        ("b.csv", "done"),
        ("a.csv", "done"),
    ]
    assert {package.requested_by for package in taken} == {"arrival"}


def test_a_run_starts_within_a_minute_after_the_file(arrivals: Arrivals) -> None:
    """The watch looks every ten seconds."""
    for group in ("arriving-rename", "arriving-marker", "arriving-manifest"):
        assert arrivals.first_start(group) - arrivals.dropped[group] < MINUTE_S


def test_a_growing_file_is_read_when_it_is_whole(arrivals: Arrivals) -> None:
    """Every piece of it is there, as nobody took it before its sender was done."""
    (package,) = arrivals.taken("arriving-stable")

    assert package.state == "done"
    assert package.size == len(b"name,text\n") + sum(
        len(b"slow brand %d,text\n" % number) for number in range(PIECES)
    )
    assert package.at > arrivals.dropped["arriving-stable"] + 5


def test_a_file_waits_for_its_marker(arrivals: Arrivals, runs: Runs) -> None:
    """The marker goes with its file, and the file without one stays."""
    (package,) = arrivals.taken("arriving-marker")

    assert (package.name, package.state) == ("whole.csv", "done")
    assert [file.name for file in runs.store.files("inbox/arriving-marker")] == ["late.csv"]


def test_a_file_that_its_manifest_does_not_describe_is_refused(arrivals: Arrivals) -> None:
    """The one before it is imported; both manifests are gone with their files."""
    whole, damaged = arrivals.taken("arriving-manifest")

    assert (whole.name, whole.state) == ("whole.csv", "done")
    assert (damaged.name, damaged.state) == ("x-damaged.csv", "refused")
    assert "is not what its manifest promises" in damaged.messages[0]


def test_housekeeping_closes_a_run_that_airflow_has_forgotten(runs: Runs, stack: Stack) -> None:
    """Airflow is asked for the run, which was deleted; the package ends in failed/."""
    with psycopg.connect(stack.database.dsn("impex")) as connection:
        row = connection.execute(
            "INSERT INTO impex.job (group_name, package_name, package_key, size_bytes, sha256, "
            "run_ref, requested_by, forced, dry_run, created_at) VALUES ('brands', 'lost.csv', "
            "'work/brands/lost/lost.csv', 1, 'x', 'brands/manual__gone', 'test', false, false, "
            "clock_timestamp() - interval '2 days') RETURNING id"
        ).fetchone()
    runs.store.write("work/brands/lost/lost.csv", [b"x"])

    state = runs.finish("impex_housekeeping", runs.trigger("impex_housekeeping"))

    report = runs.report()
    assert state == "success"
    assert (report.run, report.state) == (row and row[0], JobState.FAILED)
    assert runs.store.exists(f"failed/brands/{report.run}/lost.csv")
