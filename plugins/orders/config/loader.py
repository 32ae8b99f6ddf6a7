"""Loads feeds from their files."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from impex.config.complaints import Complaints
from impex.config.findings import Findings
from impex.config.yaml_files import check_name, files_in, lint_each, load_each, read_file
from impex.config.yaml_source import Block, parse
from impex.domain.errors import ConfigError, Problem
from orders.config.assembly import assemble_feed
from orders.config.models import FeedModel
from orders.config.rules import check_feed, check_words
from orders.domain.feed import Feed, MessageFormat

FEEDS: Final = Path("config/feeds")
_KIND: Final = "feed"


def feeds_directory() -> Path:
    """Return where this installation has its feeds: ``ORDERS_FEEDS``, or beside the plugins."""
    return Path(os.environ.get("ORDERS_FEEDS") or Path(__file__).parents[3] / FEEDS)


def load_feed(path: Path) -> Feed:
    """Load the feed of a file; the file's name without its ending is the feed's name.

    Raises:
        ConfigError: The file has faults; all that could be found, in the order of the file.
    """
    findings = Findings(str(path))
    check_name(path, _KIND, findings)
    root = parse(read_file(path), findings)
    if root is None:
        raise findings.error()
    complaints = Complaints(root, findings)
    context = _context(root)
    model = complaints.validate(FeedModel, root, context=context)
    check_words(complaints, context)
    if model is not None:
        check_feed(model, complaints)
    if model is None or findings:
        raise findings.error()
    return assemble_feed(path.stem, model)


def load_feeds(directory: Path) -> dict[str, Feed | ConfigError]:
    """Load every feed of a directory, in the order of their names.

    Returns:
        Per file name without its ending: the feed, or what is wrong with it.

    Raises:
        ConfigError: The directory cannot be read.
    """
    return load_each(files_in(directory), _KIND, load_feed)


def lint(paths: Sequence[Path] = ()) -> tuple[dict[str, Feed], list[Problem]]:
    """Load every feed of the files and directories, and collect what is wrong.

    Args:
        paths: Files and directories; none stands for ``config/feeds``.

    Returns:
        The feeds without faults by name, and the problems of the others.
    """
    return lint_each(paths or (FEEDS,), _KIND, load_feed)


def _context(root: Block) -> dict[str, Any]:
    """Return what tells how paths are written; whether that is right is told elsewhere."""
    namespaces = root.get("namespaces")
    return {
        "format": root.get("format", MessageFormat.JSON),
        "namespaces": namespaces if isinstance(namespaces, Block) else {},
    }
