"""Loads data groups from their files."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from impex.config.assembly import assemble_group
from impex.config.complaints import Complaints
from impex.config.drafts import draft_group
from impex.config.findings import Findings
from impex.config.group_rules import check_group
from impex.config.yaml_files import check_name, files_in, lint_each, load_each, read_file
from impex.config.yaml_source import parse
from impex.domain.errors import ConfigError, Problem
from impex.domain.group import Group

GROUPS: Final = Path("config/groups")
_KIND: Final = "group"


def groups_directory() -> Path:
    """Return where this installation has its groups: ``IMPEX_GROUPS``, or beside the plugins."""
    return Path(os.environ.get("IMPEX_GROUPS") or Path(__file__).parents[3] / GROUPS)


def load_group(path: Path) -> Group:
    """Load the group of a file; the file's name without its ending is the group's name.

    Raises:
        ConfigError: The file has faults; all that could be found, in the order of the file.
    """
    return _load(path, read_file(path))


def text_problems(text: str, path: Path) -> Sequence[Problem]:
    """Return what would be wrong with a group if a file held its text.

    Args:
        text: Of the group.
        path: Of the file, which need not exist.
    """
    try:
        _load(path, text.encode())
    except ConfigError as error:
        return error.problems
    return ()


def load_groups(directory: Path) -> dict[str, Group | ConfigError]:
    """Load every group of a directory, in the order of their names.

    Returns:
        Per file name without its ending: the group, or what is wrong with it.

    Raises:
        ConfigError: The directory cannot be read.
    """
    return load_each(files_in(directory), _KIND, load_group)


def lint(paths: Sequence[Path] = ()) -> tuple[dict[str, Group], list[Problem]]:
    """Load every group of the files and directories, and collect what is wrong.

    Args:
        paths: Files and directories; none stands for ``config/groups``.

    Returns:
        The groups without faults by name, and the problems of the others.
    """
    return lint_each(paths or (GROUPS,), _KIND, load_group)


def _load(path: Path, data: bytes) -> Group:
    findings = Findings(str(path))
    check_name(path, _KIND, findings)
    root = parse(data, findings)
    if root is None:
        raise findings.error()
    complaints = Complaints(root, findings)
    draft = draft_group(complaints)
    check_group(draft, complaints)
    if findings:
        raise findings.error()
    return assemble_group(path.stem, draft)
