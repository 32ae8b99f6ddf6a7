"""One column of an export in SQL: what the file has in the place of a value.

``t`` is the table, or what the query finds; ``l<n>`` the table that column n looks up. Texts are as
an import of the same column reads them; they are null where the file has nothing. Statements are
executed without parameters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, LiteralString

from babel.numbers import get_decimal_symbol
from psycopg import sql

from impex.domain.column import Column, ColumnType, Lookup, OnEmpty
from impex.domain.marks import BETWEEN
from impex.storage.catalog import TableColumn

_TEXTS = (ColumnType.TEXT, ColumnType.ENUM, ColumnType.JSON)
_ZONED = "timestamp with time zone"

# Python's directives and what to_char of PostgreSQL has for them.
_TO_CHAR: Final = {
    "Y": "YYYY", "y": "YY", "m": "MM", "d": "DD", "j": "DDD", "b": "Mon", "B": "FMMonth",
    "a": "Dy", "A": "FMDay", "H": "HH24", "I": "HH12", "p": "AM", "M": "MI", "S": "SS",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unwritable:
    """A value that the file cannot hold.

    Attributes:
        where: The condition; never null.
        what: Says of the value what is the matter with it.
        shown: The value for people.
    """

    where: sql.Composable
    what: str
    shown: sql.Composable


@dataclass(frozen=True, slots=True)
class Written:
    """A field of the file.

    Attributes:
        source: Its header name, its number, or the path to it.
        column: Where the value comes from.
        value: The column, as the table that has it keeps it.
        text: What a text file has.
        elements: Of lists: an array of the texts of their elements.
        faults: What of it the file cannot hold.
    """

    source: str | int
    column: Column
    value: sql.Composable
    text: sql.Composable
    elements: sql.Composable | None = None
    faults: tuple[Unwritable, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether a spreadsheet might take it for a formula."""
        return self.column.type in _TEXTS

    @property
    def json(self) -> sql.Composable:
        """What JSON has: lists, numbers and documents are not told as text."""
        if self.elements is not None:
            return self.elements
        plain = self.column.type is ColumnType.BOOLEAN and not self.column.notation.yes
        return self.value if plain or self.column.type is ColumnType.JSON else self.text


def looked_up(number: int) -> sql.Identifier:
    """Return the alias of the table that the column of that number looks up."""
    return sql.Identifier(f"l{number}")


def written(
    number: int, column: Column, real: TableColumn, code: list[TableColumn], *, reversible: bool
) -> Iterator[Written]:
    """Yield the fields that a column is written to: one for each of its sources.

    Args:
        number: Of the column, from 1.
        column: No constant.
        real: The column of the table.
        code: The columns that its lookup has the code in, one for each source.
        reversible: Whether an import of the field must find the value as it is.
    """
    cell: sql.Composable = sql.Identifier("t", column.to)
    if column.lookup is None:
        if column.language:
            cell = _made("({} ->> {})", cell, sql.Literal(column.language))
        make = _list if column.split is not None and not column.explode else _field
        yield make(column.sources[0], column, cell, real, reversible=reversible)
        return
    for source, name, found in zip(column.sources, column.lookup.by, code, strict=True):
        value = sql.SQL("{}.{}").format(looked_up(number), sql.Identifier(name))
        field = _field(source, column, value, found, reversible=reversible)
        lost = _made("{} IS NOT NULL AND {} IS NULL", cell, value)
        fault = _not_found(lost, column.lookup, cell)
        yield replace(field, faults=(*field.faults, fault))


def _field(
    source: str | int, column: Column, value: sql.Composable, real: TableColumn, *, reversible: bool
) -> Written:
    """Return the field of one value."""
    text = _text(value, column, real)
    faults = [*_type_faults(value, column)]
    if reversible:
        faults += _irreversible(value, column, real)
    field = Written(source, column, value, text, None, tuple(faults))
    return _of_many(field) if column.explode else field


def _of_many(field: Written) -> Written:
    """Return the field that takes the values of all rows that become one."""
    separator = field.column.split or ""
    elements = _made(
        "array_agg({0} ORDER BY {0}) FILTER (WHERE {0} IS NOT NULL)",
        _made("({})::text", field.text),
    )
    text = _made("array_to_string({}, {})", elements, sql.Literal(separator))
    odd = _made("coalesce(strpos(({})::text, {}) > 0, false)", field.text, sql.Literal(separator))
    fault = Unwritable(odd, "contains the separator", field.text)
    return replace(field, text=text, elements=elements, faults=(*field.faults, fault))


def _text(value: sql.Composable, column: Column, real: TableColumn) -> sql.Composable:
    kind, notation = column.type, column.notation
    if kind in (ColumnType.DECIMAL, ColumnType.MONEY):
        return _number(value, column, real)
    if kind is ColumnType.BOOLEAN:
        yes, no = (notation.yes or ("true",))[0], (notation.no or ("false",))[0]
        words = "CASE WHEN {0} THEN {1} WHEN NOT {0} THEN {2} END"
        return _made(words, value, sql.Literal(yes), sql.Literal(no))
    if kind is ColumnType.ENUM:
        return _word(value, notation.values)
    if kind in (ColumnType.DATE, ColumnType.TIME, ColumnType.TIMESTAMP):
        return _moment(value, column, real)
    if kind in _TEXTS and real.type not in ("text", "citext"):
        return _made("{}::text", value)
    return value


def _number(value: sql.Composable, column: Column, real: TableColumn) -> sql.Composable:
    """Write a number without zeros that say nothing, or with as many decimals as are declared."""
    number: sql.Composable = _made("trim_scale({})", value)
    if column.limits.scale and column.limits.scale == real.scale:
        number = value
    elif column.limits.scale:
        number = _made(
            "round({0}, greatest({1}, scale({2})))", value, sql.Literal(column.limits.scale), number
        )
    if column.notation.locale is not None:
        point = get_decimal_symbol(column.notation.locale)
        number = _made("replace({}::text, '.', {})", number, sql.Literal(point))
    if column.type is ColumnType.MONEY and column.currency_to:
        number = _made("{} || ' ' || {}", number, sql.Identifier("t", column.currency_to))
    return number


def _word(value: sql.Composable, words: tuple[tuple[str, str], ...]) -> sql.Composable:
    """Write the word of an enum: the first of those that mean the same."""
    first = {stored: word for word, stored in reversed(words)}
    cases = (
        sql.SQL("WHEN {} THEN {}").format(sql.Literal(stored), sql.Literal(word))
        for stored, word in first.items()
    )
    return sql.SQL("CASE {} {} END").format(value, sql.SQL(" ").join(cases))


def _moment(value: sql.Composable, column: Column, real: TableColumn) -> sql.Composable:
    notation, zoned = column.notation, real.type == _ZONED
    if notation.formats:
        if column.type is ColumnType.TIMESTAMP:
            value = _clock(value, column, real)
        elif column.type is ColumnType.TIME:
            value = _made("date '2000-01-01' + {}", value)
        return _made("to_char({}, {})", value, sql.Literal(to_char(notation.formats[0])))
    if column.type is ColumnType.TIMESTAMP and notation.timezone is not None and not zoned:
        # A table without time zones keeps UTC where the file's zone is declared.
        return _made("{}::text || '+00'", value)
    # The session tells dates as ISO 8601 does, and times in UTC.
    return value


def _clock(value: sql.Composable, column: Column, real: TableColumn) -> sql.Composable:
    """Return what clocks show: of the declared time zone, unless the text tells its offset."""
    form = column.notation.formats[0]
    zone = "UTC" if "%z" in form else column.notation.timezone or "UTC"
    if real.type == _ZONED:
        return _made("{} AT TIME ZONE {}", value, sql.Literal(zone))
    if zone == "UTC":
        return value
    return _made("{} AT TIME ZONE 'UTC' AT TIME ZONE {}", value, sql.Literal(zone))


def to_char(form: str) -> str:
    """Turn a pattern of strptime into one of to_char; texts in between are quoted."""
    pieces = []
    for text, letter in re.findall(r"([^%]+)|%(.)", form, re.DOTALL):
        if letter == "z":
            pieces.append('"+0000"')
        elif letter in _TO_CHAR:
            pieces.append(_TO_CHAR[letter])
        else:
            plain = (text or letter).replace("\\", "\\\\").replace('"', '\\"')
            pieces.append(f'"{plain}"')
    return "".join(pieces)


def _list(
    source: str | int, column: Column, cell: sql.Composable, real: TableColumn, *, reversible: bool
) -> Written:
    """Return the field of a list."""
    elements: sql.Composable = cell
    faults: list[Unwritable] = []
    if real.type == "jsonb":
        is_list = _made("jsonb_typeof({}) = 'array'", cell)
        elements = _made(
            "CASE WHEN {0} THEN ARRAY(SELECT jsonb_array_elements_text({1})) END", is_list, cell
        )
        odd = _made("{} IS NOT NULL AND NOT {}", cell, is_list)
        faults.append(Unwritable(odd, "is no list", _made("{}::text", cell)))
    separator = column.split or ""
    if reversible or separator != BETWEEN:
        odd = _made(
            "EXISTS (SELECT FROM unnest({0}) u (e) WHERE coalesce(e <> btrim(e, {1}) OR e = '' "
            "OR strpos(e, {2}) > 0, true))",
            elements, sql.Literal(_BLANKS), sql.Literal(separator),
        )  # fmt: skip
        what = "has an element that is empty, has blanks at its end or contains the separator"
        faults.append(Unwritable(odd, what, _made("{}::text", cell)))
    text = _made("array_to_string({}, {})", elements, sql.Literal(separator))
    return Written(source, column, cell, text, elements, tuple(faults))


# What Rust's and Python's idea of white space has in common with what people type.
_BLANKS = " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"


def _type_faults(value: sql.Composable, column: Column) -> Iterator[Unwritable]:
    """Yield what no file can tell of a value of the type."""
    shown = _made("{}::text", value)
    match column.type:
        case ColumnType.DECIMAL | ColumnType.MONEY:
            # What is no finite number has no scale; to compare takes three times as long.
            odd = _made("({0} IS NOT NULL AND scale({0}::numeric) IS NULL)", value)
            yield Unwritable(odd, "is no number that can be written", shown)
            if column.currency_to:
                currency = sql.Identifier("t", column.currency_to)
                bare = _made("{} IS NOT NULL AND {} IS NULL", value, currency)
                yield Unwritable(bare, "is in no currency", shown)
        case ColumnType.DATE | ColumnType.TIMESTAMP:
            # Neither infinity is in between.
            odd = _made("coalesce({0} < '1000-01-01' OR {0} >= '10000-01-01', false)", value)
            yield Unwritable(odd, "is not between the years 1000 and 9999", shown)
        case ColumnType.TIME:
            odd = _made("coalesce({} = time '24:00', false)", value)
            yield Unwritable(odd, "is the end of a day, which clocks do not show", shown)
        case ColumnType.ENUM:
            stored = sql.SQL(", ").join(sql.Literal(s) for _, s in column.notation.values)
            odd = _made("coalesce({} NOT IN ({}), false)", value, stored)
            yield Unwritable(odd, "is none of the values that have a word", shown)
        case _:
            pass


def _irreversible(value: sql.Composable, column: Column, real: TableColumn) -> Iterator[Unwritable]:
    """Yield what an import of the field would read as something else."""
    shown = _made("coalesce({}::text, '')", value)
    nothing = _made("{} IS NULL", value)
    if column.on_empty is OnEmpty.DEFAULT:
        yield Unwritable(nothing, f"is empty, which an import reads as {column.default!r}", shown)
    elif column.on_empty is OnEmpty.ERROR:
        yield Unwritable(nothing, "is empty, and an import needs a value", shown)
    if column.type is ColumnType.TEXT:
        if column.on_empty is not OnEmpty.KEEP:
            empty = _made("coalesce({}::text = '', false)", value)
            yield Unwritable(empty, "is an empty text, which the file cannot tell from none", shown)
        if column.trim:
            odd = _made(
                "coalesce({0}::text <> btrim({0}::text, {1}), false)", value, sql.Literal(_BLANKS)
            )
            yield Unwritable(odd, "has blanks at its ends, which an import removes", shown)
    if column.notation.formats:
        yield from _cut(value, column, real)
    if column.type is ColumnType.TIMESTAMP and column.notation.formats:
        yield from _doubled(value, column, real)


def _cut(value: sql.Composable, column: Column, real: TableColumn) -> Iterator[Unwritable]:
    """Yield that a time or a year has more to it than the text tells."""
    form = column.notation.formats[0]
    shown = _made("{}::text", value)
    if "%y" in form:
        # Which century two digits mean, readers agree on for these years.
        odd = _made("coalesce(extract(year FROM {}) NOT BETWEEN 1970 AND 2068, false)", value)
        yield Unwritable(odd, "is of a century that two digits do not tell", shown)
    if column.type is ColumnType.DATE:
        return
    unit = "second" if "%S" in form else "minute" if "%M" in form else "day"
    clock = _clock(value, column, real) if column.type is ColumnType.TIMESTAMP else value
    odd = _made("coalesce(date_trunc({0}, {1}) <> ({1}), false)", sql.Literal(unit), clock)
    yield Unwritable(odd, f"is more exact than {form} tells", shown)


def _doubled(value: sql.Composable, column: Column, real: TableColumn) -> Iterator[Unwritable]:
    """Yield that clocks show a time twice, and the text does not tell which is meant."""
    zone = column.notation.timezone
    if zone is None or "%z" in column.notation.formats[0]:
        return
    clock = _clock(value, column, real)
    instant = value if real.type == _ZONED else _made("{} AT TIME ZONE 'UTC'", value)
    near = sql.SQL(" OR ").join(
        _made("({0}) = ({1} + interval {2}) AT TIME ZONE {3}", clock, instant, sql.Literal(step), sql.Literal(zone))
        for step in ("1 hour", "-1 hour")
    )  # fmt: skip
    odd = _made("coalesce({}, false)", near)
    yield Unwritable(odd, f"is a time that clocks in {zone} show twice", _made("{}::text", value))


def _not_found(lost: sql.Composable, lookup: Lookup, cell: sql.Composable) -> Unwritable:
    what = f"has no {' and '.join(lookup.by)} in {lookup.table}"
    return Unwritable(lost, what, _made("{}::text", cell))


def _made(text: LiteralString, *parts: sql.Composable) -> sql.Composed:
    return sql.SQL(text).format(*parts)
