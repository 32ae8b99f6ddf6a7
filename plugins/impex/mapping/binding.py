"""Which field of a record feeds which column of the descriptor."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from impex.domain.errors import FileFaultError
from impex.domain.group import Column, Descriptor
from impex.domain.issues import Code, Issue


@dataclass(frozen=True, slots=True)
class Binding:
    """How a file's fields feed a descriptor's columns.

    Attributes:
        fields: 1-based field number of each column that the file has, by the column's name.
        absent: Names of the columns that the file does not have; they keep what they hold.
    """

    fields: dict[str, int]
    absent: tuple[str, ...]


def bind(descriptor: Descriptor, header: Sequence[str], width: int) -> Binding:
    """Find the field of every column that comes from the file.

    Args:
        descriptor: Its columns name fields by header or by position.
        header: The names in the file, in order; empty if it has none.
        width: Number of fields of the header, or of the first record.

    Raises:
        FileFaultError: Required columns are missing, or columns are ambiguous; carries one issue
            for each.
    """
    fields: dict[str, int] = {}
    absent: list[str] = []
    issues: list[Issue] = []
    for column in descriptor.columns:
        if column.constant is not None:
            continue
        found = list(_fields(column, header, width))
        if len(found) == 1:
            fields[column.name] = found[0]
        elif not found and not column.required:
            absent.append(column.name)
        else:
            issues.append(_unbound(column, header, width, found))
    if issues:
        raise FileFaultError(*issues)
    return Binding(fields, tuple(absent))


def _fields(column: Column, header: Sequence[str], width: int) -> Iterator[int]:
    """Yield the numbers of the fields that the column may mean."""
    if column.position is not None:
        if column.position <= width:
            yield column.position
    else:
        yield from (n for n, name in enumerate(header, 1) if name == column.source)


def _unbound(column: Column, header: Sequence[str], width: int, found: list[int]) -> Issue:
    """Explain why a column has no field, or more than one."""
    if found:
        message = f"the header names {column.origin!r} {len(found)} times, in fields {found}"
        return Issue(Code.DUPLICATE_HEADER, line=1, column=column.origin, message=message)
    if column.position is not None:
        message = f"field {column.position} is needed, but the file has {width} fields"
    else:
        near = difflib.get_close_matches(column.source or "", header, 1)
        meant = f"; did you mean {near[0]!r}?" if near else f"; it has: {', '.join(header)}"
        message = f"the header has no column {column.source!r}{meant}"
    return Issue(Code.MISSING_COLUMN, line=1, column=column.origin, message=message)
