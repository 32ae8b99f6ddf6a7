"""Turns the validated options of a file into an exporter."""

from decimal import Decimal

from orders.config.exporter_models import ApprovalModel, ExporterModel, FormatModel
from orders.config.fields import length
from orders.config.target_models import EmailModel, HttpModel, TargetModel
from orders.domain.conditions import CRITERIA, Amounts, Conditions
from orders.domain.destination import Destination, Email, File, Http, Manual, Python, Table
from orders.domain.exporter import Approval, Exporter, GroupExport, Template
from orders.domain.outbox import Retry


def assemble_exporter(name: str, model: ExporterModel) -> Exporter:
    """Return the exporter of options that have passed all rules."""
    asked = ApprovalModel() if model.target.manual else None
    retry = model.retry
    return Exporter(
        name=name,
        flag=model.flag,
        destination=_destination(model.target),
        title=model.title,
        enabled=model.enabled,
        next_flag=model.next_flag or "",
        priority=model.priority,
        when=conditions_of(model),
        split=model.split,
        batch=model.batch,
        approval=_approval(model.approval or asked),
        format=_format(model.format),
        retry=Retry(retry.attempts, length(retry.first), length(retry.longest)),
        rate=model.rate,
        acknowledge_within=length(model.acknowledge_within) if model.acknowledge_within else None,
    )


def conditions_of(model: ExporterModel) -> Conditions:
    """Return what an exporter takes; a mail to suppliers alone only what is of those with one."""
    when, email = model.when, model.target.email
    values = {criterion: getattr(when, criterion) for criterion in CRITERIA}
    if email is not None and not email.to:
        values["supplier"] = when.supplier or tuple(email.suppliers)
    total = when.total
    amounts = Amounts(total.at_least or Decimal(0), total.below) if total else Amounts()
    return Conditions(**values, total=amounts)


def _approval(model: ApprovalModel | None) -> Approval | None:
    if model is None:
        return None
    after = length(model.after) if model.after else None
    remind = length(model.remind) if model.remind else None
    return Approval(model.per, model.default, after, remind)


def _format(model: FormatModel | None) -> GroupExport | Template | None:
    if model is None:
        return None
    if model.template:
        return Template(model.template)
    return GroupExport(model.group or "", model.export or "")


def _destination(target: TargetModel) -> Destination:
    if target.file is not None:
        return File(target.file.place, target.file.name)
    if target.email is not None:
        return _email(target.email)
    if target.http is not None:
        return _http(target.http)
    if target.table is not None:
        return Table(target.table.name, target.table.connection or "")
    if target.python is not None:
        return Python(target.python)
    return Manual()


def _email(model: EmailModel) -> Email:
    return Email(
        connection=model.connection,
        sender=model.sender,
        subject=model.subject,
        to=model.to,
        suppliers=model.suppliers,
        attach=model.attach,
    )


def _http(model: HttpModel) -> Http:
    return Http(
        connection=model.connection,
        path=model.path,
        method=model.method,
        timeout=length(model.timeout),
        repeatable=model.repeatable,
        probe=model.probe or "",
    )
