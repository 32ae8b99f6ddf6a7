"""The kinds of value that options of an exporter hold; as ``orders.config.fields``."""

import re
from decimal import Decimal
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import CoreSchema

from impex.config.fields import Line, as_list, matching, refuse, whole
from impex.config.findings import shown
from orders.config.fields import SUPPLIER

FLAG: Final = r"^[A-Z][A-Z0-9_]{0,39}$"
TEMPLATE: Final = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,100}\.(txt|html|csv|json|xml)$"
COUNTRY: Final = r"^[A-Z]{2}$"
AMOUNT: Final = r"^[0-9]{1,15}(\.[0-9]{1,4})?$"
_SPEC: Final = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*"
ADDRESS: Final = rf"^{_SPEC}$"
SENDER: Final = rf'^({_SPEC}|[^\s"<>,;:@][^"<>,;:@\x00-\x1f\x7f]{{0,99}} <{_SPEC}>)$'
PATH: Final = r"^/[A-Za-z0-9_.~/-]{0,500}$"
PROBE: Final = r"^/[A-Za-z0-9_.~/?=&-]*\{key\}[A-Za-z0-9_.~/?=&-]*$"

T = TypeVar("T")


class _OneOrMore:
    """Says to editors that one may stand for a list of one."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        one = handler(schema)["items"]
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _amount(value: object) -> Decimal:
    if isinstance(value, str) and re.fullmatch(AMOUNT, value):
        return Decimal(value)
    given = shown(value) if isinstance(value, str) else "a list or options"
    raise refuse(f"must be an amount of money, not {given}.", "For example `99.50`.")


def _suppliers(value: dict[str, T]) -> dict[str, T]:
    wrong = next((code for code in value if not re.fullmatch(SUPPLIER, code)), None)
    if wrong is None:
        return value
    raise refuse(f"has the code of a supplier that is none: {shown(wrong)}.", "For example `ACME`.")


def _text(pattern: str, what: str, hint: str) -> tuple[AfterValidator, WithJsonSchema]:
    """Return what makes a text one that matches a pattern, for people and for editors."""
    return (
        AfterValidator(matching(pattern, what, hint)),
        WithJsonSchema({"type": "string", "pattern": pattern}),
    )


Some = Annotated[tuple[T, ...], BeforeValidator(as_list), Field(min_length=1), _OneOrMore()]
FlagName = Annotated[
    str,
    *_text(
        FLAG, "must be the name of a flag", "At most 40 of A to Z, 0 to 9 and _: `EMAILNOTIFY`."
    ),
]
Country = Annotated[
    str, *_text(COUNTRY, "must be the code of a country", "For example `DE` or `US`.")
]
Address = Annotated[
    str, *_text(ADDRESS, "must be an e-mail address", "For example `sales@example.com`.")
]
Mailboxes = Annotated[dict[str, Some[Address]], AfterValidator(_suppliers)]
Sender = Annotated[
    str,
    *_text(
        SENDER,
        "must be an e-mail address, with or without a name",
        "For example `Shop <sales@example.com>`.",
    ),
]
TemplateFile = Annotated[
    str,
    *_text(
        TEMPLATE,
        "must be the name of a file with .txt, .html, .csv, .json or .xml",
        "As in `supplier-order.txt`.",
    ),
]
HttpPath = Annotated[
    str, *_text(PATH, "must be the path of a web address", "As in `/orders`, without `?`.")
]
ProbePath = Annotated[
    str, *_text(PROBE, "must be a path with one {key}", "As in `/orders/by-key/{key}`.")
]
Amount = Annotated[
    Decimal,
    PlainValidator(_amount),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": AMOUNT}]}),
]
Priority = Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(whole)]
Attempts = Annotated[int, Field(ge=1, le=100), BeforeValidator(whole)]
Pattern = Annotated[Line, Field(max_length=200)]
