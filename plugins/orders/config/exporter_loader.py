"""Loads exporters from their files: each for itself, then all of them as a chain."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from impex.config.yaml_files import files_in, lint_each, load_each
from impex.domain.errors import ConfigError, Problem
from orders.config.chain_rules import check_chain
from orders.config.exporter_draft import KIND, Draft, draft_exporter
from orders.domain.exporter import Exporter

EXPORTERS: Final = Path("config/exporters")


def exporters_directory() -> Path:
    """Return where this installation has its exporters: ``ORDERS_EXPORTERS``, or beside the plugins."""
    return Path(os.environ.get("ORDERS_EXPORTERS") or Path(__file__).parents[3] / EXPORTERS)


def holds_exporters(path: Path) -> bool:
    """Tell whether a directory is one of exporters, or a file one in it: by the directory's name."""
    directory = path if path.is_dir() else path.parent
    return directory.resolve().name == EXPORTERS.name


def load_exporters(directory: Path) -> dict[str, Exporter | ConfigError]:
    """Load every exporter of a directory, in the order of their names.

    Returns:
        Per file name without its ending: the exporter, or what is wrong with it.

    Raises:
        ConfigError: The directory cannot be read.
    """
    drafts = load_each(files_in(directory), KIND, draft_exporter)
    check_chain([draft for draft in drafts.values() if isinstance(draft, Draft)])
    return {name: _finished(draft) for name, draft in drafts.items()}


def load_chain(directory: Path) -> list[Exporter]:
    """Load the exporters of a directory, in the order of their names.

    Raises:
        ConfigError: One of them has faults, or the directory cannot be read. Nothing may be taken
            then: what the broken one should take would go to another.
    """
    loaded = load_exporters(directory).values()
    problems = [p for each in loaded if isinstance(each, ConfigError) for p in each.problems]
    if problems:
        raise ConfigError(problems)
    return [each for each in loaded if isinstance(each, Exporter)]


def lint_exporters(paths: Iterable[Path]) -> tuple[dict[str, Exporter], list[Problem]]:
    """Load every exporter of some directories, and collect what is wrong.

    Args:
        paths: Directories; a file stands for all of its directory, as one alone is no chain.

    Returns:
        The exporters without faults by name, and the problems of the others.
    """
    directories = [path.parent if path.is_file() else path for path in paths]
    drafts, problems = lint_each(directories, KIND, draft_exporter)
    check_chain(list(drafts.values()))
    sound: dict[str, Exporter] = {}
    for name, draft in drafts.items():
        exporter = _finished(draft)
        if isinstance(exporter, ConfigError):
            problems.extend(exporter.problems)
        else:
            sound[name] = exporter
    return sound, problems


def _finished(draft: Draft | ConfigError) -> Exporter | ConfigError:
    if isinstance(draft, ConfigError):
        return draft
    try:
        return draft.exporter()
    except ConfigError as error:
        return error
