"""What must hold between exporters: flags that are raised and taken, no loops, no doubts."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from impex.config.findings import shown
from impex.config.suggestions import suggest
from impex.domain.file_name import fields
from orders.config.exporter_assembly import conditions_of
from orders.config.exporter_draft import Draft
from orders.config.exporter_models import ExporterModel
from orders.domain.chain import loop_of
from orders.domain.states import Flag

_OF_THE_MACHINE: Final = tuple(flag.value for flag in Flag)


class _Taker(NamedTuple):
    """An exporter that takes flags, as far as its options can be understood."""

    draft: Draft
    model: ExporterModel


def check_chain(drafts: Sequence[Draft]) -> None:
    """Complain about exporters that make no chain together, each in its own file.

    All of them count for what leads where. Who takes what is asked of those that are enabled only,
    so that an exporter may be switched off and another one take its place.
    """
    _check_flags(drafts)
    _check_loops(drafts)
    takers = [_Taker(d, d.model) for d in drafts if d.model is not None and d.model.enabled]
    for taker in takers:
        others = [other for other in takers if other is not taker]
        rivals = [other for other in others if other.model.flag == taker.model.flag]
        _check_priority(taker, rivals)
        _check_reach(taker, rivals)
        _check_name(taker, others)


def _check_flags(drafts: Sequence[Draft]) -> None:
    raised = [*_OF_THE_MACHINE, *(draft.next_flag for draft in drafts if draft.next_flag)]
    taken = [draft.flag for draft in drafts if draft.flag]
    for draft in drafts:
        if draft.flag and draft.flag not in raised:
            what = f"Nothing raises the flag {shown(draft.flag)}."
            draft.complaints.add(("flag",), what, suggest(draft.flag, raised))
        if draft.next_flag in _OF_THE_MACHINE:
            what = f"{shown(draft.next_flag)} is what the life cycle says of an order."
            hint = "Give the flag that follows a name of its own."
            draft.complaints.add(("next_flag",), what, hint)
        elif draft.next_flag and draft.next_flag not in taken:
            own = [flag for flag in taken if flag not in _OF_THE_MACHINE]
            what = f"No exporter takes the flag {shown(draft.next_flag)}."
            hint = suggest(draft.next_flag, own) or "Write an exporter of it, or remove it."
            draft.complaints.add(("next_flag",), what, hint)


def _check_loops(drafts: Sequence[Draft]) -> None:
    for draft in drafts:
        loop = loop_of(draft, drafts) if draft.flag else []
        if loop:
            way = " → ".join([*(f"{hop.flag} → {hop.name}" for hop in loop), draft.flag])
            what = f"The flags lead back to where they came from: {way}."
            draft.complaints.add(("next_flag",), what, "Name another flag in one of them.")


def _check_priority(taker: _Taker, rivals: Iterable[_Taker]) -> None:
    """Complain if it is not known which of several exporters takes something."""
    conditions = conditions_of(taker.model)
    names = [
        other.draft.name
        for other in rivals
        if other.model.priority == taker.model.priority
        and conditions.overlaps(conditions_of(other.model))
    ]
    if names:
        what = f"{_listed(names)} may take the same with the same priority {taker.model.priority}."
        hint = "Give them different ones, or conditions in `when` that exclude each other."
        taker.draft.complaints.add(_place_of_priority(taker), what, hint)


def _check_reach(taker: _Taker, rivals: Iterable[_Taker]) -> None:
    """Complain if another one that comes first takes all that it could."""
    conditions = conditions_of(taker.model)
    names = [
        other.draft.name
        for other in rivals
        if other.model.priority < taker.model.priority
        and conditions_of(other.model).covers(conditions)
    ]
    if names:
        what = f"Nothing ever comes here: all of it is taken before, by {_listed(names)}."
        hint = "Give it a smaller `priority`, or the other one more conditions in `when`."
        taker.draft.complaints.add(_place_of_priority(taker), what, hint)


def _check_name(taker: _Taker, others: Iterable[_Taker]) -> None:
    """Complain if another exporter may write a file of the same name into the same place."""
    file = taker.model.target.file
    if file is None or {"exporter", "delivery"} & fields(file.name):
        return
    tells_flags = bool({"flag", "seq"} & fields(file.name))
    names = [
        other.draft.name
        for other in others
        if other.model.target.file == file
        and not (tells_flags and other.model.flag != taker.model.flag)
    ]
    if names:
        what = f"{_listed(names)} may write files of the same names into the same place."
        taker.draft.complaints.add(("target", "file", "name"), what, "Write {exporter} in `name`.")


def _place_of_priority(taker: _Taker) -> tuple[str]:
    return ("priority",) if "priority" in taker.model.model_fields_set else ("flag",)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(shown(name) for name in names)
