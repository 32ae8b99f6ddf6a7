"""Files appear whole and together, are delivered, and go when their time has come."""

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from impex.domain.errors import ConfigError, DataError, Problem, TransientError
from impex.domain.export_run import ExportReport, ExportRequest, ExportRun, ExportState
from impex.domain.group import Group
from impex.files.store import FileStore
from impex.services.begin_export import begin_export
from impex.services.export_group import deliver_missing
from impex.services.export_housekeeping import (
    drop_orphaned_rows,
    end_stalled_exports,
    remove_old_exports,
)
from impex.services.publish_export import (
    finish_export,
    folder_of,
    manifest_name,
    publish_export,
    report_of,
)
from impex.services.resources import Resources
from impex.services.snapshot import held_snapshot
from impex.services.write_export import write_file
from tests.exports import exported, files, goods_feed, written_group
from tests.imports import execute, rows

TWO = """
title: Feed
publish: {publish}
descriptors:
  - {{name: goods, direction: export, table: shop.goods, key: code, columns: [code, name],
     export: {{file: "goods-{{part}}.csv", split_rows: 2, changed_rows: true}}}}
  - {{name: brands, direction: export, table: shop.brand, key: name, columns: [name],
     export: {{file: brands.csv}}}}
"""
THREE = "INSERT INTO shop.goods (code, name) VALUES ('A', 'Apple'), ('B', 'Bowl'), ('C', 'Cup')"
CONTENT = {
    "goods-1.csv": b"code,name\nA,Apple\nB,Bowl\n",
    "goods-2.csv": b"code,name\nC,Cup\n",
    "brands.csv": b"name\nDell\nHP\n",
}


def two(directory: Path, publish: str = "{}") -> Group:
    """Return a group that publishes three files of two tables."""
    return written_group(directory, TWO.format(publish=publish))


def begun(resources: Resources, group: Group) -> ExportRun:
    """Begin an export and write its files; nothing is published."""
    run = begin_export(resources, group, ExportRequest("test"))
    return written(resources, run)


def written(resources: Resources, run: ExportRun) -> ExportRun:
    """Write the files of an export from one snapshot."""
    with held_snapshot(resources, run) as held:
        run = replace(run, epoch=held.epoch, snapshot=held.name)
        for file in report_of(resources, run.id).files:
            write_file(resources, run, file)
    return run


def manifest(resources: Resources, report: ExportReport) -> Any:
    """Return what the manifest says."""
    with resources.store.open(f"{folder_of(report.run)}/{manifest_name(report.run)}") as stream:
        return json.load(stream)


def folder(directory: Path, run: ExportRun) -> dict[str, bytes]:
    """Return what a reader of the folder sees."""
    return _seen(directory / "files" / folder_of(run))


def test_a_manifest_tells_rows_and_hash_of_every_file(shop: Resources, tmp_path: Path) -> None:
    """In the folder of the files."""
    execute(shop, THREE)

    report = exported(shop, two(tmp_path))

    assert files(shop, report) == CONTENT
    told = manifest(shop, report)
    assert (told["group"], told["run"], told["archive"]) == ("feed", report.run.id, None)
    assert told["files"] == [
        {
            "export": name.partition(".")[0].partition("-")[0],
            "name": name,
            "rows": content.count(b"\n") - 1,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        for name, content in CONTENT.items()
    ]
    assert not list((tmp_path / "files" / "work").rglob("*.csv"))


def test_all_files_of_a_run_may_be_one_zip(shop: Resources, tmp_path: Path) -> None:
    """Only the zip and the manifest are published."""
    execute(shop, THREE)

    report = exported(shop, two(tmp_path, "{zip: '{group}-{run}.zip'}"))

    ((name, content),) = files(shop, report).items()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {n: archive.read(n) for n in archive.namelist()} == CONTENT
    assert name == f"feed-{report.run.id}.zip"
    assert manifest(shop, report)["archive"] == {
        "name": name, "rows": 5, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    assert set(folder(tmp_path, report.run)) == {name, manifest_name(report.run)}


def test_a_reader_who_polls_sees_whole_files_only_and_the_manifest_last(
    shop: Resources, tmp_path: Path
) -> None:
    """In the store, and where files are delivered to."""
    execute(
        shop,
        "INSERT INTO shop.goods (code, name) SELECT n::text, repeat('x', 200) FROM generate_series(1, 20000) n",
    )
    columns = ["code", "name"]
    text = goods_feed(
        columns=columns, file="g-{part}.csv", export="split_rows: 4000", publish="{to: out/}"
    )
    group = written_group(tmp_path, text)
    user = replace(shop, target=lambda _: FileStore(str(tmp_path / "out")))
    stop, odd = threading.Event(), []

    def poll() -> None:
        while not stop.is_set():
            for place in (tmp_path / "out", *(tmp_path / "files" / "exports").glob("feed/*")):
                odd.extend(_oddities(place))

    reader = threading.Thread(target=poll)
    reader.start()
    for _ in range(4):
        exported(user, group)
    stop.set()
    reader.join()

    assert odd == []
    assert len(list((tmp_path / "out").glob("*.csv"))) == 5


def test_a_target_that_fails_is_delivered_to_again_and_nothing_else_is_done_twice(
    shop: Resources, tmp_path: Path
) -> None:
    """The finished files stay as they are."""
    execute(shop, THREE)
    places = {"good/": tmp_path / "good", "bad/": tmp_path / "bad"}
    user = replace(shop, target=lambda name: FileStore(str(places[name])))
    (tmp_path / "bad").write_text("a file where a folder should be")

    report = exported(user, two(tmp_path, "{to: [bad/, good/]}"))

    before = _times(tmp_path / "files" / "exports")
    assert (report.run.state, report.delivered) == (ExportState.FAILED, ("good/",))
    assert report.notes == ["not delivered to bad/"]
    assert set(_seen(tmp_path / "good")) == {*CONTENT, manifest_name(report.run)}
    (tmp_path / "bad").unlink()
    delivered = _times(tmp_path / "good")
    again = deliver_missing(user, report.run.id)
    assert _seen(tmp_path / "bad") == _seen(tmp_path / "good")
    assert (_times(tmp_path / "files" / "exports"), _times(tmp_path / "good")) == (
        before,
        delivered,
    )
    assert (again.run.state, again.notes) == (ExportState.DONE, [])
    assert set(again.delivered) == set(places)


def test_a_target_that_is_not_known_does_not_keep_the_others_waiting(
    shop: Resources, tmp_path: Path
) -> None:
    """It is told at the end."""
    execute(shop, THREE)

    def target(name: str) -> FileStore:
        if name == "nobody":
            raise ConfigError([Problem("connection nobody", "is not known here.")])
        return FileStore(str(tmp_path / name))

    report = exported(replace(shop, target=target), two(tmp_path, "{to: [nobody, good/]}"))

    assert (report.run.state, report.delivered) == (ExportState.FAILED, ("good/",))


class Plug:
    """A file store that is pulled out at one of the calls."""

    def __init__(self, store: Any, at: int) -> None:
        """Count down."""
        self._store = store
        self.left = at

    def __getattr__(self, name: str) -> Any:
        """Return the method, before or after whose work all ends."""

        def call(*args: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                raise TransientError("pulled the plug before")
            result = getattr(self._store, name)(*args)
            if self.left == -1:
                raise TransientError("pulled the plug after")
            return result

        return call


@pytest.mark.parametrize("publish", ["{}", "{zip: all.zip}"])
@pytest.mark.parametrize("anew", [False, True], ids=["again", "written again"])
def test_publishing_that_was_killed_at_any_step_is_done_again(
    shop: Resources, tmp_path: Path, publish: str, *, anew: bool
) -> None:
    """With the same result, also if the files were written again in between from other rows."""
    group = two(tmp_path, publish)
    for step in _steps():
        execute(shop, "TRUNCATE impex.published_row; TRUNCATE shop.goods CASCADE")
        execute(shop, THREE)
        run = begun(shop, group)
        plug = Plug(shop.store, step)
        try:
            publish_export(replace(shop, store=plug), run.id)
        except TransientError:
            pass
        else:
            assert step > 8
            break
        if anew and report_of(shop, run.id).run.state is ExportState.RUNNING:
            execute(shop, "DELETE FROM shop.goods WHERE code = 'C'")
            written(shop, run)

        report = publish_export(shop, run.id)

        assert rows(shop, "SELECT count(*) FROM impex.published_row") == rows(
            shop, "SELECT count(*) FROM shop.goods"
        )
        shown = folder(tmp_path, run)
        told = manifest(shop, report)
        listed = [told["archive"]] if told["archive"] else told["files"]
        assert {f["name"]: f["sha256"] for f in listed} == {
            name: hashlib.sha256(content).hexdigest()
            for name, content in shown.items()
            if not name.endswith("manifest.json")
        }
        assert finish_export(shop, run.id).run.state is ExportState.DONE
        assert not list((tmp_path / "files" / "work").rglob("*.*"))


@pytest.mark.parametrize("publish", ["{}", "{zip: all.zip}"])
def test_publishing_that_was_killed_and_given_up_leaves_nothing(
    shop: Resources, tmp_path: Path, publish: str
) -> None:
    """Unless it had come to its end: the next export tells what this one did not."""
    execute(shop, THREE)
    group = two(tmp_path, publish)
    for step in _steps():
        execute(shop, "TRUNCATE impex.published_row")
        run = begun(shop, group)
        try:
            publish_export(replace(shop, store=Plug(shop.store, step)), run.id)
        except TransientError:
            pass
        else:
            break

        report = finish_export(shop, run.id)

        assert (report.run.state is ExportState.FAILED) == (folder(tmp_path, run) == {})
        assert not list((tmp_path / "files" / "work").rglob("*.*"))
    assert step > 8


def test_only_one_of_two_that_publish_at_once_does(shop: Resources, tmp_path: Path) -> None:
    """The other finds it done, or is told so; the files are there once."""
    execute(shop, THREE)
    run = begun(shop, two(tmp_path))
    faults: list[Exception] = []

    def publish() -> None:
        with shop.database.another() as database:
            try:
                publish_export(replace(shop, database=database), run.id)
            except Exception as fault:  # noqa: BLE001 - whatever it is, it is looked at below
                faults.append(fault)

    threads = [threading.Thread(target=publish) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {type(fault).__name__ for fault in faults} <= {"FencedError"}, faults
    report = publish_export(shop, run.id)
    assert files(shop, report) == CONTENT
    assert rows(shop, "SELECT count(*) FROM impex.published_row") == [(3,)]


@pytest.mark.parametrize("value", ["../x", "a/b", "a\\b", "x:y", "", " ", "-rf", ".x", "a\n", "x" * 300, "ü" * 150, "a."])  # fmt: skip
def test_parameters_that_make_unsafe_names_are_refused(
    shop: Resources, tmp_path: Path, value: str
) -> None:
    """Of a file or of the zip, before anything is written; no run is left behind."""
    for text in (
        goods_feed(file="{shop}", publish="{params: {shop: S}}"),
        goods_feed(publish="{params: {shop: S}, zip: '{shop}.zip'}"),
    ):
        group = written_group(tmp_path, text)
        if value in ("a.", " ") and "zip" in text:
            continue
        if value == "" and "zip" in text:
            value = ".."
        with pytest.raises(DataError, match="cannot be the name of a file"):
            exported(shop, group, params={"shop": value})

    assert rows(shop, "SELECT count(*) FROM impex.export") == [(0,)]


def test_a_parameter_that_no_database_can_hold_is_refused(shop: Resources, tmp_path: Path) -> None:
    """In words."""
    group = written_group(tmp_path, goods_feed(publish="{params: {shop: S}}"))

    with pytest.raises(DataError, match="shop has a character that is none"):
        exported(shop, group, params={"shop": "a\0b"})


def test_two_exports_never_write_one_name(shop: Resources, tmp_path: Path) -> None:
    """Not even where upper and lower case are the only difference."""
    text = TWO.format(publish="{params: {name: brands}}").replace("goods-{part}", "{name}-{part}")
    text = text.replace("brands.csv", "Brands-1.csv")

    with pytest.raises(DataError, match=r"would both write the file Brands-1\.csv"):
        exported(shop, written_group(tmp_path, text))


@pytest.mark.parametrize("publish", ["{}", "{zip: all.zip}"])
def test_a_number_in_a_name_never_makes_it_that_of_another_file(
    shop: Resources, tmp_path: Path, publish: str
) -> None:
    """That is known only when the rows are written; nothing is published then."""
    execute(shop, THREE)
    text = TWO.format(publish=publish).replace("brands.csv", "Goods-2.csv")

    with pytest.raises(DataError, match=r"goods-2\.csv would be written twice"):
        exported(shop, written_group(tmp_path, text))

    assert rows(shop, "SELECT state FROM impex.export") == [("failed",)]
    assert not list((tmp_path / "files").rglob("*.csv"))


def test_published_files_go_when_they_are_old(shop: Resources, tmp_path: Path) -> None:
    """Those of runs that ended long ago, and of no others."""
    execute(shop, THREE)
    group = two(tmp_path)
    old, new = exported(shop, group), exported(shop, group, complete=True)
    execute(shop, "UPDATE impex.export SET finished_at = now() - interval '8 days' WHERE id = 1")

    assert remove_old_exports(shop, {"feed": 9}) == 0
    assert remove_old_exports(shop, {"feed": 7}) == 4

    assert folder(tmp_path, old.run) == {}
    assert len(folder(tmp_path, new.run)) == 4


def test_messages_about_orders_stay_beside_published_files(shop: Resources, tmp_path: Path) -> None:
    """Exporters may write into the folder of a group: nothing of theirs goes with its exports."""
    execute(shop, THREE)
    exported(shop, two(tmp_path))
    execute(shop, "UPDATE impex.export SET finished_at = now() - interval '8 days'")
    theirs = [f"exports/feed/{name}" for name in ("O1-1.csv", "1-2.csv", "erp/1.csv", "99/1.csv")]
    for key in [*theirs, "exports/orders/O1-1.csv"]:
        shop.store.write(key, [b"words"])

    assert remove_old_exports(shop, {"feed": 7}) == 4

    assert [key for key in theirs if not shop.store.exists(key)] == []
    assert shop.store.exists("exports/orders/O1-1.csv")


def test_an_export_that_nobody_works_on_is_ended(shop: Resources, tmp_path: Path) -> None:
    """What it has left aside goes, too."""
    execute(shop, THREE)
    run = begun(shop, two(tmp_path))
    assert drop_orphaned_rows(shop) == 0
    execute(shop, "UPDATE impex.export SET created_at = now() - interval '2 days'")

    assert end_stalled_exports(shop, lambda _: True) == 1
    assert report_of(shop, run.id).run.state is ExportState.FAILED
    assert drop_orphaned_rows(shop) == 1
    assert not list((tmp_path / "files" / "work").rglob("*.csv"))


def _steps() -> Iterator[int]:
    yield from range(1, 60)


def _seen(place: Path) -> dict[str, bytes]:
    """Return the files of a folder; what is hidden is not finished."""
    if not place.is_dir():
        return {}
    return {p.name: p.read_bytes() for p in place.iterdir() if not p.name.startswith(".")}


def _oddities(place: Path) -> Iterator[str]:
    """Yield what is not as a reader may expect it."""
    try:
        seen = {p.name: p.read_bytes() for p in sorted(place.glob("*.json"))}
        found = {p.name: p.read_bytes() for p in sorted(place.glob("*.csv"))}
    except FileNotFoundError:
        return
    yield from (f"{n} is cut" for n, c in found.items() if len(c.splitlines()) != 4001)
    if seen and len(found) != 5:
        yield f"{sorted(found)} beside a manifest"


def _times(place: Path) -> dict[str, int]:
    return {str(p): p.stat().st_mtime_ns for p in place.rglob("*.*")}
