"""Finds the YAML files of a directory, one thing described in each, and loads them all."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, TypeVar

from impex.config.findings import Findings, shown
from impex.config.yaml_source import SIZE_LIMIT
from impex.domain.errors import ConfigError, Problem

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
_SUFFIXES: Final = (".yaml", ".yml")

T = TypeVar("T")


def check_name(path: Path, kind: str, findings: Findings) -> None:
    """Note a problem if the name of a file cannot be that of what it describes.

    Args:
        path: The file.
        kind: What it describes, as people say it.
        findings: Gets the problem.
    """
    if not _NAME.fullmatch(path.stem):
        hint = "Use lower-case letters a to z, digits and -, and start with a letter."
        findings.add(0, f"The file name {shown(path.stem)} can name no {kind}.", hint)


def read_file(path: Path) -> bytes:
    """Return what a file holds, and not much more than may be in one.

    Raises:
        ConfigError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(SIZE_LIMIT + 1)
    except OSError as error:
        problem = Problem(str(path), f"The file cannot be read: {error.strerror}.")
        raise ConfigError([problem]) from error


def files_in(directory: Path) -> list[Path]:
    """Return the YAML files of a directory by name, without hidden ones, as editors leave them.

    Raises:
        ConfigError: The directory cannot be read.
    """
    try:
        return sorted(
            path
            for path in directory.iterdir()
            if path.suffix in _SUFFIXES and not path.name.startswith(".")
        )
    except OSError as error:
        problem = Problem(str(directory), f"The directory cannot be read: {error.strerror}.")
        raise ConfigError([problem]) from error


def load_each(
    paths: Iterable[Path], kind: str, load: Callable[[Path], T]
) -> dict[str, T | ConfigError]:
    """Load files, in their order.

    Returns:
        Per file name without its ending: what it describes, or what is wrong with it.
    """
    loaded: dict[str, T | ConfigError] = {}
    first: dict[str, Path] = {}
    for path in paths:
        if path.stem in first:
            loaded[path.stem] = ConfigError([_twice(path, first[path.stem], kind)])
            continue
        first[path.stem] = path
        try:
            loaded[path.stem] = load(path)
        except ConfigError as error:
            loaded[path.stem] = error
    return loaded


def lint_each(
    paths: Iterable[Path], kind: str, load: Callable[[Path], T]
) -> tuple[dict[str, T], list[Problem]]:
    """Load files, also those in directories, and collect what is wrong.

    Returns:
        What is described without faults, by name, and the problems of the others.
    """
    sound: dict[str, T] = {}
    problems: list[Problem] = []
    first: dict[str, Path] = {}
    for path in _expand(paths, problems):
        if path.stem in first:
            problems.append(_twice(path, first[path.stem], kind))
            continue
        first[path.stem] = path
        try:
            sound[path.stem] = load(path)
        except ConfigError as error:
            problems.extend(error.problems)
    return sound, problems


def _expand(paths: Iterable[Path], problems: list[Problem]) -> list[Path]:
    """Return the files themselves and those in the directories."""
    files: dict[Path, Path] = {}
    for path in paths:
        try:
            found = files_in(path) if path.is_dir() else [path]
        except ConfigError as error:
            problems.extend(error.problems)
        else:
            files |= {file.resolve(): file for file in found}
    return list(files.values())


def _twice(path: Path, first: Path, kind: str) -> Problem:
    what = f"The {kind} {shown(path.stem)} exists already, in {first}."
    return Problem(str(path), what, "Rename one of them.")
