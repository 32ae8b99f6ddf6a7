"""Polluted CSV files, made from clean tables: what people and programs do to files in the wild.

The kinds are those of the Pollock benchmark (Vitagliano et al., "Pollock: A Data Loading
Benchmark", VLDB 2023) and others that have been met. Each file comes with the table that a careful
person would accept from it, or with the knowledge that it must not load as it is. Every table has
a first column of whole numbers, as keys are, so that lines of another kind can be known by it.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

Table = list[list[str]]

_WORDS = ("Lamp", "Größe L", "Chair, wooden", 'Shelf 12"', "Two\nlines", "", " x ", "Стол", "a;b")
_NAMES = ("id", "name", "price", "note", "colour", "stock")


@dataclass(frozen=True, slots=True)
class Polluted:
    """One polluted file.

    Attributes:
        kind: What was done to it, and where.
        header: The names that the contract about the file has.
        table: The rows that a careful person would accept; None if it must not load as it is.
        rows: Every row that is in the file; no other one may ever come out of it. None where lines
            of another kind look like rows.
    """

    kind: str
    data: bytes
    header: list[str]
    table: Table | None
    rows: Table | None


@dataclass(frozen=True, slots=True)
class Clean:
    """A clean table and the text of its lines as a program would write them."""

    header: list[str]
    rows: Table
    quoted: bool

    def line(self, row: list[str], delimiter: str = ",", quote: str = '"') -> str:
        """Write a row without its line end."""
        text = io.StringIO()
        quoting = csv.QUOTE_ALL if self.quoted else csv.QUOTE_MINIMAL
        csv.writer(
            text, delimiter=delimiter, quotechar=quote, quoting=quoting, lineterminator="\n"
        ).writerow(row)
        return text.getvalue()[:-1]

    def lines(self, delimiter: str = ",", quote: str = '"') -> list[str]:
        """Write header and rows."""
        return [self.line(row, delimiter, quote) for row in (self.header, *self.rows)]

    def fields(self, number: int) -> list[str]:
        """Write the fields of a row one by one."""
        return [self.line([cell]) if cell or self.quoted else "" for cell in self.rows[number]]


def clean_table(chance: Random) -> Clean:
    """Make a clean table of some columns and rows."""
    header = list(_NAMES[: chance.randint(3, len(_NAMES))])
    rows = [
        [str(number), *(_cell(chance) for _ in header[1:])]
        for number in range(chance.randint(3, 6))
    ]
    return Clean(header, rows, chance.random() < 1 / 3)


def _cell(chance: Random) -> str:
    return f"{chance.random() * 99:.2f}" if chance.random() < 1 / 4 else chance.choice(_WORDS)


def polluted_files(seed: int) -> Iterator[Polluted]:
    """Make one clean table and yield every pollution of it.

    Args:
        seed: The same one always gives the same files.
    """
    clean = clean_table(Random(seed))  # noqa: S311 (repeatable tables, no secret)
    header, rows = clean.header, clean.rows
    for kind, data in _harmless(clean):
        yield Polluted(kind, data, header, rows, rows)
    yield Polluted("no rows", _joined([clean.line(header)]), header, [], [])
    yield Polluted("one row", _joined(clean.lines()[:2]), header, rows[:1], rows[:1])
    for pollute in (_of_dialects, _of_line_ends, _around, _of_headers, _of_lines, _of_fields):
        for kind, data in pollute(clean):
            yield Polluted(kind, data, header, None, rows)
    for kind, data in (*_unquoted(clean), *_of_tables(clean), *_of_encodings(clean)):
        yield Polluted(kind, data, header, None, None)


Variants = Iterator[tuple[str, bytes]]


def _joined(lines: list[str], end: str = "\n") -> bytes:
    return "".join(f"{line}{end}" for line in lines).encode()


def _harmless(clean: Clean) -> Variants:
    """Yield what every careful person reads as the clean table."""
    lines = clean.lines()
    text = _joined(lines)
    yield "as it is", text
    yield "CR LF", _joined(lines, "\r\n")
    yield "no line end at the end", text[:-1]
    yield "CR LF, none at the end", _joined(lines, "\r\n")[:-2]
    yield "blank lines at the end", text + b"\n\r\n\n"
    yield "blank lines in front", b"\n\r\n" + text
    yield "blank lines between", _joined([*lines[:2], "", "\r", *lines[2:]])
    yield "mixed line ends", _joined([lines[0] + "\r", *lines[1:]])
    yield "byte order mark", b"\xef\xbb\xbf" + text
    yield "all quoted", _joined(Clean(clean.header, clean.rows, quoted=True).lines())
    yield "a delimiter at the end of every line", _joined([f"{line}," for line in lines])
    yield "a delimiter at the end of the header", _joined([f"{lines[0]},", *lines[1:]])


def _of_dialects(clean: Clean) -> Variants:
    """Yield files that are written in another dialect throughout."""
    for delimiter in ";\t| :":
        yield f"delimiter {delimiter!r}", _joined(clean.lines(delimiter))
    yield (
        "delimiter and blank",
        _joined(
            [", ".join(clean.line([cell]) for cell in row) for row in (clean.header, *clean.rows)]
        ),
    )
    quoted = Clean(clean.header, clean.rows, quoted=True)
    for quote in "'~`":
        yield f"quote {quote}", _joined(quoted.lines(quote=quote))
    if any('"' in cell for row in clean.rows for cell in row):
        for escape in ("\\", "\0", "^"):
            yield (
                f"escape {escape!r}",
                _joined([_escaped(clean, row, escape) for row in clean.rows]),
            )


def _escaped(clean: Clean, row: list[str], escape: str) -> str:
    """Write a row with escaped quotes instead of doubled ones."""
    head = clean.line(clean.header) + "\n" if row is clean.rows[0] else ""
    return head + ",".join('"' + cell.replace('"', f'{escape}"') + '"' for cell in row)


def _of_line_ends(clean: Clean) -> Variants:
    """Yield files whose lines end in other ways: all of them, or one."""
    lines = clean.lines()
    for end in ("\r", "\n\r", "\r\r\n", "\x0b", "\x0c", "\x1e", "\x85", "\u2028", " "):
        yield f"lines end with {end!r}", _joined(lines, end)
        for number in range(len(lines) - 1):
            tail = [f"{line}\n" for line in lines]
            tail[number] = lines[number] + end
            yield f"line {number} ends with {end!r}", "".join(tail).encode()


def _around(clean: Clean) -> Variants:
    """Yield files with text before, between and after the table that belongs to no row."""
    lines, commas = clean.lines(), "," * (len(clean.header) - 1)
    strange = ["Prices of May", f"Prices of May{commas}", commas, "# a, comment", f"# x{commas}",
        "sep=,", "-- the end", "\\.", f"Total{commas}", "Total,99", f",,Total{commas[2:]}",
        "'1", "1", "\x1a", "page 1 of 2", " ", '"', '""' + commas, '"Notes\nand more"']  # fmt: skip
    for text in strange:
        for number in range(len(lines) + 1):
            kind = f"{text!r} in front of line {number}"
            yield kind, _joined([*lines[:number], text, *lines[number:]])
        yield f"{text!r} at the end without a line end", _joined(lines) + text.encode()
        yield f"{text!r} behind a blank line", _joined([*lines, "", text])
    yield "a preamble of three lines", _joined(["Prices", "", "Made by,ERP", *lines])


def _of_headers(clean: Clean) -> Variants:
    """Yield files with another header than the contract says."""
    header, lines = clean.header, clean.lines()[1:]
    changed = {
        "renamed": [*header[:-1], "other"],
        "swapped": [header[0], header[2], header[1], *header[3:]],
        "doubled": [*header[:-1], header[0]],
        "all empty": [""] * len(header),
        "one empty": [header[0], "", *header[2:]],
        "padded": [f" {name}" for name in header],
        "upper case": [name.upper() for name in header],
        "one more": [*header, "more"],
        "one fewer": header[:-1],
        "two lines in a name": [f"{name}\nx" for name in header],
    }
    for kind, names in changed.items():
        yield f"header {kind}", _joined([clean.line(names), *lines])
    yield "no header", _joined(lines)
    yield "header at the end", _joined([*lines, clean.line(header)])
    yield "header twice", _joined([clean.line(header), clean.line(header), *lines])
    yield "header again", _joined([clean.line(header), *lines, clean.line(header)])
    units = ["number", *["text"] * (len(header) - 1)]
    yield "units below", _joined([clean.line(header), clean.line(units), *lines])
    yield "groups above", _joined([clean.line(units), clean.line(header), *lines])


def _of_lines(clean: Clean) -> Variants:
    """Yield files in which one line, or every one, is written differently."""
    lines = clean.lines()
    quoted = Clean(clean.header, clean.rows, quoted=True)
    changes: dict[str, Callable[[int], str]] = {
        "delimiter ;": lambda n: clean.line(clean.rows[n], ";"),
        "delimiter tab": lambda n: clean.line(clean.rows[n], "\t"),
        "delimiter blank": lambda n: clean.line(clean.rows[n], " "),
        "delimiter and blank": lambda n: ", ".join(quoted.fields(n)),
        "blank and delimiter": lambda n: " ,".join(quoted.fields(n)),
        "one more field": lambda n: clean.line([*clean.rows[n], "x"]),
        "one more empty field": lambda n: f"{lines[n + 1]},",
        "one field in front": lambda n: clean.line([str(n), *clean.rows[n]]),
        "one empty field in front": lambda n: f",{lines[n + 1]}",
        "one field less": lambda n: clean.line(clean.rows[n][:-1]),
        "no key": lambda n: clean.line(clean.rows[n][1:]),
        "quoted as a whole": lambda n: clean.line([lines[n + 1]]).strip(),
        "indented": lambda n: f"  {lines[n + 1]}",
        "commented out": lambda n: f"#{lines[n + 1]}",
        "ended by a semicolon": lambda n: f"{lines[n + 1]},;",
        "ended by NUL": lambda n: f"{lines[n + 1]}\0",
        "joined with itself": lambda n: lines[n + 1] * 2,
    }
    for kind, change in changes.items():
        every = [change(n) for n in range(len(clean.rows))]
        yield f"all rows {kind}", _joined([lines[0], *every])
        for n, line in enumerate(every):
            if line != lines[n + 1]:
                yield f"row {n} {kind}", _joined([*lines[: n + 1], line, *lines[n + 2 :]])


def _of_fields(clean: Clean) -> Variants:
    """Yield files in which something stands in, in front of or behind one field."""
    lines = clean.lines()
    for n in range(len(clean.rows)):
        fields = clean.fields(n)
        for at, field in enumerate(fields):
            for kind, text in (*_misquoted(field), *_misplaced(field)):
                line = ",".join([*fields[:at], text, *fields[at + 1 :]])
                yield (
                    f"{kind} at {n}, {at}: {text!r}",
                    _joined([*lines[: n + 1], line, *lines[n + 2 :]]),
                )
            if at:
                line = ",".join([*fields[: at - 1], fields[at - 1] + field, *fields[at + 1 :]])
                yield (
                    f"no delimiter at {n}, {at}",
                    _joined([*lines[: n + 1], line, *lines[n + 2 :]]),
                )
                yield f"cut at {n}, {at}", _joined([*lines[: n + 1], ",".join(fields[:at])])[:-1]


def _misquoted(field: str) -> Iterator[tuple[str, str]]:
    """Yield a field with quotes too many or too few."""
    quoted, middle = field.startswith('"'), len(field) // 2
    for place in {0, middle, len(field)}:
        yield "quote", f'{field[:place]}"{field[place:]}'
    yield "backslash and quote", f'{field[:middle]}\\"{field[middle:]}'
    if quoted and "\n" not in field:
        yield "no opening quote", field[1:]
    if quoted:
        yield "no closing quote", field[:-1]
        yield "text behind", f"{field}x"
        yield "blank in front", f" {field}"
        yield "blank behind", f"{field} "
        yield "quotes doubled outside only", f'"{field}"'[:-1]
    elif field:
        yield "quotes around a part", f'{field[:1]}"{field[1:]}"'
        yield "doubled quotes around", f'""{field}""'
        yield "quotes around and text behind", f'"{field}"x'


def _misplaced(field: str) -> Iterator[tuple[str, str]]:
    """Yield a field with characters that have no place in it."""
    quoted, middle = field.startswith('"'), len(field) // 2
    yield "delimiter behind", f"{field},"
    yield "NUL", f"{field[:middle]}\0{field[middle:]}"
    if not quoted:
        yield "delimiter inside", f"{field[:middle]},{field[middle:]}"
        yield "carriage return", f"{field[:middle]}\rx{field[middle:]}"


def _unquoted(clean: Clean) -> Variants:
    """Yield files in which cells with delimiters and line ends are not quoted."""
    header = clean.line(clean.header)
    if any("," in cell for row in clean.rows for cell in row):
        lines = [",".join(cell.replace(",", "\\,") for cell in row) for row in clean.rows]
        yield "escaped delimiters", _joined([header, *lines])
        yield "no quotes at all", _joined([header, *(",".join(row) for row in clean.rows)])


def _of_tables(clean: Clean) -> Variants:
    """Yield files with several tables, one below the other."""
    lines = clean.lines()
    other = [clean.line([f"other {name}" for name in clean.header]), *lines[1:]]
    narrow = [clean.line(row[:-1]) for row in (clean.header, *clean.rows)]
    wide = [f"{line},x" for line in lines]
    for kind, table in {"same": lines, "other": other, "narrow": narrow, "wide": wide}.items():
        yield f"{kind} table behind", _joined([*lines, *table])
        yield f"{kind} table behind a blank line", _joined([*lines, "", *table])
        if table is not lines:
            yield f"{kind} table in front", _joined([*table, "", *lines])
        beside = [f"{a},,{b}" for a, b in zip(lines, table, strict=True)]
        yield f"{kind} table beside", _joined(beside)
    for n, row in enumerate(clean.rows):
        if len(row[-1]) > 1:
            broken = [*row[:-1], row[-1][:1] + "\n" + row[-1][1:]]
            line = ",".join(broken)
            yield (
                f"line end in the last field of {n}",
                _joined([*lines[: n + 1], line, *lines[n + 2 :]]),
            )


def _of_encodings(clean: Clean) -> Variants:
    """Yield files that are not, or not only, UTF-8."""
    lines = clean.lines()
    text = _joined(lines)
    for encoding in ("cp1252", "cp1251", "cp866", "utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        data = text.decode().encode(encoding, "ignore")
        if data.decode(encoding) == text.decode() and data != text:
            yield encoding, data
    for n in range(len(lines)):
        mixed = [*_joined(lines[:n]), *"\ufeff".encode(), *_joined(lines[n:])]
        if n:
            yield f"byte order mark in front of line {n}", bytes(mixed)
        for junk in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf5\x80\x80\x80"):
            data = _joined(lines[:n]) + lines[n].encode() + junk + b"\n" + _joined(lines[n + 1 :])
            yield f"{junk!r} in line {n}", data
    yield "two byte order marks", b"\xef\xbb\xbf" * 2 + text
    yield "filled up with NUL", text + bytes(100)
    yield "begins with NUL", b"\0" + text
