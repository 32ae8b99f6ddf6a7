"""The pages for merchant people say what the code does."""

import re
from enum import StrEnum
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from impex.config import lint, load_group
from impex.config.column_models import ColumnModel, LookupModel
from impex.config.export_models import ExportModel, PublishModel
from impex.config.fields import SERVICES
from impex.config.layout_models import LayoutModel
from impex.config.models import (
    ArrivalModel,
    DescriptorModel,
    GroupModel,
    RetentionModel,
    ScopeModel,
)
from impex.config.options import Options
from impex.config.wording import example, options
from impex.domain.column import ColumnType, OnEmpty, OnMissing
from impex.domain.export import Direction, Empty, LineEnd, Quoting
from impex.domain.file_name import FIELDS
from impex.domain.group import Atomic, Mode, OnAbsent, OnDuplicate, Ready, UnknownColumns
from impex.domain.layout import Audience, Escape, Format, Formulas, Ragged
from impex.domain.policy import OnError
from tests.unit.option_tables import listed, table_of

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "groups.md").read_text("utf-8")
EXPORTS = (DOCS / "exports.md").read_text("utf-8")
EXAMPLE, BROKEN = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
SECTIONS: dict[str, type[Options]] = {
    "Group": GroupModel,
    "Descriptor": DescriptorModel,
    "Layout": LayoutModel,
    "Column": ColumnModel,
    "Lookup": LookupModel,
    "Scope": ScopeModel,
    "Arrival": ArrivalModel,
    "Retention": RetentionModel,
    "Export": ExportModel,
    "Publish": PublishModel,
}
ENUMERATIONS: dict[str, type[StrEnum]] = {
    "type": ColumnType,
    "format": Format,
    "escape": Escape,
    "ragged": Ragged,
    "on_empty": OnEmpty,
    "on_missing": OnMissing,
    "on_duplicate": OnDuplicate,
    "on_error": OnError,
    "mode": Mode,
    "on_absent": OnAbsent,
    "unknown_columns": UnknownColumns,
    "atomic": Atomic,
    "ready": Ready,
    "formulas": Formulas,
    "direction": Direction,
    "audience": Audience,
    "empty": Empty,
    "quoting": Quoting,
    "line_end": LineEnd,
}


def test_the_example_loads(tmp_path: Path) -> None:
    """What people copy works, under the name that the page gives it."""
    path = tmp_path / "supplier-offers.yaml"
    path.write_text(EXAMPLE, "utf-8")

    group = load_group(path)

    assert [descriptor.name for descriptor in group.descriptors] == ["brands", "articles", "prices"]


def test_the_page_shows_what_lint_really_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken example gives exactly the problems shown below it."""
    monkeypatch.chdir(tmp_path)
    path = Path("brands.yaml")
    path.write_text(BROKEN, "utf-8")

    _, problems = lint([path])

    shown = "".join(f"{problem}\n" for problem in problems)
    assert problems
    assert f"gives\n\n```text\n{shown}```\n" in PAGE


@pytest.mark.parametrize("section", SECTIONS)
def test_every_option_stands_in_its_table(section: str) -> None:
    """Meaning, default and example are those of the models, and nothing else is listed."""
    (page,) = (text for text in (PAGE, EXPORTS) if f"### {section}\n" in text)

    assert listed(page, section) == table_of(SECTIONS[section])


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
    """Nobody has to guess the words of a policy."""
    lines = [*PAGE.splitlines(), *EXPORTS.splitlines()]
    rows = [line for line in lines if line.startswith(f"| `{option}` |")]

    for value in values:
        assert f"`{value}`" in rows[0]


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_stands_on_the_page_about_exports(service: str) -> None:
    """Whoever reads one in a group finds what it is short for."""
    (table,) = re.findall(r"^\| `service` .*?\n\n", EXPORTS, re.DOTALL | re.MULTILINE)

    assert f"`{service}`" in table


@pytest.mark.parametrize("field", FIELDS)
def test_every_part_of_a_file_name_stands_on_the_page_about_exports(field: str) -> None:
    """Nobody has to guess what may stand in braces."""
    section = EXPORTS.partition("## Names of files\n")[2].partition("\n## ")[0]

    assert f"`{{{field}}}`" in section
