"""The commands of ``python -m impex``; their exit codes are in ``impex.cli.running``."""

import getpass
import json
import sys
import uuid
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from impex.cli.arguments import parser
from impex.cli.export_tables import export_object, show_export, show_exports
from impex.cli.issue_catalogue import issue_page
from impex.cli.places import GROUPS, resources
from impex.cli.running import DONE, FAILED, REJECTED, run
from impex.cli.tables import (
    console,
    show_report,
    show_rows,
    show_runs,
    show_summary,
)
from impex.config import group_schema, lint, load_group
from impex.config.teams import lint_teams
from impex.domain.errors import ConfigError, Problem
from impex.domain.export_run import ExportReport, ExportRequest, ExportState
from impex.domain.job import Request
from impex.domain.layout import Audience
from impex.domain.report import JobState, RunReport
from impex.files.store import FileStore
from impex.moving import Kind, convert, load_tables
from impex.services.check_tables import check_against_database
from impex.services.export_group import deliver_missing, export_group
from impex.services.import_package import import_package
from impex.services.publish_export import copy_published
from impex.services.publish_export import report_of as export_report
from impex.services.settle import report_of
from impex.storage import exports, reports

_EXIT_CODES = {
    JobState.DONE: DONE,
    JobState.REJECTED: REJECTED,
    JobState.REFUSED: REJECTED,
}
_EXPORT_CODES = {ExportState.DONE: DONE, ExportState.REJECTED: REJECTED}
_LISTED = 20


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    options = parser().parse_args(arguments)
    return run(_COMMANDS[options.command], options)


def _run(options: Namespace) -> int:
    """Import one package."""
    group = load_group(_group_file(options.group))
    group = group.strictly() if options.strict else group
    group = group.letting_go() if options.let_go else group
    if not options.file.is_file():
        raise ConfigError([Problem(str(options.file), "there is no such file")])
    request = Request(requested_by=getpass.getuser(), force=options.force, dry_run=options.dry_run)
    with resources() as opened:
        key = f"uploads/{uuid.uuid4()}/{options.file.name}"
        opened.store.put_file(options.file, key)
        report = import_package(opened, group, key, request)
    return _print_report(options, report)


def _runs(options: Namespace) -> int:
    """List the newest runs, or show one."""
    with resources() as opened:
        if options.id is not None:
            _print_report(options, report_of(opened, options.id))
            return DONE
        with opened.database.transaction() as connection:
            listed = reports.recent_reports(connection, _LISTED)
    if options.json:
        _print_json([report.as_object() for report in listed])
    else:
        show_runs(console(), listed)
    return DONE


def _export(options: Namespace) -> int:
    """Write what a group exports."""
    group = load_group(_group_file(options.group))
    request = ExportRequest(
        requested_by=getpass.getuser(),
        params=_pairs(options.param),
        audience=Audience(options.audience),
        complete=options.complete,
    )
    with resources() as opened:
        report = export_group(opened, group, request)
        if options.out is not None:
            copy_published(opened, report.run.id, FileStore(str(options.out)))
    return _print_export(options, report)


def _exports(options: Namespace) -> int:
    """List the newest exports, or show one."""
    with resources() as opened:
        if options.id is not None:
            report = export_report(opened, options.id)
            with opened.database.transaction() as connection:
                found = list(exports.issues(connection, options.id))
            _print_export(options, report, found)
            return DONE
        with opened.database.transaction() as connection:
            listed = exports.recent(connection, _LISTED)
    if options.json:
        _print_json([export_object(report) for report in listed])
    else:
        show_exports(console(), listed)
    return DONE


def _deliver(options: Namespace) -> int:
    """Copy an export to the targets that have not got it."""
    with resources() as opened:
        report = deliver_missing(opened, options.id)
    return _print_export(options, report)


def _rejects(options: Namespace) -> int:
    """Show the issues of a run."""
    return _print_rows(options, reports.issues)


def _changes(options: Namespace) -> int:
    """Show the change journal of a run, or its summary."""
    if not options.summary:
        return _print_rows(options, reports.changes)
    with resources() as opened:
        report_of(opened, options.id)
        with opened.database.transaction() as connection:
            tables = reports.change_summary(connection, options.id)
    if options.json:
        _print_json(tables)
    else:
        show_summary(console(), tables)
    return DONE


def _lint(options: Namespace) -> int:
    """Check group files, alone or against the database too, and report every fault."""
    groups, problems = lint(options.paths)
    for directory in filter(Path.is_dir, options.paths):
        problems += lint_teams(directory, groups)
    if options.connection:
        with resources() as opened:
            problems += check_against_database(opened, groups.values())
    for problem in problems:
        print(problem)
    if problems:
        print(f"Problems: {len(problems)}", file=sys.stderr)
        return REJECTED
    print(f"Groups: {len(groups)}, problems: none")
    return DONE


def _convert(options: Namespace) -> int:
    """Translate descriptors into a group; tell what could not be translated."""
    name = options.group or options.paths[0].resolve().stem
    done = convert(options.paths, load_tables(options.tables), name, options.out)
    if options.out is None:
        print(done.text, end="")
    elif done.text:
        _write(options.out, done.text)
    for note in done.notes:
        print(note, file=sys.stderr)
    counts = Counter(note.kind for note in done.notes)
    told = ", ".join(f"{kind}: {counts[kind]}" for kind in Kind)
    print(f"Descriptors: {done.count}, {told}", file=sys.stderr)
    return REJECTED if counts[Kind.OPEN] else DONE


def _issues(_: Namespace) -> int:
    """Print the page about issues."""
    print(issue_page(), end="")
    return DONE


def _schema(_: Namespace) -> int:
    """Print the JSON Schema of group files."""
    _print_json(group_schema())
    return DONE


_COMMANDS: dict[str, Callable[[Namespace], int]] = {
    "run": _run,
    "runs": _runs,
    "export": _export,
    "exports": _exports,
    "deliver": _deliver,
    "rejects": _rejects,
    "changes": _changes,
    "lint": _lint,
    "convert-descriptor": _convert,
    "issues": _issues,
    "schema": _schema,
}


def _group_file(name: str) -> Path:
    """Find the YAML file of a group."""
    path = GROUPS / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in GROUPS.glob("*.yaml"))) or "none"
        raise ConfigError(
            [Problem(str(path), f"there is no group {name}.", f"There are: {known}.")]
        )
    return path


def _write(path: Path, text: str) -> None:
    """Write a file, in place of an older one."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise ConfigError([Problem(str(path), f"cannot be written: {error.strerror}.")]) from error


def _print_report(options: Namespace, report: RunReport) -> int:
    """Print a report and return the exit code of its state."""
    if options.json:
        _print_json(report.as_object())
    else:
        show_report(console(), report)
    return _EXIT_CODES.get(report.state, FAILED)


def _print_export(
    options: Namespace, report: ExportReport, issues: Sequence[dict[str, Any]] = ()
) -> int:
    """Print what became of an export and return the exit code of its state."""
    if options.json:
        _print_json(export_object(report, issues))
    else:
        show_export(console(), report, issues)
    return _EXPORT_CODES.get(report.run.state, FAILED)


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    """Read ``name=value`` texts."""
    pairs = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            problem = Problem(f"--param {text}", "has no value.", "Write --param name=value.")
            raise ConfigError([problem])
        pairs[name] = value
    return pairs


def _print_rows(options: Namespace, read: Callable[[Any, int], Iterable[dict[str, Any]]]) -> int:
    """Print rows of a run, as they stream in."""
    with resources() as opened:
        report_of(opened, options.id)
        with opened.database.transaction() as connection:
            rows = read(connection, options.id)
            if options.json:
                for row in rows:
                    print(json.dumps(row, ensure_ascii=False, default=str))
            else:
                show_rows(console(), rows)
    return DONE


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
