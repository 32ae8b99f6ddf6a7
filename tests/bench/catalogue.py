"""The catalogue by command line, beside COPY and one MERGE per table of the already parsed rows."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import psycopg
from psycopg import sql

from impex.config import load_group
from impex.domain.group import Descriptor
from local.demo import CATALOGUE
from local.settings import REPOSITORY, Settings
from tests.bench import databases
from tests.bench.figure import Figure
from tests.bench.floor import CleanTable
from tests.bench.processes import Sample, run_case
from tests.bench.rounds import beside, interleaved

GROUP = "catalogue-icecat"
ROWS = 23_930


def measure() -> Iterator[Figure]:
    """Yield the first import and the import of the same rows again, each beside its floor."""
    with tempfile.TemporaryDirectory() as scratch, databases.server() as settings:
        databases.create(settings, "empty")
        loaded = databases.create(settings, "loaded", "empty")
        environment = {"EXPECTED": json.dumps({"read": ROWS}), "IMPEX_FILES": scratch}
        command = ["command", GROUP, str(CATALOGUE)]
        run_case(command, {**environment, "IMPEX_DSN": loaded})
        tables = [asdict(table) for table in _clean_tables(loaded, Path(scratch))]
        for state, what, bar in (("empty", "all new", 3.0), ("loaded", "all unchanged", None)):
            run = partial(_run, settings, state, environment)
            cases = {
                "ours": partial(run, [*command, "--force"]),
                "floor": partial(run, ["floor", json.dumps(tables)]),
            }
            name = f"catalogue, {what}"
            yield beside(name, interleaved(name, cases, rounds=5), "floor", bar)


def _run(
    settings: Settings, state: str, environment: Mapping[str, str], arguments: Sequence[str]
) -> Sample:
    """Run a case on a copy of a database."""
    with databases.copied(settings, state) as dsn:
        return run_case(arguments, {**environment, "IMPEX_DSN": dsn})


def _clean_tables(dsn: str, directory: Path) -> Iterator[CleanTable]:
    """Read back what an import has written, table by table in foreign-key order."""
    group = load_group(REPOSITORY / "config" / "groups" / f"{GROUP}.yaml")
    with psycopg.connect(dsn) as connection:
        for name in group.merge_order:
            yield _clean_table(connection, group.descriptor(name), directory / f"{name}.csv")


def _clean_table(connection: psycopg.Connection, descriptor: Descriptor, path: Path) -> CleanTable:
    columns = ("id", *dict.fromkeys(column.to for column in descriptor.columns))
    statement = sql.SQL(
        "COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT (FORMAT csv, HEADER)"
    ).format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier(descriptor.table.schema, descriptor.table.name),
        sql.SQL(", ").join(map(sql.Identifier, descriptor.key)),
    )
    with path.open("wb") as file, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for piece in copy:
            file.write(piece)
    return CleanTable(
        descriptor.table.schema,
        descriptor.table.name,
        columns,
        descriptor.key,
        str(path),
        many=False,
    )
