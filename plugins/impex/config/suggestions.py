"""Finds the name a person probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_LIST_LIMIT: Final = 12
_SIMILARITY: Final = 0.6


def suggest(name: str, valid: Iterable[str]) -> str:
    """Return a hint: the nearest valid name, and all of them where the list is short."""
    names = list(dict.fromkeys(valid))
    by_folded = {other.casefold(): other for other in names}
    near = get_close_matches(name.casefold(), by_folded, n=1, cutoff=_SIMILARITY)
    sentences = [f"Did you mean `{by_folded[near[0]]}`?"] if near else []
    if 0 < len(names) <= _LIST_LIMIT or (names and not near):
        sentences.append(f"Possible: {', '.join(names)}.")
    return " ".join(sentences)
