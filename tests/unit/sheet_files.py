"""Spreadsheets as bytes: written by a library, or by hand where a library would not write so."""

import io
from collections.abc import Iterable, Sequence
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"


def xlsx(rows: Iterable[Sequence[Any]], formats: dict[str, str] | None = None) -> bytes:
    """Write a workbook of one sheet.

    Args:
        rows: Values as Python has them; a text that begins with ``=`` is a formula.
        formats: Number formats of cells.
    """
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    for cell, number_format in (formats or {}).items():
        sheet[cell].number_format = number_format
    return saved(book)


def saved(book: Any) -> bytes:
    """Return the bytes of a workbook."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def xlsx_by_hand(rows: str, head: str = "") -> bytes:
    """Put XML rows into a workbook: ``<row><c r="A1"><v>1</v></c></row>``."""
    sheet = f'{head}<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    return with_part(xlsx([]), SHEET, sheet.encode())


def xlsx_sharing(strings: str, rows: str) -> bytes:
    """Put XML rows into a workbook with a table of shared texts: ``<si><t>x</t></si>``."""
    name = "[Content_Types].xml"
    data = xlsx_by_hand(rows)
    with ZipFile(io.BytesIO(data)) as archive:
        kinds = archive.read(name).decode()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    part = f'<Override PartName="/{STRINGS}" ContentType="{kind}"/></Types>'
    data = with_part(data, name, kinds.replace("</Types>", part).encode())
    return with_part(data, STRINGS, strings.format(f'<sst xmlns="{_MAIN}">').encode())


def ods(sheets: dict[str, str] | str, head: str = "") -> bytes:
    """Write a document of sheets with XML rows, in the prefixes ``t``, ``o``, ``x`` and ``c``."""
    if isinstance(sheets, str):
        sheets = {"Sheet1": sheets}
    tables = "".join(f'<t:table t:name="{n}">{rows}</t:table>' for n, rows in sheets.items())
    content = (
        f'{head}<o:document-content xmlns:o="{_OASIS}:office:1.0" xmlns:t="{_OASIS}:table:1.0" '
        f'xmlns:x="{_OASIS}:text:1.0" xmlns:c="{_CALC}"><o:body><o:spreadsheet>{tables}'
        "</o:spreadsheet></o:body></o:document-content>"
    )
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    return zipped({"mimetype": kind, "content.xml": content.encode()})


def ods_row(*cells: str | tuple[str, str, str], attributes: str = "") -> str:
    """Write a row of texts, or of kind, value and what is shown."""
    return f"<t:table-row {attributes}>{''.join(map(_ods_cell, cells))}</t:table-row>"


def _ods_cell(cell: str | tuple[str, str, str]) -> str:
    if isinstance(cell, str):
        kind = (
            f'<t:table-cell o:value-type="string"><x:p>{cell}</x:p>' if cell else "<t:table-cell>"
        )
        return f"{kind}</t:table-cell>"
    kind, value, shown = cell
    attribute = {"date": "date-value", "time": "time-value", "boolean": "boolean-value"}
    return (
        f'<t:table-cell o:value-type="{kind}" o:{attribute.get(kind, "value")}="{value}">'
        f"<x:p>{shown}</x:p></t:table-cell>"
    )


def with_part(package: bytes, name: str, content: bytes) -> bytes:
    """Replace one part of a spreadsheet, or add it."""
    with ZipFile(io.BytesIO(package)) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    return zipped(parts | {name: content})


def zipped(parts: dict[str, bytes]) -> bytes:
    """Pack the parts of a spreadsheet."""
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()
