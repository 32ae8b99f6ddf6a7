"""The tables of options on the pages for people, made from the models."""

from collections.abc import Iterator

from pydantic.fields import FieldInfo

from impex.config.options import Options
from impex.config.wording import example, options


def table_of(model: type[Options]) -> list[str]:
    """Return the row of each option: its meaning, its default and an example."""
    return list(_rows(model))


def listed(page: str, section: str) -> list[str]:
    """Return the rows of options that a page has in a section."""
    table = page.partition(f"### {section}\n")[2].partition("\n### ")[0]
    return [line for line in table.splitlines() if line.startswith("| `")]


def _rows(model: type[Options]) -> Iterator[str]:
    for name, field in options(model).items():
        line = example(name, field)
        yield f"| `{name}` | {field.description} | {_default(field)} | `{line}` |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`{', '.join(value)}`" if value else "none"
    return f"`{value}`" if isinstance(value, str | int) and value != "" else "none"
