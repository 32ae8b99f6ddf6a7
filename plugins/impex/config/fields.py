"""The kinds of text that options of a group file hold.

Each refuses what it cannot take in words that continue a sentence which starts with the option's
name; ``impex.config.wording`` completes it.
"""

import codecs
import re
from collections.abc import Callable
from typing import Annotated, Final
from unicodedata import normalize
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel.localedata import exists, locale_identifiers
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from impex.config.cron_expression import cron_fault
from impex.config.findings import shown
from impex.config.literals import directive_fault
from impex.config.patterns import pattern_fault
from impex.config.suggestions import suggest
from impex.domain.layout import DETECT

SERVICES: Final = (
    "csv-import",
    "xml-import",
    "json-import",
    "csv-export",
    "xml-export",
    "json-export",
    "xlsx-export",
)

IDENTIFIER: Final = r"^[a-z_][a-z0-9_]{0,62}$"
NAME: Final = r"^[a-z][a-z0-9_-]{0,62}$"
LANGUAGE: Final = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
TABLE: Final = r"^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$"
REJECT_LIMIT: Final = r"^([0-9]{1,9}|(100|[0-9]{1,2}(\.[0-9]{1,6})?) ?%)$"
CURRENCY: Final = r"^[A-Z]{3}$"
TRANSFORM: Final = r"^[a-z_][a-z0-9_]*\.py:[a-z_][a-z0-9_]*$"
CONNECTION: Final = r"^[A-Za-z0-9_.-]{1,200}$"
SCHEMA_FILE: Final = r"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,100}\.(xsd|rng)$"
PREFIX: Final = r"^([A-Za-z_][A-Za-z0-9_.-]{0,62})?$"
SIZE: Final = r"^[1-9][0-9]{0,8} ?(KB|MB|GB)$"

# Airflow keeps them, up to 100 characters each, in one column of 2,000.
_OWNERS: Final = 15
_CONTROL: Final = r"[\x00-\x1f\x7f-\x9f\u2028\u2029]"
_ENCODING: Final = r"[A-Za-z0-9_.:-]{1,40}"
# Python lists these among its encodings, but they are no character sets of files.
_NO_CHARACTER_SETS: Final = ("idna", "punycode", "raw-unicode-escape", "undefined",
                             "unicode-escape", "mbcs", "oem")  # fmt: skip


def refuse(what: str, hint: str = "") -> PydanticCustomError:
    """Return the error of a value that an option cannot take."""
    return PydanticCustomError("refused", "{what}", {"what": what, "hint": hint})


def matching(pattern: str, what: str, hint: str) -> Callable[[str], str]:
    """Return a check that all of a text matches a pattern."""
    # `$` also matches before a line end, fullmatch does not.
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value):
            return value
        raise refuse(f"{what}, not {shown(value)}.", hint)

    return check


def _prefixes(value: dict[str, str]) -> dict[str, str]:
    wrong = next((prefix for prefix in value if not re.fullmatch(PREFIX, prefix)), None)
    if wrong is None:
        return value
    raise refuse(f"has a prefix that is none: {shown(wrong)}.", "For example `cbc`.")


def _flag(value: object) -> bool:
    if value in ("true", "false"):
        return value == "true"
    raise refuse(f"must be true or false, not {_shown_any(value)}.")


def whole(value: object) -> int:
    """Read a whole number; YAML's values come as text."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value):
        return int(value)
    raise refuse(f"must be a whole number, not {_shown_any(value)}.")


def _shown_any(value: object) -> str:
    if isinstance(value, str):
        return shown(value)
    return "options" if isinstance(value, dict) else "a list"


def as_list(value: object) -> object:
    """Return one text as a list of it."""
    return [value] if isinstance(value, str) else value


def _as_pairs(value: object) -> object:
    """Return a list of words as words that stand for themselves."""
    return {entry: entry for entry in value} if isinstance(value, list) else value


def _locale(value: str) -> str:
    if exists(value):
        return value
    what = f"names no locale that is known here: {shown(value)}."
    raise refuse(what, suggest(value, locale_identifiers()))


def _line_of_text(value: str) -> str:
    if not value.strip():
        raise refuse("must not be empty.")
    if re.search(_CONTROL, value):
        raise refuse(f"must be plain text in one line, not {shown(value)}.")
    return value


def _owner(value: str) -> str:
    if "," in value:
        names = ", ".join(part.strip() for part in value.split(","))
        raise refuse(f"must be one name, not {shown(value)}.", f"Write a list: `[{names}]`.")
    return value


def _owners(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(value) > _OWNERS:
        raise refuse(f"has {len(value)} names; at most {_OWNERS} are possible.")
    return value


def _mask(value: str) -> str:
    if "/" in value or "\\" in value:
        hint = "Write the name of the file without folders, for example `brands*.csv`."
        raise refuse(f"is matched with file names only, and {shown(value)} has a folder.", hint)
    return normalize("NFC", value)


def _character(value: str) -> str:
    if value == "\\t":
        raise refuse("must be one character.", 'Write a tab in double quotes: "\\t".')
    if len(value) != 1 or not value.isascii() or value in "\r\n":
        raise refuse(f"must be one ASCII character, not {shown(value)}.")
    return value


def _encoding(value: str) -> str:
    hint = "Usual ones are utf-8, utf-16, cp1251, cp1252, iso-8859-1."
    unknown = refuse(f"names no encoding that is known here: {shown(value)}.", hint)
    if value == DETECT:
        return value
    if not re.fullmatch(_ENCODING, value):
        raise unknown
    try:
        name = codecs.lookup(value).name
        "".encode(name)
    except LookupError as error:
        raise unknown from error
    if name.replace("_", "-") in _NO_CHARACTER_SETS:
        raise unknown
    return value


def _pattern(value: str) -> str:
    fault = pattern_fault(value)
    if fault is None:
        return value
    hint = "The syntax is RE2: no look-around, no back-references, at most {1000} repetitions."
    raise refuse(f"is no regular expression: {shown(value)}, {fault}.", hint)


def _date_format(value: str) -> str:
    fault = directive_fault(value)
    if fault is None:
        return value
    raise refuse(f"{fault}.")


def _schedule(value: str) -> str:
    fault = cron_fault(value)
    if fault is None:
        return value
    hint = 'For example "0 5 * * *" for every day at five, or `@hourly`.'
    raise refuse(f"{fault}: {shown(value)}.", hint)


def _timezone(value: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_+/-]{1,64}", value):
        try:
            return ZoneInfo(value).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass  # falls through to the one message for every unknown name
    what = f"names no time zone that is known here: {shown(value)}."
    raise refuse(what, suggest(value, available_timezones()))


def _service(value: str) -> str:
    if value in SERVICES:
        return value
    raise refuse(f"names no service that exists: {shown(value)}.", suggest(value, SERVICES))


def one_or_more(item: dict[str, object]) -> WithJsonSchema:
    """Say to editors that one may stand for a list of one."""
    return WithJsonSchema({"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]})


_free_text = WithJsonSchema({"type": ["string", "number", "boolean"]})
_lower_words = "Write lower-case letters a to z, digits and _, as the database does."

Flag = Annotated[bool, BeforeValidator(_flag)]
Position = Annotated[int, Field(ge=1, le=10_000), BeforeValidator(whole)]
BracketNumber = Annotated[int, Field(ge=0, le=99), BeforeValidator(whole)]
Length = Annotated[int, Field(ge=1), BeforeValidator(whole)]
Scale = Annotated[int, Field(ge=0, le=1000), BeforeValidator(whole)]
Pattern = Annotated[
    str, Field(max_length=1000), AfterValidator(_pattern), WithJsonSchema({"type": "string"})
]
DateFormat = Annotated[str, AfterValidator(_date_format), WithJsonSchema({"type": "string"})]
Text = Annotated[str, _free_text]
Line = Annotated[str, AfterValidator(_line_of_text), _free_text]
Tag = Annotated[
    str,
    Field(max_length=100),
    AfterValidator(_line_of_text),
    WithJsonSchema({"type": ["string", "number", "boolean"], "maxLength": 100}),
]
Character = Annotated[str, AfterValidator(_character), WithJsonSchema({"type": "string"})]
Identifier = Annotated[
    str,
    AfterValidator(matching(IDENTIFIER, "must be the name of a database column", _lower_words)),
    WithJsonSchema({"type": "string", "pattern": IDENTIFIER}),
]
TableName = Annotated[
    str,
    AfterValidator(
        matching(TABLE, "must be a schema, a point and a table", "For example `shop.brand`.")
    ),
    WithJsonSchema({"type": "string", "pattern": TABLE}),
]
Name = Annotated[
    str,
    AfterValidator(
        matching(
            NAME,
            "must be a short name",
            "Write lower-case letters a to z, digits, - and _, and start with a letter.",
        )
    ),
    WithJsonSchema({"type": "string", "pattern": NAME}),
]
Language = Annotated[
    str,
    AfterValidator(
        matching(LANGUAGE, "must be a language code", "For example `en`, `uk` or `pt-BR`.")
    ),
    WithJsonSchema({"type": "string", "pattern": LANGUAGE}),
]
RejectLimit = Annotated[
    str,
    AfterValidator(
        matching(REJECT_LIMIT, "must be a number of rows or a share", 'For example 10 or "5 %".')
    ),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": REJECT_LIMIT}]}
    ),
]
Lines = Annotated[int, Field(ge=0, le=100_000), BeforeValidator(whole)]
Count = Annotated[int, Field(ge=1, le=86_400), BeforeValidator(whole)]
Days = Annotated[int, Field(ge=1, le=36_500), BeforeValidator(whole)]
Width = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(whole)]
Widths = Annotated[tuple[Width, ...], BeforeValidator(as_list)]
Currency = Annotated[
    str,
    AfterValidator(
        matching(CURRENCY, "must be the code of a currency", "For example `EUR` or `USD`.")
    ),
    WithJsonSchema({"type": "string", "pattern": CURRENCY}),
]
Locale = Annotated[str, AfterValidator(_locale), WithJsonSchema({"type": "string"})]
Transform = Annotated[
    str,
    AfterValidator(
        matching(TRANSFORM, "must be a file, a colon and a function", "As in `prices.py:net`.")
    ),
    WithJsonSchema({"type": "string", "pattern": TRANSFORM}),
]
Connection = Annotated[
    str,
    AfterValidator(
        matching(CONNECTION, "must be the name of an Airflow connection", "As in `shop_db`.")
    ),
    WithJsonSchema({"type": "string", "pattern": CONNECTION}),
]
Size = Annotated[
    str,
    AfterValidator(matching(SIZE, "must be a size", "For example `500 MB` or `2 GB`.")),
    WithJsonSchema({"type": "string", "pattern": SIZE}),
]
Settings = Annotated[
    dict[Identifier, Text],
    WithJsonSchema(
        {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
    ),
]
Namespaces = Annotated[
    dict[str, Line],
    AfterValidator(_prefixes),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
]
SchemaFile = Annotated[
    str,
    AfterValidator(
        matching(SCHEMA_FILE, "must be an XSD or a RELAX NG file", "As in `catalogue.xsd`.")
    ),
    WithJsonSchema({"type": "string", "pattern": SCHEMA_FILE}),
]
EnumValues = Annotated[
    dict[Line, Text],
    BeforeValidator(_as_pairs),
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "object",
                    "additionalProperties": {"type": ["string", "number", "boolean"]},
                },
                {"type": "array", "items": {"type": ["string", "number", "boolean"]}},
            ]
        }
    ),
]
Encoding = Annotated[str, AfterValidator(_encoding), WithJsonSchema({"type": "string"})]
Schedule = Annotated[str, AfterValidator(_schedule), WithJsonSchema({"type": "string"})]
TimeZone = Annotated[str, AfterValidator(_timezone), WithJsonSchema({"type": "string"})]
Service = Annotated[
    str, AfterValidator(_service), WithJsonSchema({"type": "string", "enum": list(SERVICES)})
]
Mask = Annotated[Line, AfterValidator(_mask)]


Masks = Annotated[
    tuple[Mask, ...],
    BeforeValidator(as_list),
    Field(min_length=1),
    one_or_more({"type": "string"}),
]
Identifiers = Annotated[
    tuple[Identifier, ...],
    BeforeValidator(as_list),
    Field(min_length=1),
    one_or_more({"type": "string", "pattern": IDENTIFIER}),
]
Headers = Annotated[
    tuple[Line, ...],
    BeforeValidator(as_list),
    Field(min_length=1),
    one_or_more({"type": ["string", "number", "boolean"]}),
]
Words = Annotated[
    tuple[Line, ...],
    BeforeValidator(as_list),
    one_or_more({"type": ["string", "number", "boolean"]}),
]
Selection = Annotated[
    dict[Line, Annotated[tuple[Text, ...], BeforeValidator(as_list), Field(min_length=1)]],
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {
                "anyOf": [{"type": ["string", "number", "boolean"]}, {"type": "array"}]
            },
        }
    ),
]
DateFormats = Annotated[
    tuple[DateFormat, ...], BeforeValidator(as_list), one_or_more({"type": "string"})
]
Tags = Annotated[tuple[Tag, ...], BeforeValidator(as_list), one_or_more({"type": "string"})]
Owners = Annotated[
    tuple[Annotated[Tag, AfterValidator(_owner)], ...],
    BeforeValidator(as_list),
    Field(min_length=1),
    AfterValidator(_owners),
    one_or_more({"type": ["string", "number", "boolean"], "maxLength": 100}),
]
Names = Annotated[
    tuple[Name, ...],
    BeforeValidator(as_list),
    one_or_more({"type": "string", "pattern": NAME}),
]
