"""Rules between the descriptors of one group."""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from impex.config.assembly import assemble_descriptors
from impex.config.complaints import Complaints
from impex.config.descriptor_rules import check_descriptor
from impex.config.drafts import DescriptorDraft, GroupDraft
from impex.config.export_rules import check_publication
from impex.config.findings import shown
from impex.config.layout_rules import check_marks
from impex.config.suggestions import suggest
from impex.config.yaml_source import Location
from impex.domain.group import Descriptor, depends_on


def check_group(group: GroupDraft, complaints: Complaints) -> None:
    """Complain about what does not fit in the group."""
    if group.outline:
        check_marks(group.outline.layout, ("layout",), complaints)
    for draft in group.descriptors:
        check_descriptor(draft, group, complaints)
    _check_names(group.descriptors, complaints)
    _check_after(group.descriptors, complaints)
    _check_order(group, complaints)
    _check_dag(group, complaints)
    check_publication(group, complaints)


def _check_dag(group: GroupDraft, complaints: Complaints) -> None:
    """Complain about what starts runs where there is nothing that could run."""
    outline = group.outline
    if outline is None or outline.dag:
        return
    for location, starts in (
        (("schedule",), outline.schedule),
        (("arrival", "on_arrival"), outline.arrival.on_arrival),
        (("publish", "schedule"), outline.publish.schedule),
    ):
        if starts:
            what = f"`{location[-1]}` has no effect with `dag: false`."
            complaints.add(location, what, "Remove one of them.", key=True)


def _check_names(drafts: Sequence[DescriptorDraft], complaints: Complaints) -> None:
    seen: set[str] = set()
    for draft in drafts:
        if draft.name in seen:
            what = f"Two descriptors have the name {shown(draft.name)}."
            complaints.add((*draft.location, "name"), what, "Rename one of them.")
        elif draft.name is not None:
            seen.add(draft.name)


def _check_after(drafts: Sequence[DescriptorDraft], complaints: Complaints) -> None:
    names = [draft.name for draft in drafts if draft.name is not None]
    all_readable = len(names) == len(drafts)
    for draft in drafts:
        for index, name in enumerate(draft.after):
            location = (*draft.location, "after", index)
            if name == draft.name:
                complaints.add(location, "A descriptor cannot come after itself.", "Remove it.")
            elif name not in names and all_readable:
                what = f"There is no descriptor {shown(name)}."
                complaints.add(location, what, suggest(name, names))


def _check_order(group: GroupDraft, complaints: Complaints) -> None:
    """Complain if descriptors wait for each other, by lookups or ``after``."""
    descriptors = assemble_descriptors(group)
    drafts = {draft.name: draft for draft in group.descriptors}
    known = {descriptor.name: descriptor for descriptor in descriptors}
    waits = {d.name: depends_on(d, descriptors) for d in descriptors}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        cycle = _from_the_first(list(reversed(error.args[1]))[1:], list(known))
        first, following = known[cycle[0]], known[cycle[1 % len(cycle)]]
        path = " → ".join(shown(name) for name in (*cycle, cycle[0]))
        what = f"Descriptors wait for each other: {path}."
        hint = "Remove an `after`, or load one of the lookups in a second descriptor."
        complaints.add(_reason(drafts[first.name], first, following), what, hint)


def _from_the_first(cycle: list[str], order: list[str]) -> list[str]:
    start = cycle.index(min(cycle, key=order.index))
    return cycle[start:] + cycle[:start]


def _reason(draft: DescriptorDraft, descriptor: Descriptor, awaited: Descriptor) -> Location:
    """Return the place that makes the descriptor wait for the other one."""
    if awaited.name in descriptor.after:
        return (*draft.location, "after", descriptor.after.index(awaited.name))
    for column in draft.columns:
        lookup = column.model.lookup if column.model else None
        if lookup and lookup.table == str(awaited.table):
            return (*column.location, "lookup")
    return draft.location
