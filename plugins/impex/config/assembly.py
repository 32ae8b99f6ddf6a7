"""Turns the options of a group into the frozen objects that the framework works with."""

from collections.abc import Sequence

from impex.config.column_models import ColumnModel, LookupModel
from impex.config.drafts import GroupDraft
from impex.config.layout_models import LayoutModel
from impex.config.models import ArrivalModel, DescriptorOutline, GroupOutline
from impex.config.patterns import group_count
from impex.domain.column import Column, Limits, Lookup, Notation, OnEmpty, Regex
from impex.domain.group import (
    Arrival,
    Descriptor,
    FullFeed,
    Group,
    Mode,
    OnAbsent,
    Retention,
    Scope,
)
from impex.domain.layout import Layout
from impex.domain.policy import ErrorPolicy, Limit
from impex.domain.table import Table
from impex.domain.xml_path import BETWEEN


def assemble_group(name: str, draft: GroupDraft) -> Group:
    """Return the group of a draft; pieces with faults are left out."""
    outline = draft.shared
    return Group(
        name=name,
        descriptors=tuple(assemble_descriptors(draft)),
        title=outline.title,
        description=outline.description.strip(),
        owners=outline.owners,
        tags=outline.tags,
        schedule=outline.schedule,
        timezone=outline.timezone,
        connection=outline.connection,
        scope=Scope(**outline.scope.model_dump()) if outline.scope else None,
        atomic=outline.atomic,
        arrival=_arrival(outline.arrival),
        retention=Retention(**outline.retention.model_dump()),
        max_parallel=outline.max_parallel,
        pool=outline.pool,
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
        mode=outline.mode,
        full_feed=_full_feed(outline),
        only=tuple(outline.only.items()),
        unknown_columns=outline.unknown_columns,
        ignore_columns=outline.ignore_columns,
        transform=outline.transform,
        after=outline.after,
    )


def _layout(model: LayoutModel) -> Layout:
    return Layout(
        format=model.format,
        record=model.record,
        namespaces=tuple(model.namespaces.items()),
        schema_file=model.schema_file,
        encoding=model.encoding,
        delimiter=model.delimiter,
        quote=model.quote,
        escape=model.escape,
        header=model.header,
        ragged=model.ragged,
        skip_lines=model.skip_lines,
        comment=model.comment,
        total_row=model.total_row,
        widths=model.widths,
        sheet=model.sheet,
        formulas=model.formulas,
    )


def _errors(outline: DescriptorOutline, group: GroupOutline) -> ErrorPolicy:
    return ErrorPolicy(
        outline.on_error or group.on_error, _limit(outline.max_rejects or group.max_rejects)
    )


def _limit(text: str | None) -> Limit:
    if text is None:
        return Limit()
    return Limit(share=float(text[:-1]) / 100) if text.endswith("%") else Limit(int(text))


def _full_feed(outline: DescriptorOutline) -> FullFeed:
    return FullFeed(
        on_absent=OnAbsent.DELETE if outline.mode is Mode.REPLACE else outline.on_absent,
        inactive=tuple(outline.inactive.items()),
        scope=tuple(outline.scope.items()),
        max_absent=_limit(outline.max_absent),
    )


def _column(model: ColumnModel, *, is_key: bool) -> Column:
    required = model.required or is_key
    return Column(
        to=model.to,
        sources=_sources(model),
        aliases=model.aliases,
        constant=model.constant,
        type=model.type,
        notation=_notation(model),
        limits=_limits(model),
        currency_to=model.currency_to,
        language=model.language,
        required=required,
        on_empty=_on_empty(model, required=required),
        default=model.default,
        regex=_regex(model),
        trim=model.trim,
        split=BETWEEN if model.repeated else model.split,
        explode=model.explode,
        transform=model.transform,
        lookup=_lookup(model.lookup) if model.lookup else None,
        insert_only=model.insert_only,
        update_only=model.update_only,
        pii=model.pii,
    )


def _sources(model: ColumnModel) -> tuple[str | int, ...]:
    if model.constant is not None:
        return ()
    return (model.position,) if model.position is not None else model.source or (model.to,)


def _notation(model: ColumnModel) -> Notation:
    return Notation(
        formats=model.format,
        timezone=model.timezone,
        locale=model.locale,
        yes=tuple(word.lower() for word in model.yes),
        no=tuple(word.lower() for word in model.no),
        values=tuple(model.values.items()),
        currency=model.currency,
    )


def _limits(model: ColumnModel) -> Limits:
    return Limits(
        minimum=model.min,
        maximum=model.max,
        min_length=model.min_length,
        max_length=model.max_length,
        scale=model.scale,
        pattern=model.pattern,
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
    return Lookup(
        _table(model.table), model.by, model.value, model.on_missing, tuple(model.where.items())
    )


def _arrival(model: ArrivalModel) -> Arrival:
    return Arrival(
        ready=model.ready,
        on_arrival=model.on_arrival,
        stable_seconds=model.stable_seconds,
        max_bytes=_bytes(model.max_size) if model.max_size else None,
    )


def _bytes(size: str) -> int:
    unit = {"KB": 10**3, "MB": 10**6, "GB": 10**9}[size[-2:]]
    return int(size[:-2]) * unit


def _table(text: str) -> Table:
    schema, name = text.split(".")
    return Table(schema, name)
