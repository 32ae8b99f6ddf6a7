"""Exports beside COPY by hand, and kinds of files beside the plain one: their time, their memory."""

import shutil
from collections.abc import Iterator
from functools import cached_property, partial
from pathlib import Path

import psycopg

from tests.bench import copying, databases, shouting
from tests.bench.figure import Figure
from tests.bench.processes import Sample, run_case
from tests.bench.published import count, published, sha256, unpacked
from tests.bench.rounds import Samples, fastest, interleaved, peak
from tests.bench.workload import GROUPS, LARGE, SHRINK, Workload, workloads

_TEXT, _DOCUMENT = "bench-exports", "bench-exports-xml"
_FILE = "export: {file: products.csv}"
# What is written in place of something else where a file is not a plain one.
_KINDS = {
    "csv": (_FILE, _FILE),
    "transform": ("{to: name_en}", "{to: name_en, transform: 'shouting.py:shouted'}"),
    "gzip": (_FILE, "export: {file: products.csv.gz}"),
    "zip": ("publish: {keep_days: 1}", "publish: {zip: products.zip}"),
    "json": (_FILE, "export: {file: products.jsonl}\n    layout: {format: json}"),
    "xlsx": (_FILE, "export: {file: products.xlsx}"),
}
# They hold the same text.
_SAME = {"floor": "csv", "gzip": "csv", "zip": "csv"}
MOST_DOCUMENT_MB = 100


class Exports(Workload):
    """Exports of so many products, each with two variants."""

    @cached_property
    def filled(self) -> str:
        """The name of the database that has the products and their variants."""
        name = f"filled_{self.rows}"
        dsn = databases.create(self._settings, name, self.loaded)
        with psycopg.connect(dsn) as connection:
            connection.execute((Path(__file__).parent / "exports.sql").read_bytes())
        databases.vacuum(self._settings, name)
        return name

    def cases(self, *kinds: str) -> dict[str, partial[Sample]]:
        """Return exports of these kinds, and floors, as cases."""
        floors = {"floor": "copy out", "transform floor": "copy out and transform"}
        return {
            kind: partial(self.floor_of, floors[kind])
            if kind in floors
            else partial(self.export, kind)
            for kind in kinds
        }

    def export(self, kind: str) -> Sample:
        """Export by command; fail unless what is published is right."""
        with self.lend(self.filled) as environment:
            group = _DOCUMENT if kind == "xml" else f"{_TEXT}-{kind}"
            groups = {"IMPEX_GROUPS": str(self._groups)}
            sample = run_case(["export", group], environment | groups)
            self._read(kind, published(Path(environment["IMPEX_FILES"]), self.rows))
        return sample

    def floor_of(self, case: str) -> Sample:
        """Export by hand."""
        with self.lend(self.filled) as environment:
            sample = run_case([case], environment)
            self._read("floor", Path(environment["IMPEX_FILES"]) / copying.NAME)
        return sample

    @cached_property
    def _groups(self) -> Path:
        """The directory of a group for each kind, with the function beside it."""
        config = self._directory / "config"
        groups, functions = config / "groups", config / "transforms"
        groups.mkdir(parents=True, exist_ok=True)
        functions.mkdir(exist_ok=True)
        shutil.copy(shouting.__file__, functions)
        shutil.copy(GROUPS / f"{_DOCUMENT}.yaml", groups)
        text = (GROUPS / f"{_TEXT}.yaml").read_text()
        for kind, change in _KINDS.items():
            (groups / f"{_TEXT}-{kind}.yaml").write_text(text.replace(*change))
        return groups

    def _read(self, kind: str, path: Path) -> None:
        """Fail unless all files of a kind hold the same, and others find all rows in it."""
        what = _SAME.get(kind, kind)
        with unpacked(path) as stream:
            contents = sha256(stream)
        if self._contents.get(what) == contents:
            return
        if what in self._contents and kind != "xlsx":
            raise RuntimeError(f"{kind}: the file differs from another one that holds the same")
        self._contents[what] = contents
        with unpacked(path) as stream:
            found = count(what, stream)
        if found != self.rows:
            raise RuntimeError(f"{kind}: {found} rows can be read, and not {self.rows}")


def measure() -> Iterator[Figure]:
    """Yield text files beside COPY, packed ones and documents beside text, and their memory."""
    sizes = [rows // SHRINK for rows in (300_000, 50_000, 30_000)]
    with workloads(LARGE, *sizes, kind=Exports) as (large, middle, few, small):
        yield from _texts(large)
        yield from _documents(middle, small)
        name = f"xlsx export of {few.rows:,} rows, beside CSV"
        yield _beside(name, interleaved(name, few.cases("xlsx", "csv")), "xlsx", "csv")


def _texts(workload: Exports) -> Iterator[Figure]:
    what = f"export of {workload.rows:,} rows"
    kinds = ("csv", "floor", "transform", "transform floor", "gzip", "zip")
    samples = interleaved(what, workload.cases(*kinds))
    yield _beside(f"CSV {what}, two joins, beside COPY", samples, "csv", "floor", 1.25)
    name = f"CSV {what} with a transform, beside COPY and the function"
    yield _beside(name, samples, "transform", "transform floor", 2.0)
    for kind, bar in (("gzip", 1.6), ("zip", 2.2)):
        yield _beside(f"{kind} {what}, beside CSV", samples, kind, "csv", bar)


def _documents(large: Exports, small: Exports) -> Iterator[Figure]:
    what = f"export of {large.rows:,} records"
    samples = interleaved(what, large.cases("csv", "xml", "json"))
    yield _beside(f"XML {what}, two variants in each, beside CSV", samples, "xml", "csv", 5.5)
    yield _beside(f"JSON {what}, beside CSV", samples, "json", "csv")
    fewer = interleaved(f"export of {small.rows:,} records", small.cases("csv", "xml"))
    for kind in ("csv", "xml"):
        name = (
            f"peak memory of {kind.upper()} exports, {large.rows:,} records beside {small.rows:,}"
        )
        yield Figure(name, peak(samples[kind]), "MB", peak(fewer[kind]), bar=1.1)
    idle = run_case(["nothing"], {}).peak_rss_mb
    name = f"peak memory of XML exports above imports, beside {MOST_DOCUMENT_MB} MB"
    yield Figure(name, peak(samples["xml"]) - idle, "MB", MOST_DOCUMENT_MB, bar=1.0)


def _beside(
    name: str, samples: Samples, ours: str, reference: str, bar: float | None = None
) -> Figure:
    return Figure(
        name,
        fastest(samples[ours]),
        "s",
        fastest(samples[reference]),
        bar,
        peak(samples[ours]),
    )
