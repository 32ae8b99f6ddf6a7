"""Editors complete and check exporter files with a schema made from the models."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from impex.cli.running import DONE
from orders.cli.commands import main
from orders.config import exporter_schema
from tests.exporters import EXPORTERS

SHIPPED = EXPORTERS / "exporter.schema.json"
VALIDATOR = Draft202012Validator(exporter_schema())
SOUND: dict[str, Any] = {"flag": "INITPAID", "target": {"table": {"name": "a.b"}}}


def test_the_shipped_schema_is_the_generated_one(capsys: pytest.CaptureFixture[str]) -> None:
    """``python -m orders schema exporters > config/exporters/exporter.schema.json`` has been run."""
    assert json.loads(SHIPPED.read_text("utf-8")) == exporter_schema()
    assert main(["schema", "exporters"]) == DONE
    assert capsys.readouterr().out == SHIPPED.read_text("utf-8")


def test_the_schema_is_valid_itself() -> None:
    """It follows the version of JSON Schema that it names."""
    Draft202012Validator.check_schema(exporter_schema())


@pytest.mark.parametrize("path", sorted(EXPORTERS.glob("*.yaml")), ids=lambda path: path.stem)
def test_editors_find_no_fault_in_the_shipped_exporters(path: Path) -> None:
    """Each points to the schema and satisfies it."""
    text = path.read_text("utf-8")

    assert text.startswith("# yaml-language-server: $schema=exporter.schema.json\n")
    assert list(VALIDATOR.iter_errors(yaml.safe_load(text))) == []


@pytest.mark.parametrize(
    "right",
    [
        {"approval": "required"},
        {"approval": {"per": "batch"}},
        {"when": {"status": "completed", "country": ["DE", "AT"], "total": {"from": 9.5}}},
    ],
)
def test_editors_take_every_way_of_writing(right: dict[str, object]) -> None:
    """Short forms, one or a list."""
    assert VALIDATOR.is_valid(SOUND | right)


@pytest.mark.parametrize(
    "wrong",
    [
        {"titel": "x"},
        {"flag": "initpaid"},
        {"approval": "requird"},
        {"when": {"status": "in_progres"}},
        {"when": {"shop": []}},
        {"target": {"http": {"connection": "c"}}},
        {"retry": {"first": "soon"}},
    ],
)
def test_editors_mark_what_the_loader_refuses(wrong: dict[str, object]) -> None:
    """Unknown options, impossible values and missing options are red while typing."""
    assert VALIDATOR.is_valid(SOUND)
    assert not VALIDATOR.is_valid(SOUND | wrong)


def test_every_option_is_explained() -> None:
    """Hovering over any option shows what it does."""
    schema: dict[str, Any] = exporter_schema()
    blocks = [schema, *schema["$defs"].values()]
    variants = [variant for block in blocks for variant in block.get("anyOf", [])]

    for block in [*blocks, *variants]:
        for option, described in block.get("properties", {}).items():
            assert described.get("description"), option
