"""Loads what people are told by mail from ``config/notices.yaml``."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from impex.config.complaints import Complaints
from impex.config.findings import Findings, shown
from impex.config.suggestions import suggest
from impex.config.user_files import UserFiles
from impex.config.yaml_files import read_file
from impex.config.yaml_source import Items, Location, Value, parse
from impex.domain.errors import ConfigError, DataError
from orders.config.fields import length
from orders.config.notice_models import NoticeModel, NoticesModel
from orders.config.sample_order import SAMPLE_ORDER
from orders.config.templates import load_template
from orders.domain.lifecycle import RULES
from orders.domain.notice import OVERDUE, Letterhead, Mailing, Notice
from orders.domain.states import Machine

NOTICES: Final = "notices.yaml"


def load_notices(files: UserFiles) -> Mailing | None:
    """Load what is told, with all templates tried; None if nothing is, or there is no such file.

    Raises:
        ConfigError: The file or a template has faults; all that could be found, also where it is
            not enabled.
    """
    path = files.root / NOTICES
    if not path.exists():
        return None
    findings = Findings(str(path))
    root = parse(read_file(path), findings)
    if root is None:
        raise findings.error()
    complaints = Complaints(root, findings)
    model = complaints.validate(NoticesModel, root)
    notices = tuple(_notices(complaints, root.get("notices"), files.templates))
    if model is None or findings:
        raise findings.error()
    return _mailing(model, notices) if model.enabled else None


def _mailing(model: NoticesModel, notices: tuple[Notice, ...]) -> Mailing:
    return Mailing(
        connection=model.connection,
        usual=Letterhead(model.sender, model.staff),
        shops={code: Letterhead(shop.sender, shop.staff) for code, shop in model.shops.items()},
        limit_s=length(model.not_older_than).total_seconds(),
        notices=notices,
    )


def _notices(complaints: Complaints, raws: Value | None, templates: Path) -> Iterator[Notice]:
    """Yield the rules that have no faults; complain about the others."""
    for index, raw in enumerate(raws if isinstance(raws, Items) else ()):
        location = ("notices", index)
        model = complaints.validate(NoticeModel, raw, location)
        if model is None:
            continue
        if bool(model.order) == bool(model.delivery):
            what = "A notice is about states of orders or of deliveries."
            complaints.add(location, what, "Write either `order` or `delivery`.")
            continue
        notice = _notice(model)
        _check_words(complaints, location, notice)
        _try_template(complaints, (*location, "template"), notice, templates)
        yield notice


def _notice(model: NoticeModel) -> Notice:
    return Notice(
        template=model.template,
        audience=model.to,
        machine=Machine.ORDER if model.order else Machine.DELIVERY,
        states=frozenset(state.value for state in (*model.order, *model.delivery)),
        sources=frozenset(model.source),
        triggers=frozenset(model.after),
        overdue=model.overdue,
    )


def _check_words(complaints: Complaints, location: Location, notice: Notice) -> None:
    """Complain about words that the life cycle does not know, and about moves that it never makes."""
    rules = [rule for rule in RULES[notice.machine] if rule.dest in notice.states]
    known = {
        "from": (notice.sources, {source for rule in rules for source in rule.source}),
        "after": (notice.triggers, {rule.trigger for rule in rules}),
    }
    for option, (given, possible) in known.items():
        for name in sorted(given - possible):
            what = f"{shown(name)} does not lead to {_alternatives(notice.states)}."
            complaints.add((*location, option), what, suggest(name, sorted(possible)))
        if given and notice.overdue:
            what = "What is overdue is told whatever has led to it."
            complaints.add((*location, option), what, "Remove it.")


def _alternatives(words: Iterable[str]) -> str:
    return " or ".join(sorted(words))


def _try_template(
    complaints: Complaints, location: Location, notice: Notice, templates: Path
) -> None:
    """Complain about a template that is not there, or that cannot be filled in."""
    event = {
        "machine": notice.machine.value,
        "trigger": OVERDUE if notice.overdue else "ship",
        "source": "",
        "dest": min(notice.states),
        "at": "2026-11-01T12:00:00+00:00",
        "reason": "",
    }
    of_delivery = notice.machine is Machine.DELIVERY
    delivery = SAMPLE_ORDER["deliveries"][0] if of_delivery else None
    try:
        template = load_template(templates, notice.template)
        template.render_letter({"order": SAMPLE_ORDER, "delivery": delivery, "event": event})
    except ConfigError as fault:
        for problem in fault.problems:
            complaints.add(location, problem.what, problem.hint)
    except DataError as fault:
        complaints.add(location, f"{fault}.", "See docs/templates.md.")
