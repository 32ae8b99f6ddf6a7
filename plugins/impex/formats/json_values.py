"""JSON as values of which nothing is lost, and back to text."""

import json
import re
from collections import Counter
from typing import NoReturn, TypeAlias

from impex.domain.issue_codes import Code
from impex.domain.issues import VALUE_LIMIT, Issue
from impex.domain.marks import BETWEEN, NIL

Value: TypeAlias = "str | bool | list[Value] | dict[str, Value] | None"
Members: TypeAlias = dict[str, Value]

_MOST_DEPTH = 256

# Escapes that may stand for what is no text: the NUL character, and half of a surrogate pair.
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_WORDS = {None: "null", True: "true", False: "false"}
_KINDS = {str: "a text", bool: "true or false", list: "an array", type(None): "null"}
_quoted = json.JSONEncoder(ensure_ascii=False).encode


class Number(str):
    """A number, as it is written."""

    __slots__ = ()


class RecordFaultError(ValueError):
    """What is wrong with one record; goes up through the parser, which knows of no issues.

    Attributes:
        issue: Without the line.
    """

    def __init__(self, code: Code, message: str, column: str = "", value: str = "") -> None:
        """Say what is wrong."""
        super().__init__(message)
        self.issue = Issue(code, column=column, value=value[:VALUE_LIMIT], message=message)


def read_object(line: str) -> Members:
    """Return the members of the object in a line; numbers are ``Number``.

    Raises:
        RecordFaultError: There is none, or it holds what no record may.
    """
    try:
        value: Value = _STRICT.decode(line)
    except json.JSONDecodeError as fault:
        what = fault.msg.removesuffix(" at").removesuffix(" starting").rstrip(": ")
        message = f"the line is not JSON: {what}, at character {fault.pos + 1}"
        raise RecordFaultError(Code.BAD_JSON_RECORD, message, value=line[fault.pos :]) from fault
    except RecursionError:
        _refuse_depth()
    if not isinstance(value, dict):
        message = f"the line is {_KINDS.get(type(value), 'a number')}, not an object"
        raise RecordFaultError(Code.BAD_JSON_RECORD, message, value=line)
    if line.count("{") + line.count("[") > _MOST_DEPTH or _SUSPECT.search(line):
        _check_all_in(value)
    return value


def read_leniently(line: bytes) -> object:
    """Return what stands in a line that is JSON, whatever else is wrong with it.

    Raises:
        ValueError: It is none.
    """
    try:
        return _LENIENT.decode(line.decode())
    except RecursionError as fault:
        raise ValueError from fault


def cell(value: Value) -> str:
    """Return a value as the text of a cell."""
    if isinstance(value, str):
        return value
    return NIL if value is None else _written(value)


def listed(value: Value, path: str) -> str:
    """Return the elements of an array, or one value, as the text of a cell.

    Raises:
        RecordFaultError: One of them cannot be an element; the path says of which field.
    """
    if value is None:
        return NIL
    return BETWEEN.join(
        [_element(e, path) for e in (value if isinstance(value, list) else [value])]
    )


def _element(value: Value, path: str) -> str:
    if isinstance(value, list | dict):
        kind = "an array" if isinstance(value, list) else "an object"
        message = f"{path} has {kind} as an element"
        raise RecordFaultError(Code.BAD_ELEMENT, message, path, _written(value))
    # An element without a value is none.
    text = "" if value is None else cell(value)
    if BETWEEN in text:
        message = f"{path} has an element with the character U+{ord(BETWEEN):04X}"
        raise RecordFaultError(Code.BAD_ELEMENT, message, path, text)
    return text


def _written(value: Value) -> str:
    """Return a value as JSON without blanks."""
    if isinstance(value, str):
        return str(value) if isinstance(value, Number) else _quoted(value)
    if isinstance(value, list):
        return f"[{','.join(map(_written, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join([f'{_quoted(n)}:{_written(v)}' for n, v in value.items()])}}}"
    return _WORDS[value]


def _members(pairs: list[tuple[str, Value]]) -> Members:
    members = dict(pairs)
    if len(members) < len(pairs):
        [(name, count)] = Counter(name for name, _ in pairs).most_common(1)
        name = name[:VALUE_LIMIT].encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
        message = f"an object has the member {name} {count} times"
        raise RecordFaultError(Code.REPEATED_MEMBER, message, name)
    return members


def _check_all_in(record: Members) -> None:
    """Raise if something lies too deep in a record, or is no text."""
    layer: list[Value] = [record]
    depth = 0
    while layer:
        depth += 1
        inner: list[Value] = []
        for value in layer:
            if isinstance(value, str):
                _check_text(value)
            elif isinstance(value, dict):
                inner += [*value, *value.values()]
            elif isinstance(value, list):
                inner += value
            if depth > _MOST_DEPTH and isinstance(value, dict | list):
                _refuse_depth()
        layer = inner


def _check_text(text: str) -> None:
    if "\0" in text:
        message = "the record has a text with the NUL character, \\u0000"
        raise RecordFaultError(Code.NUL_CHARACTER, message)
    try:
        text.encode()
    except UnicodeEncodeError as fault:
        half = f"\\u{ord(text[fault.start]):04x}"
        message = f"the record has a text with half a character, {half}"
        raise RecordFaultError(Code.BAD_JSON_RECORD, message, value=half) from fault


def _refuse_depth() -> NoReturn:
    message = f"the record has more than {_MOST_DEPTH} objects and arrays within one another"
    raise RecordFaultError(Code.BAD_JSON_RECORD, message)


def _refuse_word(word: str) -> NoReturn:
    """Refuse NaN and the infinities, which Python reads and JSON does not know."""
    message = f"the line is not JSON: {word} is no number"
    raise RecordFaultError(Code.BAD_JSON_RECORD, message, value=word)


_STRICT = json.JSONDecoder(
    object_pairs_hook=_members,
    parse_float=Number,
    parse_int=Number,
    parse_constant=_refuse_word,
)
_LENIENT = json.JSONDecoder(parse_float=Number, parse_int=Number, strict=False)
