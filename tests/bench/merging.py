"""The MERGE of an import alone, by the product's statement and by one that keeps no journal."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg import Connection, Cursor, sql

from impex.cli.places import GROUPS
from impex.config import load_group
from impex.domain.group import Descriptor, Group
from impex.domain.job import Request
from impex.files.store import FileStore
from impex.services.import_package import import_package
from impex.services.resources import Resources
from tests.bench import floor
from tests.bench.clock import timed
from tests.bench.watching import Watch, watched


def merge_with_journal(name: str, file: str) -> float:
    """Time the product's own statement, in the middle of an import."""
    spent = []

    @contextmanager
    def watch(text: str, _: Connection[Any]) -> Iterator[None]:
        start = time.perf_counter()
        yield
        if _is_merge(text):
            spent.append(time.perf_counter() - start)

    _import(load_group(GROUPS / f"{name}.yaml"), Path(file), watch)
    [seconds] = spent
    return seconds


def merge_without_journal(name: str, file: str) -> float:
    """Time a MERGE of the same rows that only writes the target, just before the product's own."""
    spent = []
    group = load_group(GROUPS / f"{name}.yaml")
    [descriptor] = group.descriptors

    @contextmanager
    def watch(text: str, connection: Connection[Any]) -> Iterator[None]:
        if _is_merge(text):
            with connection.transaction(force_rollback=True):
                spent.append(_merge(descriptor, Cursor(connection)))
        yield

    _import(group, Path(file), watch)
    [seconds] = spent
    return seconds


def _is_merge(text: str) -> bool:
    return "MERGE INTO" in text


def _import(group: Group, path: Path, watch: Watch) -> None:
    with watched(os.environ["IMPEX_DSN"], watch) as database:
        resources = Resources(FileStore(os.environ["IMPEX_FILES"]), database)
        key = f"uploads/bench/{path.name}"
        resources.store.put_file(path, key)
        import_package(resources, group, key, Request("bench"))


def _merge(descriptor: Descriptor, cursor: Cursor[Any]) -> float:
    """Merge the delta, in which a looked-up value is called r<n> and any other c<n>."""
    cells = [
        sql.SQL("{} AS {}").format(
            sql.Identifier(f"{'r' if column.lookup else 'c'}{number}"), sql.Identifier(column.to)
        )
        for number, column in enumerate(descriptor.columns, 1)
    ]
    cursor.execute(
        sql.SQL("CREATE TEMP VIEW plain AS SELECT {} FROM delta").format(sql.SQL(", ").join(cells))
    )
    target, columns = descriptor.table, [column.to for column in descriptor.columns]
    table = floor.CleanTable(target.schema, target.name, columns, descriptor.key, rows="")
    statement = floor.merge(table, sql.Identifier("plain"))
    return timed(lambda: cursor.execute(statement))
