"""The rows of a sheet of an .ods document, read as a stream.

Libraries for the format hold the whole document, some kilobytes for every cell.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO
from zipfile import ZipFile

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.issues import Issue
from impex.domain.layout import Formulas, Layout
from impex.formats.batch import check_width
from impex.formats.sheet_cells import (
    Cell,
    CellFault,
    Row,
    boolean_text,
    check_row,
    moment_text,
    number_text,
    trimmed,
)
from impex.formats.sheet_choice import place_of_sheet

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_OFFICE, _TABLE, _TEXT = (f"{{{_OASIS}:{name}:1.0}}" for name in ("office", "table", "text"))
_SHEETS, _SHEET, _ROW = f"{_OFFICE}spreadsheet", f"{_TABLE}table", f"{_TABLE}table-row"
_CELL, _COVERED = f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"
_ROWS_REPEATED = f"{_TABLE}number-rows-repeated"
_CELLS_REPEATED = f"{_TABLE}number-columns-repeated"
_SHOWN_KIND = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_NUMBERS = frozenset({"float", "percentage", "currency"})
# Where the value of a kind of cell stands.
_VALUES = {
    **dict.fromkeys(_NUMBERS, "value"),
    "date": "date-value",
    "time": "time-value",
    "boolean": "boolean-value",
}
_WHOLE = re.compile(r"-?[0-9]{1,400}")
_PADDED = re.compile(r"-?0[0-9]{1,400}")
_DURATION = re.compile(r"PT(\d+)H(\d+)M(\d+)([.,]\d+)?S")
_SPACES = {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}
# Blanks that one element may stand for.
_MOST_BLANKS = 1000

# An element of lxml, which has no types.
Element = Any


def ods_rows(file: BinaryIO, layout: Layout) -> Iterator[Row]:
    """Yield the rows of the sheet that the layout names, without the empty ones."""
    wanted = 0
    if layout.sheet is not None:
        names = [name for _, name, row in _walk(file) if row is None]
        wanted = place_of_sheet(names, layout.sheet)
    number = 1
    for sheet, _, row in _walk(file):
        if row is not None and sheet == wanted:
            cells = trimmed(list(_cells(row, number, layout.formulas)))
            behind = number + max(int(row.get(_ROWS_REPEATED, "1")), 1)
            if cells:
                check_row(behind - 1)
                yield from ((line, cells) for line in range(number, behind))
            number = behind


def _walk(file: BinaryIO) -> Iterator[tuple[int, str, Element]]:
    """Yield index and name of each sheet, and again with each of its rows.

    A row must be read before the next one is asked for.
    """
    from lxml import etree

    with ZipFile(file) as archive, archive.open("content.xml") as content:
        steps = etree.iterparse(
            content,
            events=("start", "end"),
            tag=(_SHEET, _ROW),
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
            collect_ids=False,
        )
        index, name = -1, ""
        for event, element in steps:
            if event == "start" and element.getparent().tag == _SHEETS:
                _check_no_doctype(element)
                index, name = index + 1, element.get(f"{_TABLE}name", "")
                yield index, name, None
            elif event == "end" and element.tag == _ROW and _is_outermost(element):
                yield index, name, element
                _forget(element)


def _check_no_doctype(element: Element) -> None:
    """Raise if the document declares a type, which no spreadsheet program writes."""
    if element.getroottree().docinfo.internalDTD is not None:
        message = "the file cannot be read as a spreadsheet: it declares a document type"
        raise FileFaultError(Issue(Code.NOT_A_SPREADSHEET, message=message))


def _is_outermost(row: Element) -> bool:
    """Tell a row of a sheet from one of a table inside a cell."""
    return bool(next(row.iterancestors(_SHEET)).getparent().tag == _SHEETS)


def _forget(element: Element) -> None:
    """Free the memory of an element and of those before it."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def _cells(row: Element, number: int, formulas: Formulas) -> Iterator[Cell]:
    """Yield the cells of a row, none for empty ones at its end."""
    width = empty = 0
    for element in row.iterchildren(_CELL, _COVERED):
        repeated = max(int(element.get(_CELLS_REPEATED, "1")), 1)
        # What a merged cell covers is not seen, as in a sheet that is saved as CSV.
        cell = _cell(element, formulas) if element.tag == _CELL else ""
        if cell == "":
            empty += repeated
            continue
        width += empty + repeated
        check_width(width, number)
        yield from [""] * empty
        yield from [cell] * repeated
        empty = 0


def _cell(element: Element, formulas: Formulas) -> Cell:
    """Return what a cell says."""
    formula, kind = element.get(f"{_TABLE}formula"), element.get(f"{_OFFICE}value-type", "")
    if formula and formulas is Formulas.REFUSE:
        return CellFault(Code.FORMULA, formula)
    if formula and not kind:
        return CellFault(Code.UNSAVED_FORMULA, formula)
    shown = "\n".join(_text(paragraph) for paragraph in element.iterchildren(f"{_TEXT}p"))
    if element.get(_SHOWN_KIND) == "error":
        return CellFault(Code.CELL_ERROR, shown)
    return _value(element, kind, shown)


def _value(element: Element, kind: str, shown: str) -> Cell:
    """Write what a cell holds, which may be more than it shows."""
    value: str = element.get(f"{_OFFICE}{_VALUES.get(kind, 'string-value')}", shown)
    if kind in _NUMBERS:
        return _number(value, shown)
    if kind == "date":
        return _date(value, shown)
    if kind == "time":
        return _DURATION.sub(r"\1:\2:\3", value)
    return boolean_text(value == "true") if kind == "boolean" else value


def _number(value: str, shown: str) -> Cell:
    """Write a number; where the cell shows it with zeros in front, with these."""
    number = number_text(int(value) if _WHOLE.fullmatch(value) else float(value))
    if isinstance(number, str) and _WHOLE.fullmatch(number) and _PADDED.fullmatch(shown):
        return shown if int(shown) == int(number) else number
    return number


def _date(value: str, shown: str) -> str:
    """Write a date, with the time of day if there is one or if the cell shows it."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        # No day of the calendar that Python knows: the column's type will tell.
        return value
    return moment_text(moment, timed=":" in shown)


def _text(element: Element) -> str:
    """Return the text of a paragraph, with what stands for blanks and line ends."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}s":
            parts.append(" " * min(int(child.get(f"{_TEXT}c", "1")), _MOST_BLANKS))
        else:
            parts.append(_SPACES.get(child.tag) or _text(child))
        parts.append(child.tail or "")
    return "".join(parts)
