"""Our reading of a zip beside the standard library's."""

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from tests.bench import products
from tests.bench.figure import Figure
from tests.bench.processes import run_case
from tests.bench.products import File
from tests.bench.rounds import beside, interleaved
from tests.bench.workload import LARGE


def measure() -> Iterator[Figure]:
    """Yield the time to read a packed file to its end, its checks included."""
    with tempfile.TemporaryDirectory() as scratch:
        plain, packed = Path(scratch) / "products.csv", Path(scratch) / "products.zip"
        products.write(plain, File.NEW, LARGE)
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            archive.write(plain, plain.name)
        name = f"zip of {LARGE:,} rows, beside zipfile"
        cases = {
            "ours": partial(run_case, ["member", str(packed)], {}),
            "zipfile": partial(run_case, ["zipfile", str(packed)], {}),
        }
        yield beside(name, interleaved(name, cases, rounds=5), "zipfile", bar=1.1)
