"""Tells while files are read how many rows have come, so that people can follow."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final, Self, TypeVar

from impex.domain.errors import TransientError
from impex.storage import jobs
from impex.storage.connection import Database

_INTERVAL_S: Final = 2.0

T = TypeVar("T")


class Pulse:
    """Writes now and then what was read, on a connection of its own: others see it at once."""

    def __init__(
        self,
        database: Database,
        counted: Callable[[], Mapping[int, int]],
        every_s: float = _INTERVAL_S,
    ) -> None:
        """Tell of files.

        Args:
            database: Where they are; its own connection is left alone.
            counted: Returns by the id of the file how many rows were read.
            every_s: How many seconds pass before it tells, and between.
        """
        self._database = database.another()
        self._counted = counted
        self._every_s = every_s
        self._next = time.monotonic() + every_s

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def over(self, batches: Iterable[T]) -> Iterator[T]:
        """Yield batches, and tell between them when it is time."""
        for batch in batches:
            if time.monotonic() >= self._next:
                self._tell()
            yield batch

    def _tell(self) -> None:
        # Nobody needs it but who looks: what cannot be told is left out.
        with suppress(TransientError), self._database.transaction() as connection:
            jobs.note_rows(connection, self._counted())
        self._next = time.monotonic() + self._every_s
