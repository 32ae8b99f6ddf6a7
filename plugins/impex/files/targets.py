"""Where finished files are delivered to: a path, a URL, or the URL that a connection stands for."""

from collections.abc import Callable

from impex.domain.errors import ConfigError, Problem
from impex.files.store import FileStore


def open_target(target: str, url_of: Callable[[str], str]) -> FileStore:
    """Open a place for files.

    Args:
        target: As a group names it: a path has a slash, a URL has ``://``, a connection has neither.
        url_of: Returns the URL of a connection, password and all.

    Raises:
        ConfigError: There is no such place.
        TransientError: It cannot be reached.
    """
    url = target if "/" in target else url_of(target)
    try:
        return FileStore(url)
    except ConfigError as error:
        problems = [Problem(f"the place {target}", each.what, each.hint) for each in error.problems]
        raise ConfigError(problems) from error
