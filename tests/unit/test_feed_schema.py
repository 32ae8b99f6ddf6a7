"""Editors complete and check feed files with a schema made from the models."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from orders.config import feed_schema
from tests.feeds import FEEDS

VALIDATOR = Draft202012Validator(feed_schema())


def test_the_shipped_schema_is_the_generated_one() -> None:
    """``python -m orders schema > config/feeds/feed.schema.json`` has been run."""
    shipped = json.loads((FEEDS / "feed.schema.json").read_text("utf-8"))

    assert shipped == feed_schema()


def test_the_schema_is_valid_itself() -> None:
    """It follows the version of JSON Schema that it names."""
    Draft202012Validator.check_schema(feed_schema())


@pytest.mark.parametrize("path", sorted(FEEDS.glob("*.yaml")), ids=lambda path: path.stem)
def test_editors_find_no_fault_in_the_shipped_feeds(path: Path) -> None:
    """Each points to the schema and satisfies it."""
    text = path.read_text("utf-8")

    assert text.startswith("# yaml-language-server: $schema=feed.schema.json\n")
    assert list(VALIDATOR.iter_errors(yaml.safe_load(text))) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"titel": "x"},
        {"counting": "eech"},
        {"scans": {"at": "time"}},
        {"lines": {"remark": {"konstant": "x"}}},
        {"source": {"push": {}}},
    ],
)
def test_editors_mark_what_the_loader_refuses(wrong: dict[str, object]) -> None:
    """Unknown options, impossible values and missing options are red while typing."""
    sound = {"source": {"push": {"connection": "courier"}}, "order_number": "order"}

    assert VALIDATOR.is_valid(sound)
    assert not VALIDATOR.is_valid(sound | wrong)


def test_every_option_is_explained() -> None:
    """Hovering over any option shows what it does."""
    schema: dict[str, Any] = feed_schema()
    blocks = [schema, *schema["$defs"].values()]

    for block in blocks:
        for option, described in block.get("properties", {}).items():
            assert described.get("description"), option
