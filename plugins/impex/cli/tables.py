"""Reports as people read them in a terminal."""

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from impex.domain.report import Counts, RunReport

FATES = tuple(Counts.__dataclass_fields__)
_RARE = ("deleted", "absent")
_CHANGES = ("inserted", "updated", "deleted")
_PIPED_WIDTH = 200


def console() -> Console:
    """Return where to print; what is piped or kept in a file is not cut to a terminal's width."""
    return Console() if sys.stdout.isatty() else Console(width=_PIPED_WIDTH)


def show_report(console: Console, report: RunReport) -> None:
    """Print one run: its files with the fates of their rows, then what else there is to say."""
    dry = ", dry run" if report.dry_run else ""
    title = f"Run {report.run}: {report.package} → {report.group}{dry}: {report.state.value}"
    console.print(title, markup=False, highlight=False, soft_wrap=True)
    if report.files:
        console.print(_table_of_files(report))
    for note in report.notes:
        console.print(f"- {note}", markup=False)
    if report.dry_run and report.files:
        console.print(
            f"Nothing was changed. What would be: python -m impex changes {report.run} --summary",
            markup=False,
        )
    if report.totals.rejected:
        console.print(
            f"What is wrong with the rejected rows: python -m impex rejects {report.run}\n"
            f"The rows themselves, to be mended: rejects/{report.run}/ in the file store",
            markup=False,
        )


def _table_of_files(report: RunReport) -> Table:
    """Lay out the files with their fates; deletions are left out where there are none."""
    totals = report.totals.by_fate()
    fates = [fate for fate in FATES if fate not in _RARE or totals[fate]]
    table = Table(show_footer=True, box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("file", "total", overflow="fold")
    table.add_column("descriptor", overflow="fold")
    for fate in fates:
        table.add_column(fate, f"{totals[fate]:,}", justify="right", no_wrap=True)
    for file in report.files:
        counts = file.counts.by_fate()
        names = Text(file.name), Text(file.descriptor)
        table.add_row(*names, *(f"{counts[fate]:,}" for fate in fates))
    return table


def show_runs(console: Console, reports: Iterable[RunReport]) -> None:
    """Print runs, one line each."""
    table = Table(
        "run", "started (UTC)", "group", "package", "state", "rows", box=SIMPLE, pad_edge=False
    )
    for report in reports:
        counts = report.totals.by_fate().items()
        rows = ", ".join(f"{count:,} {fate}" for fate, count in counts if count)
        started = f"{report.started:%Y-%m-%d %H:%M:%S}"
        state = report.state.value + (" (dry run)" if report.dry_run else "")
        cells = (str(report.run), started, report.group, report.package, state, rows)
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)


def show_rows(console: Console, rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows of any columns; one block per row, so that long values stay readable."""
    for row in rows:
        pairs = (f"{name}: {_text(value)}" for name, value in row.items() if value not in ("", {}))
        _print_line(console, "\n  ".join(pairs))


def show_summary(console: Console, tables: Iterable[Mapping[str, Any]]) -> None:
    """Print what a run changed: counts by table, then a few changes of each column."""
    for table in tables:
        counts = ", ".join(f"{table[fate]:,} {fate}" for fate in _CHANGES if table[fate])
        _print_line(console, f"{table['table']}: {counts}")
        for column in table["columns"]:
            _print_line(console, f"  {column['column']}: {column['rows']:,} changed")
            for sample in column["samples"]:
                key = ", ".join(f"{name}={value}" for name, value in sample["key"].items())
                before, after = (_json(sample[name]) for name in ("before", "after"))
                _print_line(console, f"    {key}: {before} → {after}")


def _print_line(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _text(value: object) -> str:
    return _json(value) if isinstance(value, dict) else str(value)
