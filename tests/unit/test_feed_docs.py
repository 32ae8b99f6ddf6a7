"""The page about feeds says what the code does."""

import json
import re
from enum import StrEnum
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from impex.config.options import Options
from impex.config.wording import example, options
from orders.config.models import (
    AcknowledgementModel,
    FeedModel,
    LinesModel,
    PushModel,
    ScansModel,
    SourceModel,
    TableModel,
)
from orders.domain.acknowledgement import Acceptance
from orders.domain.feed import MessageFormat, Signature, UnknownStatus
from orders.domain.tracking import TrackingStatus
from orders.domain.update import Counting, as_json
from orders.push.answers import described
from tests.feeds import load, read
from tests.unit.option_tables import listed, table_of

PAGE = (Path(__file__).parents[2] / "docs" / "feeds.md").read_text("utf-8")
# The third one is that of a class, see tests/integration/test_own_sources.py.
EXAMPLE, ROWS, _ = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
MESSAGE, EVENT = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
SECTIONS: dict[str, type[Options]] = {
    "Feed": FeedModel,
    "Source": SourceModel,
    "Push": PushModel,
    "Table": TableModel,
    "Acknowledgement": AcknowledgementModel,
    "Lines": LinesModel,
    "Scans": ScansModel,
}
ENUMERATIONS: dict[tuple[str, str], type[StrEnum]] = {
    ("Feed", "format"): MessageFormat,
    ("Feed", "counting"): Counting,
    ("Push", "signature"): Signature,
    ("Feed", "unknown_status"): UnknownStatus,
    ("Feed", "statuses"): TrackingStatus,
    ("Acknowledgement", "statuses"): Acceptance,
}
CONTEXT = {"format": "json", "namespaces": {}}


def test_the_example_turns_its_message_into_its_event(tmp_path: Path) -> None:
    """What people copy works, and does what the page says."""
    feed = load(tmp_path, EXAMPLE, "acme")

    ((number, update),) = read(feed, MESSAGE.encode())

    assert number == "4711"
    assert as_json(update) == json.loads(EVENT)


def test_the_example_of_a_table_loads(tmp_path: Path) -> None:
    """Its rows are messages too."""
    feed = load(tmp_path, ROWS)

    ((_, update),) = read(
        feed,
        {"order_no": "O1", "sku": "A", "quantity": 2.5, "extra": {"note": "x"}, "sent_at": None},
    )

    assert as_json(update) == {
        "order_number": "O1",
        "supplier": "ERP",
        "lines": [{"sku": "A", "shipped": "2.5", "remark": "x"}],
    }


@pytest.mark.parametrize("section", SECTIONS)
def test_every_option_stands_in_its_table(section: str) -> None:
    """Meaning, default and example are those of the models, and nothing else is listed."""
    assert listed(PAGE, section) == table_of(SECTIONS[section])


@pytest.mark.parametrize(
    ("model", "option"),
    [(model, option) for model in SECTIONS.values() for option in options(model)],
)
def test_every_example_of_an_option_is_right(model: type[Options], option: str) -> None:
    """The line can be copied: it is YAML, and the option takes it."""
    line = example(option, options(model)[option])

    value = yaml.load(line, Loader=yaml.BaseLoader)[option]

    with pytest.raises(ValidationError) as refused:
        model.model_validate({option: value, "no such option": ""}, context=CONTEXT)
    assert option not in {error["loc"][0] for error in refused.value.errors()}


@pytest.mark.parametrize(("place", "values"), ENUMERATIONS.items())
def test_every_word_that_an_option_takes_is_named(
    place: tuple[str, str], values: type[StrEnum]
) -> None:
    """Nobody has to guess."""
    section, option = place
    (line,) = [line for line in listed(PAGE, section) if line.startswith(f"| `{option}` |")]

    assert [value for value in values if f"`{value}`" not in line] == []


def test_every_answer_of_the_service_is_explained() -> None:
    """The table has a row for each status."""
    table = {line[2:5] for line in PAGE.splitlines() if re.match(r"\| \d{3} \|", line)}

    assert table == {str(status) for status in described()}
