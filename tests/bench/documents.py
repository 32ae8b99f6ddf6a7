"""XML documents of the same products beside documents that are read by hand."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from tests.bench import products
from tests.bench.document_floor import CATALOGUE, TEXTS
from tests.bench.figure import Figure
from tests.bench.products import File
from tests.bench.rounds import beside, interleaved
from tests.bench.workload import SHRINK, SMALL, Workload, workloads

_LANGUAGES = ("en", "de", "uk")
_NAMES = ("brand", "category", "price", "currency", "stock", "weight", "active", "released")


class Documents(Workload):
    """The rows of product files as XML: two namespaces, three languages, two images each."""

    group = "bench-documents"
    floor_case = "document floor"

    def sent(self, file: File) -> Path:
        """Return the document as a shop would send it."""
        return self._made(f"products-{self.rows}-{file.name.lower()}.xml", _write, file)

    def clean(self, file: File) -> Path:
        """Return the good records with resolved ids."""
        return self._made(f"clean-{self.rows}-{file.name.lower()}.xml", _write_clean, file)


def measure() -> Iterator[Figure]:
    """Yield imports of documents beside their floor, and how memory grows with the records."""
    with workloads(SMALL, 300_000 // SHRINK, kind=Documents) as (small, large):
        figures = [_beside_floor(small, 5), _beside_floor(large, 3)]
    yield from figures
    sizes = f"{large.rows:,} records beside {small.rows:,}"
    most = [figure.peak_rss_mb or 0 for figure in figures]
    yield Figure(f"peak memory, {sizes}", most[1], "MB", reference=most[0], bar=1.1)


def _beside_floor(workload: Workload, rounds: int) -> Figure:
    name = f"import of {workload.rows:,} XML records, mixed"
    cases = {
        "ours": partial(workload.ours, File.MIXED),
        "floor": partial(workload.floor, File.MIXED),
    }
    return beside(name, interleaved(name, cases, rounds), "floor", bar=1.5)


def _write(path: Path, file: File, rows: int) -> None:
    _write_document(path, products.sent(file, rows))


def _write_clean(path: Path, file: File, rows: int) -> None:
    _write_document(path, products.clean(file, rows))


def _write_document(path: Path, rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as target:
        target.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        target.write(f'<c:catalogue xmlns:c="{CATALOGUE}" xmlns:t="{TEXTS}">\n')
        target.writelines(map(_record, rows))
        target.write("</c:catalogue>\n")


def _record(row: Sequence[str]) -> str:
    sku, *names = row[:4]
    cells = dict(zip(_NAMES, row[4:12], strict=True))
    currency = cells.pop("currency")
    parts = [
        f'  <t:name xml:lang="{language}">{escape(name)}</t:name>\n'
        for language, name in zip(_LANGUAGES, names, strict=True)
    ]
    for name, text in cells.items():
        unit = f' currency="{currency}"' if name == "price" else ""
        parts.append(f"  <c:{name}{unit}>{escape(text)}</c:{name}>\n")
    parts += (f"  <c:image>images/{sku}_{number}.jpg</c:image>\n" for number in (1, 2))
    description = f"  <t:description>{escape(row[12])}</t:description>\n"
    return f"<c:product sku={quoteattr(sku)}>\n{''.join(parts)}{description}</c:product>\n"
