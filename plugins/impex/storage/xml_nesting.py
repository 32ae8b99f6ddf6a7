"""Documents of several exports in SQL: each row an element, with the elements of other rows in it."""

from collections.abc import Mapping

from psycopg import sql

from impex.domain.nesting import Nest
from impex.domain.xml_path import Step, record_path
from impex.storage.selection import Selection, Within
from impex.storage.statements import listed
from impex.storage.xml_records import Element, Names, declarations, record_element


def document_record(nest: Nest, selections: Mapping[str, Selection]) -> sql.Composable:
    """Return the text of the outermost records, with all that stands within them.

    Args:
        nest: The exports of the document.
        selections: Of each by its name; those with others within are joined with them.
    """
    element = _element(nest, selections)
    layout = nest.export.layout
    names = dict(layout.namespaces)
    if len(record_path(layout.record or "", names)) == 1:
        element.fixed += declarations(names)
    return element.always_written()


def _element(nest: Nest, selections: Mapping[str, Selection]) -> Element:
    selection, layout = selections[nest.export.name], nest.export.layout
    names = dict(layout.namespaces)
    path = record_path(layout.record or "", names)
    element = record_element(path[-1], selection.fields, names)
    for number, child in enumerate(nest.children):
        alias = sql.Identifier(f"x{number}")
        inner_path = record_path(child.export.layout.record or "", names)
        place = element
        for name in inner_path[len(path) : -1]:
            place = place.child(Step(name), Names(names))
        place.inner.append(sql.SQL("{}.content").format(alias))
        selection.within.append(_within(alias, child, selections))
    return element


def _within(alias: sql.Identifier, nest: Nest, selections: Mapping[str, Selection]) -> Within:
    """Return the rows of a nested export as one text for each row around them."""
    record = _element(nest, selections).always_written()
    selection = selections[nest.export.name]
    inner, outer = (nest.link.inner, nest.link.outer) if nest.link else ("", "")
    order = selection.order
    ordering = sql.SQL(" ORDER BY {}").format(listed(order)) if order else sql.SQL("")
    link = sql.Identifier("t", inner)
    rows = selection.table_rows(
        [
            sql.SQL("{} AS link").format(link),
            sql.SQL("string_agg({}, ''{}) AS content").format(record, ordering),
            sql.SQL("bool_or({}) AS faulty").format(selection.faulty),
        ]
    )
    return Within(alias, sql.SQL("{} GROUP BY {}").format(rows, link), outer)
