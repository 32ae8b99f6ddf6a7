"""What other tools do with the files; run by the Python that has them, so nothing of ours is used.

Each case gets a file with the rows of a table and a file of changes. It times the latter alone.
"""

import csv
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.bench import floor
from tests.bench.clock import timed

DSN = os.environ["IMPEX_DSN"]
Load = Callable[[str], object]


def dlt_defaults(before: str, changes: str) -> float:
    """Let dlt merge dictionaries, the way its introduction shows."""

    def rows(path: str) -> Any:
        with Path(path).open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)

    pipeline = _pipeline()

    def load(path: str) -> None:
        pipeline.run(
            rows(path), table_name="peer", write_disposition="merge", primary_key="sku"
        ).raise_on_failed_jobs()

    return _second(load, before, changes)


def dlt_arrow(before: str, changes: str) -> float:
    """Let dlt upsert an Arrow table."""
    arrow: Any = importlib.import_module("pyarrow.csv")
    options = arrow.ParseOptions(newlines_in_values=True)
    pipeline = _pipeline()

    def load(path: str) -> None:
        pipeline.run(
            arrow.read_csv(path, parse_options=options),
            table_name="peer",
            write_disposition={"disposition": "merge", "strategy": "upsert"},
            primary_key="sku",
        ).raise_on_failed_jobs()

    return _second(load, before, changes)


def sling(before: str, changes: str) -> float:
    """Let sling load incrementally by primary key; the start of its program is counted."""
    [place] = importlib.import_module("sling_linux_amd64").__path__
    program = Path(place) / "bin" / "sling-linux-amd64"
    how = ("--mode", "incremental", "--primary-key", "sku")

    def load(path: str) -> None:
        places = ("--src-stream", f"file://{path}", "--tgt-conn", "TARGET")
        done = subprocess.run(
            [str(program), "run", *places, "--tgt-object", "peer.peer", *how],
            env={**os.environ, "TARGET": f"{DSN}?sslmode=disable"},
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise SystemExit(done.stdout + done.stderr)

    return _second(load, before, changes)


def pandas(_: str, changes: str) -> float:
    """Let pandas append to a staging table, then merge it into the loaded table by hand."""
    frames: Any = importlib.import_module("pandas")
    sqlalchemy: Any = importlib.import_module("sqlalchemy")
    engine = sqlalchemy.create_engine(DSN.replace("postgresql:", "postgresql+psycopg:"))
    columns = _header(changes)
    table = floor.CleanTable("bench", "product", columns, ["sku"], changes)

    def load() -> None:
        with psycopg.connect(DSN) as connection:
            floor.create_stage(connection, table)
        frame = frames.read_csv(changes, parse_dates=["released"])
        frame.to_sql(
            "floor",
            engine,
            schema="impex_stage",
            if_exists="append",
            index=False,
            chunksize=10_000,
        )
        with psycopg.connect(DSN) as connection:
            floor.merge_stage(connection, table)

    return timed(load)


def _pipeline() -> Any:
    """Build a dlt pipeline that keeps its state in the file store of this case."""
    os.environ["DLT_DATA_DIR"] = os.environ["IMPEX_FILES"]
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
    dlt: Any = importlib.import_module("dlt")
    destination = dlt.destinations.postgres(DSN)
    return dlt.pipeline("bench", destination=destination, dataset_name="peer")


def _second(load: Load, before: str, changes: str) -> float:
    """Time the second of two loads, with the table as an idle night would leave it."""
    load(before)
    with psycopg.connect(DSN, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return timed(lambda: load(changes))


def _header(path: str) -> list[str]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def _check(table: sql.Identifier, *paths: str) -> None:
    """Fail unless the table has what the files say: every article, and the newest stocks."""
    stocks: dict[str, int] = {}
    for path in paths:
        with Path(path).open(encoding="utf-8", newline="") as file:
            stocks |= {row["sku"]: int(row["stock"]) for row in csv.DictReader(file)}
    query = sql.SQL("SELECT count(*), sum(stock::bigint)::bigint FROM {}").format(table)
    with psycopg.connect(DSN) as connection:
        found = connection.execute(query).fetchone()
    if found != (len(stocks), sum(stocks.values())):
        raise SystemExit(f"wrong result: {found}")


_CASES: dict[str, Callable[[str, str], float]] = {
    "dlt": dlt_defaults,
    "dlt-arrow": dlt_arrow,
    "pandas": pandas,
    "sling": sling,
}

if __name__ == "__main__":
    tool, *files = sys.argv[1:]
    seconds = _CASES[tool](*files)
    schema = ("bench", "product") if tool == "pandas" else ("peer", "peer")
    _check(sql.Identifier(*schema), *files)
    print(json.dumps({"seconds": seconds}))
