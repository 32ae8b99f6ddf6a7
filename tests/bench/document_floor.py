"""Documents read by hand: the children of each record walked once, as CSV for COPY.

What a careful person would write for documents that are known to be right. Needs lxml only.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

from lxml import etree

from tests.bench.floor import CleanTable

CATALOGUE, TEXTS = "urn:bench:catalogue", "urn:bench:texts"
_XML = "{http://www.w3.org/XML/1998/namespace}lang"
_ROWS = 5_000
_PLACES = {
    f"{{{CATALOGUE}}}brand": 4,
    f"{{{CATALOGUE}}}category": 5,
    f"{{{CATALOGUE}}}price": 6,
    f"{{{CATALOGUE}}}stock": 8,
    f"{{{CATALOGUE}}}weight": 9,
    f"{{{CATALOGUE}}}active": 10,
    f"{{{CATALOGUE}}}released": 11,
    f"{{{TEXTS}}}description": 12,
}
_NAME, _PRICE = f"{{{TEXTS}}}name", f"{{{CATALOGUE}}}price"
_LANGUAGES = {"en": 1, "de": 2, "uk": 3}


def csv_blocks(table: CleanTable) -> Iterator[bytes]:
    """Yield the records of a document as CSV with a header."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(table.columns)
    for number, row in enumerate(_rows(table.rows), 1):
        writer.writerow(row)
        if number % _ROWS == 0:
            yield target.getvalue().encode()
            target.seek(0)
            target.truncate()
    yield target.getvalue().encode()


def _rows(path: str) -> Iterator[list[str | None]]:
    for _, record in etree.iterparse(path, tag=f"{{{CATALOGUE}}}product"):
        row: list[str | None] = [None] * 13
        row[0] = record.get("sku")
        for child in record:
            _take(child, row)
        yield row
        record.clear()
        while record.getprevious() is not None:
            del record.getparent()[0]


def _take(child: Any, row: list[str | None]) -> None:
    if child.tag == _NAME:
        row[_LANGUAGES[child.get(_XML)]] = child.text
    elif child.tag in _PLACES:
        row[_PLACES[child.tag]] = child.text
        if child.tag == _PRICE:
            row[7] = child.get("currency")
