"""The files beside the groups: the user's functions, schemas and queries."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from impex.config.findings import shown
from impex.config.suggestions import suggest


@dataclass(frozen=True, slots=True)
class UserFiles:
    """What groups may name beside tables.

    Attributes:
        root: ``config`` of the installation.
    """

    root: Path = Path("config")

    @classmethod
    def beside(cls, groups: Path) -> Self:
        """Return the files that the groups of a directory may name."""
        return cls(groups.parent)

    @property
    def transforms(self) -> Path:
        """The directory of Python functions."""
        return self.root / "transforms"

    @property
    def schemas(self) -> Path:
        """The directory of XSD and RELAX NG files."""
        return self.root / "schemas"

    @property
    def queries(self) -> Path:
        """The directory of SQL files."""
        return self.root / "queries"

    @property
    def sources(self) -> Path:
        """The directory of Python classes that ask others for order events."""
        return self.root / "sources"

    @property
    def templates(self) -> Path:
        """The directory of texts with places for values."""
        return self.root / "templates"


def transform_fault(name: str, directory: Path) -> tuple[str, str] | None:
    """Say what is wrong and what to do if there is no such function; nothing is run to find out.

    Args:
        name: ``file.py:function``.
        directory: Where the file should be.
    """
    file, _, function = name.partition(":")
    path = directory / file
    if not path.is_file():
        names = sorted(other.name for other in directory.glob("*.py"))
        return f"There is no file {shown(file)} in {directory}.", suggest(file, names)
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError) as error:
        return f"{shown(file)} is no Python file that can be read: {error}.", ""
    defined = list(_defined(tree))
    if function not in defined:
        return f"{shown(file)} has no function {shown(function)}.", suggest(function, defined)
    return None


def _defined(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module defines at its top, in its order."""
    for statement in tree.body:
        match statement:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                yield from (alias.asname or alias.name for alias in aliases)
            case _:
                pass
