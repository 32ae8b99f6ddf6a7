"""The kinds of value that options of feeds, exporters and clocks hold, beside those of groups.

Each refuses what it cannot take in words that continue a sentence which starts with the option's
name.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from impex.config.fields import Line, as_list, matching, one_or_more, refuse, whole
from impex.config.findings import shown
from impex.domain.xml_path import field_path
from orders.domain.feed import MessageFormat, Origin
from orders.domain.member_path import member_path

DURATION: Final = r"^[1-9][0-9]{0,4} (s|seconds?|minutes?|hours?|days?|weeks?)$"
CLASS: Final = r"^[a-z][a-z0-9_]{0,62}\.py:[A-Za-z][A-Za-z0-9_]{0,62}$"
SUPPLIER: Final = r"^[^\s]{1,100}$"
_LONGEST_PATH: Final = 500
_WORD: Final = {"type": ["string", "number", "boolean"]}


def length(duration: str) -> timedelta:
    """Return how long a duration is, such as ``7 days``."""
    number, unit = duration.split()
    return timedelta(**{f"{unit.removesuffix('s') or 'second'}s": int(number)})


def path_fault(text: str, context: Mapping[str, Any]) -> str:
    """Return what is wrong with a path into messages; nothing if it can be followed.

    Args:
        text: The path.
        context: Has ``format`` and ``namespaces`` of the feed.
    """
    if len(text) > _LONGEST_PATH:
        return f"must have at most {_LONGEST_PATH} characters"
    try:
        if context["format"] == MessageFormat.XML:
            field_path(text, context["namespaces"])
        else:
            member_path(text)
    except ValueError as fault:
        return str(fault)
    return ""


def _path(value: object, info: ValidationInfo) -> str:
    if not isinstance(value, str) or not value.strip():
        raise refuse("must be a path into the message.", "For example `order.number`.")
    fault = path_fault(value, info.context or {})
    if fault:
        raise refuse(f"{fault}: {shown(value)}.", "Compare docs/feeds.md, Paths.")
    return value


def _origin(value: object, info: ValidationInfo) -> Origin:
    if not isinstance(value, dict):
        return Origin((_path(value, info),))
    constant = value.get("constant")
    if value.keys() == {"constant"} and isinstance(constant, str) and constant.strip():
        return Origin(constant=constant)
    raise refuse("must be a path or a constant.", "For example `{constant: UPS}`.")


def _joined(value: object, info: ValidationInfo) -> Origin:
    if not isinstance(value, list):
        return _origin(value, info)
    if not value:
        raise refuse("must have an entry.")
    return Origin(tuple(_path(entry, info) for entry in value))


_one_origin: Final[dict[str, Any]] = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {"constant": _WORD},
            "required": ["constant"],
            "additionalProperties": False,
        },
    ]
}

Path = Annotated[str, PlainValidator(_path), WithJsonSchema({"type": "string"})]
From = Annotated[Origin, PlainValidator(_origin), WithJsonSchema(_one_origin)]
Joined = Annotated[
    Origin,
    PlainValidator(_joined),
    WithJsonSchema(
        {"anyOf": [*_one_origin["anyOf"], {"type": "array", "items": {"type": "string"}}]}
    ),
]
Duration = Annotated[
    str,
    AfterValidator(
        matching(
            DURATION,
            "must be a duration",
            "Write a number and seconds, minutes, hours, days or weeks, such as `12 hours`.",
        )
    ),
    WithJsonSchema({"type": "string", "pattern": DURATION}),
]
Supplier = Annotated[
    str,
    AfterValidator(matching(SUPPLIER, "must be the code of a supplier", "For example `ACME`.")),
    WithJsonSchema(_WORD),
]
Rate = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(whole)]
Origins = Annotated[
    dict[Line, From],
    WithJsonSchema({"type": "object", "additionalProperties": _one_origin}),
]
WordMap = Annotated[
    dict[Line, Line],
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
]
Triggers = Annotated[tuple[Line, ...], BeforeValidator(as_list), one_or_more({"type": "string"})]
Exporters = Annotated[
    tuple[Line, ...],
    BeforeValidator(as_list),
    Field(min_length=1),
    one_or_more({"type": "string"}),
]
Class = Annotated[
    str,
    AfterValidator(
        matching(CLASS, "must be a file, a colon and a class", "As in `carriers.py:Mailbox`.")
    ),
    WithJsonSchema({"type": "string", "pattern": CLASS}),
]
