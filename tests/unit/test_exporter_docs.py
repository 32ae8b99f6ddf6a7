"""The page about exporters says what the code does."""

import re
from enum import StrEnum
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from impex.config.options import Options
from impex.config.wording import example, options
from local.settings import REPOSITORY
from orders.config.exporter_models import (
    AmountsModel,
    ApprovalModel,
    ExporterModel,
    FormatModel,
    RetryModel,
    WhenModel,
)
from orders.config.target_models import (
    EmailModel,
    FileModel,
    HttpModel,
    TableModel,
    TargetModel,
)
from orders.domain.destination import Http, Method
from orders.domain.exporter import Approval, ApprovalPer, Batch, Split, Unanswered
from orders.domain.states import DeliveryGroup, Payment
from tests.exporters import load, shipped
from tests.unit.option_tables import listed, table_of

PAGE = (REPOSITORY / "docs" / "exporters.md").read_text("utf-8")
(EXAMPLE,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
SECTIONS: dict[str, type[Options]] = {
    "Exporter": ExporterModel,
    "When": WhenModel,
    "Total": AmountsModel,
    "Approval": ApprovalModel,
    "Target": TargetModel,
    "File": FileModel,
    "Email": EmailModel,
    "Http": HttpModel,
    "Table": TableModel,
    "Format": FormatModel,
    "Retry": RetryModel,
}
ENUMERATIONS: dict[str, type[StrEnum]] = {
    "delivery_group": DeliveryGroup,
    "payment": Payment,
    "split": Split,
    "batch": Batch,
    "per": ApprovalPer,
    "default": Unanswered,
    "method": Method,
}
FIELDS = ("order", "seq", "supplier", "delivery", "flag", "exporter", "run", "date")


def test_the_example_loads(tmp_path: Path) -> None:
    """What people copy works."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "order.json").write_text("{}")

    exporter = load(tmp_path, EXAMPLE)

    assert isinstance(exporter.destination, Http)
    assert isinstance(exporter.approval, Approval)
    assert str(exporter.when).startswith("shop: SHOP10, SHOP20; status: in_progress")


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
        model.model_validate({option: value, "no such option": ""})
    assert option not in {error["loc"][0] for error in refused.value.errors()}


@pytest.mark.parametrize(("option", "values"), ENUMERATIONS.items())
def test_every_word_that_an_option_takes_is_named(option: str, values: type[StrEnum]) -> None:
    """Nobody has to guess."""
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{option}` |")]

    assert [value for value in values if f"`{value}`" not in line] == []


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_of_a_name_is_explained_and_can_be_used(tmp_path: Path, field: str) -> None:
    """A message about one delivery has them all."""
    text = """\
    flag: INITPAID
    split: delivery
    target: {file: {place: a/b, name: "{order}-{seq}-{delivery}-x-{FIELD}"}}
    format: {group: orders, export: lines}
    """

    assert load(tmp_path, text.replace("{FIELD}", f"{{{field}}}"))
    assert f"\n| `{{{field}}}` | " in PAGE


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_exporter_stands_on_the_page(name: str) -> None:
    """With what it does."""
    assert f"* [{name}](../config/exporters/{name}.yaml) " in PAGE
