"""The text of a query file: its parameters become literals, wherever that is safe.

COPY takes no parameters, so values stand in the text, in quotes. Within quotes of the query itself
they would end those: such a place is refused. Comments are left as they are.
"""

import re
from collections.abc import Iterator, Mapping

from impex.domain.params import filled, named

# PostgreSQL 18, section 4.1: what may hold a placeholder, a quote or a semicolon that is none.
_TOKENS = re.compile(
    r"""(?P<quoted>
        \b[eE]'(?:[^'\\]|''|\\.)*'
      | (?<!\b[eE])'(?:[^']|'')*'
      | "(?:[^"]|"")*"
      | (?<![\w$])\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$
    )
    | (?P<comment>--[^\n\r]* | /\*)""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_MARKS = re.compile(r"/\*|\*/")


def bound(text: str, literals: Mapping[str, str]) -> str:
    """Return a query with its parameters in their places, without a semicolon at its end.

    Args:
        text: As a person wrote it; ``${name}`` stands for a parameter.
        literals: By name, as SQL has them.

    Raises:
        ValueError: A parameter is unknown, or has no place of its own; the text says which.
    """
    made, end = "", True
    for piece, is_comment, is_quoted in reversed(list(_pieces(text))):
        if is_comment:
            made = piece + made
            continue
        if is_quoted and named(piece):
            raise ValueError(
                f"has ${{{named(piece)[0]}}} within quotes. Join it: 'a' || ${{{named(piece)[0]}}}"
            )
        if not is_quoted and re.search("['\"]", piece):
            raise ValueError("has a quote without an end")
        if unknown := [name for name in named(piece) if name not in literals]:
            raise ValueError(
                f"has the unknown parameter ${{{unknown[0]}}}. "
                f"Add `params: {{{unknown[0]}: …}}` under `publish`"
            )
        if end and piece.strip():
            made, end = filled(piece.rstrip().removesuffix(";"), literals) + "\n" + made, False
        else:
            made = filled(piece, literals) + made
    return made


def _pieces(text: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield the pieces of a query, and whether each is a comment, or stands in quotes."""
    place = 0
    while found := _TOKENS.search(text, place):
        yield text[place : found.start()], False, False
        place = _comment_end(text, found.start()) if found[0] == "/*" else found.end()
        yield text[found.start() : place], found["comment"] is not None, found["quoted"] is not None
    yield text[place:], False, False


def _comment_end(text: str, begin: int) -> int:
    """Return where a comment ends; others may stand within it."""
    depth = 0
    for mark in _COMMENT_MARKS.finditer(text, begin):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(text)
