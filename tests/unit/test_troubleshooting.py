"""The page about troubleshooting quotes what the programs really say."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from local.settings import REPOSITORY

PAGE = (REPOSITORY / "docs" / "troubleshooting.md").read_text("utf-8")
QUOTED = [text for _, text in re.findall(r"^\| (`{1,2})(.+?)\1 \|", PAGE, re.MULTILINE)]
OTHERS = ("*.sql", "*.js", "*.html")


@cache
def said() -> str:
    """Return all texts of the programs, one in a line, with … for what they fill in."""
    places = [REPOSITORY / place for place in ("plugins", "local", "db", "dags")]
    texts = [text for place in places for path in place.rglob("*.py") for text in _texts(path)]
    others = [
        path.read_text("utf-8") for place in places for end in OTHERS for path in place.rglob(end)
    ]
    return "\n".join([*texts, *others])


def _texts(path: Path) -> Iterator[str]:
    """Yield the texts of a module; those that stand behind one another are one."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr(values=pieces):
                yield "".join(p.value if isinstance(p, ast.Constant) else "…" for p in pieces)


@pytest.mark.parametrize("message", QUOTED)
def test_a_message_of_the_page_is_one_of_the_programs(message: str) -> None:
    """Who changes a message changes the page: people search for its words."""
    assert message in said()


def test_every_row_quotes_a_message() -> None:
    """A row that the pattern does not find would be checked by nobody."""
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]

    assert len(QUOTED) == len(rows) > 50
