"""Pages for people whose steps a test takes one after the other, as a reader does.

What is introduced by ``Save this as `path` `` is saved; what stands in ``sh`` is typed, in one
terminal; each line of the ``text`` behind it must be among what was printed, where ``…`` stands for
anything.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.settings import REPOSITORY

_BLOCK: Final = re.compile(
    r"(?P<prose>(?:^.+\n)*)\n*^```(?P<language>\w*).*\n(?P<text>(?s:.*?))^```$", re.MULTILINE
)
_SAVED: Final = re.compile(r"[Ss]ave (?:this|it) as\s`([^`]+)`")
_LEFT: Final = {".git", ".run", ".venv", "build", "config"}
_TERMINAL: Final = """\
set -u
trap 'export -p > .terminal' EXIT
trap '[[ $? = 1 && $BASH_COMMAND == "python -m "* ]] || exit 9' ERR
touch .terminal
source .terminal
set -a
"""
"""Variables outlive a block. Our programs end with 1 where rows are rejected; all else must be 0."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a page.

    Attributes:
        language: What it is written in, as the page says; may be empty.
        text: What it holds.
        path: Where it is to be saved; empty if it is not.
    """

    language: str
    text: str
    path: str


def sections(page: str) -> Iterator[tuple[str, list[Block]]]:
    """Yield each section of a page of docs/: its heading, and its blocks."""
    text = (REPOSITORY / "docs" / page).read_text("utf-8")
    for section in re.split("^## ", text, flags=re.MULTILINE):
        heading, _, content = section.partition("\n")
        yield heading, [*_blocks(content)]


def saved(page: str) -> dict[str, str]:
    """Return the files that a page lets its reader save, by their paths."""
    return {b.path: b.text for _, found in sections(page) for b in found if b.path}


def _blocks(text: str) -> Iterator[Block]:
    for found in _BLOCK.finditer(text):
        paths = _SAVED.findall(found["prose"])
        yield Block(found["language"], found["text"], paths[-1] if paths else "")


class Reader:
    """Somebody who follows a page, in a directory that looks like a checkout.

    Attributes:
        directory: Where he is.
        environment: Variables of his terminal.
        instead: Texts of pages, and what he types in place of them.
    """

    def __init__(self, directory: Path, dsn: str) -> None:
        """Prepare an empty directory; commands work on the database."""
        self.directory = directory
        self.environment = {
            "IMPEX_DSN": dsn,
            "IMPEX_HOME": str(directory / ".run"),
            "IMPEX_FILES": str(directory / ".run" / "files"),
            "IMPEX_GROUPS": str(directory / "config" / "groups"),
            "ORDERS_FEEDS": str(directory / "config" / "feeds"),
            "ORDERS_EXPORTERS": str(directory / "config" / "exporters"),
        }
        self.instead: dict[str, str] = {}
        self._printed = ""
        for path in REPOSITORY.iterdir():
            if path.name not in _LEFT:
                (directory / path.name).symlink_to(path)
        (directory / ".venv").symlink_to(sys.prefix)
        shutil.copytree(REPOSITORY / "config", directory / "config")

    def follow(self, page: str, **meanwhile: Callable[[], None]) -> None:
        """Do what a page says.

        Args:
            page: Its path in docs/.
            meanwhile: What others do before the reader comes to a section, by its heading with
                ``_`` for blanks.
        """
        for heading, found in sections(page):
            meanwhile.pop(heading.replace(" ", "_"), _nothing)()
            for block in found:
                self._take(block)
        assert not meanwhile, f"{page} has no such sections"

    def _take(self, block: Block) -> None:
        if block.path:
            path = self.directory / block.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
        elif block.language == "sh":
            self._printed = self.type(block.text)
        else:
            assert block.language == "text", f"nobody does anything with:\n{block.text}"
            self._find(block.text.splitlines())

    def type(self, script: str) -> str:
        """Type lines into the terminal; return all that was printed."""
        for shown, typed in self.instead.items():
            script = script.replace(shown, typed)
        done = subprocess.run(
            ["/bin/bash", "-c", _TERMINAL + script],
            cwd=self.directory,
            env={**os.environ, **self.environment, "COLUMNS": "160"}
            | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode in {0, 1}, f"{script}\n{done.stdout}"
        assert "Traceback" not in done.stdout
        return done.stdout

    def _find(self, lines: list[str]) -> None:
        """Look for lines, one by one, among what was printed last; blanks do not count."""
        printed = " ".join(self._printed.split())
        for line in lines:
            pieces = (re.escape(piece) for piece in " ".join(line.split()).split("…"))
            assert re.search(".*".join(pieces), printed), f"{line!r} is not in:\n{self._printed}"


def _nothing() -> None:
    """Nobody does anything meanwhile."""
