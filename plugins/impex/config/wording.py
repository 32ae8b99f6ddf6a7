"""Says in people's words what pydantic found."""

import re
from dataclasses import dataclass
from typing import Any, Final, get_args

import yaml
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from impex.config.findings import shown
from impex.config.options import Options
from impex.config.suggestions import suggest
from impex.config.yaml_source import Items, Location

# What PyYAML writes after a single value.
_SCALAR_END: Final = "...\n"


@dataclass(frozen=True, slots=True)
class Wording:
    """What is wrong, what to write instead, and whether the key is at fault or its value."""

    what: str
    hint: str = ""
    key: bool = False


def word(error: ErrorDetails, model: type[Options], location: Location) -> Wording:
    """Word one error of a piece.

    Args:
        error: As pydantic tells it; its ``loc`` starts at the piece.
        model: What the piece should be.
        location: Where the error is in the file.
    """
    subject = _subject(location)
    given = error["input"]
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return _missing(model, error["loc"])
        case "extra_forbidden":
            return _unknown(model, error["loc"])
        case "enum":
            possible = re.findall(r"'([^']*)'", context["expected"])
            return Wording(f"{subject} cannot be {_kind(given)}.", suggest(str(given), possible))
        case "string_type" | "tuple_type" | "model_type":
            return Wording(f"{subject} must be {_shape(error, model)}, not {_kind(given)}.")
        case _:
            what = context.get("what") or _limit(context, given)
            return Wording(f"{subject} {what}", context.get("hint", ""))


def example(option: str, field: FieldInfo) -> str:
    """Return a line of YAML that shows how the option is written."""
    (value, *_) = field.examples or [""]
    dumped = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=1000
    )
    return f"{option}: {dumped.removesuffix(_SCALAR_END).strip()}"


def options(model: type[Options]) -> dict[str, FieldInfo]:
    """Return the options of a model by the names people write."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _subject(location: Location) -> str:
    name = next((step for step in reversed(location) if isinstance(step, str)), "")
    if location and location[-1] != name:
        return f"An entry of `{name}`"
    return f"`{name}`"


def missing(model: type[Options], name: str) -> tuple[str, str]:
    """Say that an option of a model is missing, and what it is for."""
    field = options(model)[name]
    hint = f"{field.description} For example `{example(name, field)}`."
    return f"`{name}` is missing.", hint


def _missing(model: type[Options], location: Location) -> Wording:
    name = str(location[-1])
    field = _fields(model, location)[name]
    hint = f"{field.description} For example `{example(name, field)}`."
    return Wording(f"`{name}` is missing.", hint)


def _unknown(model: type[Options], location: Location) -> Wording:
    name = str(location[-1])
    fields = _fields(model, location)
    hint = suggest(name, fields)
    for option, field in fields.items():
        inner = _options_of(field)
        if inner is not None and name in options(inner):
            hint = f"Write it under `{option}:`."
    return Wording(f"There is no option {shown(name)} here.", hint, key=True)


def _fields(model: type[Options], location: Location) -> dict[str, FieldInfo]:
    """Return the options, by the names people write, of the block that holds ``location``."""
    for step in location[:-1]:
        # Other steps are numbers of a list, or keys of a mapping.
        field = options(model).get(str(step))
        inner = _options_of(field) if field is not None else None
        model = inner or model
    return options(model)


def _options_of(field: FieldInfo) -> type[Options] | None:
    """Return the model of an option that holds options of its own."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if isinstance(kind, type) and issubclass(kind, Options):
            return kind
    return None


def _shape(error: ErrorDetails, model: type[Options]) -> str:
    if error["type"] == "string_type":
        return "a single value"
    if error["type"] == "tuple_type":
        return "a list"
    fields = _fields(model, (*error["loc"], ""))
    return f"options such as `{example(*next(iter(fields.items())))}`"


def _kind(given: object) -> str:
    if isinstance(given, str):
        return shown(given)
    return "a list" if isinstance(given, Items) else "options"


def _limit(context: dict[str, Any], given: object) -> str:
    for name, words in _LIMITS:
        if name in context:
            return words.format(context[name], shown(str(given)))
    return f"has an impossible value: {shown(str(given))}."


_LIMITS: Final = (
    ("ge", "must be {} or more, not {}."),
    ("le", "must be {} or less, not {}."),
    ("max_length", "must have at most {} characters: {}."),
    ("min_length", "must have an entry."),
)
