"""The catalogue of issues: one fault of one file, row or cell.

Issues are collected, never raised. Their codes are stable: people filter by them and reject files
carry them.
"""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Stable name of a kind of fault; ``CATALOGUE`` explains each."""

    # the record: where fields begin and end
    STRAY_QUOTE = "stray_quote"
    TEXT_AFTER_QUOTE = "text_after_quote"
    UNTERMINATED_QUOTE = "unterminated_quote"
    TOO_FEW_FIELDS = "too_few_fields"
    TOO_MANY_FIELDS = "too_many_fields"
    NUL_CHARACTER = "nul_character"
    BAD_LINE_END = "bad_line_end"
    RECORD_TOO_LONG = "record_too_long"
    BAD_ENCODING = "bad_encoding"
    TRUNCATED = "truncated"
    DAMAGED_MEMBER = "damaged_member"
    EMPTY_FILE = "empty_file"
    # the header
    MISSING_COLUMN = "missing_column"
    DUPLICATE_HEADER = "duplicate_header"
    # the cell
    EMPTY_VALUE = "empty_value"
    BAD_INTEGER = "bad_integer"
    BAD_DECIMAL = "bad_decimal"
    BAD_BOOLEAN = "bad_boolean"
    BAD_DATE = "bad_date"
    BAD_TIMESTAMP = "bad_timestamp"
    BAD_JSON = "bad_json"
    TOO_LONG = "too_long"
    PATTERN_MISMATCH = "pattern_mismatch"
    # the row among others
    DUPLICATE_KEY = "duplicate_key"
    LOOKUP_MISSING = "lookup_missing"
    # the file as a whole
    REFUSED_BY_TABLE = "refused_by_table"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means and what a person does about it."""

    title: str
    hint: str


CATALOGUE: dict[Code, Explanation] = {
    Code.STRAY_QUOTE: Explanation(
        "A quote stands inside a field that is not quoted",
        "Quote the whole field and double the quotes inside it.",
    ),
    Code.TEXT_AFTER_QUOTE: Explanation(
        "Text follows a closing quote",
        'Double the quotes inside the field, or set `escape: backslash` if the file uses \\".',
    ),
    Code.UNTERMINATED_QUOTE: Explanation(
        "A quoted field never ends",
        "The file is cut, or a quote inside the field is not doubled. Send the whole file again.",
    ),
    Code.TOO_FEW_FIELDS: Explanation(
        "The record has fewer fields than the header",
        "Complete the record, or set `ragged: pad` if missing fields at the end mean empty.",
    ),
    Code.TOO_MANY_FIELDS: Explanation(
        "The record has more fields than the header",
        "Quote fields that contain the delimiter.",
    ),
    Code.NUL_CHARACTER: Explanation(
        "The record contains a NUL character", "Remove it; PostgreSQL text cannot hold it."
    ),
    Code.BAD_LINE_END: Explanation(
        "A carriage return stands alone, outside quotes",
        "Write line ends as LF or CR LF, or quote the field.",
    ),
    Code.RECORD_TOO_LONG: Explanation(
        "The record is longer than allowed",
        "A quote is probably not closed; if the record is right, split it.",
    ),
    Code.BAD_ENCODING: Explanation(
        "The bytes are not text in the declared encoding",
        "Save the file in that encoding, or declare the right one with `encoding:`.",
    ),
    Code.TRUNCATED: Explanation(
        "The last record is incomplete and has no line end: the file is cut",
        "Send the whole file again.",
    ),
    Code.DAMAGED_MEMBER: Explanation(
        "The file cannot be unpacked from the package",
        "The package is damaged or not what it claims to be. Pack and send it again.",
    ),
    Code.EMPTY_FILE: Explanation(
        "The file is empty, or has blank lines only", "Send the file with its header and rows."
    ),
    Code.MISSING_COLUMN: Explanation(
        "The header lacks a column that the descriptor needs",
        "Add the column, or correct `from:` in the descriptor.",
    ),
    Code.DUPLICATE_HEADER: Explanation(
        "The header names a column twice",
        "Rename one of them, or address the column with `position:`.",
    ),
    Code.EMPTY_VALUE: Explanation("A required value is empty", "Fill it in."),
    Code.BAD_INTEGER: Explanation(
        "Not a whole number", "Write digits only, with an optional leading minus."
    ),
    Code.BAD_DECIMAL: Explanation(
        "Not a decimal number that the column can hold",
        "Write digits with a point before the decimals, no thousands marks.",
    ),
    Code.BAD_BOOLEAN: Explanation("Neither yes nor no", "Write true or false, yes or no, 1 or 0."),
    Code.BAD_DATE: Explanation("Not a date", "Write it as the descriptor's `format:` says."),
    Code.BAD_TIMESTAMP: Explanation(
        "Not a date and time", "Write it as the descriptor's `format:` says."
    ),
    Code.BAD_JSON: Explanation("Not JSON", "Correct the JSON text."),
    Code.TOO_LONG: Explanation("The text is too long", "Shorten it."),
    Code.PATTERN_MISMATCH: Explanation(
        "The text does not match the column's pattern", "Correct the value or the pattern."
    ),
    Code.DUPLICATE_KEY: Explanation(
        "Another row of the same file has the same key",
        "Keep one of them, or set `on_duplicate: first` or `last`.",
    ),
    Code.LOOKUP_MISSING: Explanation(
        "The value is not in the table it refers to",
        "Import the row it refers to first, or correct the value.",
    ),
    Code.REFUSED_BY_TABLE: Explanation(
        "The target table refused the file",
        "The message names the rule of the table that the data breaks.",
    ),
}


WHOLE_FILE = frozenset(
    {
        Code.UNTERMINATED_QUOTE,
        Code.RECORD_TOO_LONG,
        Code.TRUNCATED,
        Code.DAMAGED_MEMBER,
        Code.EMPTY_FILE,
        Code.MISSING_COLUMN,
        Code.DUPLICATE_HEADER,
        Code.REFUSED_BY_TABLE,
    }
)
"""Faults after which no row of the file is applied, whatever line they stand on."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault.

    Attributes:
        line: Physical line, 1-based, on which the record starts; 0 for the file as a whole.
        column: What a person calls the column; empty for the whole record.
        value: The offending value as it stands in the file, cut after ``VALUE_LIMIT`` characters.
        message: What is wrong, in one sentence.
        key: The record's key as ``column=value`` pairs; empty where it is not known.
    """

    code: Code
    line: int = 0
    column: str = ""
    value: str = ""
    message: str = ""
    key: str = ""

    @property
    def hint(self) -> str:
        """What to do about it."""
        return CATALOGUE[self.code].hint


VALUE_LIMIT = 200
