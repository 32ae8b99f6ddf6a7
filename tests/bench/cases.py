"""What the benchmarks' child processes do. Imports and input are ready before the clock starts."""

import contextlib
import io
import json
import os
import pickle
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from impex.cli.commands import main


@dataclass(frozen=True, slots=True)
class ParsedTable:
    """A table's rows as a parser could have left them: clean, with resolved ids, as CSV."""

    schema: str
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    rows: bytes


def run_command(*arguments: str) -> None:
    """Time `python -m impex run …` without the start of the interpreter."""
    output = io.StringIO()

    def command() -> None:
        with contextlib.redirect_stdout(output):
            code = main(["run", *arguments, "--json"])
        if code not in (0, 1):
            raise SystemExit(f"exit code {code}: {output.getvalue()}")

    seconds = _timed(command)
    totals = json.loads(output.getvalue())["totals"]
    expected = (int(os.environ["EXPECTED_ROWS"]), int(os.environ.get("EXPECTED_REJECTS", "0")))
    if (totals["read"], totals["rejected"]) != expected:
        raise SystemExit(f"wrong result: {totals}")
    _print(seconds)


def copy_and_merge(parsed: str) -> None:
    """Time the hand-written floor: COPY and one MERGE per table, a transaction each."""
    tables: list[ParsedTable] = pickle.loads(Path(parsed).read_bytes())  # noqa: S301 - our own file

    def floor() -> None:
        with psycopg.connect(os.environ["IMPEX_DSN"], autocommit=True) as connection:
            for table in tables:
                with connection.transaction():
                    _copy_and_merge(connection, table)

    _print(_timed(floor))


def _copy_and_merge(connection: psycopg.Connection, table: ParsedTable) -> None:
    target = sql.Identifier(table.schema, table.name)
    names = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    others = [c for c in table.columns if c not in (*table.key, "id")]
    connection.execute(
        sql.SQL("CREATE TEMP TABLE s ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0").format(
            names, target
        )
    )
    with (
        connection.cursor() as cursor,
        cursor.copy(sql.SQL("COPY s ({}) FROM STDIN (FORMAT csv)").format(names)) as copy,
    ):
        copy.write(table.rows)
    changed = sql.SQL(" OR ").join(
        sql.SQL("t.{0} IS DISTINCT FROM s.{0}").format(sql.Identifier(c)) for c in others
    )
    update = sql.SQL("WHEN MATCHED AND ({}) THEN UPDATE SET {}").format(
        changed,
        sql.SQL(", ").join(sql.SQL("{0} = s.{0}").format(sql.Identifier(c)) for c in others),
    )
    connection.execute(
        sql.SQL(
            "MERGE INTO {target} t USING s ON {match} {update} WHEN NOT MATCHED THEN "
            "INSERT ({names}) OVERRIDING SYSTEM VALUE VALUES ({values})"
        ).format(
            target=target,
            match=sql.SQL(" AND ").join(
                sql.SQL("t.{0} = s.{0}").format(sql.Identifier(c)) for c in table.key
            ),
            update=update if others else sql.SQL(""),
            names=names,
            values=sql.SQL(", ").join(sql.Identifier("s", c) for c in table.columns),
        )
    )


def _timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _print(seconds: float) -> None:
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    {"command": run_command, "floor": copy_and_merge}[sys.argv[1]](*sys.argv[2:])
