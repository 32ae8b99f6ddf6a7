"""Group files to start a test from."""

import textwrap
from pathlib import Path

from impex.config import load_group
from impex.domain.column import Column
from impex.domain.errors import ConfigError
from impex.domain.group import Group

BRANDS = """\
title: Brands
descriptors:
  - name: brands
    files: brands*.csv
    table: shop.brand
    key: name
    columns:
      - name
"""


def load(directory: Path, text: str, name: str = "brands") -> Group:
    """Load a group from its text."""
    path = directory / f"{name}.yaml"
    path.write_text(textwrap.dedent(text), "utf-8")
    return load_group(path)


def faults(directory: Path, text: str) -> list[str]:
    """Return the problems of a group's text as ``line: what hint``; none if it loads."""
    try:
        load(directory, text)
    except ConfigError as error:
        start = f"{directory / 'brands.yaml'}:"
        return [str(problem).removeprefix(start) for problem in error.problems]
    return []


def group_text(*, column: str = "extra", descriptor: str = "", group: str = "") -> str:
    """Return the text of a group with the given lines added; the column stands in line 9."""
    indented = textwrap.indent(descriptor, "    ")
    return f"{BRANDS}      - {column}\n{indented}\n{group}\n"


def load_column(directory: Path, column: str) -> Column:
    """Return the second column of a group, written as the given YAML."""
    return load(directory, group_text(column=column)).descriptors[0].columns[1]
