"""The files beside the groups: the user's functions, schemas, queries and templates."""

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
    def groups(self) -> Path:
        """The directory of data groups."""
        return self.root / "groups"

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
    def targets(self) -> Path:
        """The directory of Python classes that send messages about orders."""
        return self.root / "targets"

    def samples(self, group: str) -> dict[str, Path]:
        """Return the files to try a group with, by name: those in ``samples``, in its directory."""
        found = sorted((self.root / "samples" / group).glob("[!.]*"))
        return {path.name: path for path in found if path.is_file()}

    @property
    def templates(self) -> Path:
        """The directory of texts that messages about orders are made from."""
        return self.root / "templates"


def file_fault(name: str, directory: Path, ending: str) -> tuple[str, str] | None:
    """Say what is wrong and what to do if there is no such file.

    Args:
        name: Of the file.
        directory: Where it should be.
        ending: What names of such files end with; empty for any.
    """
    if (directory / name).is_file():
        return None
    names = sorted(other.name for other in directory.glob(f"*{ending}") if other.is_file())
    return f"There is no file {shown(name)} in {directory}.", suggest(name, names)


def transform_fault(name: str, directory: Path) -> tuple[str, str] | None:
    """Say what is wrong and what to do if there is no such function or class; nothing is run.

    Args:
        name: ``file.py:function``.
        directory: Where the file should be.
    """
    file, _, function = name.partition(":")
    fault = file_fault(file, directory, ".py")
    if fault is not None:
        return fault
    try:
        tree = ast.parse((directory / file).read_bytes())
    except (SyntaxError, ValueError, OSError) as error:
        return f"{shown(file)} is no Python file that can be read: {error}.", ""
    defined = list(_defined(tree))
    if function not in defined:
        return f"{shown(file)} does not define {shown(function)}.", suggest(function, defined)
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
