"""The statements in descriptors: as much of JPQL and SQL as says which row is meant.

Read are comparisons with ``=`` and ``is null`` that are joined by ``and``, and inserts of one row.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, NoReturn, TypeAlias, TypeVar

T = TypeVar("T")

_TOKEN: Final = re.compile(
    r"(?P<blank>\s+)"
    r"|'(?P<text>(?:[^']|'')*)'"
    r"|\{(?P<name>[A-Za-z\d.]*)\}"
    r"|(?P<number>[+-]?\d+(?:\.\d+)?)"
    r"|(?P<word>[^\W\d]\w*(?:\.[^\W\d]\w*)*)"
    r"|(?P<sign>[(),=])"
)
_GAP: Final = re.compile(r"\{([A-Za-z\d.]*)\}")
_DEPTH_LIMIT: Final = 10
_STATEMENT_END: Final = re.compile(r";\s*(?:\n|\Z)")


class QueryError(ValueError):
    """A statement says more than is read here; the message tells what."""


@dataclass(frozen=True, slots=True)
class Gap:
    """``{name}``: the value of a column of the row."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written out; None is null."""

    text: str | None


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with gaps: at every second place the name of one."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """What must be equal: a path from the row, without the alias, and a value."""

    path: tuple[str, ...]
    value: "Operand"


@dataclass(frozen=True, slots=True)
class Select:
    """Rows of an entity or table.

    Attributes:
        source: Name of the entity or table.
        wanted: Path to what is taken of a row; empty for the row itself.
    """

    source: str
    wanted: tuple[str, ...]
    conditions: tuple[Condition, ...]


Operand: TypeAlias = Gap | Literal | Filled | Select


@dataclass(frozen=True, slots=True)
class Insert:
    """One row that is written: columns with their values."""

    table: str
    values: tuple[tuple[str, Operand], ...]


@dataclass(frozen=True, slots=True)
class Delete:
    """Rows that are removed."""

    table: str
    conditions: tuple[Condition, ...]


def statements(text: str) -> list[str]:
    """Take a text apart where a statement ends with a line; there is always one."""
    parts = [part.strip() for part in _STATEMENT_END.split(text)]
    return [part for part in parts if part] or [""]


def read_select(text: str) -> Select:
    """Read a query.

    Raises:
        QueryError: It is none, or says more than is understood.
    """
    reader = _Reader(text)
    return reader.ended(reader.select())


def read_insert(text: str) -> Insert:
    """Read an insert of one row; errors as for a query."""
    reader = _Reader(text)
    return reader.ended(reader.insert())


def read_delete(text: str) -> Delete:
    """Read a delete; errors as for a query."""
    reader = _Reader(text)
    return reader.ended(reader.delete())


def gaps(value: Operand) -> Iterator[str]:
    """Yield the names of the columns that a value is made of."""
    match value:
        case Gap(name):
            yield name
        case Filled(parts):
            yield from parts[1::2]
        case Select(conditions=conditions):
            for condition in conditions:
                yield from gaps(condition.value)
        case Literal():
            pass


class _Token(NamedTuple):
    kind: str
    text: str


_END: Final = _Token("end", "")
_WORDS_OF_VALUES: Final = {"true": "true", "false": "false", "null": None}


class _Reader:
    """Reads a statement from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens = [*_tokens(text.strip().removesuffix(";"))]
        self._at = 0
        self._depth = 0

    def ended(self, result: T) -> T:
        """Return what was read, if nothing follows."""
        if self._next is not _END:
            self._refuse()
        return result

    def select(self) -> Select:
        """Read ``select x from Entity x where …``."""
        self._word("select")
        wanted = self._path()
        self._word("from")
        source, alias = self._row_source()
        return Select(source, _without(alias, wanted), self._conditions(alias))

    def insert(self) -> Insert:
        """Read ``INSERT INTO table (…) VALUES (…)``."""
        self._word("insert")
        self._word("into")
        (table,) = self._path(1)
        names = [name for (name,) in self._listed(lambda: self._path(1))]
        self._word("values")
        values = self._listed(self._value)
        if len(names) != len(values):
            raise QueryError(f"it names {len(names)} columns and {len(values)} values")
        return Insert(table, tuple(zip(names, values, strict=True)))

    def delete(self) -> Delete:
        """Read ``DELETE FROM table WHERE …``."""
        self._word("delete")
        self._word("from")
        table, alias = self._row_source()
        conditions = self._conditions(alias)
        if not conditions:
            raise QueryError("it deletes all rows")
        return Delete(table, conditions)

    def _row_source(self) -> tuple[str, str]:
        (table,) = self._path(1)
        if self._is_word("as"):
            self._take()
        named = self._next.kind == "word" and not self._is_word("where")
        return table, self._take().text if named else ""

    def _conditions(self, alias: str) -> tuple[Condition, ...]:
        if self._next is _END or self._next.text == ")":
            return ()
        self._word("where")
        found = [self._condition(alias)]
        while self._is_word("and"):
            self._take()
            found.append(self._condition(alias))
        return tuple(found)

    def _condition(self, alias: str) -> Condition:
        path = _without(alias, self._path())
        if not path:
            self._refuse()
        if self._is_word("is"):
            self._take()
            self._word("null")
            return Condition(path, Literal(None))
        self._sign("=")
        return Condition(path, self._value())

    def _value(self) -> Operand:
        token = self._take()
        match token.kind:
            case "name":
                return Gap(token.text)
            case "text":
                return _text(token.text)
            case "number":
                return Literal(token.text)
            case "word" if token.text.lower() in _WORDS_OF_VALUES:
                return Literal(_WORDS_OF_VALUES[token.text.lower()])
            case "sign" if token.text == "(":
                return self._inner_select()
        return self._refuse(back=1)

    def _inner_select(self) -> Select:
        self._depth += 1
        if self._depth > _DEPTH_LIMIT:
            raise QueryError(f"more than {_DEPTH_LIMIT} queries stand within each other")
        inner = self.select()
        self._sign(")")
        self._depth -= 1
        return inner

    def _listed(self, entry: Callable[[], T]) -> list[T]:
        self._sign("(")
        found = [entry()]
        while self._next.text == ",":
            self._take()
            found.append(entry())
        self._sign(")")
        return found

    def _path(self, most: int = 9) -> tuple[str, ...]:
        path = tuple(self._take().text.split(".")) if self._next.kind == "word" else ()
        if not 0 < len(path) <= most:
            self._refuse()
        return path

    def _word(self, word: str) -> None:
        if not self._is_word(word):
            self._refuse()
        self._take()

    def _sign(self, sign: str) -> None:
        if self._next != _Token("sign", sign):
            self._refuse()
        self._take()

    def _is_word(self, word: str) -> bool:
        return self._next.kind == "word" and self._next.text.lower() == word

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _take(self) -> _Token:
        token = self._next
        self._at += 1
        return token

    def _refuse(self, back: int = 0) -> NoReturn:
        self._at -= back
        token = self._next
        raise QueryError(
            "it ends too early" if token is _END else f"`{token.text}` is more than is read of it"
        )


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise QueryError(f"`{text[at]}` is more than is read of it")
        if found.lastgroup != "blank":
            yield _Token(found.lastgroup, found[found.lastgroup])
        at = found.end()


def _text(text: str) -> Operand:
    """Return a quoted text: a gap alone, a text with gaps, or as it stands."""
    plain = text.replace("''", "'")
    if alone := _GAP.fullmatch(plain):
        return Gap(alone[1])
    parts = _GAP.split(plain)
    return Filled(tuple(parts)) if len(parts) > 1 else Literal(plain)


def _without(alias: str, path: tuple[str, ...]) -> tuple[str, ...]:
    return path[1:] if alias and path[0].lower() == alias.lower() else path
