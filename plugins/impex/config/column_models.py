"""The options of a column and its lookup."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from impex.config.fields import (
    BracketNumber,
    Currency,
    DateFormats,
    EnumValues,
    Flag,
    Headers,
    Identifier,
    Identifiers,
    Language,
    Length,
    Line,
    Locale,
    Pattern,
    Position,
    Scale,
    Settings,
    TableName,
    Text,
    TimeZone,
    Transform,
    Words,
)
from impex.config.options import Options
from impex.domain.column import ColumnType, OnEmpty, OnMissing


class LookupModel(Options):
    """Replaces a code from the file by a value of another table."""

    table: TableName = Field(
        description="The table to look into, with its schema.", examples=["shop.brand"]
    )
    by: Identifiers = Field(
        description="The column of that table which holds the code, or several: one for each "
        "name in `from`.",
        examples=["name"],
    )
    where: Settings = Field(
        default={},
        description="Further columns of that table and what they must be.",
        examples=[{"shop_code": "SHOP10"}],
    )
    value: Identifier = Field(
        default="id", description="The column of that table whose value is taken.", examples=["id"]
    )
    on_missing: OnMissing = Field(
        default=OnMissing.REJECT,
        description="What happens if there is no such code: `reject` the row, `skip_row` without a "
        "fault, take `null`, that is nothing, or `create` a row with it.",
        examples=["skip_row"],
    )


def _or_only_a_name(schema: dict[str, Any]) -> None:
    """Let the JSON Schema of a column accept a bare name, as the validator below does."""
    options = dict(schema)
    schema.clear()
    schema["anyOf"] = [{"type": "string"}, options]


class ColumnModel(Options):
    """One column: where a value comes from, what it is, where it goes.

    A column that is only a name, such as ``- sku``, means ``{from: sku, to: sku}``.
    """

    model_config = ConfigDict(json_schema_extra=_or_only_a_name)

    source: Annotated[Headers | None, Field(alias="from")] = Field(
        default=None,
        description="Header name in the file, or path from a record of XML or JSON; a list for a "
        "lookup by several columns. Left out, it is the same name as `to`.",
        examples=["Price"],
    )
    aliases: Words = Field(
        default=(),
        description="Other header names that mean the same, one or a list.",
        examples=[["Net price", "Preis"]],
    )
    position: Position | None = Field(
        default=None,
        description="Number of the field instead of its header name; the first is 1.",
        examples=[4],
    )
    constant: Text | None = Field(
        default=None,
        description="The same value for every row, instead of a field. `${now}`, `${today}`, "
        "`${run_id}`, `${group}`, `${package}`, `${file_name}`, `${line}` and `${uuid}` in it "
        "stand for what they say.",
        examples=["500"],
    )
    to: Identifier = Field(description="The column of the target table.", examples=["display_name"])
    type: ColumnType = Field(
        default=ColumnType.TEXT,
        description="What the value is: `text`, `integer`, `decimal`, `money`, `boolean`, `date`, "
        "`time`, `timestamp`, `json`, `uuid` or `enum`.",
        examples=["decimal"],
    )
    language: Language | None = Field(
        default=None,
        description="The text is the translation into this language; several columns with "
        "different languages share one `to`.",
        examples=["en"],
    )
    required: Flag = Field(
        default=False,
        description="An empty cell is a fault. Key columns always are required.",
        examples=[True],
    )
    on_empty: OnEmpty = Field(
        default=OnEmpty.KEEP,
        description="What an empty cell does: `keep` the old value, `clear` it, write the "
        "`default`, or be an `error`.",
        examples=["clear"],
    )
    default: Text | None = Field(
        default=None,
        description="The value that replaces an empty cell; implies `on_empty: default`.",
        examples=["1"],
    )
    trim: Flag = Field(
        default=False,
        description="Remove blanks at both ends of the cell before anything else.",
        examples=[True],
    )
    regex: Pattern | None = Field(
        default=None,
        description="Takes the part of the cell that matches (RE2 syntax); a cell without a "
        "match is a fault.",
        examples=["^(.{0,36})"],
    )
    group: BracketNumber | None = Field(
        default=None,
        description="Which bracket of the `regex` is taken; 0 is the whole match. Left out, it "
        "is 1 if there are brackets.",
        examples=[1],
    )
    template: Line | None = Field(
        default=None,
        description="Text made from the brackets of the `regex`, instead of one `group`.",
        examples=["X-${1}"],
    )
    split: Line | None = Field(
        default=None,
        description="What stands between the elements of a list in the cell; the column gets "
        "them as a JSON array.",
        examples=[";"],
    )
    repeated: Flag = Field(
        default=False,
        description="For XML: a record may have the element several times; for JSON: the member is "
        "an array. The column gets a JSON array of texts.",
        examples=[True],
    )
    explode: Flag = Field(
        default=False,
        description="With `split` or `repeated`: every element makes a row of its own.",
        examples=[True],
    )
    transform: Transform | None = Field(
        default=None,
        description="A Python function of a file in `config/transforms`; it gets the cells of "
        "the column as a pandas Series and returns them changed.",
        examples=["prices.py:net"],
    )
    min: Text | None = Field(
        default=None, description="A smaller number or an earlier date is a fault.", examples=["0"]
    )
    max: Text | None = Field(
        default=None, description="A larger number or a later date is a fault.", examples=["100"]
    )
    min_length: Length | None = Field(
        default=None, description="Shorter text is a fault, counted in characters.", examples=[8]
    )
    pattern: Pattern | None = Field(
        default=None,
        description="Text of which not all matches is a fault (RE2 syntax).",
        examples=["[A-Z]{2}-[0-9]+"],
    )
    max_length: Length | None = Field(
        default=None, description="Longer text is a fault, counted in characters.", examples=[255]
    )
    scale: Scale | None = Field(
        default=None, description="Most digits after the decimal point.", examples=[2]
    )
    format: DateFormats = Field(
        default=(),
        description="How dates and times are written, as in Python's strptime, one or a list. "
        "Left out, it is ISO 8601: 2026-01-31.",
        examples=["%d.%m.%Y"],
    )
    timezone: TimeZone | None = Field(
        default=None,
        description="Time zone of timestamps that name none; a time that it skips or has twice "
        "is a fault.",
        examples=["Europe/Berlin"],
    )
    locale: Locale | None = Field(
        default=None,
        description="Whose marks numbers have: with `de`, 1.234,56. Left out, a decimal point is "
        "all that is allowed.",
        examples=["de"],
    )
    yes: Words = Field(
        default=(), description="Words for true, instead of the usual ones.", examples=[["ja"]]
    )
    no: Words = Field(
        default=(), description="Words for false, instead of the usual ones.", examples=[["nein"]]
    )
    values: EnumValues = Field(
        default={},
        description="What an enum may be: a list, or each word of the file with what is written "
        "for it.",
        examples=[{"aktiv": "active", "inaktiv": "inactive"}],
    )
    currency: Currency | None = Field(
        default=None,
        description="Currency of amounts of money that name none; without `currency_to` another "
        "one is a fault.",
        examples=["EUR"],
    )
    currency_to: Identifier | None = Field(
        default=None,
        description="The column of the target table that gets the currency of an amount.",
        examples=["currency"],
    )
    lookup: LookupModel | None = Field(
        default=None,
        description="Replaces a code from the file by a value of another table.",
        examples=[{"table": "shop.brand", "by": "name"}],
    )
    insert_only: Flag = Field(
        default=False,
        description="Only new rows get the value; rows that exist keep theirs.",
        examples=[True],
    )
    update_only: Flag = Field(
        default=False,
        description="Only rows that exist get the value; new ones do not.",
        examples=[True],
    )
    pii: Flag = Field(
        default=False,
        description="Personal data: reports show that there is a value, not which.",
        examples=[True],
    )

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, data: object) -> object:
        return {"to": data} if isinstance(data, str) else data
