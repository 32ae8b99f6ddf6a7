"""The options of a layout."""

from pydantic import Field

from impex.config.fields import (
    Character,
    Encoding,
    Flag,
    Line,
    Lines,
    Namespaces,
    SchemaFile,
    Widths,
)
from impex.config.options import Options
from impex.domain.layout import Audience, Escape, Format, Formulas, Ragged


class LayoutModel(Options):
    """How the bytes of a file become records and fields."""

    format: Format = Field(
        default=Format.TEXT,
        description="What the files are: `text` (spreadsheets are known by their names), `xml`, or "
        "`json` for lines of JSON.",
        examples=["xml"],
    )
    record: Line | None = Field(
        default=None,
        description="For XML: the path to the records, from the root of the document on.",
        examples=["/catalog/product"],
    )
    namespaces: Namespaces = Field(
        default={},
        description="For XML: the prefixes in paths, and the namespaces they stand for; the empty "
        'prefix `""` is for names without one.',
        examples=[{"cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"}],
    )
    schema_file: SchemaFile | None = Field(
        default=None,
        description="For XML: a file of `config/schemas`. Documents must keep to an `.xsd`, records "
        "to an `.rng`.",
        examples=["catalogue.xsd"],
    )
    encoding: Encoding = Field(
        default="utf-8",
        description="Character set of the file, or `detect`: it is found in the file and reported.",
        examples=["cp1251"],
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
    skip_lines: Lines = Field(
        default=0,
        description="How many lines stand in front of the header, or of the first record.",
        examples=[3],
    )
    comment: Line | None = Field(
        default=None,
        description="Lines that begin with this are no records.",
        examples=["#"],
    )
    total_row: Line | None = Field(
        default=None,
        description="The last record is skipped if one of its fields begins with this.",
        examples=["Total"],
    )
    widths: Widths = Field(
        default=(),
        description="For files of fixed width: how many characters each field has.",
        examples=[[10, 40, 8]],
    )
    sheet: Line | None = Field(
        default=None,
        description="For spreadsheets: name of the sheet, or its number; the first is 1. Left "
        "out, it is the first.",
        examples=["Prices"],
    )
    formulas: Formulas = Field(
        default=Formulas.REFUSE,
        description="For spreadsheets: `refuse` a row with a formula, or take the `value` that "
        "was saved with it.",
        examples=["value"],
    )
    audience: Audience | None = Field(
        default=None,
        description="Who opens the files. For a `spreadsheet`, texts that it would take for "
        "formulas have an apostrophe in front; for a `system` they do not. Left out, exports have "
        "it in .xlsx files and in runs that were started by hand.",
        examples=["spreadsheet"],
    )
