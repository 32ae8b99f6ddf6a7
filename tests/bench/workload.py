"""What the import benchmarks run on: product files of one size, and the tables they go into."""

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import psycopg
from psycopg import sql

from local.settings import Settings
from tests.bench import databases, products
from tests.bench.floor import CleanTable
from tests.bench.processes import Sample, run_case
from tests.bench.products import File

GROUP = "bench-products"
GROUPS = Path(__file__).parent / "groups"
EMPTY = "empty"
# For work on the benchmarks: BENCH_SHRINK=100 runs them with a hundredth of the rows.
SHRINK = int(os.environ.get("BENCH_SHRINK", "1"))
SMALL, LARGE, HUGE = (rows // SHRINK for rows in (100_000, 1_000_000, 10_000_000))


@contextmanager
def workloads(*sizes: int, kind: type["Workload"] | None = None) -> Iterator[list["Workload"]]:
    """Run a server with empty tables for the length of a benchmark; yield a workload per size."""
    with tempfile.TemporaryDirectory() as scratch, databases.server() as settings:
        with psycopg.connect(databases.create(settings, EMPTY)) as connection:
            connection.execute((Path(__file__).parent / "products.sql").read_bytes())
            for table, column, values in (
                ("brand", "name", products.brands()),
                ("category", "code", products.categories()),
            ):
                connection.execute(
                    sql.SQL("INSERT INTO bench.{} ({}) SELECT unnest(%s::text[])").format(
                        sql.Identifier(table), sql.Identifier(column)
                    ),
                    [values],
                )
        databases.vacuum(settings, EMPTY)
        yield [(kind or Workload)(settings, Path(scratch), rows) for rows in sizes]


class Workload:
    """Product files of so many rows. Files and databases are made when they are first needed.

    Attributes:
        group: The data group that imports them.
        floor_case: The case that imports the clean rows by hand.
    """

    group = GROUP
    floor_case = "floor"

    def __init__(self, settings: Settings, directory: Path, rows: int) -> None:
        """Describe the workload.

        Args:
            settings: Of the server, which has a database ``EMPTY``.
            directory: For the files.
            rows: Of each file; divides by 20.
        """
        self._settings = settings
        self._directory = directory
        self._contents: dict[File, str] = {}
        self.rows = rows

    @cached_property
    def loaded(self) -> str:
        """The name of the database whose table has the rows of ``File.NEW``, imported by us."""
        name = f"loaded_{self.rows}"
        dsn = databases.create(self._settings, name, EMPTY)
        expected = products.fates(File.NEW, self.rows)
        with self._environment(dsn, expected) as environment:
            run_case(self._command(File.NEW), environment)
        databases.vacuum(self._settings, name)
        return name

    def ours(self, file: File) -> Sample:
        """Import a file by command; fail unless each row met its fate and the table is right."""
        with self.lend(self.state(file), products.fates(file, self.rows)) as environment:
            sample = run_case(self._command(file), environment)
            self._compare(file, environment["IMPEX_DSN"])
        return sample

    def floor(self, file: File) -> Sample:
        """Import the good rows of a file by hand."""
        columns, rows = products.CLEAN_COLUMNS, str(self.clean(file))
        table = CleanTable("bench", "product", columns, ["sku"], rows)
        with self.lend(self.state(file)) as environment:
            sample = run_case([self.floor_case, json.dumps([asdict(table)])], environment)
            self._compare(file, environment["IMPEX_DSN"])
        return sample

    def again(self) -> Sample:
        """Import the very bytes that the loaded table was made from."""
        with self.lend(self.loaded, {"read": 0}) as environment:
            return run_case(self._command(File.NEW), environment)

    def rewritten(self, file: File) -> int:
        """Import a file and count the rows of the table that were updated or deleted."""
        with self.lend(self.state(file), products.fates(file, self.rows)) as environment:
            run_case(self._command(file), environment)
            return _rewritten(environment["IMPEX_DSN"])

    @contextmanager
    def lend(
        self, state: str, expected: Mapping[str, int] | None = None
    ) -> Iterator[dict[str, str]]:
        """Lend a copy of a database and an empty file store; yield a case's variables for them.

        Args:
            state: Name of the database.
            expected: Totals that an import must report.
        """
        with (
            databases.copied(self._settings, state) as dsn,
            self._environment(dsn, expected or {}) as environment,
        ):
            yield environment

    def state(self, file: File) -> str:
        """Return the name of the database that a file goes into."""
        return EMPTY if file is File.NEW else self.loaded

    def sent(self, file: File) -> Path:
        """Return the file as a shop would send it."""
        return self._made(f"products-{self.rows}-{file.name.lower()}.csv", products.write, file)

    def clean(self, file: File) -> Path:
        """Return the good rows of a file with resolved ids."""
        return self._made(f"clean-{self.rows}-{file.name.lower()}.csv", products.write_clean, file)

    def _made(self, name: str, write: Callable[[Path, File, int], None], file: File) -> Path:
        """Return a file that is written when it is first asked for."""
        path = self._directory / name
        if not path.exists():
            write(path, file, self.rows)
            os.sync()  # not while something is measured
        return path

    def _command(self, file: File) -> list[str]:
        return ["command", self.group, str(self.sent(file))]

    @contextmanager
    def _environment(self, dsn: str, expected: Mapping[str, int]) -> Iterator[dict[str, str]]:
        """Lend a file store; yield the variables of a case."""
        with tempfile.TemporaryDirectory(dir=self._directory) as files:
            yield {
                "IMPEX_DSN": dsn,
                "IMPEX_FILES": files,
                "IMPEX_GROUPS": str(GROUPS),
                "EXPECTED": json.dumps(expected),
            }

    def _compare(self, file: File, dsn: str) -> None:
        """Fail unless every import of a file leaves the same rows, ours and the floor's."""
        row = sql.SQL(", ").join(map(sql.Identifier, products.CLEAN_COLUMNS))
        with psycopg.connect(dsn) as connection:
            found = connection.execute(
                sql.SQL(
                    "SELECT count(*) || ' ' || sum(hashtextextended(ROW({})::text, 0)) "
                    "FROM bench.product"
                ).format(row)
            ).fetchone()
        contents = str(found[0] if found else "")
        if self._contents.setdefault(file, contents) != contents:
            raise RuntimeError(f"{file.value}: the table differs from that of another import")


def _rewritten(dsn: str) -> int:
    """Read PostgreSQL's own count; a session adds to it as late as it ends."""
    others = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    query = (
        "SELECT n_tup_upd + n_tup_del FROM pg_stat_user_tables "
        "WHERE relid = 'bench.product'::regclass"
    )
    with psycopg.connect(dsn, autocommit=True) as connection:
        while connection.execute(others).fetchone() != (0,):
            time.sleep(0.1)
        [count] = connection.execute(query).fetchone() or [0]
    return int(count)
