"""The whole road of an export in one process: begin, write, publish, deliver.

Airflow walks the same road task by task, see ``impex.orchestration``.
"""

import structlog

from impex.config.frozen import thaw
from impex.domain.errors import DataError, ImpexError
from impex.domain.export_run import ExportReport, ExportRequest
from impex.domain.group import Group
from impex.services.begin_export import begin_export
from impex.services.publish_export import (
    deliver_export,
    finish_export,
    publish_export,
    report_of,
)
from impex.services.resources import Resources

log = structlog.get_logger(__name__)


def export_group(resources: Resources, group: Group, request: ExportRequest) -> ExportReport:
    """Write, publish and deliver what a group exports.

    Returns:
        The report; a target that failed is named there.

    Raises:
        ConfigError: The group has no exports, or they do not fit the tables.
        DataError: A parameter is wrong, or a file was refused that all others are nothing without.
        TransientError: The database or the file store failed before the files were published.
    """
    run = begin_export(resources, group, request)
    try:
        publish_export(resources, run.id)
    finally:
        if report_of(resources, run.id).run.published_at is None:
            finish_export(resources, run.id)
    return deliver_missing(resources, run.id)


def deliver_missing(resources: Resources, export_id: int) -> ExportReport:
    """Copy what an export has published to the targets that have not got it, and end the export.

    Returns:
        The report; a target that failed is named there.

    Raises:
        DataError: There is no such export, or it has published nothing.
    """
    report = report_of(resources, export_id)
    if report.run.published_at is None:
        raise DataError(f"export {export_id} has published nothing")
    for target in thaw(report.run.frozen).publication.targets:
        try:
            deliver_export(resources, export_id, target)
        except ImpexError as fault:
            log.warning("not delivered", export=export_id, place=target, reason=str(fault))
    return finish_export(resources, export_id)
