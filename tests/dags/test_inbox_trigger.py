"""The watch on an inbox: what it announces, and what it is to Airflow."""

import asyncio
import json
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from airflow.sdk import DAG, AssetOrTimeSchedule, MultipleCronTriggerTimetable
from airflow.serialization.serialized_objects import DagSerialization
from airflow.triggers.base import TriggerEvent

from impex.files.store import FileStore
from impex.orchestration import inbox
from impex.orchestration.group_dags import group_dags
from impex.orchestration.inbox import InboxTrigger
from local.settings import REPOSITORY

SAMPLE = (REPOSITORY / "config" / "groups" / "sample-catalogue.yaml").read_text()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileStore:
    """The store that the environment names, and a watch that looks all the time."""
    monkeypatch.setenv("IMPEX_FILES", str(tmp_path))
    monkeypatch.setattr(inbox, "POLL_S", 0.01)
    return FileStore(str(tmp_path))


class Watch:
    """A trigger as Airflow's triggerer runs it; looks are counted."""

    def __init__(self, ready: str = "rename", stable_seconds: int = 60) -> None:
        self.looks = 0
        self.events: list[TriggerEvent] = []
        self._trigger = InboxTrigger("brands", ready, stable_seconds)

    def during(self, *happenings: Callable[[], object]) -> list[int]:
        """Let things happen, with several looks after each; return how many packages each event told."""
        asyncio.run(self._run(happenings))
        return [event.payload["packages"] for event in self.events]

    async def _run(self, happenings: tuple[Callable[[], object], ...]) -> None:
        watching = asyncio.create_task(self._collect())
        for happening in happenings:
            happening()
            await asyncio.sleep(0.15)
        watching.cancel()

    async def _collect(self) -> None:
        async for event in self._trigger.run():
            self.events.append(event)


def test_an_empty_inbox_announces_nothing(store: FileStore) -> None:
    """Nor does one that is not there, or whose file is not whole."""
    assert Watch().during(lambda: None, lambda: store.write("inbox/brands/a.part", [b"x"])) == []


def test_a_package_is_announced_once(store: FileStore) -> None:
    """More that come behind it are the matter of the runs that follow."""
    first, second = (lambda name=name: store.write(f"inbox/brands/{name}", [b"x"]) for name in "ab")

    assert Watch().during(first, second, lambda: None) == [1]


def test_each_package_that_becomes_the_next_one_is_announced(store: FileStore) -> None:
    """A run takes one, and so leads to the run for the next, until the inbox is empty."""
    for name in "abc":
        store.write(f"inbox/brands/{name}", [b"x"])

    takes = [lambda name=name: store.move(f"inbox/brands/{name}", f"work/{name}") for name in "abc"]

    assert Watch().during(lambda: None, *takes) == [3, 2, 1]


def test_a_package_of_the_same_name_is_another_one(store: FileStore) -> None:
    """Prices come under one name every hour."""

    def come() -> None:
        store.write("inbox/brands/a.csv", [b"x"])

    def go() -> None:
        store.delete("inbox/brands/a.csv")

    assert Watch().during(come, go, come) == [1, 1]


def test_a_watch_that_starts_again_announces_what_waits(store: FileStore) -> None:
    """The triggerer was restarted: an event too many finds an empty inbox, one too few would hurt."""
    store.write("inbox/brands/a.csv", [b"x"])

    assert Watch().during(lambda: None) == Watch().during(lambda: None) == [1]


def test_a_package_that_still_waits_is_announced_again(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow may have lost the first event, or the run could not take it."""
    monkeypatch.setattr(inbox, "REMIND_S", 0.1)
    store.write("inbox/brands/a.csv", [b"x"])

    assert len(Watch().during(lambda: None, lambda: None, lambda: None)) >= 2


def test_a_store_that_fails_is_looked_at_again(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watch outlives it, and what had been announced is not announced again."""
    store.write("inbox/brands/a.csv", [b"x"])

    def fail() -> None:
        monkeypatch.setenv("IMPEX_FILES", "http://nowhere")

    def recover() -> None:
        monkeypatch.setenv("IMPEX_FILES", str(tmp_path))

    assert Watch().during(lambda: None, fail, recover) == [1]


def test_a_look_at_a_slow_store_keeps_no_other_watch_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All watches of a triggerer share one thread; listing happens in others."""
    monkeypatch.setattr(InboxTrigger, "_look", lambda _: time.sleep(0.5) or ([], ""))

    async def longest_pause() -> float:
        watching = asyncio.create_task(Watch()._collect())
        pauses = []
        for _ in range(20):
            start = time.monotonic()
            await asyncio.sleep(0.01)
            pauses.append(time.monotonic() - start)
        watching.cancel()
        return max(pauses)

    assert asyncio.run(longest_pause()) < 0.4


def test_a_stable_file_is_announced_when_it_has_come_to_rest(store: FileStore) -> None:
    """The way of arriving is part of what Airflow stores."""
    store.write("inbox/brands/a.csv", [b"x"])

    assert Watch("stable", 60).during(lambda: None) == []
    assert Watch("stable", 0).during(lambda: None) == [1]


def test_airflow_can_make_the_same_watch_again() -> None:
    """By its path in plugins/, with arguments that are JSON."""
    path, arguments = InboxTrigger("brands", "stable", 30).serialize()

    module, _, name = path.rpartition(".")
    again = getattr(import_module(module), name)(**json.loads(json.dumps(arguments)))

    assert again.serialize() == (path, arguments)
    assert type(again) is InboxTrigger


@pytest.fixture
def dags(tmp_path: Path) -> dict[str, DAG]:
    """The DAGs of groups that start in each of the four ways."""
    (tmp_path / "groups").mkdir()
    bare = "\n".join(
        line for line in SAMPLE.splitlines() if not line.startswith(("schedule:", "arrival:"))
    )
    arrival = "arrival: {on_arrival: true, ready: stable, stable_seconds: 5}\n"
    schedule = "schedule: 0 5 * * *\ntimezone: Europe/Berlin\n"
    for name, start in {
        "by-hand": "",
        "clock": schedule,
        "arrival": arrival,
        "both": schedule + arrival,
    }.items():
        (tmp_path / "groups" / f"{name}.yaml").write_text(start + bare)
    return {dag.dag_id: dag for dag in group_dags(tmp_path / "groups")}


def test_only_a_group_that_says_so_is_started_by_arrivals(dags: dict[str, DAG]) -> None:
    """The others are started by the clock or by hand, as before."""
    watched = {name for name, dag in dags.items() if isinstance(dag.timetable, AssetOrTimeSchedule)}

    assert watched == {"arrival", "both"}


def test_a_clock_stands_beside_every_watch(dags: dict[str, DAG]) -> None:
    """Once an hour what waits is taken, even if no event came; and when the group says."""
    crons = {}
    for name in ("arrival", "both"):
        timetable = dags[name].timetable
        assert isinstance(timetable, AssetOrTimeSchedule)
        assert isinstance(timetable.timetable, MultipleCronTriggerTimetable)
        encoded = DagSerialization.to_dict(dags[name])["dag"]["timetable"]["__var"]["timetable"]
        crons[name] = encoded["__var"]["expressions"]

    (hourly,) = crons["arrival"]
    assert hourly.endswith(" * * * *")
    assert crons["both"][0] == "0 5 * * *"
    assert crons["both"][1] != hourly


def test_a_watched_group_survives_serialisation(dags: dict[str, DAG]) -> None:
    """Airflow's scheduler knows the asset, and its watch with the way of arriving."""
    encoded = json.dumps(DagSerialization.to_dict(dags["arrival"]), default=str)

    assert "impex://inbox/arrival" in encoded
    assert "impex.orchestration.inbox.InboxTrigger" in encoded
    assert '"stable"' in encoded
