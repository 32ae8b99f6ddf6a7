"""The catalogue of issues: one fault of one file, row or cell.

Issues are collected, never raised. Their codes are stable: people filter by them and reject files
carry them.
"""

from dataclasses import dataclass
from enum import StrEnum

from impex.domain.issue_codes import Code


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
    Code.LINE_TOO_SHORT: Explanation(
        "The line is shorter than its fields",
        "Complete the line, or set `ragged: pad` if blanks at the end may be missing.",
    ),
    Code.LINE_TOO_LONG: Explanation(
        "The line goes on behind its last field",
        "Correct the line, or the `widths` of the layout.",
    ),
    Code.TOTAL_ROW: Explanation(
        "The last record holds totals and is left out",
        "Nothing has to be done: the layout says so with `total_row`.",
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
    Code.TOO_MANY_COLUMNS: Explanation(
        "The file has more columns than allowed",
        "The delimiter is probably another one; if the file is right, split it by columns.",
    ),
    Code.NOT_A_SPREADSHEET: Explanation(
        "The file cannot be read as a spreadsheet",
        "Save it as .xlsx or .ods, without a password, and send it again.",
    ),
    Code.NO_SUCH_SHEET: Explanation(
        "The spreadsheet has no such sheet",
        "Rename the sheet, or correct `sheet:` in the layout.",
    ),
    Code.FORMULA: Explanation(
        "The cell holds a formula",
        "Replace it by its value, or set `formulas: value` to take what was saved with it.",
    ),
    Code.UNSAVED_FORMULA: Explanation(
        "The cell holds a formula without a saved value",
        "Open the file in a spreadsheet program and save it, or replace the formula by its value.",
    ),
    Code.CELL_ERROR: Explanation(
        "The cell holds an error of the spreadsheet program",
        "Correct the cell; it shows what is wrong, such as #N/A.",
    ),
    Code.MALFORMED_XML: Explanation(
        "The document is not well-formed",
        "Send it again as it was written; if it was written so, let the sender mend it.",
    ),
    Code.XML_DOCTYPE: Explanation(
        "The document has a document type declaration, which can make a small file endless",
        "Let the sender leave it out; nothing that is imported needs it.",
    ),
    Code.XML_LIMIT: Explanation(
        "The document is nested too deep, or has a name or a text that is too long",
        "Let the sender write it in another way.",
    ),
    Code.OTHER_DOCUMENT: Explanation(
        "The document has another root than the descriptor's `record` begins with",
        "Send it to the group that takes it, or correct `record` and `namespaces`.",
    ),
    Code.LATE_FIELD: Explanation(
        "An element that records need stands behind them",
        "Let the sender write it in front of the records, or leave the column out.",
    ),
    Code.REPEATED_FIELD: Explanation(
        "The record has several elements where the column takes one",
        "Say which is meant, as in `image[1]` or `name[@xml:lang='de']`, or take all of them with "
        "`repeated: true`.",
    ),
    Code.SCHEMA_VIOLATION: Explanation(
        "The record does not keep to the schema",
        "Correct the record, or the schema in `config/schemas`.",
    ),
    Code.BAD_JSON_RECORD: Explanation(
        "The line holds no JSON object that can be read",
        "Write one whole object on each line, as RFC 8259 has it, and no array around them.",
    ),
    Code.REPEATED_MEMBER: Explanation(
        "An object has a member twice",
        "Keep the one that is right; programs differ in which of them they take.",
    ),
    Code.BAD_ELEMENT: Explanation(
        "An array has an element that cannot be one of a list",
        "Write texts, numbers, true or false; or take the whole array with `type: json` instead of "
        "`repeated: true`.",
    ),
    Code.MISSING_COLUMN: Explanation(
        "The header lacks a column that the descriptor needs",
        "Add the column, or correct `from:` in the descriptor.",
    ),
    Code.DUPLICATE_HEADER: Explanation(
        "The header names a column twice",
        "Rename one of them, or address the column with `position:`.",
    ),
    Code.UNKNOWN_COLUMN: Explanation(
        "The file has a column that the descriptor does not name",
        "Remove it from the file, name it in the descriptor, or set `unknown_columns: warn`.",
    ),
    Code.EMPTY_VALUE: Explanation("A required value is empty", "Fill it in."),
    Code.BAD_INTEGER: Explanation(
        "Not a whole number", "Write digits only, with an optional leading minus."
    ),
    Code.BAD_DECIMAL: Explanation(
        "Not a decimal number",
        "Write digits with a point before the decimals and no thousands marks, or declare the "
        "`locale:` whose marks the file has.",
    ),
    Code.BAD_MONEY: Explanation(
        "Not an amount of money",
        "Write a number as the column's `locale:` has it, with the currency before or after it.",
    ),
    Code.UNKNOWN_CURRENCY: Explanation(
        "Nobody can tell which currency is meant",
        "Write its code, such as EUR. A sign that several currencies share, such as $, needs a "
        "`currency:`; one that only a country knows needs its `locale:`.",
    ),
    Code.WRONG_CURRENCY: Explanation(
        "The amount is in another currency than the column",
        "Correct the amount, or keep its currency in a column of its own with `currency_to:`.",
    ),
    Code.NO_CURRENCY: Explanation(
        "The amount names no currency",
        "Write its code behind the amount, or declare the usual one with `currency:`.",
    ),
    Code.BAD_BOOLEAN: Explanation("Neither yes nor no", "Write true or false, yes or no, 1 or 0."),
    Code.BAD_DATE: Explanation("Not a date", "Write it as the descriptor's `format:` says."),
    Code.BAD_TIME: Explanation("Not a time of day", "Write it as the descriptor's `format:` says."),
    Code.BAD_TIMESTAMP: Explanation(
        "Not a date and time", "Write it as the descriptor's `format:` says."
    ),
    Code.SKIPPED_TIME: Explanation(
        "The clocks of the time zone were put forward over this time: it never was",
        "Correct it, or write it with its offset, such as +02:00.",
    ),
    Code.DOUBLED_TIME: Explanation(
        "The clocks of the time zone were put back over this time: it was twice",
        "Write it with its offset, such as +02:00.",
    ),
    Code.BAD_JSON: Explanation("Not JSON", "Correct the JSON text."),
    Code.BAD_UUID: Explanation(
        "Not a UUID", "Write 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12."
    ),
    Code.BAD_ENUM: Explanation(
        "Not one of the values that the column may have",
        "Correct it, or add the word to `values:` in the descriptor.",
    ),
    Code.TOO_SMALL: Explanation(
        "The value is below the least one that is allowed", "Correct it, or change `min:`."
    ),
    Code.TOO_LARGE: Explanation(
        "The value is above the greatest one that is allowed", "Correct it, or change `max:`."
    ),
    Code.TOO_MANY_DECIMALS: Explanation(
        "The number has more decimals than the column keeps", "Round it."
    ),
    Code.TOO_SHORT: Explanation("The text is too short", "Complete it."),
    Code.TOO_LONG: Explanation("The text is too long", "Shorten it."),
    Code.PATTERN_MISMATCH: Explanation(
        "The text does not match the column's pattern", "Correct the value or the pattern."
    ),
    Code.EMPTY_LIST: Explanation(
        "The list has no elements, so there is no row to make",
        "Nothing, if that is right; otherwise fill it in.",
    ),
    Code.TRANSFORM_FAILED: Explanation(
        "A function of `config/transforms` failed on the value",
        "Correct the value, or the function.",
    ),
    Code.LEFT_OUT: Explanation(
        "A function of `config/transforms` left the row out", "Nothing, if that is right."
    ),
    Code.BAD_TRANSFORM: Explanation(
        "A function of `config/transforms` returned something that cannot be used",
        "Correct the function; docs/groups.md says what it must return.",
    ),
    Code.DUPLICATE_KEY: Explanation(
        "Another row of the package has the same key",
        "Keep one of them, or set `on_duplicate: first` or `last`.",
    ),
    Code.LOOKUP_MISSING: Explanation(
        "The value is not in the table it refers to",
        "Import the row it refers to first, or correct the value.",
    ),
    Code.OUTSIDE_SCOPE: Explanation(
        "The row is not one of those that the group is for",
        "Send it to the group that it belongs to; `only` leaves rows of others out without a fault.",
    ),
    Code.ROW_EXISTS: Explanation(
        "The row is in the table already, and the descriptor only inserts",
        "Nothing needs to be done; `mode: merge` would update it.",
    ),
    Code.ROW_UNKNOWN: Explanation(
        "The table does not have the row, and the descriptor only updates or deletes",
        "Nothing needs to be done, unless the key is misspelt; `mode: merge` would insert it.",
    ),
    Code.ROW_REFUSED: Explanation(
        "The target table refused the row",
        "The message names the rule of the table that the row breaks; correct the row.",
    ),
    Code.REFUSED_BY_TABLE: Explanation(
        "The target table refused the file",
        "The message names the rule of the table that the data breaks.",
    ),
    Code.TOO_MANY_ABSENT: Explanation(
        "The file lacks more rows of the table than `max_absent` allows",
        'Send the whole file again; if the rows are really gone, run it with "Let rows go" (`--let-go`).',
    ),
    Code.UNWRITABLE_VALUE: Explanation(
        "The file of an export cannot hold the value",
        "Correct the value in the table, or describe the column otherwise, as the message says.",
    ),
}


WHOLE_FILE = frozenset(
    {
        Code.UNTERMINATED_QUOTE,
        Code.RECORD_TOO_LONG,
        Code.TRUNCATED,
        Code.DAMAGED_MEMBER,
        Code.EMPTY_FILE,
        Code.TOO_MANY_COLUMNS,
        Code.NOT_A_SPREADSHEET,
        Code.NO_SUCH_SHEET,
        Code.MALFORMED_XML,
        Code.XML_DOCTYPE,
        Code.XML_LIMIT,
        Code.OTHER_DOCUMENT,
        Code.LATE_FIELD,
        Code.MISSING_COLUMN,
        Code.DUPLICATE_HEADER,
        Code.UNKNOWN_COLUMN,
        Code.BAD_TRANSFORM,
        Code.REFUSED_BY_TABLE,
        Code.TOO_MANY_ABSENT,
    }
)
"""Faults after which no row of the file is applied, whatever line they stand on."""


class Effect(StrEnum):
    """What a fault does to its row."""

    REJECTED = "rejected"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault, or one reason why a row is left out on purpose.

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
    effect: Effect = Effect.REJECTED

    @property
    def hint(self) -> str:
        """What to do about it."""
        return CATALOGUE[self.code].hint


APPENDED = ("_line", "_codes", "_message")
"""Names of the fields that a reject file appends; an import reads over them."""

VALUE_LIMIT = 200
MASK = "•••"
"""What issues and the journal have in place of a value that is personal."""
