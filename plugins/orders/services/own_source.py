"""Sources of the user's own: a class in ``config/sources`` that is asked for messages."""

from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from impex.domain.errors import ConfigError, Problem
from impex.mapping.transforms import load_function
from orders.storage.feed_tables import Row


class Source(Protocol):
    """What a class must have; it is made without arguments.

    ``orders.testing.source_contract`` has tests for a class to inherit.
    """

    def messages(self, after: str | None) -> Iterable[tuple[str, bytes]]:
        """Yield messages in the order in which they are to be taken in, each with its position.

        Args:
            after: The position of the last message that was taken in, as this class has told it;
                None at the first time. Messages up to it must not come again.
        """


class OwnSource:
    """Asks a class, and tells what is wrong with it."""

    def __init__(self, name: str, source: Source) -> None:
        """Ask this one.

        Args:
            name: ``file.py:class``, for what is told of it.
            source: An instance.
        """
        self._name = name
        self._source = source

    def after(self, position: str | None, limit: int) -> list[Row]:
        """Return so many messages at most that follow a position.

        Raises:
            ConfigError: The class has failed, or returned what it must not.
        """
        try:
            return [_row(each) for each in islice(self._source.messages(position), limit)]
        except Exception as fault:
            what = f"failed: {type(fault).__name__}: {' '.join(str(fault).split())}"
            raise ConfigError([Problem(self._name, what)]) from fault


def load_source(directory: Path, name: str) -> OwnSource:
    """Load a class from a file of the directory, and make one.

    Args:
        directory: ``config/sources`` of the installation.
        name: ``file.py:class``.

    Raises:
        ConfigError: There is no such file or class, or it cannot be made.
    """
    make: Callable[..., Source] = load_function(directory, name)
    try:
        return OwnSource(name, make())
    except Exception as fault:
        what = f"cannot be made: {type(fault).__name__}: {' '.join(str(fault).split())}"
        raise ConfigError([Problem(name, what)]) from fault


def _row(given: tuple[Any, Any]) -> Row:
    position, body = given
    if not (isinstance(position, str) and position and isinstance(body, bytes)):
        raise TypeError("messages() must yield pairs of a text and bytes")
    return Row(position, body)
