"""The files beside the groups: the user's functions, what is in them, and the user's schemas."""

import ast
from collections.abc import Iterator
from pathlib import Path

from impex.config.findings import shown
from impex.config.suggestions import suggest


def transforms_beside(groups: Path) -> Path:
    """Return the directory of the functions that the groups of a directory may name."""
    return groups.parent / "transforms"


def schemas_beside(groups: Path) -> Path:
    """Return the directory of the schemas that the groups of a directory may name."""
    return groups.parent / "schemas"


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
