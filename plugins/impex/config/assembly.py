"""Turns the options of a group into the frozen objects that the framework works with."""

from collections.abc import Sequence

from impex.config.drafts import GroupDraft
from impex.config.models import (
    ColumnModel,
    DescriptorOutline,
    GroupOutline,
    LayoutModel,
    LookupModel,
)
from impex.config.patterns import group_count
from impex.domain.group import (
    Column,
    Descriptor,
    ErrorPolicy,
    Group,
    Layout,
    Lookup,
    OnEmpty,
    Regex,
    Table,
)


def assemble_group(name: str, draft: GroupDraft) -> Group:
    """Return the group of a draft; pieces with faults are left out."""
    outline = draft.shared
    return Group(
        name=name,
        descriptors=tuple(assemble_descriptors(draft)),
        title=outline.title,
        description=outline.description.strip(),
        owner=outline.owner,
        tags=outline.tags,
        schedule=outline.schedule,
        timezone=outline.timezone,
    )


def assemble_descriptors(draft: GroupDraft) -> list[Descriptor]:
    """Return the descriptors of a draft; pieces with faults are left out."""
    return [
        _descriptor(d.outline, [c.model for c in d.columns if c.model], draft.shared)
        for d in draft.descriptors
        if d.outline
    ]


def merged_layout(descriptor: DescriptorOutline, group: GroupOutline) -> LayoutModel:
    """Return the descriptor's layout: its own options over those of the group."""
    own = descriptor.layout
    if own is None:
        return group.layout
    return group.layout.model_copy(update={n: getattr(own, n) for n in own.model_fields_set})


def _descriptor(
    outline: DescriptorOutline, columns: Sequence[ColumnModel], group: GroupOutline
) -> Descriptor:
    return Descriptor(
        name=outline.name,
        files=outline.files,
        table=_table(outline.table),
        key=outline.key,
        columns=tuple(_column(column, is_key=column.to in outline.key) for column in columns),
        service=outline.service,
        description=outline.description.strip(),
        layout=_layout(merged_layout(outline, group)),
        errors=_errors(outline, group),
        on_duplicate=outline.on_duplicate,
        after=outline.after,
    )


def _layout(model: LayoutModel) -> Layout:
    return Layout(
        encoding=model.encoding,
        delimiter=model.delimiter,
        quote=model.quote,
        escape=model.escape,
        header=model.header,
        ragged=model.ragged,
    )


def _errors(outline: DescriptorOutline, group: GroupOutline) -> ErrorPolicy:
    limit = outline.max_rejects or group.max_rejects
    on_error = outline.on_error or group.on_error
    if limit is None:
        return ErrorPolicy(on_error)
    if limit.endswith("%"):
        return ErrorPolicy(on_error, max_reject_share=float(limit[:-1]) / 100)
    return ErrorPolicy(on_error, max_rejects=int(limit))


def _column(model: ColumnModel, *, is_key: bool) -> Column:
    by_name = model.position is None and model.constant is None
    required = model.required or is_key
    return Column(
        to=model.to,
        source=(model.source or model.to) if by_name else None,
        position=model.position,
        constant=model.constant,
        type=model.type,
        language=model.language,
        required=required,
        on_empty=_on_empty(model, required=required),
        default=model.default,
        regex=_regex(model),
        trim=model.trim,
        max_length=model.max_length,
        scale=model.scale,
        format=model.format,
        lookup=_lookup(model.lookup) if model.lookup else None,
        insert_only=model.insert_only,
    )


def _on_empty(model: ColumnModel, *, required: bool) -> OnEmpty:
    if required and model.constant is None:
        return OnEmpty.ERROR
    return OnEmpty.DEFAULT if model.default is not None else model.on_empty


def _regex(model: ColumnModel) -> Regex | None:
    if model.regex is None:
        return None
    if model.template is not None:
        return Regex(model.regex, model.template)
    group = model.group
    if group is None:
        group = min(group_count(model.regex), 1)
    return Regex(model.regex, f"${{{group}}}")


def _lookup(model: LookupModel) -> Lookup:
    return Lookup(_table(model.table), model.by, model.value, model.on_missing)


def _table(text: str) -> Table:
    schema, name = text.split(".")
    return Table(schema, name)
