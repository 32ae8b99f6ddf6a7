"""Rows of the tables in which the documentation lists options."""

from pydantic.fields import FieldInfo

from impex.config.options import Options
from impex.config.wording import example, options


def rows_of(model: type[Options]) -> list[str]:
    """Return the rows of all options of a block, in their order."""
    return [_row(name, field) for name, field in options(model).items()]


def _row(option: str, field: FieldInfo) -> str:
    return f"| `{option}` | {field.description} | {_default(field)} | `{example(option, field)}` |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`{', '.join(value)}`" if value else "none"
    return f"`{value}`" if isinstance(value, str | int) and value != "" else "none"
