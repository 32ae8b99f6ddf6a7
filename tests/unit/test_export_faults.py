"""Every fault of what a group exports is told with its line, in words, with the way out."""

from pathlib import Path

import pytest

from tests.unit.group_files import faults

GROUP = """\
{group}
descriptors:
  - name: goods
    direction: export
    {descriptor}
    layout: {layout}
    export: {export}
    columns:
      - {column}
"""

EXPORT_FAULTS = {
    "{}": "8: `file` is missing. Name of the file.",
    "{file: a.csv, fiel: b}": "There is no option `fiel` here. Did you mean `file`?",
    "{file: '{nobody}.csv'}": "`{nobody}.csv` contains {nobody}; possible are {date}, {group}, {descriptor}, {run}, {part}.",
    "{file: a/b.csv}": "`a/b.csv` must be a plain file name without folders.",
    "{file: '{date:%Y/%m}.csv'}": "`{date:%Y/%m}.csv` must be a plain file name without folders.",
    "{file: a.csv, split_rows: 5}": "The names of several files need a number. Write {part} in `file`.",
    "{file: 'a-{part}.csv', split_rows: 0}": "`split_rows` must be 1 or more, not `0`.",
    "{file: a.csv, empty: nothing}": "`empty` cannot be `nothing`. Possible: file, header, skip.",
    "{file: a.csv, quoting: al}": "`quoting` cannot be `al`. Did you mean `all`? Possible: minimal, text, all.",
    "{file: a.csv, line_end: cr}": "`line_end` cannot be `cr`. Did you mean `crlf`? Possible: lf, crlf.",
    "{file: a.csv, bom: yes}": "`bom` must be true or false, not `yes`.",
    "{file: a.csv, watermark: at, changed_rows: true}": "`watermark` and `changed_rows` exclude each other. Keep one of them.",
    "{file: a.csv, where: {kind: '${kind}'}}": "There is no parameter `kind`. Add it to `params` of `publish`.",
    "{file: a.csv, query: a.sql}": "`table` and `query` exclude each other. Name a table, or a file with a query.",
    "{file: a.csv, query: ../a.sql}": "`query` must be",
}  # fmt: skip


@pytest.mark.parametrize(("export", "fault"), EXPORT_FAULTS.items())
def test_a_fault_of_an_export_is_told_in_words(tmp_path: Path, export: str, fault: str) -> None:
    """In the line of the option."""
    _told(faults(tmp_path, _group(export=export)), fault)


LAYOUT_FAULTS = {
    "{widths: [3, 4]}": "Files of fixed width cannot be written. Remove `widths`.",
    "{encoding: detect}": "There is nothing to detect in what is written. Name an encoding.",
    "{format: json, encoding: utf-16}": "json is written in UTF-8. Remove `encoding`.",
    "{format: xml, record: /a/b, encoding: cp1251}": "xml is written in UTF-8. Remove `encoding`.",
    "{format: xml}": "`format: xml` needs the path to the records. For example `record: /catalog/product`.",
    "{format: xml, record: /item}": "A document has one root, and each record is `/item`. Write `split_rows: 1` and `empty: skip`, or a longer path.",
    "{format: xml, record: /a/b, schema_file: a.xsd}": "There is no file `a.xsd` in",
    "{header: false}": "`code` is a header name, but the file has no header. Give its `position`, or write `header: true`.",
    "{audience: people}": "`audience` cannot be `people`. Possible: system, spreadsheet.",
}  # fmt: skip


@pytest.mark.parametrize(("layout", "fault"), LAYOUT_FAULTS.items())
def test_a_layout_that_cannot_be_written_is_told_in_words(
    tmp_path: Path, layout: str, fault: str
) -> None:
    """With what to write instead."""
    _told(faults(tmp_path, _group(layout=layout)), fault)


DESCRIPTOR_FAULTS = {
    "{files: a.csv}": "`files` has no effect on an export. Remove it.",
    "{service: csv-import}": "`service: csv-import` contradicts `direction: export`. Remove one of them.",
    "{service: xlsx-export}": "The name of a spreadsheet ends with .xlsx. Give it that ending.",
    "{transform: 'a.py:b'}": "There is no file `a.py` in",
}


@pytest.mark.parametrize(("descriptor", "fault"), DESCRIPTOR_FAULTS.items())
def test_an_option_that_an_export_has_no_use_for_is_told_in_words(
    tmp_path: Path, descriptor: str, fault: str
) -> None:
    """In its own line."""
    options = descriptor.strip("{}")
    _told(
        faults(tmp_path, _group(descriptor=f"table: shop.goods\n    key: code\n    {options}")),
        fault,
    )


PUBLISH_FAULTS = {
    "{zip: all.gz}": "`all.gz` must end with .zip.",
    "{zip: '{nobody}.zip'}": "`{nobody}.zip` contains {nobody}",
    "{to: 's3://user:secret@bucket/x'}": "must not hold a password. Make an Airflow connection with it",
    "{to: 'ftp://host/x'}": "names no place that is known here: `ftp://host/x`. As in `s3://bucket/folder`.",
    "{schedule: sometimes}": "`schedule`",
    "{keep_days: 0}": "`keep_days` must be 1 or more, not `0`.",
    "{params: {date: x}}": "`{date}` stands for something else in the names of files. Give it another name.",
}


@pytest.mark.parametrize(("publish", "fault"), PUBLISH_FAULTS.items())
def test_a_fault_of_what_is_published_is_told_in_words(
    tmp_path: Path, publish: str, fault: str
) -> None:
    """In the line of the group."""
    _told(faults(tmp_path, _group(group=f"publish: {publish}")), fault)


REVERSE_FAULTS = {
    "layout: {skip_lines: 1}": "`skip_lines` is nothing that an export writes. Remove it, or write `direction: import`.",
    "layout: {total_row: Sum}": "`total_row` is nothing that an export writes. Remove it, or write `direction: import`.",
    "on_error: reject_rows": "`regex` works in one direction. Make two descriptors.",
    "only: {kind: new}": "`only` works in one direction. Make two descriptors.",
}  # fmt: skip


@pytest.mark.parametrize(("options", "fault"), REVERSE_FAULTS.items())
def test_what_works_in_one_direction_is_refused_in_both(
    tmp_path: Path, options: str, fault: str
) -> None:
    """An import would not find what the export has left."""
    text = f"""\
descriptors:
  - name: goods
    direction: both
    files: a*
    table: shop.goods
    key: code
    {options}
    export: {{file: a.csv}}
    columns: [code, {{to: kind, regex: a}}]
"""
    _told(faults(tmp_path, text), fault)


def test_an_export_without_a_direction_has_no_effect(tmp_path: Path) -> None:
    """Which is told, and not done in silence."""
    text = _group().replace("    direction: export\n", "    files: a*\n")

    _told(faults(tmp_path, text), "`export` has no effect on an import. Write `direction: both`")


def test_a_direction_without_an_export_is_told(tmp_path: Path) -> None:
    """And so is a group that publishes nothing."""
    text = _group().replace("    export: {file: a.csv}\n", "")
    _told(faults(tmp_path, text), "`export` is missing. Which rows are exported, and how.")

    alone = text.replace("direction: export", "files: a*")
    found = faults(tmp_path, f"publish: {{keep_days: 3}}\n{alone}")
    _told(found, "`publish` has no effect: no descriptor exports anything.")


def test_two_exports_of_one_file_are_told(tmp_path: Path) -> None:
    """Unless they are one document."""
    text = _group()
    second = text[text.index("  - name: goods") :].replace("name: goods", "name: other")

    _told(faults(tmp_path, text + second), "`goods` and `other` write the same file.")


def test_a_path_of_a_constant_that_cannot_be_followed_is_told(tmp_path: Path) -> None:
    """As of every other column."""
    text = _group(
        layout="{format: xml, record: /a/b}", column="{from: '@x/y', to: note, constant: c}"
    )

    _told(faults(tmp_path, text), "The path `@x/y`")


def test_a_constant_of_a_run_that_reads_a_file_is_no_constant_of_an_export(tmp_path: Path) -> None:
    """There is no file, no package, and no line."""
    text = _group(column="{from: shop, to: note, constant: '${file_name}'}")

    _told(faults(tmp_path, text), "`${file_name}` is known when a file is read, not in an export")


def _group(
    *,
    descriptor: str = "table: shop.goods\n    key: code",
    layout: str = "{}",
    export: str = "{file: a.csv}",
    column: str = "code",
    group: str = "",
) -> str:
    return GROUP.format(
        descriptor=descriptor, layout=layout, export=export, column=column, group=group
    )


def _told(found: list[str], fault: str) -> None:
    assert any(fault in text for text in found), found
