"""The catalogue by command line, beside COPY and one MERGE per table of the already parsed rows."""

import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from impex.config import load_group
from impex.domain.group import Descriptor
from local.demo import CATALOGUE
from local.settings import REPOSITORY, Settings
from tests.bench import databases
from tests.bench.cases import ParsedTable
from tests.bench.figure import Figure
from tests.bench.processes import Sample, run_case

ROUNDS = 5
GROUP = "catalogue-icecat"
ROWS = "23930"


def measure() -> Iterator[Figure]:
    """Yield the first import and the import of the same rows again, each beside its floor."""
    with tempfile.TemporaryDirectory() as scratch, databases.server() as settings:
        databases.create(settings, "empty")
        loaded = databases.create(settings, "loaded", "empty")
        environment = {"EXPECTED_ROWS": ROWS, "IMPEX_FILES": scratch, "IMPEX_DSN": loaded}
        run_case(["command", GROUP, str(CATALOGUE)], environment)
        parsed = Path(scratch) / "parsed.pickle"
        parsed.write_bytes(pickle.dumps(list(_parsed_tables(loaded))))
        cases = {
            "ours": ["command", GROUP, str(CATALOGUE), "--force"],
            "floor": ["floor", str(parsed)],
        }
        for state, what, bar in (("empty", "all new", 3.0), ("loaded", "all unchanged", None)):
            samples = _interleaved(settings, state, cases, environment)
            yield Figure(
                f"catalogue, {what}",
                min(s.seconds for s in samples["ours"]),
                "s",
                reference=min(s.seconds for s in samples["floor"]),
                bar=bar,
                peak_rss_mb=max(s.peak_rss_mb for s in samples["ours"]),
            )


def _interleaved(
    settings: Settings, state: str, cases: dict[str, list[str]], environment: dict[str, str]
) -> dict[str, list[Sample]]:
    """Run all cases once per round, each on a fresh copy of a database, in turning order."""
    samples: dict[str, list[Sample]] = {name: [] for name in cases}
    for number in range(ROUNDS):
        order = list(cases)[number % len(cases) :] + list(cases)[: number % len(cases)]
        for name in order:
            dsn = databases.create(settings, "case", state)
            samples[name].append(run_case(cases[name], {**environment, "IMPEX_DSN": dsn}))
            databases.drop(settings, "case")
    return samples


def _parsed_tables(dsn: str) -> Iterator[ParsedTable]:
    """Read back what an import has written, table by table in foreign-key order."""
    group = load_group(REPOSITORY / "config" / "groups" / f"{GROUP}.yaml")
    with psycopg.connect(dsn) as connection:
        for name in group.merge_order:
            yield _parsed_table(connection, group.descriptor(name))


def _parsed_table(connection: psycopg.Connection, descriptor: Descriptor) -> ParsedTable:
    columns = ("id", *dict.fromkeys(column.to for column in descriptor.columns))
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT (FORMAT csv)").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier(descriptor.table.schema, descriptor.table.name),
        sql.SQL(", ").join(map(sql.Identifier, descriptor.key)),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        rows = b"".join(bytes(piece) for piece in copy)
    return ParsedTable(
        descriptor.table.schema, descriptor.table.name, columns, descriptor.key, rows
    )
