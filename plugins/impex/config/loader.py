"""Loads data groups from their files."""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from impex.config.assembly import assemble_group
from impex.config.drafts import Complaints, draft_group
from impex.config.findings import Findings, shown
from impex.config.group_rules import check_group
from impex.config.yaml_source import SIZE_LIMIT, parse
from impex.domain.errors import ConfigError, Problem
from impex.domain.group import Group

GROUPS: Final = Path("config/groups")

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
_SUFFIXES: Final = (".yaml", ".yml")


def groups_directory() -> Path:
    """Return where this installation has its groups: ``IMPEX_GROUPS``, or beside the plugins."""
    return Path(os.environ.get("IMPEX_GROUPS") or Path(__file__).parents[3] / GROUPS)


def load_group(path: Path) -> Group:
    """Load the group of a file; the file's name without its ending is the group's name.

    Raises:
        ConfigError: The file has faults; all that could be found, in the order of the file.
    """
    findings = Findings(str(path))
    if not _NAME.fullmatch(path.stem):
        hint = "Use lower-case letters a to z, digits and -, and start with a letter."
        findings.add(0, f"The file name {shown(path.stem)} cannot name a group.", hint)
    root = parse(_read(path), findings)
    if root is None:
        raise findings.error()
    complaints = Complaints(root, findings)
    draft = draft_group(complaints)
    check_group(draft, complaints)
    if findings:
        raise findings.error()
    return assemble_group(path.stem, draft)


def load_groups(directory: Path) -> dict[str, Group | ConfigError]:
    """Load every group of a directory, in the order of their names.

    Returns:
        Per file name without its ending: the group, or what is wrong with it.

    Raises:
        ConfigError: The directory cannot be read.
    """
    loaded: dict[str, Group | ConfigError] = {}
    first: dict[str, Path] = {}
    for path in _group_files(directory):
        if path.stem in first:
            loaded[path.stem] = ConfigError([_twice(path, first[path.stem])])
            continue
        first[path.stem] = path
        try:
            loaded[path.stem] = load_group(path)
        except ConfigError as error:
            loaded[path.stem] = error
    return loaded


def lint(paths: Sequence[Path] = ()) -> tuple[dict[str, Group], list[Problem]]:
    """Load every group of the files and directories, and collect what is wrong.

    Args:
        paths: Files and directories; none stands for ``config/groups``.

    Returns:
        The groups without faults by name, and the problems of the others.
    """
    groups: dict[str, Group] = {}
    problems: list[Problem] = []
    first: dict[str, Path] = {}
    for path in _expand(paths or (GROUPS,), problems):
        if path.stem in first:
            problems.append(_twice(path, first[path.stem]))
            continue
        first[path.stem] = path
        try:
            groups[path.stem] = load_group(path)
        except ConfigError as error:
            problems.extend(error.problems)
    return groups, problems


def _expand(paths: Iterable[Path], problems: list[Problem]) -> list[Path]:
    """Return the files themselves and those in the directories."""
    files: dict[Path, Path] = {}
    for path in paths:
        try:
            found = _group_files(path) if path.is_dir() else [path]
        except ConfigError as error:
            problems.extend(error.problems)
        else:
            files |= {file.resolve(): file for file in found}
    return list(files.values())


def _group_files(directory: Path) -> list[Path]:
    try:
        return sorted(p for p in directory.iterdir() if _is_group_file(p))
    except OSError as error:
        problem = Problem(str(directory), f"The directory cannot be read: {error.strerror}.")
        raise ConfigError([problem]) from error


def _is_group_file(path: Path) -> bool:
    """Tell whether it is YAML and not hidden, as the leftovers of editors are."""
    return path.suffix in _SUFFIXES and not path.name.startswith(".")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(SIZE_LIMIT + 1)
    except OSError as error:
        problem = Problem(str(path), f"The file cannot be read: {error.strerror}.")
        raise ConfigError([problem]) from error


def _twice(path: Path, first: Path) -> Problem:
    what = f"The group {shown(path.stem)} exists already, in {first}."
    return Problem(str(path), what, "Rename one of them.")
