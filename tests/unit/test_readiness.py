"""Which files of an inbox are packages, and which of them are whole."""

from datetime import UTC, datetime, timedelta

import pytest

from impex.domain.group import Arrival, Ready
from impex.files.disk import Found
from impex.files.readiness import companion, whole

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def file(name: str, age_s: float = 0, size: int = 1) -> Found:
    """Describe a file that was last written to so many seconds ago."""
    return Found(name, size, NOW - timedelta(seconds=age_s))


def taken(arrival: Arrival, *files: Found) -> list[str]:
    """Name the files that are whole."""
    return [found.name for found in whole(files, arrival, lambda: NOW)]


@pytest.mark.parametrize("ready", [Ready.RENAME, Ready.STABLE])
def test_unfinished_and_hidden_files_are_no_packages(ready: Ready) -> None:
    """Whatever the sender has promised, these names say that more is to come."""
    names = ("a.part", "b.TMP", "c.csv.filepart", ".d.csv", "e\n.csv", "f.csv")

    assert taken(Arrival(ready, stable_seconds=0), *map(file, names)) == ["f.csv"]


def test_a_marker_belongs_to_the_file_of_its_name_only() -> None:
    """A marker that came before its file, or alone, opens nothing else."""
    files = map(file, ("a.csv", "a.csv.done", "b.csv", "c.csv.done", "D.DONE"))

    assert taken(Arrival(Ready.MARKER), *files) == ["a.csv"]


def test_what_is_a_marker_for_one_group_is_a_package_for_another() -> None:
    """Only the way of arriving that is declared gives names a meaning."""
    files = map(file, ("a.csv", "a.csv.done", "a.csv.manifest"))

    assert taken(Arrival(Ready.RENAME), *files) == ["a.csv", "a.csv.done", "a.csv.manifest"]


def test_a_manifest_counts_when_something_is_in_it() -> None:
    """It is a file that is written, too."""
    files = (file("a.csv"), file("a.csv.manifest", size=0), file("b.csv"), file("b.csv.manifest"))

    assert taken(Arrival(Ready.MANIFEST), *files) == ["b.csv"]


@pytest.mark.parametrize(("age_s", "is_whole"), [(-5, False), (59.9, False), (60, True)])
def test_a_file_is_stable_when_nobody_has_written_to_it_for_a_while(
    age_s: float, *, is_whole: bool
) -> None:
    """One that is growing has been written to just now."""
    stable = Arrival(Ready.STABLE, stable_seconds=60)

    assert taken(stable, file("a.csv", age_s)) == ["a.csv"] * is_whole


def test_nobody_asks_for_the_time_without_need() -> None:
    """An empty inbox costs one listing."""

    def clock() -> datetime:
        raise AssertionError

    assert whole([file(".hidden")], Arrival(Ready.STABLE), clock) == []
    assert whole([file("a.csv")], Arrival(Ready.RENAME), clock) == [file("a.csv")]


def test_ten_thousand_pairs_take_no_time() -> None:
    """Each is looked up, not searched."""
    files = [file(f"{n}.csv{suffix}") for n in range(10_000) for suffix in ("", ".done")]

    assert len(taken(Arrival(Ready.MARKER), *files)) == 10_000


def test_only_markers_and_manifests_lie_beside_a_package() -> None:
    """The others leave nothing to remove."""
    assert companion("inbox/a/b.csv", Ready.MARKER) == "inbox/a/b.csv.done"
    assert companion("inbox/a/b.csv", Ready.MANIFEST) == "inbox/a/b.csv.manifest"
    assert companion("inbox/a/b.csv", Ready.RENAME) is None
    assert companion("inbox/a/b.csv", Ready.STABLE) is None
