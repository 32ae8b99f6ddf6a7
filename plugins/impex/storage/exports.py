"""The books of exports: runs, their files, what was published before."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row, kwargs_row
from psycopg.types.json import Jsonb

from impex.domain.errors import DataError, FencedError
from impex.domain.export_run import (
    ExportFile,
    ExportReport,
    ExportRequest,
    ExportRun,
    ExportState,
    Piece,
    WriteState,
)
from impex.domain.issues import Issue
from impex.domain.layout import Audience
from impex.storage.connection import be_patient
from impex.storage.named_queries import queries
from impex.storage.selection import Since

_SQL = queries("exports")


def insert_export(
    connection: Connection, group: str, frozen: str, request: ExportRequest
) -> int | None:
    """Begin a run and return its number; None if the same DAG run has begun it before."""
    values = {
        "group_name": group,
        "run_ref": request.run_ref,
        "requested_by": request.requested_by,
        "audience": request.audience.value,
        "complete": request.complete,
        "params": Jsonb(dict(request.params)),
        "frozen": frozen,
    }
    row = connection.execute(_SQL["insert_export"], values).fetchone()
    return row[0] if row else None


def export_of_run(connection: Connection, run_ref: str) -> int | None:
    """Return the export that a DAG run has begun."""
    row = connection.execute(_SQL["export_of_run"], {"run_ref": run_ref}).fetchone()
    return row[0] if row else None


def insert_files(connection: Connection, export_id: int, exports: Iterable[str]) -> None:
    """Plan what is written, in that order."""
    with connection.cursor() as cursor:
        rows = [{"export_id": export_id, "export": name} for name in exports]
        cursor.executemany(_SQL["insert_file"], rows)


def existing_export(connection: Connection, export_id: int) -> ExportRun:
    """Return a run.

    Raises:
        DataError: There is none of that number.
    """
    with connection.cursor(row_factory=kwargs_row(_run)) as cursor:
        run = cursor.execute(_SQL["export"], {"id": export_id}).fetchone()
    if run is None:
        raise DataError(f"there is no export {export_id}")
    return run


def lock_export(connection: Connection, run: ExportRun) -> None:
    """Hold a run until the transaction ends.

    Raises:
        FencedError: It is at its end, or another snapshot counts by now.
    """
    _fenced(connection, "lock_export", {"id": run.id, "epoch": run.epoch})
    be_patient(connection)


def files(connection: Connection, export_id: int) -> list[ExportFile]:
    """Return the files of a run, in the order of their plan."""
    with connection.cursor(row_factory=kwargs_row(_file)) as cursor:
        return cursor.execute(_SQL["files"], {"export_id": export_id}).fetchall()


def report(connection: Connection, export_id: int) -> ExportReport:
    """Return what became of a run so far.

    Raises:
        DataError: There is no such run.
    """
    delivered = connection.execute(_SQL["delivered"], {"export_id": export_id})
    return ExportReport(
        existing_export(connection, export_id),
        tuple(files(connection, export_id)),
        tuple(target for (target,) in delivered),
    )


def recent(
    connection: Connection, limit: int, *, group: str | None = None, before: int | None = None
) -> list[ExportReport]:
    """Return the newest runs, newest first; of one group, or before one run, if it is given."""
    values = {"limit": limit, "group_name": group, "before": before}
    ids = connection.execute(_SQL["recent"], values).fetchall()
    return [report(connection, export_id) for (export_id,) in ids]


def issues(connection: Connection, export_id: int) -> Iterable[dict[str, Any]]:
    """Return what is wrong with the rows of a run."""
    with connection.cursor(row_factory=dict_row) as cursor:
        yield from cursor.execute(_SQL["issues"], {"export_id": export_id})


def begin_snapshot(connection: Connection, export_id: int, snapshot: str) -> int:
    """Make a snapshot the one that all files must tell; return its number.

    Raises:
        FencedError: The run is at its end.
    """
    values = {"id": export_id, "snapshot": snapshot}
    row = connection.execute(_SQL["begin_snapshot"], values).fetchone()
    if row is None:
        raise FencedError(f"export {export_id} has its files already")
    return int(row[0])


def end_snapshot(connection: Connection, export_id: int, epoch: int) -> None:
    """Say that a snapshot is not held any more."""
    connection.execute(_SQL["end_snapshot"], {"id": export_id, "epoch": epoch})


def begin_file(connection: Connection, file_id: int, epoch: int) -> None:
    """Say that a transaction sees the snapshot and writes the file.

    Raises:
        FencedError: Another snapshot counts by now.
    """
    _fenced(connection, "begin_file", {"id": file_id, "epoch": epoch})


def finish_file(connection: Connection, file: ExportFile, found: Iterable[Issue]) -> None:
    """Record what was written and what was left out.

    Raises:
        FencedError: Another snapshot counts by now.
    """
    values = {
        "id": file.id,
        "epoch": file.epoch,
        "state": file.state.value,
        "rows": file.rows,
        "rejected": file.rejected,
        "watermark": file.watermark,
        "horizon": file.horizon,
        "pieces": _pieces(file.pieces),
        "message": file.message,
    }
    _fenced(connection, "finish_file", values)
    connection.execute(_SQL["forget_issues"], {"file_id": file.id})
    with connection.cursor() as cursor, cursor.copy(_SQL["insert_issue"]) as copy:
        for i in found:
            copy.write_row((file.id, i.code.value, i.line, i.column, i.value, i.message, i.key))


def publish(
    connection: Connection,
    run: ExportRun,
    published: Sequence[ExportFile],
    archive: Piece | None,
) -> None:
    """Record where the files are published, and the archive that takes all of them.

    Raises:
        FencedError: Another attempt was faster, or another snapshot counts by now.
    """
    packed = Jsonb(asdict(archive)) if archive else None
    values = {"id": run.id, "epoch": run.epoch, "archive": packed}
    _fenced(connection, "publish_export", values)
    for file in published:
        values = {"id": file.id, "pieces": _pieces(file.pieces)}
        connection.execute(_SQL["publish_file"], values)


def move_mark(connection: Connection, group: str, name: str, file: ExportFile) -> None:
    """Remember how far an export was published; ``name`` is ``Export.remembered_as``."""
    values = {
        "group_name": group,
        "export": name,
        "watermark": file.watermark,
        "horizon": file.horizon,
        "export_id": file.export_id,
    }
    connection.execute(_SQL["move_mark"], values)


def mark(connection: Connection, group: str, name: str) -> Since | None:
    """Return how far an export was published by a watermark; None if it was not."""
    row = connection.execute(_SQL["mark"], {"group_name": group, "export": name}).fetchone()
    return Since(row[0], row[1]) if row and row[0] is not None else None


def finish_export(
    connection: Connection, export_id: int, state: ExportState, messages: Sequence[str] = ()
) -> None:
    """End a run; one that is at its end stays as it is."""
    values = {"id": export_id, "state": state.value, "messages": list(messages)}
    connection.execute(_SQL["finish_export"], values)


def deliver(connection: Connection, export_id: int, target: str) -> None:
    """Record that a target has got all files."""
    connection.execute(_SQL["deliver"], {"export_id": export_id, "target": target})


def keep_rows(connection: Connection, table: str, hashes: sql.Composable) -> None:
    """Keep the hashes of the rows of a file aside, until it is published."""
    name = sql.Identifier("impex_stage", table)
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
    connection.execute(sql.SQL("CREATE UNLOGGED TABLE {} AS {}").format(name, hashes))


def take_turn(connection: Connection, export_id: int) -> None:
    """Wait until no other transaction works on the rows of an export; then be the one, to its end."""
    connection.execute(_SQL["take_turn"], {"id": export_id})


def move_rows(connection: Connection, table: str, group: str, export: str) -> None:
    """Make the rows that were kept aside those that were published; do nothing if that is done.

    Where another export was published meanwhile and told a row otherwise, it depends on the reader
    which of the two counts: nothing is remembered of the row, and the next export tells it again.
    """
    name = sql.Identifier("impex_stage", table)
    exists = connection.execute("SELECT to_regclass(%s)", [name.as_string()]).fetchone()
    if exists is None or exists[0] is None:
        return
    connection.execute(
        sql.SQL(
            "MERGE INTO impex.published_row p USING (SELECT * FROM {} ORDER BY row_key) n "
            "ON p.group_name = {group} AND p.export = {export} AND p.row_key = n.row_key "
            "WHEN MATCHED AND p.row_hash <> n.row_hash AND p.row_hash IS DISTINCT FROM n.before "
            "THEN DELETE "
            "WHEN MATCHED AND p.row_hash <> n.row_hash THEN UPDATE SET row_hash = n.row_hash "
            "WHEN NOT MATCHED AND n.before IS NULL THEN INSERT VALUES ({group}, {export}, n.row_key, n.row_hash) "
            "WHEN NOT MATCHED BY SOURCE AND p.group_name = {group} AND p.export = {export} "
            "THEN DELETE"
        ).format(name, group=sql.Literal(group), export=sql.Literal(export))
    )
    connection.execute(sql.SQL("DROP TABLE {}").format(name))


def old_exports(connection: Connection, group: str, ids: Sequence[int], days: int) -> list[int]:
    """Return those of a group's runs that ended longer ago than so many days."""
    values = {"group_name": group, "ids": list(ids), "days": days}
    return [export_id for (export_id,) in connection.execute(_SQL["old_exports"], values)]


def stalled(connection: Connection) -> list[tuple[int, str | None]]:
    """Return number and DAG run of the runs that are not at their end after a day."""
    return connection.execute(_SQL["stalled"]).fetchall()


def orphaned_rows(connection: Connection) -> list[str]:
    """Return the tables of ``keep_rows`` that no run will take."""
    return [name for (name,) in connection.execute(_SQL["orphaned_rows"])]


def _fenced(connection: Connection, query: str, values: dict[str, Any]) -> None:
    if connection.execute(_SQL[query], values).fetchone() is None:
        raise FencedError("another attempt has taken over; nothing was written")


def _pieces(pieces: Iterable[Piece]) -> Jsonb:
    return Jsonb([asdict(piece) for piece in pieces])


def _run(
    *, state: str, audience: str, messages: list[str], archive: dict[str, Any] | None, **values: Any
) -> ExportRun:
    return ExportRun(
        state=ExportState(state),
        audience=Audience(audience),
        messages=tuple(messages),
        archive=Piece(**archive) if archive else None,
        **values,
    )


def _file(*, state: str, pieces: list[dict[str, Any]], **values: Any) -> ExportFile:
    made = tuple(Piece(**piece) for piece in pieces)
    return ExportFile(state=WriteState(state), pieces=made, **values)
