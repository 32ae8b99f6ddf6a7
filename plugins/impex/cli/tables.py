"""Reports as people read them in a terminal."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from impex.domain.report import Counts, RunReport

FATES = tuple(Counts.__dataclass_fields__)


def report_object(report: RunReport) -> dict[str, Any]:
    """Return a report as one JSON object."""
    return {
        "run": report.run,
        "state": report.state.value,
        "group": report.group,
        "package": report.package,
        "dry_run": report.dry_run,
        "started": report.started.isoformat(),
        "finished": report.finished.isoformat() if report.finished else None,
        "totals": report.totals.by_fate(),
        "files": [
            {
                "name": file.name,
                "descriptor": file.descriptor,
                "state": file.state.value,
                **file.counts.by_fate(),
                "message": file.message,
                "absent_columns": list(file.absent),
            }
            for file in report.files
        ],
        "messages": list(report.messages),
    }


def show_report(console: Console, report: RunReport) -> None:
    """Print one run: its files with the fates of their rows, then what else there is to say."""
    dry = ", dry run" if report.dry_run else ""
    title = f"Run {report.run}: {report.package} → {report.group}{dry}: {report.state.value}"
    table = Table(title=title, title_justify="left", show_footer=True, box=SIMPLE)
    table.add_column("file", "total", overflow="fold")
    table.add_column("descriptor", overflow="fold")
    totals = report.totals.by_fate()
    for fate in FATES:
        table.add_column(fate, f"{totals[fate]:,}", justify="right", no_wrap=True)
    for file in report.files:
        counts = file.counts.by_fate()
        table.add_row(file.name, file.descriptor, *(f"{counts[fate]:,}" for fate in FATES))
    if report.files:
        console.print(table)
    else:
        console.print(title, markup=False)
    notes = [note for file in report.files for note in file.notes]
    for note in (*report.messages, *notes):
        console.print(f"- {note}", markup=False)
    if report.totals.rejected:
        hint = f"What is wrong with the rejected rows: python -m impex rejects {report.run}"
        console.print(hint, markup=False)


def show_runs(console: Console, reports: Iterable[RunReport]) -> None:
    """Print runs, one line each."""
    table = Table("run", "started (UTC)", "group", "package", "state")
    for fate in FATES:
        table.add_column(fate, justify="right")
    for report in reports:
        counts = (f"{count:,}" for count in report.totals.by_fate().values())
        started = f"{report.started:%Y-%m-%d %H:%M:%S}"
        state = report.state.value + (" (dry run)" if report.dry_run else "")
        table.add_row(str(report.run), started, report.group, report.package, state, *counts)
    console.print(table)


def show_rows(console: Console, rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows of any columns; one block per row, so that long values stay readable."""
    for row in rows:
        pairs = (f"{name}: {_text(value)}" for name, value in row.items() if value not in ("", {}))
        console.print("\n  ".join(pairs), markup=False, highlight=False, soft_wrap=True)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
