"""From the pattern of a file name, a regular expression of Java, to masks with ``*``, ``?`` and ``[…]``."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Final, NoReturn

_MOST_MASKS: Final = 20
_MOST_REPEATS: Final = 40
_CLASSES: Final = {"d": "0-9", "w": "a-z0-9_", "s": " "}
_OF_MASKS: Final = "*?["


class MaskError(ValueError):
    """A pattern has no masks; the message says why."""


@dataclass(frozen=True, slots=True)
class Masks:
    """The masks of a pattern; ``wider`` tells that they take more names than the pattern."""

    masks: tuple[str, ...]
    wider: bool


def masks_of(pattern: str) -> Masks:
    """Translate a pattern that the whole name of a file must match.

    A point in front of a letter is taken for a point: that is what was meant.

    Raises:
        MaskError: It cannot be said with masks, or not with a few.
    """
    reader = _Pattern(pattern.removeprefix("(?i)").removeprefix("^"))
    found = reader.alternatives()
    if not reader.ended:
        reader.refuse()
    masks = tuple(dict.fromkeys(_shortened(mask) for mask in found))
    if "" in masks or any("/" in mask or "\\" in mask for mask in masks):
        raise MaskError("it matches what is no name of a file")
    return Masks(masks, reader.wider)


class _Pattern:
    """Reads a pattern from left to right; every part of it becomes the masks that it may be."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self.wider = False

    @property
    def ended(self) -> bool:
        return self._at >= len(self._text)

    def refuse(self) -> NoReturn:
        rest = self._text[self._at :]
        raise MaskError(f"`{rest}` cannot be said with masks" if rest else "it ends too early")

    def alternatives(self) -> list[str]:
        """Read what stands between bars."""
        found = self._sequence()
        while self._is("|"):
            found += self._sequence()
        return _few(found)

    def _sequence(self) -> list[str]:
        found = [""]
        while not self.ended and self._text[self._at] not in "|)":
            if self._text[self._at :] == "$":
                self._at += 1
                break
            found = _few(_joined(found, self._repeated(self._atom())))
        return found

    def _atom(self) -> list[str]:
        sign = self._take()
        if sign == "(":
            return self._group()
        if sign == "[":
            return [self._class()]
        if sign == "\\":
            return [self._escaped()]
        if sign == ".":
            letter = self._text[self._at : self._at + 1].isalpha()
            return ["." if letter else "?"]
        if sign in "*+?{}^$":
            self._at -= 1
            self.refuse()
        return [_literal(sign)]

    def _group(self) -> list[str]:
        self._depth += 1
        if self._depth > _MOST_REPEATS:
            raise MaskError("too many brackets stand within each other")
        if self._is("?") and not self._is(":"):
            self._at -= 1
            self.refuse()
        found = self.alternatives()
        if not self._is(")"):
            self.refuse()
        self._depth -= 1
        return found

    def _class(self) -> str:
        """Read a set of characters, without sets in it."""
        begin = self._at
        negated = "!" if self._is("^") else ""
        inner = ""
        while not self.ended and self._text[self._at] != "]":
            sign = self._take()
            if sign == "[" or self._text[self._at - 1 : self._at + 1] == "&&":
                self._at = begin - 1
                self.refuse()
            inner += self._of_class() if sign == "\\" else sign
        if not inner or not self._is("]"):
            self._at = begin - 1
            self.refuse()
        # A leading ! would turn the mask round; behind another character it is one of the set.
        inner = inner[1:] + "!" if inner[0] == "!" and not negated else inner
        return f"[{negated}{inner}]"

    def _of_class(self) -> str:
        sign = self._take()
        if sign in _CLASSES:
            return _CLASSES[sign]
        if sign.isalnum() or sign in "]-":
            self.refuse()
        return sign

    def _escaped(self) -> str:
        sign = self._take()
        if sign in _CLASSES:
            return f"[{_CLASSES[sign]}]"
        if sign.isalnum():
            self._at -= 2
            self.refuse()
        return _literal(sign)

    def _repeated(self, atom: list[str]) -> list[str]:
        """Read how often an atom comes; a mask knows once, and anything."""
        if self._is("*"):
            found = self._anything(atom)
        elif self._is("+"):
            found = _joined(atom, self._anything(atom))
        elif self._is("?"):
            found = [*atom, ""]
        elif self._is("{"):
            found = self._times(atom)
        else:
            return atom
        # Whether as much or as little as possible is taken makes no difference to the whole.
        if not self._is("?"):
            self._is("+")
        return found

    def _anything(self, atom: list[str]) -> list[str]:
        self.wider |= atom not in (["?"], ["*"])
        return ["*"]

    def _times(self, atom: list[str]) -> list[str]:
        inner, closed, _ = self._text[self._at :].partition("}")
        low, comma, high = inner.partition(",")
        if not closed or not re.fullmatch("[0-9]{1,3}", low) or int(low) > _MOST_REPEATS:
            self._at -= 1
            self.refuse()
        self._at += len(inner) + 1
        found = [""]
        for _ in range(int(low)):
            found = _few(_joined(found, atom))
        if not comma or high == low:
            return found
        self.wider |= bool(high)
        return _joined(found, self._anything(atom))

    def _is(self, sign: str) -> bool:
        """Take a sign, if it comes next."""
        found = self._text[self._at : self._at + 1] == sign
        self._at += found
        return found

    def _take(self) -> str:
        if self.ended:
            self.refuse()
        self._at += 1
        return self._text[self._at - 1]


def _literal(sign: str) -> str:
    return f"[{sign}]" if sign in _OF_MASKS else sign


def _joined(heads: Iterable[str], tails: Iterable[str]) -> list[str]:
    return [head + tail for head, tail in product(heads, tails)]


def _few(masks: list[str]) -> list[str]:
    unique = list(dict.fromkeys(masks))
    if len(unique) > _MOST_MASKS:
        raise MaskError(f"it would take more than {_MOST_MASKS} masks")
    return unique


def _shortened(mask: str) -> str:
    while "**" in mask:
        mask = mask.replace("**", "*")
    return mask
