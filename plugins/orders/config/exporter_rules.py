"""What goes together in the file of an exporter, and what else it names must exist."""

from typing import Any, Final

from impex.config import load_group
from impex.config.complaints import Complaints
from impex.config.findings import shown
from impex.config.suggestions import suggest
from impex.config.user_files import UserFiles, transform_fault
from impex.config.yaml_source import Location
from impex.domain.errors import ConfigError, DataError
from impex.domain.file_name import fields, fields_fault, pattern_fault
from orders.config.choices import check_choice
from orders.config.exporter_models import ExporterModel, FormatModel
from orders.config.fields import length
from orders.config.group_exports import group_file, pattern_of
from orders.config.sample_order import SAMPLE_ORDER
from orders.config.target_models import EmailModel
from orders.config.templates import load_template
from orders.domain.exporter import Batch, Split, Unanswered

_OF_MESSAGES: Final = ("format", "split", "batch", "retry", "rate", "acknowledge_within")
_TIMEOUT_S: Final = (10, 60)


def check_exporter(exporter: ExporterModel, complaints: Complaints) -> None:
    """Complain about options that do not go together, not without others, or name nothing."""
    check_choice(complaints, "target", exporter.target, "For example `manual: true`.")
    _check_total(exporter, complaints)
    _check_approval(exporter, complaints)
    _check_messages(exporter, complaints)
    _check_format(exporter, complaints)
    _check_file(exporter, complaints)
    _check_email(exporter, complaints)
    _check_times(exporter, complaints)
    if exporter.target.python:
        targets = UserFiles.beside(complaints.directory).targets
        fault = transform_fault(exporter.target.python, targets)
        if fault is not None:
            complaints.add(("target", "python"), *fault)


def _check_total(exporter: ExporterModel, complaints: Complaints) -> None:
    total = exporter.when.total
    if total is None:
        return
    if total.at_least is None and total.below is None:
        complaints.add(("when", "total"), "`total` has no limit.", "Write `from` or `below`.")
    elif total.below is not None and total.below <= (total.at_least or 0):
        what = "`total` holds no amount: `below` must be larger than `from`."
        complaints.add(("when", "total", "below"), what, "Write the larger amount in `below`.")


def _check_approval(exporter: ExporterModel, complaints: Complaints) -> None:
    approval = exporter.approval
    if approval is None:
        return
    rejects = approval.default is Unanswered.REJECT
    if rejects and approval.after is None:
        what = "`default: reject` needs `after`."
        complaints.add(("approval", "default"), what, "For example `after: 3 days`.")
    if approval.after is not None and not rejects:
        what = "`after` has no effect without `default: reject`."
        complaints.add(("approval", "after"), what, "Write it, or remove `after`.", key=True)
    if approval.after and approval.remind and length(approval.remind) >= length(approval.after):
        what = "`remind` must be shorter than `after`, when it is too late."
        complaints.add(("approval", "remind"), what, "Write a shorter time, or remove it.")


def _check_messages(exporter: ExporterModel, complaints: Complaints) -> None:
    """Complain about options that have no effect on messages, or on none at all."""
    if exporter.target.manual:
        for option in _OF_MESSAGES:
            if option in exporter.model_fields_set:
                what = f"`{option}` has no effect with `manual`: nothing is sent."
                complaints.add((option,), what, "Remove it.", key=True)
        if exporter.next_flag is None:
            what = "`manual` without `next_flag` leads nowhere."
            complaints.add(("target", "manual"), what, "Write `next_flag`.", key=True)
    elif exporter.format is None:
        hint = "For example `format: {template: supplier-order.txt}`."
        complaints.add(("target",), "`format` is missing: what do the messages say?", hint)
    elif exporter.batch is Batch.PER_RUN and "split" in exporter.model_fields_set:
        what = "`split` has no effect with `batch: per_run`, which makes one message of all."
        complaints.add(("split",), what, "Remove one of them.", key=True)


def _check_format(exporter: ExporterModel, complaints: Complaints) -> None:
    if exporter.format is None:
        return
    if not _is_whole(exporter.format):
        what = "`format` must have `template` alone, or `group` and `export`."
        complaints.add(("format",), what, "For example `template: supplier-order.txt`.")
    elif exporter.format.template:
        _try_template(exporter, exporter.format.template, complaints)
    else:
        _check_export(exporter, exporter.format, complaints)


def _try_template(exporter: ExporterModel, name: str, complaints: Complaints) -> None:
    """Complain about a template that is not there, or that cannot be filled in."""
    order = SAMPLE_ORDER
    values: dict[str, Any] = {"order": order, "deliveries": order["deliveries"]}
    if exporter.batch is Batch.PER_RUN:
        values = {"orders": [order]}
    try:
        template = load_template(UserFiles.beside(complaints.directory).templates, name)
        template.render({"flag": exporter.flag, **values})
    except ConfigError as fault:
        for problem in fault.problems:
            complaints.add(("format", "template"), problem.what, problem.hint)
    except DataError as fault:
        complaints.add(("format", "template"), f"{fault}.", "See docs/templates.md.")


def _check_export(exporter: ExporterModel, format_: FormatModel, complaints: Complaints) -> None:
    """Complain about an export that is not there, or that makes no message."""
    name, location = str(format_.group), ("format", "group")
    try:
        path = group_file(UserFiles.beside(complaints.directory).groups, name)
        try:
            group = load_group(path)
        except ConfigError:
            what = f"The group {shown(name)} has faults."
            complaints.add(location, what, "`python -m impex lint` tells them.")
            return
        location = ("format", "export")
        pattern = pattern_of(group, str(format_.export))
    except ConfigError as fault:
        for problem in fault.problems:
            complaints.add(location, problem.what, problem.hint)
        return
    if pattern.nest.export.split_rows is not None and exporter.batch is Batch.PER_RUN:
        what = f"{shown(pattern.name)} has `split_rows`: all of a run would be several files."
        complaints.add(("batch",), what, "Remove `batch: per_run`.", key=True)


def _is_whole(format_: FormatModel) -> bool:
    given = bool(format_.group), bool(format_.export), bool(format_.template)
    return given in {(True, True, False), (False, False, True)}


def _check_file(exporter: ExporterModel, complaints: Complaints) -> None:
    """Complain about a name that is none, or that two messages could have."""
    if exporter.target.file is None:
        return
    name, location = exporter.target.file.name, ("target", "file", "name")
    known = _fields_of_messages(exporter)
    if _check_fields(complaints, location, name, known):
        return
    if fault := pattern_fault(name, known):
        complaints.add(location, f"`name` {fault}.", "For example `{order}-{flag}-{seq}.csv`.")
    for field in _needed(exporter):
        if field not in fields(name):
            what = f"Two messages could get one name: `name` has no {{{field}}}."
            complaints.add(location, what, f"Write {{{field}}} in it.")
    if "}{" in name:
        what = "Two messages could get one name: nothing stands between two fields of `name`."
        complaints.add(location, what, "For example `{order}-{seq}.csv`.")


def _check_email(exporter: ExporterModel, complaints: Complaints) -> None:
    email = exporter.target.email
    if email is None:
        return
    location = ("target", "email")
    _check_subject(exporter, email, complaints)
    if not (email.to or email.suppliers):
        complaints.add(location, "Nobody gets these mails.", "Write `to` or `suppliers`.")
    if email.suppliers and "supplier" not in _fields_of_messages(exporter):
        what = "`suppliers` needs messages that are about one supplier."
        hint = "Write `split: supplier` or `split: delivery`."
        complaints.add((*location, "suppliers"), what, hint, key=True)
    if email.to or not email.suppliers:
        return
    for index, supplier in enumerate(exporter.when.supplier):
        if supplier not in email.suppliers:
            what = f"`suppliers` has no address of {shown(supplier)}, which is taken."
            complaints.add(("when", "supplier", index), what, suggest(supplier, email.suppliers))


def _check_subject(exporter: ExporterModel, email: EmailModel, complaints: Complaints) -> None:
    location, known = ("target", "email", "subject"), _fields_of_messages(exporter)
    if _check_fields(complaints, location, email.subject, known):
        return
    if fault := fields_fault(email.subject, known):
        complaints.add(location, f"`subject` {fault}.", "For example `Order {order}`.")


def _check_times(exporter: ExporterModel, complaints: Complaints) -> None:
    retry, http = exporter.retry, exporter.target.http
    if length(retry.first) > length(retry.longest):
        what = "`first` must not be longer than `longest`."
        complaints.add(("retry", "first"), what, "Write a shorter time, or a longer `longest`.")
    if http is not None:
        shortest, longest = _TIMEOUT_S
        if not shortest <= length(http.timeout).total_seconds() <= longest:
            what = f"`timeout` must be from {shortest} to {longest} seconds."
            complaints.add(("target", "http", "timeout"), what, "For example `30 s`.")


def _check_fields(
    complaints: Complaints, location: Location, pattern: str, known: list[str]
) -> bool:
    """Complain about fields that messages do not have, and tell whether there were any."""
    strange = sorted(fields(pattern) - set(known))
    for field in strange:
        what = f"The messages of this exporter have no {{{field}}}."
        complaints.add(location, what, suggest(field, known))
    return bool(strange)


def _fields_of_messages(exporter: ExporterModel) -> list[str]:
    """Return what may stand in braces: what is one thing for all that a message is about."""
    always = ["exporter", "flag", "run", "date"]
    if exporter.batch is Batch.PER_RUN:
        return always
    return [*_OF_SPLIT[exporter.split], *always]


def _needed(exporter: ExporterModel) -> list[str]:
    """Return the fields that tell one message from all others."""
    if exporter.batch is Batch.PER_RUN:
        return ["run"]
    own = [] if exporter.split is Split.ORDER else [str(exporter.split)]
    return ["order", "seq", *own]


_OF_SPLIT: Final = {
    Split.ORDER: ("order", "seq"),
    Split.SUPPLIER: ("order", "seq", "supplier"),
    Split.DELIVERY: ("order", "seq", "supplier", "delivery"),
}
