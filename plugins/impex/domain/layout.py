"""How the bytes of a file become records and fields."""

from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """What a file is. Spreadsheets and gzip are known by its name."""

    TEXT = "text"
    XML = "xml"
    JSON = "json"


class Escape(StrEnum):
    """How a quote is written inside a quoted field."""

    DOUBLED = "doubled"
    BACKSLASH = "backslash"


class Ragged(StrEnum):
    """What happens to a record with fewer fields than the header."""

    PAD = "pad"
    REJECT = "reject"


class Formulas(StrEnum):
    """What happens to a cell of a spreadsheet that holds a formula."""

    REFUSE = "refuse"
    VALUE = "value"


class Audience(StrEnum):
    """Who opens the file: a spreadsheet takes some texts for formulas."""

    SYSTEM = "system"
    SPREADSHEET = "spreadsheet"


DETECT = "detect"
"""The encoding of a layout that leaves it to be found in the file."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written.

    Attributes:
        format: Of XML, only ``record``, ``namespaces`` and ``schema_file`` count; of JSON nothing
            else does.
        encoding: A Python codec name, or ``DETECT``; a byte order mark of that encoding is dropped.
        delimiter: One ASCII character.
        quote: One ASCII character.
        header: Whether the first record names the columns.
        skip_lines: Physical lines in front of the header, or of the first record.
        comment: A line that begins with this, outside of quotes, is no record.
        total_row: The last record is left out if one of its fields begins with this.
        widths: Characters of each field of a fixed-width file; empty for delimited text.
        record: Path from the root of an XML document to the records, see ``impex.domain.xml_path``.
        namespaces: Prefixes in paths and what they stand for; the empty one is for names without.
        schema_file: Name of the XSD that documents keep to, or of the RELAX NG that records do.
        audience: Texts that look like formulas have an apostrophe in files for spreadsheets; None
            leaves it to the kind of file, and to whoever asks for it.
        sheet: Name or number, counted from 1, of the sheet of a spreadsheet; None for the first.
    """

    format: Format = Format.TEXT
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    escape: Escape = Escape.DOUBLED
    header: bool = True
    ragged: Ragged = Ragged.REJECT
    skip_lines: int = 0
    comment: str | None = None
    total_row: str | None = None
    widths: tuple[int, ...] = ()
    record: str | None = None
    namespaces: tuple[tuple[str, str], ...] = ()
    schema_file: str | None = None
    sheet: str | None = None
    formulas: Formulas = Formulas.REFUSE
    audience: Audience | None = None
