"""Turns the options of a group into the frozen objects that the framework works with."""

from collections.abc import Iterator, Sequence
from typing import Final

from impex.config.column_models import ColumnModel, LookupModel
from impex.config.drafts import GroupDraft
from impex.config.export_models import ExportModel, PublishModel
from impex.config.layout_models import LayoutModel
from impex.config.models import ArrivalModel, DescriptorOutline, GroupOutline
from impex.config.patterns import group_count
from impex.config.sizes import size_in_bytes
from impex.domain.column import Column, Limits, Lookup, Notation, OnEmpty, Regex
from impex.domain.export import Direction, Export, Increment, Publication, Style
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
from impex.domain.layout import Audience, Format, Layout
from impex.domain.marks import BETWEEN
from impex.domain.policy import ErrorPolicy, Limit
from impex.domain.table import Table

NOTHING: Final = "~"
"""Stands for null among the values of a filter."""

_FORMATS: Final = {
    "csv": Format.TEXT,
    "xlsx": Format.TEXT,
    "xml": Format.XML,
    "json": Format.JSON,
}


def assemble_group(name: str, draft: GroupDraft) -> Group:
    """Return the group of a draft; pieces with faults are left out."""
    outline = draft.shared
    return Group(
        name=name,
        descriptors=tuple(assemble_descriptors(draft)),
        exports=tuple(assemble_exports(draft)),
        publication=_publication(
            outline.publish, imports=_imports(draft), schedule=outline.schedule
        ),
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
        dag=outline.dag,
    )


def assemble_descriptors(draft: GroupDraft) -> list[Descriptor]:
    """Return the descriptors of a draft that import; pieces with faults are left out."""
    return [
        _descriptor(d.outline, [c.model for c in d.columns if c.model], draft.shared)
        for d in draft.descriptors
        if d.outline and d.outline.table and direction_of(d.outline) is not Direction.EXPORT
    ]


def assemble_exports(draft: GroupDraft) -> list[Export]:
    """Return what the descriptors of a draft export; pieces with faults are left out."""
    return [
        _export(d.outline, d.outline.export, [c.model for c in d.columns if c.model], draft.shared)
        for d in draft.descriptors
        if d.outline and d.outline.export and direction_of(d.outline) is not Direction.IMPORT
    ]


def direction_of(descriptor: DescriptorOutline) -> Direction:
    """Return which way the rows go, as the options say together."""
    if descriptor.direction is not None:
        return descriptor.direction
    exports = descriptor.service is not None and descriptor.service.endswith("-export")
    return Direction.EXPORT if exports else Direction.IMPORT


def merged_layout(descriptor: DescriptorOutline, group: GroupOutline) -> LayoutModel:
    """Return the descriptor's layout: its own options over those of the group."""
    own = descriptor.layout or LayoutModel.model_construct()
    changes = {name: getattr(own, name) for name in own.model_fields_set}
    if descriptor.service is not None and "format" not in changes:
        changes["format"] = _FORMATS[descriptor.service.partition("-")[0]]
    return group.layout.model_copy(update=changes)


def _descriptor(
    outline: DescriptorOutline, columns: Sequence[ColumnModel], group: GroupOutline
) -> Descriptor:
    return Descriptor(
        name=outline.name,
        files=outline.files,
        table=_table(outline.table or ""),
        key=outline.key,
        columns=tuple(_column(column, is_key=column.to in outline.key) for column in columns),
        unescapes=_unescapes(outline, merged_layout(outline, group)),
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


def _export(
    outline: DescriptorOutline,
    export: ExportModel,
    columns: Sequence[ColumnModel],
    group: GroupOutline,
) -> Export:
    reversible = direction_of(outline) is Direction.BOTH
    return Export(
        name=outline.name,
        file=export.file,
        columns=tuple(
            _column(column, is_key=reversible and column.to in outline.key) for column in columns
        ),
        table=_table(outline.table) if outline.table else None,
        query=export.query,
        key=outline.key,
        description=outline.description.strip(),
        reversible=reversible,
        layout=_layout(merged_layout(outline, group)),
        style=Style(export.quoting, export.line_end, export.bom, export.empty),
        errors=_errors(outline, group),
        where=(*_filters(export), *_scope_filter(group)),
        sort=export.sort,
        transform=outline.transform,
        split_rows=export.split_rows,
        increment=Increment(export.watermark, export.changed_rows),
    )


def _filters(export: ExportModel) -> Iterator[tuple[str, tuple[str | None, ...]]]:
    for name, texts in export.where.items():
        yield name, tuple(map(_filter, texts))


def _scope_filter(group: GroupOutline) -> Iterator[tuple[str, tuple[str | None, ...]]]:
    """Yield that only rows of the group's scope are written, whatever else is."""
    if group.scope is not None:
        yield group.scope.column, (group.scope.value,)


def _filter(text: str) -> str | None:
    return None if text == NOTHING else text


def _unescapes(outline: DescriptorOutline, layout: LayoutModel) -> bool:
    """Tell whether texts may begin with an apostrophe that an export has put there."""
    ours = direction_of(outline) is Direction.BOTH or layout.audience is Audience.SPREADSHEET
    return ours and layout.format is Format.TEXT


def _imports(draft: GroupDraft) -> bool:
    return any(
        d.outline and direction_of(d.outline) is not Direction.EXPORT for d in draft.descriptors
    )


def _publication(model: PublishModel, *, imports: bool, schedule: str | None) -> Publication:
    return Publication(
        schedule=model.schedule if imports else model.schedule or schedule,
        archive=model.zip,
        targets=model.to,
        keep_days=model.keep_days,
        params=tuple(model.params.items()),
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
        audience=model.audience,
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
        return model.source or ()
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
        max_bytes=size_in_bytes(model.max_size) if model.max_size else None,
    )


def _table(text: str) -> Table:
    schema, name = text.split(".")
    return Table(schema, name)
