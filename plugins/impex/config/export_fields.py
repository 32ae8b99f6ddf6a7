"""The kinds of text that options of exports hold; as ``impex.config.fields``."""

from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from impex.config.fields import (
    Identifier,
    Line,
    Text,
    as_list,
    matching,
    one_or_more,
    refuse,
    whole,
)
from impex.config.findings import shown

QUERY_FILE: Final = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,100}\.sql$"


def _target(value: str) -> str:
    scheme, colon, rest = value.partition("://")
    if not colon:
        return value
    if "@" in rest.partition("/")[0] and ":" in rest.partition("@")[0]:
        hint = "Make an Airflow connection with it, and write the name of that."
        raise refuse("must not hold a password.", hint)
    if scheme not in ("file", "s3", "gs", "abfs", "sftp", "memory"):
        raise refuse(
            f"names no place that is known here: {shown(value)}.", "As in `s3://bucket/folder`."
        )
    return value


Rows = Annotated[int, Field(ge=1), BeforeValidator(whole)]
QueryFile = Annotated[
    str,
    AfterValidator(matching(QUERY_FILE, "must be an SQL file", "As in `open-orders.sql`.")),
    WithJsonSchema({"type": "string", "pattern": QUERY_FILE}),
]
Params = Annotated[
    dict[Identifier, Line],
    WithJsonSchema(
        {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
    ),
]
Filters = Annotated[
    dict[Identifier, Annotated[tuple[Text, ...], BeforeValidator(as_list), Field(min_length=1)]],
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {
                "anyOf": [{"type": ["string", "number", "boolean", "null"]}, {"type": "array"}]
            },
        }
    ),
]
Target = Annotated[Line, AfterValidator(_target)]
FileNames = Annotated[Line, Field(max_length=200)]
Targets = Annotated[tuple[Target, ...], BeforeValidator(as_list), one_or_more({"type": "string"})]
