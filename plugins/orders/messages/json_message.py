"""JSON, strictly: what two readers could take for two things is refused.

Numbers stay as they are written, so that none is rounded.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, NoReturn, Self, TypeAlias

from orders.domain.member_path import member_path
from orders.messages.refusal import RefusedMessageError, quoted

Json: TypeAlias = "str | bool | list[Json] | dict[str, Json] | None"

DEPTH_LIMIT: Final = 32
_ROOT: Final = "$"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_KINDS: Final[dict[type, str]] = {bool: "true or false", list: "a list", dict: "an object"}


@dataclass(frozen=True, slots=True)
class JsonNode:
    """A value of a message.

    Attributes:
        value: The value.
        where: The path to it.
        around: The object that it is in, a list being no step; None for the message.
    """

    value: Json
    where: str = _ROOT
    around: Self | None = None

    def place(self, path: str) -> str:
        """Return where a path leads, whether or not something is there."""
        parsed = member_path(path)
        start = self._outward(parsed.up)
        where = start.where if start is not None else _ROOT
        for name in parsed.names:
            where = _within(where, name)
        return where

    def text(self, path: str) -> str | None:
        """Return the text or the number that a path leads to; None where there is nothing."""
        parsed = member_path(path)
        node = self._outward(parsed.up)
        for name in parsed.names:
            if node is None or node.value is None:
                return None
            node = node.member(name)
        if node is None or node.value is None:
            return None
        if isinstance(node.value, str):
            return node.value
        raise RefusedMessageError(
            node.where, f"is {_KINDS[type(node.value)]}, not a text or a number"
        )

    def each(self, path: str) -> list[Self]:
        """Return the objects that a path leads to, through lists on the way and at its end."""
        parsed = member_path(path)
        start = self._outward(parsed.up)
        nodes = start.objects() if start is not None else []
        for name in parsed.names:
            members = (node.member(name) for node in nodes)
            nodes = [inner for member in members if member for inner in member.objects()]
        return nodes

    def _outward(self, steps: int) -> Self | None:
        node: Self | None = self
        for _ in range(steps):
            node = node.around if node is not None else None
        return node

    def member(self, name: str) -> Self | None:
        """Return a member of the object; None where it has none of that name."""
        if not isinstance(self.value, dict):
            raise RefusedMessageError(self.where, "is not an object")
        if name not in self.value:
            return None
        return replace(self, value=self.value[name], where=_within(self.where, name), around=self)

    def objects(self) -> list[Self]:
        """Return the object itself, those of the list, or none if it is null."""
        if self.value is None:
            return []
        nodes = [self]
        if isinstance(self.value, list):
            nodes = [
                replace(self, value=value, where=f"{self.where}[{number}]")
                for number, value in enumerate(self.value)
            ]
        for node in nodes:
            if not isinstance(node.value, dict):
                raise RefusedMessageError(node.where, "is not an object")
        return nodes


def read_json(body: bytes) -> JsonNode:
    """Return the value of a message.

    Raises:
        RefusedMessageError: It is not JSON in UTF-8, has members twice, holds what is no text, or
            has objects and lists too deep within one another.
    """
    try:
        value: Json = _STRICT.decode(body.decode())
    except UnicodeDecodeError as fault:
        where = f"byte {fault.start + 1}"
        raise RefusedMessageError(where, "the message is not text in UTF-8") from fault
    except json.JSONDecodeError as fault:
        what = fault.msg.removesuffix(" at").removesuffix(" starting").rstrip(": ")
        where = f"line {fault.lineno}, character {fault.colno}"
        raise RefusedMessageError(where, f"the message is not JSON: {what}") from fault
    except RecursionError:
        _refuse_depth(_ROOT)
    root = JsonNode(value)
    _check_all_in(root)
    return root


def _check_all_in(root: JsonNode) -> None:
    """Raise if something lies too deep, or is no text."""
    layer, depth = [root], 0
    while layer:
        inner: list[JsonNode] = []
        for node in layer:
            if isinstance(node.value, str):
                _check_text(node.value, node.where)
            elif isinstance(node.value, dict | list):
                if depth == DEPTH_LIMIT:
                    _refuse_depth(node.where)
                inner.extend(_children(node))
        layer, depth = inner, depth + 1


def _children(node: JsonNode) -> Iterator[JsonNode]:
    if isinstance(node.value, dict):
        for name, value in node.value.items():
            _check_text(name, node.where)
            yield JsonNode(value, _within(node.where, name))
    elif isinstance(node.value, list):
        for number, value in enumerate(node.value):
            yield JsonNode(value, f"{node.where}[{number}]")


def _check_text(text: str, where: str) -> None:
    if "\0" in text:
        raise RefusedMessageError(where, "holds the NUL character, \\u0000")
    half = _SURROGATE.search(text)
    if half is not None:
        raise RefusedMessageError(where, f"holds half a character, \\u{ord(half[0]):04x}")


def _within(where: str, name: str) -> str:
    return f"{where}.{name}" if _PLAIN.fullmatch(name) else f"{where}[{quoted(name)}]"


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) < len(pairs):
        [(name, count)] = Counter(name for name, _ in pairs).most_common(1)
        what = f"an object has the member {quoted(name)} {count} times"
        raise RefusedMessageError(_ROOT, what)
    return members


def _refuse_depth(where: str) -> NoReturn:
    what = f"more than {DEPTH_LIMIT} objects and lists stand within one another"
    raise RefusedMessageError(where, what)


def _refuse_word(word: str) -> NoReturn:
    """Refuse NaN and the infinities, which Python reads and JSON does not know."""
    raise RefusedMessageError(_ROOT, f"the message is not JSON: {word} is no number")


_STRICT: Final = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=str, parse_int=str, parse_constant=_refuse_word
)
