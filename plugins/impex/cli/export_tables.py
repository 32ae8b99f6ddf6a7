"""Exports as people and programs read them in a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from impex.cli.tables import show_rows
from impex.domain.export_run import ExportReport, Piece


def export_object(report: ExportReport, issues: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return an export as one JSON object."""
    run = report.run
    return {
        "export": run.id,
        "state": run.state.value,
        "group": run.group_name,
        "requested_by": run.requested_by,
        "params": dict(run.params),
        "complete": run.complete,
        "begun": run.created_at.isoformat(),
        "published": run.published_at.isoformat() if run.published_at else None,
        "finished": run.finished_at.isoformat() if run.finished_at else None,
        "archive": _piece(run.archive) if run.archive else None,
        "exports": [
            {
                "name": file.export,
                "state": file.state.value,
                "rows": file.rows,
                "rejected": file.rejected,
                "files": [_piece(piece) for piece in file.pieces],
                "message": file.message,
            }
            for file in report.files
        ],
        "delivered": list(report.delivered),
        "messages": list(run.messages),
        "issues": [dict(issue) for issue in issues],
    }


def show_export(
    console: Console, report: ExportReport, issues: Iterable[Mapping[str, Any]] = ()
) -> None:
    """Print one export: its files, then what else there is to say."""
    run = report.run
    title = f"Export {run.id}: {run.group_name}: {run.state.value}"
    console.print(title, markup=False, highlight=False, soft_wrap=True)
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("file", overflow="fold")
    table.add_column("descriptor", overflow="fold")
    table.add_column("rows", justify="right", overflow="fold")
    table.add_column("bytes", justify="right")
    table.add_column("sha256", overflow="fold")
    for file in report.files:
        for piece in file.pieces:
            cells = (piece.name, file.export, f"{piece.rows:,}", f"{piece.bytes:,}", piece.sha256)
            table.add_row(*(Text(cell) for cell in cells))
    if table.row_count:
        console.print(table)
    if report.published:
        folder = report.published[0].key.rpartition("/")[0]
        console.print(f"In the file store: {folder}/", markup=False, highlight=False)
    for note in report.notes:
        console.print(f"- {note}", markup=False)
    for target in report.delivered:
        console.print(f"Delivered to {target}", markup=False, highlight=False)
    show_rows(console, issues)


def show_exports(console: Console, reports: Iterable[ExportReport]) -> None:
    """Print exports, one line each."""
    table = Table(
        "export", "begun (UTC)", "group", "state", "files", "rows", box=SIMPLE, pad_edge=False
    )
    for report in reports:
        run = report.run
        rows = sum(file.rows for file in report.files)
        begun = f"{run.created_at:%Y-%m-%d %H:%M:%S}"
        files = str(len(report.published))
        cells = (str(run.id), begun, run.group_name, run.state.value, files, f"{rows:,}")
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)


def _piece(piece: Piece) -> dict[str, Any]:
    return {
        "name": piece.name,
        "key": piece.key,
        "rows": piece.rows,
        "bytes": piece.bytes,
        "sha256": piece.sha256,
    }
