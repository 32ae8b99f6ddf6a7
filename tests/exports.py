"""Exports groups in a test and looks at what was written."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from impex.config import load_group
from impex.config.user_files import UserFiles
from impex.domain.export_run import ExportReport, ExportRequest
from impex.domain.group import Group
from impex.services.export_group import export_group
from impex.services.resources import Resources
from impex.storage import exports


def written_group(directory: Path, text: str, name: str = "feed") -> Group:
    """Load a group from the text of its file."""
    groups = directory / "config" / "groups"
    groups.mkdir(parents=True, exist_ok=True)
    file = groups / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return load_group(file)


def exported(resources: Resources, group: Group, **how: Any) -> ExportReport:
    """Export a group; ``how`` is part of the request, such as ``params`` or ``complete``."""
    return export_group(resources, group, ExportRequest("test", **how))


def files(resources: Resources, report: ExportReport) -> dict[str, bytes]:
    """Return the published files by their names."""
    found = {}
    for piece in report.published:
        with resources.store.open(piece.key) as stream:
            found[piece.name] = stream.read()
    return found


def one_file(resources: Resources, report: ExportReport) -> str:
    """Return the text of the only published file."""
    (content,) = files(resources, report).values()
    return content.decode()


def unwritten(resources: Resources, report: ExportReport) -> list[tuple[str, str, str]]:
    """Return key, column and message of the rows that were left out."""
    with resources.database.transaction() as connection:
        found = list(exports.issues(connection, report.run.id))
    return [(i["key"], i["column"], i["message"]) for i in found]


def beside(directory: Path) -> UserFiles:
    """Return the files that groups of ``written_group`` may name."""
    return UserFiles(directory / "config")


THREE = """
    INSERT INTO shop.goods (code, name, price, stock, kind, brand_id) VALUES
        ('A', 'Apple', 1.5, 1, 'new', (SELECT id FROM shop.brand WHERE name = 'HP')),
        ('B', NULL, 20, 2, 'old', (SELECT id FROM shop.brand WHERE name = 'Dell')),
        ('C', 'Cup', NULL, 3, 'new', NULL)
"""
"""Rows of ``shop.goods``."""

_USUAL = {
    "direction": "export",
    "table": "shop.goods",
    "key": "code",
    "file": "goods.csv",
    "export": "empty: header",
    "where": "{}",
    "layout": "{}",
    "publish": "{}",
    "descriptor": "",
}


def goods_feed(columns: Sequence[str] = ("code",), **options: str | None) -> str:
    """Return the text of a group with one descriptor.

    Args:
        columns: As YAML.
        options: The same; ``export`` and ``descriptor`` are lines, None leaves an option out.
    """
    told = _USUAL | options
    taken = 'files: "goods*"' if told["direction"] == "both" else ""
    named = "".join(f"\n    {name}: {told[name]}" for name in ("table", "key") if told[name])
    listed = "".join(f"\n      - {column}" for column in columns)
    return f"""
title: Feed
publish: {told["publish"]}
descriptors:
  - name: goods
    direction: {told["direction"]}
    {taken}{named}
    {told["descriptor"]}
    layout: {told["layout"]}
    export:
      file: "{told["file"]}"
      where: {told["where"]}
      {told["export"]}
    columns:{listed}
"""


def lines(resources: Resources, directory: Path, **options: Any) -> list[str]:
    """Export goods and return the lines of the only file."""
    params = options.pop("given", {})
    group = written_group(directory, goods_feed(**options))
    user = replace(resources, user_files=beside(directory))
    return one_file(user, exported(user, group, params=params)).splitlines()


def records(text: str) -> list[list[str]]:
    """Return the records of a CSV file, header and all."""
    return list(csv.reader(io.StringIO(text, newline="")))


def functions(directory: Path, text: str) -> None:
    """Write the functions ``words.py`` where ``beside`` finds them."""
    folder = directory / "config" / "transforms"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "words.py").write_text(text, "utf-8")
