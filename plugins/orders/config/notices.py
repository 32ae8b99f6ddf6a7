"""Loads what people are told by mail from ``config/notices.yaml``."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from impex.config.complaints import Complaints
from impex.config.findings import Findings, shown
from impex.config.suggestions import suggest
from impex.config.user_files import UserFiles
from impex.config.yaml_files import read_file
from impex.config.yaml_source import Items, Location, Value, parse
from impex.domain.errors import ConfigError, DataError
from orders.config.fields import length
from orders.config.notice_models import NoticeModel, NoticesModel
from orders.config.sample_order import SAMPLE_EXPORT, SAMPLE_ORDER
from orders.config.templates import load_template
from orders.domain.lifecycle import RULES
from orders.domain.notice import (
    OVERDUE,
    Audience,
    Letterhead,
    Mailing,
    Notice,
    StuckNotice,
    StuckState,
)
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
    rules = list(_rules(complaints, root.get("notices"), files.templates))
    if model is None or findings:
        raise findings.error()
    return _mailing(model, rules) if model.enabled else None


def _mailing(model: NoticesModel, rules: Sequence[Notice | StuckNotice]) -> Mailing:
    return Mailing(
        connection=model.connection,
        usual=Letterhead(model.sender, model.staff),
        shops={code: Letterhead(shop.sender, shop.staff) for code, shop in model.shops.items()},
        limit_s=length(model.not_older_than).total_seconds(),
        notices=tuple(rule for rule in rules if isinstance(rule, Notice)),
        stuck=tuple(rule for rule in rules if isinstance(rule, StuckNotice)),
    )


def _rules(
    complaints: Complaints, raws: Value | None, templates: Path
) -> Iterator[Notice | StuckNotice]:
    """Yield the rules that have no faults; complain about the others."""
    for index, raw in enumerate(raws if isinstance(raws, Items) else ()):
        location = ("notices", index)
        model = complaints.validate(NoticeModel, raw, location)
        if model is None:
            continue
        if [bool(model.order), bool(model.delivery), bool(model.export)].count(True) != 1:
            what = "A notice is about states of orders, of deliveries or of exports."
            complaints.add(location, what, "Write one of `order`, `delivery` and `export`.")
            continue
        if model.export:
            _check_stuck(complaints, location, model)
            rule: Notice | StuckNotice = StuckNotice(
                model.template, frozenset(model.export), model.overdue
            )
        else:
            rule = _notice(model)
            _check_words(complaints, location, rule)
        _try_template(complaints, (*location, "template"), rule, templates)
        yield rule


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


def _check_stuck(complaints: Complaints, location: Location, model: NoticeModel) -> None:
    """Complain about what does not go with exports."""
    if model.to is not Audience.STAFF:
        complaints.add((*location, "to"), "Only the staff is told of exports.", "Write `staff`.")
    for option, given in {"from": model.source, "after": model.after}.items():
        if given:
            what = f"`{option}` is about moves of orders and deliveries."
            complaints.add((*location, option), what, "Remove it.")
    if model.overdue and {*model.export} != {StuckState.HELD}:
        what = "Only of what is held people are reminded."
        complaints.add((*location, "overdue"), what, "Write `export: held`, or remove it.")


def _try_template(
    complaints: Complaints, location: Location, rule: Notice | StuckNotice, templates: Path
) -> None:
    """Complain about a template that is not there, or that cannot be filled in."""
    try:
        template = load_template(templates, rule.template)
        template.render_letter(_sample(rule))
    except ConfigError as fault:
        for problem in fault.problems:
            complaints.add(location, problem.what, problem.hint)
    except DataError as fault:
        complaints.add(location, f"{fault}.", "See docs/templates.md.")


def _sample(rule: Notice | StuckNotice) -> dict[str, Any]:
    """Return values such as a template will see."""
    if isinstance(rule, StuckNotice):
        exports = [{**SAMPLE_EXPORT, "state": state.value} for state in sorted(rule.states)]
        return {"overdue": rule.overdue, "total": len(exports), "exports": exports}
    of_delivery = rule.machine is Machine.DELIVERY
    return {
        "order": SAMPLE_ORDER,
        "delivery": SAMPLE_ORDER["deliveries"][0] if of_delivery else None,
        "event": {
            "machine": rule.machine.value,
            "trigger": OVERDUE if rule.overdue else "ship",
            "source": "",
            "dest": min(rule.states),
            "at": "2026-11-01T12:00:00+00:00",
            "reason": "",
        },
    }
