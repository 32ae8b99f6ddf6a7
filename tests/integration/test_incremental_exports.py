"""Only what is new is exported, and nothing is ever lost: late commits, crashes, two at once."""

import csv
import io
import random
import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from impex.domain.errors import ConfigError
from impex.domain.export_run import ExportReport, ExportRequest, ExportRun
from impex.domain.group import Group
from impex.services.begin_export import begin_export
from impex.services.publish_export import finish_export, publish_export, report_of
from impex.services.resources import Resources
from impex.services.write_export import write_alone
from impex.storage.connection import Database
from tests.exports import exported, files, goods_feed, written_group
from tests.imports import execute, rows

ITEM = """
    CREATE TABLE shop.item (
        code       text COLLATE "C" PRIMARY KEY,
        value      integer NOT NULL DEFAULT 0,
        brand_id   bigint REFERENCES shop.brand,
        changed_at timestamptz NOT NULL DEFAULT now()
    )
"""
BRAND = "{from: brand, to: brand_id, lookup: {table: shop.brand, by: name}}"


@pytest.fixture
def items(shop: Resources) -> Resources:
    """The shop with an empty table ``shop.item``."""
    execute(shop, ITEM)
    return shop


def feed(directory: Path, increment: str = "watermark: changed_at", **options: Any) -> Group:
    """Return a group that exports what is new of the items."""
    how = {"table": "shop.item", "columns": ["code", "{to: value, type: integer}", BRAND]} | options
    return written_group(directory, goods_feed(file="items-{run}.csv", export=increment, **how))


def told(resources: Resources, report: ExportReport) -> list[str]:
    """Return code and value of the rows that were published."""
    return ["".join(row) for row in content(resources, report)]


def content(resources: Resources, report: ExportReport) -> list[list[str]]:
    """Return the first two cells of the rows that were published."""
    texts = (file.decode() for file in files(resources, report).values())
    return [row[:2] for text in texts for row in list(csv.reader(io.StringIO(text)))[1:]]


def begun(resources: Resources, group: Group, **how: Any) -> ExportRun:
    """Begin an export and write its file; nothing is published."""
    run = begin_export(resources, group, ExportRequest("test", **how))
    write_alone(resources, run, report_of(resources, run.id).files[0])
    return run


def published(resources: Resources, run: ExportRun) -> list[str]:
    """Publish an export and return code and value of its rows."""
    publish_export(resources, run.id)
    return told(resources, finish_export(resources, run.id))


def test_only_newer_rows_are_told_and_all_of_them_if_asked_for(
    items: Resources, tmp_path: Path
) -> None:
    """A row that was changed is newer, too."""
    group = feed(tmp_path)
    execute(items, "INSERT INTO shop.item (code) VALUES ('A'), ('B')")

    assert told(items, exported(items, group)) == ["A0", "B0"]
    assert told(items, exported(items, group)) == []
    execute(items, "UPDATE shop.item SET value = 1, changed_at = now() WHERE code = 'B'")
    assert told(items, exported(items, group)) == ["B1"]
    assert told(items, exported(items, group, complete=True)) == ["A0", "B1"]
    assert told(items, exported(items, group)) == []


def test_rows_of_the_same_time_as_the_newest_are_told(items: Resources, tmp_path: Path) -> None:
    """Also those that are older, and were not there before."""
    group = feed(tmp_path)
    execute(items, "INSERT INTO shop.item VALUES ('A', 0, NULL, '2026-01-31 12:00')")
    exported(items, group)

    execute(items, "INSERT INTO shop.item SELECT 'B', 0, NULL, changed_at FROM shop.item")
    execute(items, "INSERT INTO shop.item VALUES ('C', 0, NULL, '2026-01-30 12:00')")

    assert told(items, exported(items, group)) == ["B0", "C0"]
    assert told(items, exported(items, group)) == []


def test_a_transaction_that_wrote_before_an_export_and_ended_after_it_is_told_by_the_next(
    items: Resources, dsn: str, tmp_path: Path
) -> None:
    """Its rows are older than the newest that was published, in a savepoint as well."""
    group = feed(tmp_path)
    with psycopg.connect(dsn) as late:
        late.execute("INSERT INTO shop.item (code) VALUES ('L')")
        late.execute("SAVEPOINT s")
        late.execute("INSERT INTO shop.item (code) VALUES ('M')")
        execute(items, "INSERT INTO shop.item (code) VALUES ('N')")
        assert told(items, exported(items, group)) == ["N0"]
        late.commit()

    assert {"L0", "M0"} <= set(told(items, exported(items, group)))
    assert told(items, exported(items, group)) == []


def test_a_row_whose_watermark_is_nothing_is_told(items: Resources, tmp_path: Path) -> None:
    """Once."""
    execute(items, "ALTER TABLE shop.item ALTER changed_at DROP NOT NULL")
    group = feed(tmp_path)
    for code in "AB":
        with items.database.transaction() as connection:
            connection.execute("INSERT INTO shop.item VALUES (%s, 0, NULL, NULL)", [code])
        assert told(items, exported(items, group))[-1:] == [f"{code}0"]


def test_two_exports_at_once_lose_nothing_in_either_order(items: Resources, tmp_path: Path) -> None:
    """The one that read first does not take back what the other has published."""
    group = feed(tmp_path)
    execute(items, "INSERT INTO shop.item (code) VALUES ('A')")
    first = begun(items, group)
    execute(items, "INSERT INTO shop.item (code) VALUES ('B')")
    second = begun(items, group)
    execute(items, "INSERT INTO shop.item (code) VALUES ('C')")

    assert published(items, second) == ["A0", "B0"]
    assert published(items, first) == ["A0"]
    assert told(items, exported(items, group)) == ["C0"]


@pytest.mark.parametrize("increment", ["watermark: changed_at", "changed_rows: true"])
def test_a_crash_before_it_is_remembered_what_was_published_loses_nothing(
    items: Resources, tmp_path: Path, increment: str
) -> None:
    """Publishing again is the way out; so is a new export."""
    group = feed(tmp_path, increment)
    execute(items, "INSERT INTO shop.item (code) VALUES ('A')")
    for way_out in ("again", "anew"):
        run = begun(items, group)
        execute(items, FAILING)
        with pytest.raises(psycopg.errors.RaiseException, match="pulled the plug"):
            publish_export(items, run.id)
        execute(items, "DROP FUNCTION public.fail CASCADE")
        if way_out == "again":
            assert published(items, run) == ["A0"]
            assert told(items, exported(items, group)) == []
        else:
            finish_export(items, run.id)
            assert told(items, exported(items, group)) == ["B0"]
        execute(items, "INSERT INTO shop.item (code) VALUES ('B') ON CONFLICT DO NOTHING")


FAILING = """
    CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RAISE EXCEPTION ''pulled the plug''; END';
    CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON impex.export_mark
        FOR EACH ROW WHEN (new.watermark IS NOT NULL) EXECUTE FUNCTION public.fail();
    CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON impex.published_row
        FOR EACH ROW EXECUTE FUNCTION public.fail()
"""


@pytest.mark.parametrize("increment", ["watermark: changed_at", "changed_rows: true"])
def test_rows_of_a_file_that_was_refused_are_told_by_the_next(
    items: Resources, tmp_path: Path, increment: str
) -> None:
    """The mark moves only with a file that is published."""
    word = "{from: value, to: value_, type: enum, values: {ok: good}}"
    execute(items, "ALTER TABLE shop.item ADD value_ text")
    group = feed(tmp_path, increment, columns=["code", word], descriptor="on_error: reject_file")
    execute(items, "INSERT INTO shop.item (code, value_) VALUES ('A', 'good'), ('B', 'bad')")
    assert exported(items, group).published == []

    execute(items, "UPDATE shop.item SET value_ = 'good' WHERE code = 'B'")

    assert told(items, exported(items, group)) == ["Aok", "Bok"]


@pytest.mark.parametrize("increment", ["watermark: changed_at", "changed_rows: true"])
def test_what_is_new_is_asked_for_each_choice_of_rows(
    items: Resources, tmp_path: Path, increment: str
) -> None:
    """An export of other rows is not held back by what was published of these."""
    group = feed(tmp_path, increment, where="{value: '${value}'}", publish="{params: {value: '1'}}")
    execute(items, "INSERT INTO shop.item VALUES ('A', 1), ('B', 2)")

    assert told(items, exported(items, group)) == ["A1"]
    assert told(items, exported(items, group, params={"value": "2"})) == ["B2"]
    assert told(items, exported(items, group, params={"value": "1"})) == []


def test_a_watermark_needs_rows_that_tell_when_they_were_written(
    items: Resources, tmp_path: Path
) -> None:
    """Those of a view do not, so that late commits would be lost."""
    execute(items, "CREATE VIEW shop.items AS SELECT * FROM shop.item")

    with pytest.raises(ConfigError, match=r"shop\.items is no table.*changed_rows"):
        exported(items, feed(tmp_path, table="shop.items"))


def test_changed_rows_are_told_wherever_the_change_was(items: Resources, tmp_path: Path) -> None:
    """Also in a table that is looked up; and a row that comes again."""
    group = feed(tmp_path, "changed_rows: true")
    execute(items, "INSERT INTO shop.item SELECT name, 0, id FROM shop.brand")

    assert told(items, exported(items, group)) == ["Dell0", "HP0"]
    assert told(items, exported(items, group)) == []
    execute(items, "UPDATE shop.item SET changed_at = changed_at + interval '1 hour'")
    assert told(items, exported(items, group)) == []
    execute(items, "UPDATE shop.brand SET name = 'Hewlett' WHERE name = 'HP'")
    assert told(items, exported(items, group)) == ["HP0"]
    assert told(items, exported(items, group, complete=True)) == ["Dell0", "HP0"]
    execute(items, "DELETE FROM shop.item WHERE code = 'HP'")
    assert told(items, exported(items, group)) == []
    execute(
        items, "INSERT INTO shop.item SELECT 'HP', 0, id FROM shop.brand WHERE name = 'Hewlett'"
    )
    assert told(items, exported(items, group)) == ["HP0"]


def test_changed_rows_of_a_view_and_of_lists_are_told(items: Resources, tmp_path: Path) -> None:
    """A list is one row."""
    execute(
        items, "CREATE VIEW shop.items AS SELECT left(code, 1) AS code, code AS part FROM shop.item"
    )
    group = feed(
        tmp_path,
        "changed_rows: true",
        table="shop.items",
        key="[code, part]",
        columns=["code", "{to: part, split: '+', explode: true}"],
    )
    execute(items, "INSERT INTO shop.item (code) VALUES ('A1'), ('A2'), ('B1')")

    assert told(items, exported(items, group)) == ["AA1+A2", "BB1"]
    execute(items, "INSERT INTO shop.item (code) VALUES ('B2')")
    assert told(items, exported(items, group)) == ["BB1+B2"]
    assert told(items, exported(items, group)) == []


def test_exports_of_changed_rows_that_overtake_each_other_leave_nothing_old(
    items: Resources, tmp_path: Path
) -> None:
    """A row that both told, each otherwise, is told again."""
    group = feed(tmp_path, "changed_rows: true")
    execute(items, "INSERT INTO shop.item VALUES ('A', 1)")
    exported(items, group)
    first = begun(items, group)
    execute(items, "UPDATE shop.item SET value = 2")
    second = begun(items, group)

    assert published(items, second) == ["A2"]
    assert published(items, first) == []
    execute(items, "UPDATE shop.item SET value = 1")
    assert told(items, exported(items, group)) == ["A1"]


@pytest.mark.parametrize("increment", ["watermark: changed_at", "changed_rows: true"])
def test_beside_writers_all_files_together_have_the_newest_of_every_row(
    items: Resources, dsn: str, tmp_path: Path, increment: str
) -> None:
    """However long their transactions take, and whichever export is published first."""
    group = feed(tmp_path, increment)
    execute(items, "INSERT INTO shop.item SELECT 'r' || n FROM generate_series(1, 2000) n")
    stop = threading.Event()
    writers = [threading.Thread(target=write, args=(dsn, seed, stop)) for seed in range(3)]
    for writer in writers:
        writer.start()
    runs: list[list[ExportRun]] = []
    for _ in range(6):
        pair = [begun(items, group)]
        time.sleep(0.05)
        pair.append(begun(items, group))
        runs.append(pair)
        for run in pair if len(runs) % 2 else reversed(pair):
            published(items, run)
    stop.set()
    for writer in writers:
        writer.join()
    last = exported(items, group)

    newest: dict[str, int] = {}
    for export_id in [*(run.id for pair in runs for run in pair), last.run.id]:
        for code, value in content(items, report_of(items, export_id)):
            newest[code] = int(value)
    assert newest == dict(rows(items, "SELECT code, value FROM shop.item"))


def write(dsn: str, seed: int, stop: threading.Event) -> None:
    """Change rows in transactions that take their time, until it is enough."""
    chance = random.Random(seed)  # noqa: S311 - which rows is no secret
    with Database(dsn) as database:
        while not stop.is_set():
            with database.transaction() as connection:
                for number in sorted(chance.sample(range(1, 2001), 2)):
                    time.sleep(chance.random() / 50)
                    connection.execute(
                        "UPDATE shop.item SET value = value + 1, changed_at = now() WHERE code = %s",
                        [f"r{number}"],
                    )
