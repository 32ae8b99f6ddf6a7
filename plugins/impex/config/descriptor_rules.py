"""Rules between the options, keys and columns of one descriptor."""

from impex.config.assembly import direction_of
from impex.config.column_rules import check_column, check_transform, written
from impex.config.complaints import Complaints
from impex.config.drafts import ColumnDraft, DescriptorDraft, GroupDraft
from impex.config.export_rules import check_direction
from impex.config.findings import shown
from impex.config.layout_rules import check_layout
from impex.config.suggestions import suggest
from impex.domain.column import OnEmpty, OnMissing
from impex.domain.export import Direction
from impex.domain.group import Mode, OnAbsent
from impex.domain.policy import OnError


def check_descriptor(draft: DescriptorDraft, group: GroupDraft, complaints: Complaints) -> None:
    """Complain about what does not fit inside one descriptor."""
    exported = draft.outline is not None and direction_of(draft.outline) is Direction.EXPORT
    for column in draft.columns:
        check_column(column, complaints, exported=exported)
    if draft.outline:
        check_transform(draft.outline.transform, draft.location, complaints)
    check_direction(draft, group, complaints)
    if exported:
        check_layout(draft, group, complaints)
        return
    _check_targets(draft, complaints)
    _check_key(draft, complaints)
    _check_reject_limit(draft, complaints)
    _check_full_feed(draft, complaints)
    _check_explode(draft, complaints)
    check_layout(draft, group, complaints)


def _check_targets(draft: DescriptorDraft, complaints: Complaints) -> None:
    """Several columns may share a target only with different languages."""
    seen: dict[str, list[str | None]] = {}
    for column in draft.columns:
        if column.to is None:
            continue
        languages = seen.setdefault(column.to, [])
        if column.language in languages:
            what = f"{shown(column.to)} is filled twice"
            what += f" with the language {column.language}." if column.language else "."
            complaints.add(column.location, what, "Keep one of the columns.")
        elif languages and None in (*languages, column.language):
            what = f"{shown(column.to)} is filled with and without a language."
            complaints.add(column.location, what, "Give every one of its columns a `language`.")
        languages.append(column.language)
    for column in draft.columns:
        currency = column.model.currency_to if column.model else None
        if currency in seen:
            what = f"{shown(currency)} is filled twice."
            location = (*column.location, "currency_to")
            complaints.add(location, what, "Keep one of the columns.", key=True)
        elif currency:
            seen[currency] = [None]


def _check_key(draft: DescriptorDraft, complaints: Complaints) -> None:
    targets: dict[str, ColumnDraft] = {}
    for column in draft.columns:
        if column.to is not None:
            targets.setdefault(column.to, column)
    unreadable = any(column.to is None for column in draft.columns)
    for index, name in enumerate(draft.key):
        location = (*draft.location, "key", index)
        if name in draft.key[:index]:
            complaints.add(location, f"The key names {shown(name)} twice.", "Keep one of them.")
        elif name in targets:
            _check_key_column(targets[name], complaints)
        elif draft.columns and not unreadable:
            what = f"The key column {shown(name)} is not among the columns."
            complaints.add(location, what, suggest(name, targets))


def _check_key_column(draft: ColumnDraft, complaints: Complaints) -> None:
    """A key is never empty and never translated."""
    if draft.language is not None:
        what = f"The key column {shown(str(draft.to))} cannot be a translated text."
        complaints.add((*draft.location, "language"), what, "Use an untranslated column.", key=True)
    column = draft.model
    if column is None:
        return
    options = written(column)
    if column.on_empty is not OnEmpty.ERROR and options & {"on_empty", "default"}:
        what = f"The key column {shown(column.to)} cannot be empty."
        option = "on_empty" if "on_empty" in options else "default"
        complaints.add((*draft.location, option), what, f"Remove `{option}`.", key=True)
    if "required" in options and not column.required:
        what = f"The key column {shown(column.to)} is always required."
        complaints.add((*draft.location, "required"), what, "Remove `required`.", key=True)
    if column.lookup is not None and column.lookup.on_missing is OnMissing.NULL:
        what = f"The key column {shown(column.to)} cannot be empty, but its lookup may make it so."
        hint = "Write `on_missing: reject` or `on_missing: skip_row`."
        complaints.add((*draft.location, "lookup", "on_missing"), what, hint, key=True)


def _check_reject_limit(draft: DescriptorDraft, complaints: Complaints) -> None:
    outline = draft.outline
    if outline is None or outline.max_rejects is None:
        return
    if outline.on_error not in {None, OnError.REJECT_ROWS}:
        what = f"`max_rejects` has no effect with `on_error: {outline.on_error}`."
        complaints.add((*draft.location, "max_rejects"), what, "Remove one of them.", key=True)


def _check_full_feed(draft: DescriptorDraft, complaints: Complaints) -> None:
    """Options about absent rows go together, and with modes that see all rows."""
    outline = draft.outline
    if outline is None:
        return
    deactivates = outline.on_absent is OnAbsent.DEACTIVATE
    if deactivates and not outline.inactive:
        what = "`on_absent: deactivate` needs `inactive`."
        hint = "For example `inactive: {active: false}`."
        complaints.add((*draft.location, "on_absent"), what, hint, key=True)
    if outline.inactive and not deactivates:
        what = "`inactive` needs `on_absent: deactivate`."
        complaints.add((*draft.location, "inactive"), what, "Add it, or remove this.", key=True)
    if outline.on_absent is not OnAbsent.IGNORE and outline.mode is not Mode.MERGE:
        what = f"`on_absent` does not go with `mode: {outline.mode}`."
        complaints.add((*draft.location, "on_absent"), what, "Remove one of them.", key=True)
    full = outline.on_absent is not OnAbsent.IGNORE or outline.mode is Mode.REPLACE
    for option in ("scope", "max_absent"):
        if option in outline.model_fields_set and not full:
            what = f"`{option}` has no effect without `on_absent` or `mode: replace`."
            complaints.add((*draft.location, option), what, "Remove it.", key=True)


def _check_explode(draft: DescriptorDraft, complaints: Complaints) -> None:
    exploding = [c for c in draft.columns if c.model and c.model.explode]
    for column in exploding[1:]:
        what = "Only one column of a descriptor can make rows of its elements."
        hint = "Use a second descriptor for the same files."
        complaints.add((*column.location, "explode"), what, hint, key=True)
