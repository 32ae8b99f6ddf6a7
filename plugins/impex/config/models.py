"""The options of a group file: the one place that names, types and describes them.

The loader validates with these models, editors get the JSON Schema made from them, and
``docs/groups.md`` repeats their descriptions (a test compares). Rules between options are in
``impex.config.column_rules`` and ``impex.config.group_rules``.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from impex.config.fields import (
    BracketNumber,
    Character,
    DateFormat,
    Encoding,
    Flag,
    Identifier,
    Identifiers,
    Language,
    Length,
    Line,
    Masks,
    Name,
    Names,
    Pattern,
    Position,
    RejectLimit,
    Scale,
    Schedule,
    Service,
    TableName,
    Tag,
    Tags,
    Text,
    TimeZone,
)
from impex.domain.group import (
    ColumnType,
    Escape,
    OnDuplicate,
    OnEmpty,
    OnError,
    OnMissing,
    Ragged,
)


class Options(BaseModel):
    """A block of options; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LayoutModel(Options):
    """How the bytes of a file become records and fields."""

    encoding: Encoding = Field(
        default="utf-8", description="Character set of the file.", examples=["cp1251"]
    )
    delimiter: Character = Field(
        default=",", description="The character between two fields.", examples=[";"]
    )
    quote: Character = Field(
        default='"',
        description="The character around fields that contain delimiters.",
        examples=["~"],
    )
    escape: Escape = Field(
        default=Escape.DOUBLED,
        description='How a quote inside a quoted field is written: `doubled` ("") or after a '
        '`backslash` (\\").',
        examples=["backslash"],
    )
    header: Flag = Field(
        default=True, description="Whether the first record names the columns.", examples=[False]
    )
    ragged: Ragged = Field(
        default=Ragged.REJECT,
        description="What becomes of a record with too few fields: `reject` it, or `pad` it with "
        "empty ones.",
        examples=["pad"],
    )


class LookupModel(Options):
    """Replaces a code from the file by a value of another table."""

    table: TableName = Field(
        description="The table to look into, with its schema.", examples=["shop.brand"]
    )
    by: Identifier = Field(
        description="The column of that table which holds the code.", examples=["name"]
    )
    value: Identifier = Field(
        default="id", description="The column of that table whose value is taken.", examples=["id"]
    )
    on_missing: OnMissing = Field(
        default=OnMissing.REJECT,
        description="What happens if there is no such code: `reject` the row, `skip_row` without a "
        "fault, or take `null`, that is nothing.",
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

    source: Annotated[Line | None, Field(alias="from")] = Field(
        default=None,
        description="Header name in the file. Left out, it is the same name as `to`.",
        examples=["Price"],
    )
    position: Position | None = Field(
        default=None,
        description="Number of the field instead of its header name; the first is 1.",
        examples=[4],
    )
    constant: Text | None = Field(
        default=None,
        description="The same value for every row, instead of a field.",
        examples=["500"],
    )
    to: Identifier = Field(description="The column of the target table.", examples=["display_name"])
    type: ColumnType = Field(
        default=ColumnType.TEXT,
        description="What the value is: `text`, `integer`, `decimal`, `boolean`, `date`, "
        "`timestamp` or `json`.",
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
    max_length: Length | None = Field(
        default=None, description="Longer text is a fault, counted in characters.", examples=[255]
    )
    scale: Scale | None = Field(
        default=None, description="Most digits after the decimal point.", examples=[2]
    )
    format: DateFormat | None = Field(
        default=None,
        description="How dates and times are written, as in Python's strptime. Left out, it is "
        "ISO 8601: 2026-01-31.",
        examples=["%d.%m.%Y"],
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

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, data: object) -> object:
        return {"to": data} if isinstance(data, str) else data


_COLUMNS: Any = Field(
    min_length=1,
    description="The columns to import; others in the file are ignored.",
    examples=[["sku", "name"]],
)
_DESCRIPTORS: Any = Field(
    min_length=1,
    description="What each kind of file in a package means.",
    examples=[
        [
            {
                "name": "brands",
                "files": "brands*.csv",
                "table": "shop.brand",
                "key": "name",
                "columns": ["name"],
            }
        ]
    ],
)


class DescriptorOutline(Options):
    """A descriptor whose columns are not looked at yet."""

    name: Name = Field(description="Short name, used in reports.", examples=["brands"])
    description: Text = Field(
        default="", description="What the descriptor is for.", examples=["Brands of the shop"]
    )
    files: Masks = Field(
        description="Masks of the files it takes, one or a list. `*` stands for any text, `?` "
        "for one character; upper and lower case are the same.",
        examples=["brands*.csv"],
    )
    service: Service = Field(
        default="csv-import", description="What is done with the files.", examples=["csv-import"]
    )
    table: TableName = Field(
        description="The target table, with its schema.", examples=["shop.brand"]
    )
    key: Identifiers = Field(
        description="The target columns that identify a row, one or a list.",
        examples=[["sku_id", "currency"]],
    )
    on_duplicate: OnDuplicate = Field(
        default=OnDuplicate.ERROR,
        description="What happens to rows of one file with the same key: they are an `error`, "
        "only the `first` counts, or only the `last`.",
        examples=["last"],
    )
    on_error: OnError | None = Field(
        default=None,
        description="What one bad row keeps out, as for the group. Left out, it is as the group says.",
        examples=["reject_file"],
    )
    max_rejects: RejectLimit | None = Field(
        default=None,
        description="How many bad rows a file may have, as a number or a share; with more it is "
        "rejected. Left out, it is as the group says.",
        examples=["5 %"],
    )
    after: Names = Field(
        default=(),
        description="Descriptors that must be done before, beside those that the lookups need.",
        examples=[["brands"]],
    )
    layout: LayoutModel | None = Field(
        default=None,
        description="How its files are written, where they differ from the group's `layout`.",
        examples=[{"delimiter": ","}],
    )
    columns: tuple[Any, ...] = _COLUMNS


class DescriptorModel(DescriptorOutline):
    """One kind of file: which files, how they are laid out, what they map to."""

    columns: tuple[ColumnModel, ...] = _COLUMNS


class GroupOutline(Options):
    """A group whose descriptors are not looked at yet."""

    title: Line = Field(default="", description="Name that people see.", examples=["Brands"])
    description: Text = Field(
        default="", description="What the group is for.", examples=["Brands from the ERP"]
    )
    owner: Tag = Field(
        default="merchant-operations",
        description="Who answers for it.",
        examples=["catalogue-team"],
    )
    tags: Tags = Field(
        default=(), description="Words to find it by in Airflow.", examples=[["catalogue"]]
    )
    schedule: Schedule | None = Field(
        default=None,
        description="When it runs by itself, as five cron fields or a word such as `@hourly`. "
        "Left out, it runs only when started by hand.",
        examples=["0 5 * * *"],
    )
    timezone: TimeZone = Field(
        default="UTC", description="Time zone of the schedule.", examples=["Europe/Berlin"]
    )
    layout: LayoutModel = Field(
        default_factory=LayoutModel,
        description="How the files are written; a descriptor may change single options.",
        examples=[{"delimiter": ";"}],
    )
    on_error: OnError = Field(
        default=OnError.REJECT_ROWS,
        description="What one bad row keeps out: only itself (`reject_rows`), its file "
        "(`reject_file`) or the whole package (`reject_package`).",
        examples=["reject_package"],
    )
    max_rejects: RejectLimit | None = Field(
        default=None,
        description="How many bad rows a file may have, as a number or a share; with more it is "
        "rejected. Left out, any number is allowed.",
        examples=[10],
    )
    descriptors: tuple[Any, ...] = _DESCRIPTORS


class GroupModel(GroupOutline):
    """A data group: one file, one DAG."""

    descriptors: tuple[DescriptorModel, ...] = _DESCRIPTORS
