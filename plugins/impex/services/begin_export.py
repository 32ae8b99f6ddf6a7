"""Begin an export: what is written is planned and checked, and frozen for the run."""

from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

import structlog

from impex.config.frozen import freeze, thaw
from impex.domain.errors import ConfigError, DataError, Problem
from impex.domain.export import Export
from impex.domain.export_run import ExportRequest, ExportRun
from impex.domain.file_name import file_name
from impex.domain.group import Group
from impex.domain.nesting import Nest, nests
from impex.services.export_content import select_of
from impex.services.export_plan import Ground, selections
from impex.services.resources import Resources
from impex.services.workplace import tables_of
from impex.storage import catalog, exports

log = structlog.get_logger(__name__)


def begin_export(resources: Resources, group: Group, request: ExportRequest) -> ExportRun:
    """Plan what is written; asked again for the same ``request.run_ref``, return the same run.

    Raises:
        ConfigError: The group has no exports, or they do not fit the tables.
        DataError: A parameter is unknown, or makes no name of a file.
        TransientError: The database did not answer.
    """
    if not group.exports:
        hint = "Write `direction: export` or `direction: both` in a descriptor."
        raise ConfigError([Problem(f"group {group.name}", "exports nothing.", hint)])
    request = replace(request, params=_params(group, request.params))
    found = nests(group.exports)
    with tables_of(resources, group) as database, database.transaction() as connection:
        ground = Ground(connection, resources.user_files, request.params)
        made = selections(ground, group.exports)
        for nest in found:
            select = select_of(nest, made, request.audience, resources)
            catalog.describe(connection, select, f"descriptor {nest.export.name}")
    with resources.database.transaction() as connection:
        export_id = exports.insert_export(connection, group.name, freeze(group), request)
        if export_id is not None:
            exports.insert_files(connection, export_id, [nest.export.name for nest in found])
            log.info("export begun", export=export_id, group=group.name, files=len(found))
        else:
            export_id = exports.export_of_run(connection, request.run_ref or "")
        run = exports.existing_export(connection, export_id or 0)
        _check_names(group, run)
    return run


def begun_by(resources: Resources, run_ref: str) -> ExportRun | None:
    """Return the export that a DAG run has begun before."""
    with resources.database.transaction() as connection:
        export_id = exports.export_of_run(connection, run_ref)
        return exports.existing_export(connection, export_id) if export_id is not None else None


def nest_of(run: ExportRun, name: str) -> Nest:
    """Return what a file of a run is made of."""
    return next(nest for nest in nests(thaw(run.frozen).exports) if nest.export.name == name)


def name_of(group: Group, run: ExportRun, export: Export, pattern: str, part: int = 1) -> str:
    """Return the name of a file.

    Raises:
        DataError: A parameter makes it one that must not be.
    """
    facts = {
        **run.params,
        "group": group.name,
        "descriptor": export.name,
        "run": str(run.id),
        "part": str(part),
    }
    try:
        return file_name(pattern, facts, run.created_at.astimezone(ZoneInfo(group.timezone)))
    except ValueError as fault:
        raise DataError(f"{export.name}: what `{pattern}` makes {fault}") from fault


def _params(group: Group, given: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of a run: those given, the others as usual."""
    usual = dict(group.publication.params)
    unknown = [name for name in given if name not in usual]
    if unknown:
        known = ", ".join(usual) or "none"
        raise DataError(f"{group.name} has no parameter {unknown[0]!r}. There are: {known}.")
    for name, text in given.items():
        # PostgreSQL holds no NUL, and UTF-8 no half of a pair.
        if "\0" in text or text != text.encode(errors="ignore").decode():
            raise DataError(f"the parameter {name} has a character that is none: {text!r}")
    return usual | dict(given)


def _check_names(group: Group, run: ExportRun) -> None:
    """Refuse names that no file may have, and two files of one name, before anything is written."""
    if group.publication.archive is not None:
        name_of(group, run, group.exports[0], group.publication.archive)
    names: dict[str, str] = {}
    for nest in nests(group.exports):
        name = name_of(group, run, nest.export, nest.export.file)
        other = names.setdefault(name.lower(), nest.export.name)
        if other != nest.export.name:
            raise DataError(f"{other} and {nest.export.name} would both write the file {name}.")
