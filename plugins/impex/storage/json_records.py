"""A row as a JSON object, in SQL."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias, Union

from psycopg import sql

from impex.domain.column import Column, ColumnType
from impex.storage.written import Unwritable, Written

Members: TypeAlias = dict[str, Union[Written, "Members"]]


_AMBIGUOUS = r'^\s*("|null)'


def json_record(fields: Sequence[Written]) -> sql.Composable:
    """Return the text of an object; what stands before a point in a name is an object of its own."""
    members: Members = {}
    for field in fields:
        *outer, name = str(field.source).split(".")
        place = members
        for part in outer:
            inner = place.setdefault(part, {})
            if isinstance(inner, Written):
                break
            place = inner
        else:
            place[name] = field
            continue
        # A member is not an object at the same time: the name holds the point.
        members[str(field.source)] = field
    return sql.SQL(" || ").join(_object(members))


def ambiguous(fields: Sequence[Written]) -> Iterator[tuple[Column, Unwritable]]:
    """Yield what a reader takes for something else: a document that is null, or a text."""
    for field in fields:
        if field.column.type is ColumnType.JSON:
            where = sql.SQL("coalesce(({})::text ~ {}, false)").format(
                field.value, sql.Literal(_AMBIGUOUS)
            )
            what = "is null or a text, which an import reads as none or as JSON in it"
            yield field.column, Unwritable(where, what, field.text)


def _object(members: Mapping[str, "Written | Members"]) -> list[sql.Composable]:
    """Return the pieces of text that an object is made of."""
    pieces: list[sql.Composable] = []
    for name, member in members.items():
        start = ("," if pieces else "{") + json.dumps(name, ensure_ascii=False) + ":"
        pieces.append(sql.Literal(start))
        if isinstance(member, Written):
            pieces.append(sql.SQL("coalesce({}, 'null')").format(_value(member)))
        else:
            pieces += _object(member)
    return [*pieces, sql.Literal("}")]


def _value(field: Written) -> sql.Composable:
    text = sql.SQL("to_json({})::text").format(field.json)
    if field.column.type is not ColumnType.JSON:
        return text
    # A document keeps its line ends, and an object stands in one line.
    return sql.SQL("translate({}, {}, '  ')").format(text, sql.Literal("\r\n"))
