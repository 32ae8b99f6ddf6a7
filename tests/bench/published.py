"""What an export has published, read again: it is as its manifest says, and others can read it."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zipfile import ZipFile


def published(store: Path, rows: int) -> Path:
    """Return the only published file; fail unless its manifest is right and tells so many rows."""
    [manifest] = store.glob("exports/*/*/*.manifest.json")
    told = json.loads(manifest.read_text())
    [listed] = told["files"]
    entry = told["archive"] or listed
    path = manifest.parent / entry["name"]
    with path.open("rb") as stream:
        found = {"rows": rows, "bytes": path.stat().st_size, "sha256": sha256(stream)}
    if not found.items() <= entry.items():
        raise RuntimeError(f"the manifest says {entry}, and there is {found}")
    return path


@contextmanager
def unpacked(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, or the only one that is packed in it."""
    if path.suffix == ".gz":
        with gzip.open(path) as stream:
            yield stream
    elif path.suffix == ".zip":
        with ZipFile(path) as archive, archive.open(archive.namelist()[0]) as member:
            yield member
    else:
        with path.open("rb") as plain:
            yield plain


def sha256(stream: IO[bytes]) -> str:
    """Return the hash of what a stream has."""
    digest = hashlib.sha256()
    while block := stream.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def count(kind: str, stream: IO[bytes]) -> int:
    """Return how many rows or records another program finds in what an export of a kind wrote."""
    return _COUNTS.get(kind, _count_lines)(stream)


def _count_lines(stream: IO[bytes]) -> int:
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    return sum(1 for _ in csv.reader(text, strict=True)) - 1


def _count_shouted(stream: IO[bytes]) -> int:
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    return sum(row[1].isupper() for row in csv.reader(text, strict=True))


def _count_objects(stream: IO[bytes]) -> int:
    return sum(isinstance(json.loads(line), dict) for line in stream)


def _count_products(stream: IO[bytes]) -> int:
    """Count the records that have a name in three languages, a currency and two variants."""
    from lxml import etree

    found = 0
    for _, product in etree.iterparse(stream, tag="product"):
        variants = product.findall("variants/variant[@code]")
        names = product.findall("name")
        found += (
            len(variants) == 2 and len(names) == 3 and bool(product.find("price[@currency]").text)
        )
        product.clear()
        while product.getprevious() is not None:
            del product.getparent()[0]
    return found


def _count_sheet_rows(stream: IO[bytes]) -> int:
    with ZipFile(stream) as book, book.open("xl/worksheets/sheet1.xml") as sheet:
        return sheet.read().count(b"<row ") - 1


_COUNTS: dict[str, Callable[[IO[bytes]], int]] = {
    "transform": _count_shouted,
    "json": _count_objects,
    "xml": _count_products,
    "xlsx": _count_sheet_rows,
}
