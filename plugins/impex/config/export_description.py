"""Describes what a group exports, in Markdown."""

from collections.abc import Iterator

from impex.config.markdown import code, escape
from impex.domain.column import Column
from impex.domain.export import Export
from impex.domain.group import Group
from impex.domain.layout import Format


def describe_exports(group: Group) -> Iterator[str]:
    """Yield the lines about exports; none where a group only imports."""
    if not group.exports:
        return
    publication = group.publication
    when = "when it is started by hand"
    if publication.schedule:
        when = f"by the schedule {code(publication.schedule)}, time zone {code(group.timezone)}"
    yield "# Exports"
    yield ""
    yield f"Runs {when}. Files are kept for {publication.keep_days} days."
    yield ""
    if publication.archive:
        yield f"* All files of a run in {code(publication.archive)}"
    for target in publication.targets:
        yield f"* Delivered to {code(target)}"
    for name, usual in publication.params:
        yield f"* Parameter {code(name)}, usually {code(usual)}"
    yield ""
    for export in group.exports:
        yield from _section(export)


def _section(export: Export) -> Iterator[str]:
    yield f"## {escape(export.name)} → {code(export.file)}"
    yield ""
    if export.description:
        yield escape(export.description)
        yield ""
    yield f"* Rows of {code(str(export.table or export.query))}{_filters(export)}"
    if export.layout.format is Format.XML:
        yield f"* XML, records at {code(export.layout.record or '')}"
    if export.increment.watermark:
        yield f"* Only rows that are newer than at the last export, by {code(export.increment.watermark)}"
    if export.increment.changed_rows:
        yield "* Only rows that are not as they were published last"
    if export.split_rows:
        yield f"* At most {export.split_rows} rows in a file"
    yield ""
    yield "| in the file | from |"
    yield "|---|---|"
    for column in export.columns:
        for source in column.sources:
            yield f"| {code(str(source))} | {_origin(column)} |"
    yield ""


def _filters(export: Export) -> str:
    told = [
        f"{code(name)} is {' or '.join(code(t) if t is not None else 'nothing' for t in texts)}"
        for name, texts in export.where
    ]
    return f" where {', '.join(told)}" if told else ""


def _origin(column: Column) -> str:
    if column.constant is not None:
        return f"always {code(column.constant)}"
    if column.lookup is not None:
        return f"{code(', '.join(column.lookup.by))} of {code(str(column.lookup.table))}"
    return code(column.to) + (f" ({column.language})" if column.language else "")
