"""Editors complete and check the file of notices with a schema made from the models."""

import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from impex.cli.running import DONE
from local.settings import REPOSITORY
from orders.cli.commands import main
from orders.config.schema import notices_schema

SHIPPED = REPOSITORY / "config" / "notices.schema.json"


def test_the_shipped_schema_is_the_generated_one(capsys: pytest.CaptureFixture[str]) -> None:
    """``python -m orders schema notices > config/notices.schema.json`` has been run."""
    assert json.loads(SHIPPED.read_text("utf-8")) == notices_schema()
    assert main(["schema", "notices"]) == DONE
    assert capsys.readouterr().out == SHIPPED.read_text("utf-8")


def test_editors_find_no_fault_in_the_shipped_file() -> None:
    """It points to the schema and satisfies it."""
    text = (REPOSITORY / "config" / "notices.yaml").read_text("utf-8")

    assert text.startswith("# yaml-language-server: $schema=notices.schema.json\n")
    assert list(Draft202012Validator(notices_schema()).iter_errors(yaml.safe_load(text))) == []
