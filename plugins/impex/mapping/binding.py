"""Which fields of a record feed which column of the descriptor."""

import difflib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from impex.domain.column import Column
from impex.domain.errors import FileFaultError
from impex.domain.group import Descriptor, UnknownColumns
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue
from impex.mapping.header import Header, listed

# Looking for the nearest of thousands of names takes milliseconds.
_MOST_SUGGESTIONS = 30


@dataclass(frozen=True, slots=True)
class Binding:
    """How a file's fields feed a descriptor's columns.

    Attributes:
        fields: 1-based field numbers of each column that the file has, one for each source of the
            column, by the column's name.
        absent: Names of the columns that the file does not have; they keep what they hold.
        names: What the fields are called, each name once.
        only: Field numbers with the masks that their cells must match.
        notes: What a person should know of the file.
    """

    fields: dict[str, tuple[int, ...]]
    absent: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    only: tuple[tuple[int, tuple[str, ...]], ...] = ()
    notes: tuple[str, ...] = ()


def bind(descriptor: Descriptor, header: Sequence[str], width: int) -> Binding:
    """Find the fields of every column that comes from the file.

    Args:
        descriptor: Its columns name fields by header or by position.
        header: The names in the file, in order; empty if it has none.
        width: Number of fields of the header, or of the first record.

    Raises:
        FileFaultError: Required columns are missing, columns are ambiguous, or there are columns
            that the descriptor forbids because it does not name them; carries one issue for each.
    """
    head = Header(header, width, descriptor.layout.skip_lines + 1)
    fields: dict[str, tuple[int, ...]] = {}
    absent: list[Column] = []
    issues: list[Issue] = []
    for column in descriptor.columns:
        found = [(source, head.fields(source, column.aliases)) for source in column.sources]
        unclear = [(source, numbers) for source, numbers in found if len(numbers) != 1]
        if found and not unclear:
            fields[column.name] = tuple(number for _, (number,) in found)
        elif column.required or any(numbers for _, numbers in unclear):
            told = head.names if len(issues) < _MOST_SUGGESTIONS else ()
            issues += [_unbound(source, head, numbers, told) for source, numbers in unclear]
        elif found:
            absent.append(column)
    only = [(head.fields(name, ()), masks) for name, masks in descriptor.only]
    issues += [
        _unbound(name, head, numbers, head.names)
        for (name, _), (numbers, _) in zip(descriptor.only, only, strict=True)
        if len(numbers) != 1
    ]
    if issues and not fields and all(issue.code is Code.MISSING_COLUMN for issue in issues):
        raise FileFaultError(_another_file(descriptor, head))
    bound = {number for numbers in (*fields.values(), *(n for n, _ in only)) for number in numbers}
    known = bound | head.matching(descriptor.ignore_columns)
    notes = _judge_unknown(descriptor, head, _unknown(head, known, absent), issues)
    if issues:
        raise FileFaultError(*issues)
    return Binding(
        fields,
        tuple(column.name for column in absent),
        head.unique_names(),
        tuple((number, masks) for (number,), masks in only),
        notes,
    )


def judge_others(descriptor: Descriptor, names: Sequence[str]) -> tuple[str, ...]:
    """Return a note about the elements of a document that the descriptor does not name.

    Args:
        descriptor: Its policy counts.
        names: Of the elements.

    Raises:
        FileFaultError: The descriptor forbids them; carries one issue for each.
    """
    head = Header(names, len(names), 0)
    issues: list[Issue] = []
    unknown = _unknown(head, head.matching(descriptor.ignore_columns), ())
    notes = _judge_unknown(descriptor, head, unknown, issues)
    if issues:
        raise FileFaultError(*issues)
    return notes


def _unbound(
    source: str | int, head: Header, numbers: Sequence[int], names: Collection[str]
) -> Issue:
    """Explain why a column has no field, or more than one."""
    if numbers:
        message = f"the header names {source!r} {len(numbers)} times, in fields {list(numbers)}"
        return Issue(Code.DUPLICATE_HEADER, line=head.line, column=str(source), message=message)
    if isinstance(source, int):
        message = f"field {source} is needed, but the file has {head.width} fields"
        return Issue(
            Code.MISSING_COLUMN, line=head.line, column=f"column {source}", message=message
        )
    near = _nearest(source, names)
    meant = f"; did you mean {near!r}?" if near else f"; it has: {listed(head.names)}"
    message = f"the header has no column {source!r}{meant}"
    return Issue(Code.MISSING_COLUMN, line=head.line, column=source, message=message)


def _another_file(descriptor: Descriptor, head: Header) -> Issue:
    """Explain that nothing fits: it is another file, or it is written in another way."""
    wanted = ", ".join(c.origin for c in descriptor.columns if c.required and c.sources)
    message = f"this is no file for {descriptor.name}: it has no column {wanted}; "
    mark = head.other_delimiter(descriptor.layout.delimiter)
    if mark:
        message += f"its fields seem to be separated by {mark!r}, "
        message += f"the descriptor's `delimiter` says {descriptor.layout.delimiter!r}"
    elif any(column.pii for column in descriptor.columns):
        # Without a header, the first record would stand there.
        message += f"its header has {len(head.names)} other names"
    else:
        message += f"its header is: {listed(head.names)}" if head.names else "it has no header"
    return Issue(Code.MISSING_COLUMN, line=head.line, message=message)


def _unknown(
    head: Header, known: Collection[int], absent: Collection[Column]
) -> dict[str, str | None]:
    """Return the names of other fields, with the name of an absent column that may be meant."""
    names = [str(source) for column in absent for source in column.sources]
    return {
        name: _nearest(name, names) if number < _MOST_SUGGESTIONS else None
        for number, name in enumerate(head.others(known))
    }


def _judge_unknown(
    descriptor: Descriptor, head: Header, unknown: dict[str, str | None], issues: list[Issue]
) -> tuple[str, ...]:
    """Return a note about columns that the descriptor does not name, or add issues."""
    match descriptor.unknown_columns:
        case UnknownColumns.REJECT:
            issues += [_forbidden(name, meant, head) for name, meant in unknown.items()]
        case UnknownColumns.WARN if unknown:
            return (_note(unknown),)
        case _:
            pass
    return ()


def _forbidden(name: str, meant: str | None, head: Header) -> Issue:
    message = f"the descriptor has no column {name!r}"
    message += f"; did you mean {meant!r}?" if meant else ""
    return Issue(Code.UNKNOWN_COLUMN, line=head.line, column=name, message=message)


def _note(unknown: dict[str, str | None]) -> str:
    names = [
        f"{name} (did you mean {meant}?)" if meant else name for name, meant in unknown.items()
    ]
    return f"columns that the descriptor does not name are not imported: {listed(names)}"


def _nearest(name: str, names: Collection[str]) -> str | None:
    folded = {other.casefold(): other for other in names}
    near = difflib.get_close_matches(name.casefold(), folded, 1)
    return folded[near[0]] if near else None
