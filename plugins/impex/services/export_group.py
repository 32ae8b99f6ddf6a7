"""The whole road of an export in one process: begin, write, publish, deliver.

Airflow walks the same road task by task, see ``impex.orchestration``.
"""

import structlog

from impex.domain.errors import ImpexError
from impex.domain.export_run import ExportReport, ExportRequest
from impex.domain.group import Group
from impex.services.begin_export import begin_export
from impex.services.publish_export import deliver_export, finish_export, publish_export
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
        for target in group.publication.targets:
            try:
                deliver_export(resources, run.id, target)
            except ImpexError as fault:
                log.warning("not delivered", export=run.id, target=target, reason=str(fault))
    finally:
        report = finish_export(resources, run.id)
    return report
