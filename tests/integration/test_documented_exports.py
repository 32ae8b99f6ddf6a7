"""Every example of the page about exports does what the page says."""

import gzip
import io
import re
import shlex
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml
from psycopg import sql

from impex.cli.arguments import parser
from impex.config import load_group
from impex.domain.export_run import ExportReport
from impex.domain.group import Group
from impex.domain.layout import Audience
from impex.domain.report import Counts
from impex.services.resources import Resources
from local.settings import REPOSITORY
from tests.exports import beside, exported, files, unwritten, written_group
from tests.imports import bring
from tests.samples import sample_package

PAGE = (REPOSITORY / "docs" / "exports.md").read_text("utf-8")
(TABLES,) = re.findall(r"```sql tables\n(.*?)```", PAGE, re.DOTALL)
COMMAND = "python -m impex "
FOLDERS = {"sql": "queries", "python": "transforms"}
BLOCK = re.compile(r"^```(\w+) ?(.*?)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BASE = {"name": "articles", "direction": "export", "table": "demo.article", "key": "sku"}


@dataclass(frozen=True, slots=True)
class Step:
    """One block of an example: what is given, or what must come out."""

    language: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """A group, and the blocks behind it."""

    title: str
    group: Step
    steps: tuple[Step, ...]


def _examples() -> Iterator[Example]:
    for section in re.split(r"^##+ .*$", PAGE, flags=re.MULTILINE):
        prose, *examples = re.split(r"\n\n(?=```yaml )", section)
        for text in examples:
            group, *steps = (Step(*found) for found in BLOCK.findall(text))
            yield Example(prose.rpartition("\n\n")[2], group, tuple(steps))
            prose = text


EXAMPLES = list(_examples())


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.title for example in EXAMPLES])
def test_an_example_writes_what_the_page_says(
    resources: Resources, tmp_path: Path, example: Example
) -> None:
    """The options, the tables, the command and the files as they stand there."""
    Reader(replace(resources, user_files=beside(tmp_path)), tmp_path, example).follow()


def test_the_page_has_an_example_of_everything() -> None:
    """An example that the pattern above does not find would never be run."""
    assert len(EXAMPLES) == PAGE.count("```yaml") > 10
    assert all(any(_is_file(step) for step in example.steps) for example in EXAMPLES)


class Reader:
    """Somebody who does what an example says, and looks whether the files are those of the page."""

    def __init__(self, resources: Resources, directory: Path, example: Example) -> None:
        """Set up the tables and the group."""
        self._resources = resources
        self._directory = directory
        self._example = example
        self._report: ExportReport | None = None
        self._execute("CREATE SCHEMA demo")
        self._execute(TABLES)
        self._group = self._written_group()

    def follow(self) -> None:
        """Take the steps one after the other."""
        expected: dict[str, str] = {}
        for step in self._example.steps:
            if _is_file(step):
                self._report = self._report or exported(self._resources, self._group)
                expected[step.name] = step.text
            elif step.name == "left out":
                assert self._left_out() == sorted(step.text.splitlines())
            else:
                self._compare(expected)
                expected = {}
                self._take(step)
        self._compare(expected)
        if self._group.descriptors:
            self._bring_back()

    def _written_group(self) -> Group:
        for step in self._example.steps:
            if step.name and step.language in FOLDERS:
                file = self._directory / "config" / FOLDERS[step.language] / step.name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(step.text, "utf-8")
        kind, _, name = self._example.group.name.partition(" ")
        text = self._example.group.text
        if kind == "group":
            if "shop." in text:
                samples = REPOSITORY / "config" / "groups" / "sample-catalogue.yaml"
                bring(self._resources, load_group(samples), sample_package())
            return written_group(self._directory, text, name)
        given: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)
        given["export"] = {"file": "articles.csv"} | given.get("export", {})
        group = yaml.safe_dump({"descriptors": [BASE | given]}, sort_keys=False)
        return written_group(self._directory, group, "articles")

    def _take(self, step: Step) -> None:
        """Do what a block says."""
        if step.language == "sh":
            (line,) = step.text.splitlines()
            options = parser().parse_args(shlex.split(line.removeprefix(COMMAND)))
            assert (options.command, options.group) == ("export", self._group.name)
            self._report = exported(
                self._resources,
                self._group,
                params=dict(text.split("=") for text in options.param),
                audience=Audience(options.audience),
                complete=options.complete,
            )
        elif step.name == "before":
            self._fill(step.text)
        elif not step.name:
            self._execute(step.text)

    def _compare(self, expected: dict[str, str]) -> None:
        if expected and self._report:
            found = files(self._resources, self._report)
            encoding = self._group.exports[0].layout.encoding
            assert {n: _shown(n, data, encoding) for n, data in found.items()} == expected

    def _left_out(self) -> list[str]:
        assert self._report is not None
        found = unwritten(self._resources, self._report)
        return sorted(f"{key}: {message}" if key else message for key, _, message in found)

    def _bring_back(self) -> None:
        """Import what was exported: nothing changes."""
        assert self._report is not None
        for name, data in files(self._resources, self._report).items():
            rows = sum(file.rows for file in self._report.files)
            report = bring(self._resources, self._group, data, name)
            assert report.totals == Counts(read=rows, unchanged=rows)

    def _fill(self, before: str) -> None:
        columns, *rows = (
            [cell.strip() for cell in line.split("|")] for line in before.splitlines()
        )
        for row in rows:
            self._execute(
                sql.SQL("INSERT INTO demo.article ({}) VALUES ({})").format(
                    sql.SQL(", ").join(map(sql.Identifier, columns)),
                    sql.SQL(", ").join(sql.Literal(cell or None) for cell in row),
                )
            )

    def _execute(self, statement: str | sql.Composed) -> None:
        with self._resources.database.transaction() as connection:
            connection.execute(statement.encode() if isinstance(statement, str) else statement)


def _is_file(step: Step) -> bool:
    """Tell whether a block shows a file that must come out."""
    return "." in step.name and step.language in ("csv", "json", "xml", "text")


def _shown(name: str, data: bytes, encoding: str) -> str:
    """Return a file as the page shows it."""
    if name.endswith(".zip"):
        return "".join(f"{member}\n" for member in zipfile.ZipFile(io.BytesIO(data)).namelist())
    if name.endswith(".xlsx"):
        (sheet,) = openpyxl.load_workbook(io.BytesIO(data)).worksheets
        rows = (",".join(map(_cell, row)) for row in sheet.iter_rows(values_only=True))
        return "".join(f"{row}\n" for row in rows)
    if name.endswith(".gz"):
        data = gzip.decompress(data)
    return data.decode(encoding).replace("\r\n", "\n")


def _cell(value: object) -> str:
    return str(value).removesuffix(" 00:00:00")
