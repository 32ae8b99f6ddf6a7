"""Every example of the page about data groups does what the page says."""

import gzip
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
import yaml
from psycopg import Connection, sql

from impex.config import load_group
from impex.domain.job import Request
from impex.services.import_package import import_package
from impex.services.resources import Resources
from local.settings import REPOSITORY

PAGE = (REPOSITORY / "docs" / "groups.md").read_text("utf-8")
(TABLES,) = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """One example: a descriptor's options, a file, the table before and after, and the faults."""

    title: str
    options: str
    file_name: str
    file: str
    before: str
    after: str


def _examples() -> Iterator[Example]:
    pattern = re.compile(
        r"\n\n(?P<title>[^\n]+(?:\n[^\n]+)*)\n\n```yaml example\n(?P<options>.*?)```\n\n"
        r"```(?:csv|json|xml) (?P<name>\S+)\n(?P<file>.*?)```\n\n"
        r"(?:```text before\n(?P<before>.*?)```\n\n)?```text after\n(?P<after>.*?)```",
        re.DOTALL,
    )
    for found in pattern.finditer(PAGE):
        title, options, name, file, before, after = found.groups(default="")
        yield Example(title.splitlines()[0], options, name, file, before, after)


EXAMPLES = list(_examples())


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.title for example in EXAMPLES])
def test_an_example_does_what_the_page_says(
    resources: Resources, tmp_path: Path, example: Example
) -> None:
    """The options as they stand there, the file as it stands there, the table as it stands there."""
    columns, expected, faults = _table(example.after)
    with resources.database.transaction() as connection:
        connection.execute("CREATE SCHEMA demo")
        connection.execute(TABLES.encode())
        _fill(connection, example.before)
    (tmp_path / "articles.yaml").write_text(_group(example.options))
    group = load_group(tmp_path / "articles.yaml")
    resources.store.write(f"inbox/articles/{example.file_name}", [_bytes(example)])

    report = import_package(
        resources, group, f"inbox/articles/{example.file_name}", Request("reader")
    )

    with resources.database.transaction() as connection:
        assert _rows(connection, columns) == expected
        found = connection.execute("SELECT line, code, value FROM impex.issue ORDER BY line, id")
        issues = found.fetchall()
    assert sorted(f"line {line}: {code}" for line, code, _ in issues) == sorted(faults)
    assert report.totals.balanced
    assert "ask Jane" not in str(issues)


def test_the_page_has_an_example_of_everything() -> None:
    """An example that the pattern above does not find would never be run."""
    assert len(EXAMPLES) == PAGE.count("```yaml example") > 20


def _group(options: str) -> str:
    """Complete the options of an example, of a group or of its only descriptor, to a group."""
    given = yaml.load(options, Loader=yaml.BaseLoader)
    described = given.pop("descriptors", None)
    [descriptor], shared = (described, given) if described else ([given], {})
    base = {"name": "articles", "files": "*", "table": "demo.article", "key": "sku"}
    return yaml.safe_dump({**shared, "descriptors": [{**base, **descriptor}]}, sort_keys=False)


def _bytes(example: Example) -> bytes:
    """Make the file of an example what its name says."""
    if example.file_name.endswith(".gz"):
        return gzip.compress(example.file.encode())
    if not example.file_name.endswith(".xlsx"):
        return example.file.encode()
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Articles")
    for line in example.file.splitlines():
        sheet.append(line.split(","))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _table(text: str) -> tuple[list[str], list[tuple[str, ...]], list[str]]:
    """Read a table of the page: its columns, its rows and the faults below it."""
    lines = text.splitlines()
    faults = [line for line in lines if re.fullmatch(r"line [0-9]+: [a-z_]+", line)]
    header, *rows = ([cell.strip() for cell in line.split("|")] for line in lines
                     if line not in faults)  # fmt: skip
    return header, [tuple(row) for row in rows], faults


def _fill(connection: Connection, before: str) -> None:
    """Put the rows that stand before the import into the table."""
    columns, rows, _ = _table(before) if before else ([], [], [])
    for row in rows:
        connection.execute(
            sql.SQL("INSERT INTO demo.article ({}) VALUES ({})").format(
                sql.SQL(", ").join(map(sql.Identifier, columns)),
                sql.SQL(", ").join(sql.Literal(cell or None) for cell in row),
            )
        )


def _rows(connection: Connection, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Return columns of the table as text, nothing as empty text."""
    texts = (sql.SQL("coalesce({}::text, '')").format(sql.Identifier(c)) for c in columns)
    return connection.execute(
        sql.SQL("SELECT {} FROM demo.article ORDER BY sku").format(sql.SQL(", ").join(texts))
    ).fetchall()
