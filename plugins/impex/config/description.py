"""Describes a group in Markdown, for the page of its DAG.

Everything that people wrote is escaped.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from impex.config.export_description import describe_exports
from impex.config.markdown import code, escape
from impex.domain.column import Column, Lookup, OnEmpty, OnMissing
from impex.domain.group import (
    DEFAULT_POOL,
    Descriptor,
    Group,
    Mode,
    OnAbsent,
    OnDuplicate,
    depends_on,
)
from impex.domain.layout import Escape, Format, Formulas, Layout, Ragged
from impex.domain.policy import ErrorPolicy, Limit, OnError

_ON_ERROR: Final = {
    OnError.REJECT_ROWS: "bad rows are rejected, good rows are applied",
    OnError.REJECT_FILE: "one bad row rejects its file",
    OnError.REJECT_PACKAGE: "one bad row rejects the whole package",
}
_MARKS: Final = {"\t": "tab", ",": "comma", ";": "semicolon"}
_ON_DUPLICATE: Final = {
    OnDuplicate.ERROR: "rows with the same key are rejected",
    OnDuplicate.FIRST: "of rows with the same key the first is applied",
    OnDuplicate.LAST: "of rows with the same key the last is applied",
}
_ON_EMPTY: Final = {
    OnEmpty.KEEP: "keeps the old value",
    OnEmpty.CLEAR: "clears the value",
    OnEmpty.ERROR: "is a fault",
}
_ON_MISSING: Final = {
    OnMissing.REJECT: "else the row is rejected",
    OnMissing.SKIP_ROW: "else the row is skipped",
    OnMissing.NULL: "else it is empty",
    OnMissing.CREATE: "else one is created",
}
_MODES: Final = {
    Mode.INSERT_ONLY: "rows are inserted, existing ones stay as they are",
    Mode.UPDATE_ONLY: "existing rows are updated, none is inserted",
    Mode.DELETE: "the rows named are deleted",
    Mode.REPLACE: "the table becomes what the file says",
}


def describe(group: Group) -> str:
    """Return the description; it ends with a line end, so that Airflow takes it for no file."""
    return f"# {escape(group.title or group.name)}\n\n{describe_contents(group)}"


def describe_contents(group: Group) -> str:
    """Return the description without its title, for pages that have one."""
    lines = [*_introduction(group)]
    shared = _shared(group)
    lines.extend(f"* {habit}" for habit in shared)
    lines.append("")
    for descriptor in group.descriptors:
        lines.extend(_section(descriptor, group, shared))
    lines.extend(describe_exports(group))
    return "\n".join(lines)


def _introduction(group: Group) -> Iterator[str]:
    yield from _paragraphs(group.description)
    if group.schedule:
        when = f"by the schedule {code(group.schedule)}, time zone {code(group.timezone)}"
    else:
        when = "when it is started by hand"
    count = len(group.descriptors)
    what = "one kind of file" if count == 1 else f"{count} kinds of file"
    does = f"Imports {what}. Runs {when}. " if count else ""
    owners = ", ".join(map(escape, group.owners))
    yield f"{does}Owners: {owners}."
    yield ""
    yield from _bounds(group)


def _bounds(group: Group) -> Iterator[str]:
    """Yield what keeps the group from rows of others, and from taking all of Airflow."""
    if group.scope is not None:
        column, value = code(group.scope.column), code(group.scope.value)
        yield f"Only for rows whose {column} is {value}."
        yield ""
    if group.max_parallel is not None:
        yield f"At most {group.max_parallel} files of a run are read at once."
        yield ""
    if group.pool != DEFAULT_POOL:
        yield f"Runs in the pool {code(group.pool)}."
        yield ""


def _shared(group: Group) -> list[str]:
    """Return the habits that all descriptors have, to be told once."""
    first, *others = [[*_habits(descriptor)] for descriptor in group.descriptors] or [[]]
    return [habit for habit in first if all(habit in other for other in others)]


def _habits(descriptor: Descriptor) -> Iterator[str]:
    """Yield how the files are written and what becomes of faults."""
    yield f"Layout: {describe_layout(descriptor.layout)}"
    yield f"Faults: {_errors(descriptor.errors)}; {_ON_DUPLICATE[descriptor.on_duplicate]}"


def _section(descriptor: Descriptor, group: Group, shared: Sequence[str]) -> Iterator[str]:
    yield f"## {escape(descriptor.name)}"
    yield ""
    yield from _paragraphs(descriptor.description)
    yield f"* Files: {_codes(descriptor.files)}"
    yield f"* Table: {code(str(descriptor.table))}, key {_codes(descriptor.key)}"
    yield from _writing(descriptor)
    yield from (f"* {habit}" for habit in _habits(descriptor) if habit not in shared)
    awaited = depends_on(descriptor, group.descriptors)
    if awaited:
        yield f"* Comes after: {_codes(awaited)}"
    yield ""
    yield "| column | from | type | empty cell | notes |"
    yield "|---|---|---|---|---|"
    for column in descriptor.columns:
        yield f"| {' | '.join(_cells(column))} |"
    yield ""


def _writing(descriptor: Descriptor) -> Iterator[str]:
    """Yield what the rows do, where it is not the usual."""
    if descriptor.mode is not Mode.MERGE:
        yield f"* Mode: {_MODES[descriptor.mode]}"
    feed = descriptor.full_feed
    if feed.on_absent is not OnAbsent.IGNORE:
        scope = ", ".join(f"{code(name)} is {code(value)}" for name, value in feed.scope)
        where = f" where {scope}" if scope else ""
        limit = f"at most {_limit(feed.max_absent)}"
        yield f"* Rows{where} that a file does not have: {feed.on_absent}, {limit}"
    for name, masks in descriptor.only:
        yield f"* Only rows whose {code(name)} is {_codes(masks)}"
    if descriptor.transform is not None:
        yield f"* Rows are changed by {code(descriptor.transform)}"


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        if paragraph:
            yield escape(paragraph)
            yield ""


def _codes(texts: Iterable[str]) -> str:
    return ", ".join(code(text) for text in texts)


def describe_layout(layout: Layout) -> str:
    """Return in Markdown how files are read, but for spreadsheets: those have no text."""
    return ", ".join(_layout(layout))


def _layout(layout: Layout) -> Iterator[str]:
    if layout.format is Format.XML:
        yield f"XML, records at {code(layout.record or '')}"
        if layout.schema_file:
            yield f"checked against {code(layout.schema_file)}"
        return
    if layout.format is Format.JSON:
        yield "JSON lines"
        return
    mark = _MARKS.get(layout.delimiter) or code(layout.delimiter)
    widths = ", ".join(map(str, layout.widths))
    if widths:
        yield f"fields of {widths} characters"
    else:
        yield f"fields separated by {mark}, quoted by {code(layout.quote)}"
    yield f"encoding {code(layout.encoding)}"
    for applies, words in (
        (layout.escape is Escape.BACKSLASH, "quotes inside fields follow a backslash"),
        (layout.skip_lines, f"{layout.skip_lines} lines in front are skipped"),
        (not layout.header, "no header"),
        (layout.comment, f"lines that begin with {code(layout.comment or '')} are skipped"),
        (layout.total_row, f"a last record with {code(layout.total_row or '')} is skipped"),
        (layout.ragged is Ragged.PAD, "missing fields at the end count as empty"),
        (layout.sheet, f"sheet {code(layout.sheet or '')}"),
        (layout.formulas is Formulas.VALUE, "the saved values of formulas are taken"),
    ):
        if applies:
            yield words


def _errors(policy: ErrorPolicy) -> str:
    words = _ON_ERROR[policy.on_error]
    if policy.on_error is not OnError.REJECT_ROWS:
        return words
    limit = _limit(policy.max_rejects)
    return f"{words}, unless more than {limit} are bad" if limit else words


def _limit(limit: Limit) -> str:
    if limit.count is not None:
        return str(limit.count)
    return f"{limit.share * 100:g} percent" if limit.share is not None else ""


def _cells(column: Column) -> Iterator[str]:
    yield code(column.to) + (f" ({column.language})" if column.language else "")
    yield _source(column)
    yield _type(column)
    yield _empty(column)
    yield "; ".join(_notes(column))


def _source(column: Column) -> str:
    if column.constant is not None:
        return f"always {code(column.constant)}" if column.constant else "always empty text"
    return " + ".join(code(s) if isinstance(s, str) else f"field {s}" for s in column.sources)


def _type(column: Column) -> str:
    words = str(column.type)
    limits, notation = column.limits, column.notation
    for what, limit in (
        ("at least {} characters", limits.min_length),
        ("at most {} characters", limits.max_length),
        ("at most {} decimals", limits.scale),
        ("not below {}", limits.minimum),
        ("not above {}", limits.maximum),
        ("like {}", code(limits.pattern) if limits.pattern else None),
        ("written {}", " or ".join(code(form) for form in notation.formats) or None),
        ("in {} time", notation.timezone),
        ("as in {}", notation.locale),
        ("one of {}", _codes(word for word, _ in notation.values) or None),
        ("in {}", notation.currency),
    ):
        if limit is not None:
            words += ", " + what.format(limit)
    return words


def _empty(column: Column) -> str:
    if column.constant is not None:
        return ""
    if column.on_empty is OnEmpty.DEFAULT:
        return f"becomes {code(column.default)}" if column.default else "becomes empty text"
    return _ON_EMPTY[OnEmpty.ERROR if column.required else column.on_empty]


def _notes(column: Column) -> Iterator[str]:
    if column.trim:
        yield "blanks at both ends are removed"
    if column.regex is not None:
        yield f"the part {code(column.regex.template)} of {code(column.regex.pattern)}"
    if column.lookup is not None:
        yield _lookup(column.lookup)
    if column.split is not None:
        becomes = "rows of their own" if column.explode else "a list"
        which = "repeated elements" if column.repeated else f"elements between {code(column.split)}"
        yield f"{which} become {becomes}"
    if column.transform is not None:
        yield f"changed by {code(column.transform)}"
    for applies, words in (
        (column.insert_only, "new rows only"),
        (column.update_only, "existing rows only"),
        (column.pii, "personal, masked in reports"),
    ):
        if applies:
            yield words


def _lookup(lookup: Lookup) -> str:
    found = f"{code(lookup.value)} of the row of {code(str(lookup.table))} with this"
    return f"{found} {_codes(lookup.by)}, {_ON_MISSING[lookup.on_missing]}"
