"""Editors complete and check group files with a schema made from the models."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from impex.config import group_schema

GROUPS = Path(__file__).parents[2] / "config" / "groups"

VALIDATOR = Draft202012Validator(group_schema())

COLUMN = {"to": "x"}


def group_with(column: object) -> dict[str, object]:
    """Return a group as an editor reads it."""
    descriptor = {"name": "b", "files": "b", "table": "s.b", "key": "x", "columns": [column]}
    return {"descriptors": [descriptor]}


def test_the_shipped_schema_is_the_generated_one() -> None:
    """``python -m impex schema > config/groups/group.schema.json`` has been run."""
    shipped = json.loads((GROUPS / "group.schema.json").read_text("utf-8"))

    assert shipped == group_schema()


def test_the_schema_is_valid_itself() -> None:
    """It follows the version of JSON Schema that it names."""
    Draft202012Validator.check_schema(group_schema())


@pytest.mark.parametrize("path", sorted(GROUPS.glob("*.yaml")), ids=lambda path: path.stem)
def test_editors_find_no_fault_in_the_shipped_groups(path: Path) -> None:
    """Each points to the schema and satisfies it."""
    text = path.read_text("utf-8")

    assert text.startswith("# yaml-language-server: $schema=group.schema.json\n")
    assert list(VALIDATOR.iter_errors(yaml.safe_load(text))) == []


@pytest.mark.parametrize(
    "column",
    [
        "sku",
        COLUMN,
        {"to": "x", "constant": 500, "type": "integer", "insert_only": True},
        {"to": "x", "default": False, "type": "boolean"},
        {"to": "x", "lookup": {"table": "s.t", "by": "c", "on_missing": None}},
    ],
)
def test_editors_accept_what_the_loader_accepts(column: object) -> None:
    """Also where YAML tools read a number, a boolean or nothing."""
    assert VALIDATOR.is_valid(group_with(column))


@pytest.mark.parametrize(
    "wrong",
    [
        {"titel": "x"},
        {"layout": {"delimeter": ";"}},
        {"on_error": "reject_row"},
        {"max_rejects": "many"},
        group_with({"to": "Name"}),
        group_with({"to": "x", "type": "desimal"}),
        group_with({"to": "x", "position": 0}),
        group_with({}),
    ],
)
def test_editors_mark_what_the_loader_refuses(wrong: dict[str, object]) -> None:
    """Unknown options, impossible values and missing options are red while typing."""
    assert not VALIDATOR.is_valid(group_with(COLUMN) | wrong)


def test_every_option_is_explained() -> None:
    """Hovering over any option shows what it does; no option has a value of nothing."""
    for option, schema in _options(group_schema()):
        assert schema.get("description"), option
        assert {"type": "null"} not in schema.get("anyOf", []), option


def _options(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the options of all blocks with their schemas."""
    blocks = [schema, *schema["$defs"].values(), schema["$defs"]["ColumnModel"]["anyOf"][1]]
    return [option for block in blocks for option in block.get("properties", {}).items()]
