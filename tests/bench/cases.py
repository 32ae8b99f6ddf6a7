"""What the benchmarks' child processes do. Imports and input are ready before the clock starts."""

import contextlib
import hashlib
import io
import json
import os
import sys
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import IO

import psycopg

from impex.cli.commands import main
from impex.formats.archive import list_members, open_member
from tests.bench import floor
from tests.bench.clock import timed
from tests.bench.content_cases import copy_lines, write_contents
from tests.bench.copying import copy_out, copy_out_and_transform
from tests.bench.document_floor import csv_blocks
from tests.bench.export_cases import export_by_hand, export_flags
from tests.bench.feed_floor import apply_in_sets, apply_one_by_one
from tests.bench.feeding import consume_all, consume_by_two, consume_singly, decide
from tests.bench.floor import CleanTable
from tests.bench.merging import merge_with_journal, merge_without_journal

_BLOCK_BYTES = 1 << 20


def run_command(*arguments: str) -> float:
    """Time `python -m impex run …`; the variable EXPECTED holds totals that it must report."""
    output = io.StringIO()

    def command() -> None:
        with contextlib.redirect_stdout(output):
            code = main(["run", *arguments, "--json"])
        if code not in (0, 1):
            raise SystemExit(f"exit code {code}: {output.getvalue()}")

    seconds = timed(command)
    totals = json.loads(output.getvalue())["totals"]
    expected = json.loads(os.environ["EXPECTED"])
    if not expected.items() <= totals.items():
        raise SystemExit(f"wrong result: {totals} instead of {expected}")
    return seconds


def export_command(group: str) -> float:
    """Time `python -m impex export …`."""
    output = io.StringIO()

    def command() -> None:
        with contextlib.redirect_stdout(output):
            code = main(["export", group, "--json"])
        if code != 0:
            raise SystemExit(f"exit code {code}: {output.getvalue()}")

    return timed(command)


def nothing() -> float:
    """Do nothing: the memory of the imports is left."""
    return 0.0


def copy_and_merge(blocks: Callable[[CleanTable], Iterable[bytes]], tables: str) -> float:
    """Time the hand-written floor: COPY and one MERGE per table, a transaction each."""
    clean = [CleanTable(**table) for table in json.loads(tables)]

    def work() -> None:
        with psycopg.connect(os.environ["IMPEX_DSN"], autocommit=True) as connection:
            for table in clean:
                floor.copy_and_merge(connection, table, blocks(table))

    return timed(work)


def hash_file(file: str) -> float:
    """Time a plain SHA-256 of a file."""

    def work() -> None:
        digest = hashlib.sha256()
        with Path(file).open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                digest.update(block)

    return timed(work)


def read_member(package: str) -> float:
    """Time our reading of a zip's only member to the end."""

    def work() -> None:
        with Path(package).open("rb") as file:
            [member] = list_members(file, package)
            with open_member(file, package, member) as stream:
                _drain(stream)

    return timed(work)


def read_zipfile(package: str) -> float:
    """Time the standard library's reading of a zip's only member to the end."""

    def work() -> None:
        with zipfile.ZipFile(package) as archive:
            [name] = archive.namelist()
            with archive.open(name) as stream:
                _drain(stream)

    return timed(work)


def _drain(stream: IO[bytes]) -> None:
    while stream.read(_BLOCK_BYTES):
        pass


_CASES: dict[str, Callable[..., float]] = {
    "command": run_command,
    "export": export_command,
    "copy out": copy_out,
    "copy out and transform": copy_out_and_transform,
    "nothing": nothing,
    "floor": partial(copy_and_merge, floor.blocks_of),
    "document floor": partial(copy_and_merge, csv_blocks),
    "hash": hash_file,
    "member": read_member,
    "zipfile": read_zipfile,
    "merge": merge_with_journal,
    "plain merge": merge_without_journal,
    "consume": consume_all,
    "consume by two": consume_by_two,
    "consume singly": consume_singly,
    "decide": decide,
    "contents": write_contents,
    "content floor": copy_lines,
    "export flags": export_flags,
    "export floor": export_by_hand,
    "feed floor": apply_in_sets,
    "feed floor by event": apply_one_by_one,
}


if __name__ == "__main__":
    print(json.dumps({"seconds": _CASES[sys.argv[1]](*sys.argv[2:])}))
