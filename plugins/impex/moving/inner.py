"""Descriptors within a column: texts of the row itself, or rows of another table."""

import re
from collections.abc import Iterator
from typing import Final

from impex.config.fields import LANGUAGE
from impex.moving.columns import Column, cell
from impex.moving.drafts import Draft
from impex.moving.notes import shown
from impex.moving.queries import Gap, Insert, Literal, QueryError, read_insert, statements
from impex.moving.references import Master, Scope
from impex.moving.rows import read_rows
from impex.moving.source import Node
from impex.moving.tables import slug

_TUPLE: Final = "SLAVE_TUPLE_FIELD"
_CODES: Final = ("attributecode", "code")
_VALUES: Final = ("val",)
_DEEPEST: Final = 10


def inner_drafts(draft: Draft, depth: int = 1) -> Iterator[Draft]:
    """Translate the columns of a descriptor that are descriptors, and those in them.

    Yields:
        Descriptors for the same files. Texts of the row itself become columns of the outer one.
    """
    for node in draft.inner:
        name, kind = node.said("name"), node.said("field-type").upper()
        descriptor = node.one("import-descriptor")
        if descriptor is None or depth > _DEEPEST:
            what = f"{shown(name)} has no descriptor that can be read; it is left out."
            draft.notes.open(node, what, "Write a descriptor for the same files.")
            node.pass_over()
        elif column := _translation(draft, node, descriptor):
            draft.columns.append(column)
        else:
            scope = Scope(draft.scope.tables, {}, draft.scope.shop, Master(draft.table, draft.key))
            elements = _elements(draft, node, descriptor) if kind == _TUPLE else []
            found = read_rows(descriptor, slug(f"{draft.name} {name}"), scope)
            found.comments = node.told()
            _explode(found, elements)
            _share(found, draft)
            yield found
            yield from inner_drafts(found, depth + 1)
        node.pass_over_children("column-index")


def _share(found: Draft, draft: Draft) -> None:
    """Take the files of the outer descriptor; what the inner one says of files has no effect."""
    found.options["files"] = draft.options["files"]
    found.layout = draft.layout
    found.node.pass_over_children("import-file-descriptor")


def _translation(draft: Draft, node: Node, descriptor: Node) -> Column | None:
    """Return the column of the row that an attribute value of it is, if that is known."""
    code, value = _attribute_value(descriptor)
    prefix, _, language = code.rpartition("_")
    to = draft.table.translations.get(prefix)
    if to is None or value is None or not re.fullmatch(LANGUAGE, language):
        return None
    column = Column({}, node, comments=node.told())
    source = cell(value, column.notes)
    if source is None:
        return None
    column.options = {**source, "to": to, "language": language, "on_empty": "clear"}
    descriptor.pass_over()
    return column


def _attribute_value(descriptor: Node) -> tuple[str, Node | None]:
    """Return the code of the attribute that a descriptor writes, and the column with its value."""
    nodes = {node.said("name"): node for node in descriptor.columns("import-columns")}
    statement = descriptor.one("insert-sql", "insert-cmd")
    if statement is not None and statement.text.strip():
        return _inserted(statement.text, nodes)
    code = next(
        (n.said("value-constant") for name, n in nodes.items() if name.lower() in _CODES), ""
    )
    return code, next((n for name, n in nodes.items() if name.lower() in _VALUES), None)


def _inserted(text: str, nodes: dict[str, Node]) -> tuple[str, Node | None]:
    try:
        insert = read_insert(statements(text)[-1])
    except QueryError:
        insert = Insert("", ())
    code, value = "", None
    for name, given in insert.values:
        if name.lower() in _CODES and isinstance(given, Literal):
            code = given.text or ""
        if name.lower() in _VALUES and isinstance(given, Gap):
            value = nodes.get(given.name)
    return code, value


def _elements(draft: Draft, node: Node, descriptor: Node) -> list[Node]:
    """Let the cell that a tuple stands in be that of its first part; return the columns with it."""
    found = []
    for column in descriptor.columns("import-columns"):
        index = column.one("column-index")
        if index is not None and index.text.strip() == "0":
            index.text = node.said("column-index")
            found.append(column)
        elif index is not None and index.text.strip() != "-1":
            what = f"{shown(column.said('name'))} is a further part of a tuple; it is left out."
            draft.notes.open(column, what, "Let a `transform` of the rows take the parts apart.")
            descriptor.leave_out(column)
    return found


def _explode(found: Draft, elements: list[Node]) -> None:
    """Make a row of every element of a list."""
    listed = [c for c in found.columns if any(c.node is node for node in elements)]
    for column in listed[:1]:
        column.options |= {"split": ",", "explode": True}
    for column in listed[1:]:
        what = f"{column.to} comes from the same list as {listed[0].to}; it gets the whole list."
        column.notes.open(column.node, what, "Let a `transform` of the rows take the parts apart.")
