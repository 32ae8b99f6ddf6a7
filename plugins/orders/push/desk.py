"""Work with the database beside the event loop: few threads, each with a connection of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Final, TypeVar

from impex.domain.errors import TransientError
from impex.storage.connection import Database

T = TypeVar("T")

THREADS: Final = 4
MOST_WAITING: Final = 200


class Desk:
    """Runs work one after another in each thread; what comes while too much waits is turned away."""

    def __init__(self, database: Database) -> None:
        """Open nothing yet.

        Args:
            database: Where; each thread has another connection to it.
        """
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="desk")
        self._databases: SimpleQueue[Database] = SimpleQueue()
        for _ in range(THREADS):
            self._databases.put(database.another())
        self._waiting = 0

    async def run(self, work: Callable[[Database], T]) -> T:
        """Run work, which must be fit to be run twice, and return its result.

        Raises:
            TransientError: The database does not answer, or too much waits already.
        """
        if self._waiting >= MOST_WAITING:
            raise TransientError("too much waits already")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._do, work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Finish what was begun, then close the connections."""
        self._threads.shutdown()
        while not self._databases.empty():
            self._databases.get().close()

    def _do(self, work: Callable[[Database], T]) -> T:
        database = self._databases.get()
        try:
            return work(database)
        except TransientError:
            # A connection that was lost while nobody needed it is noticed only now.
            return work(database)
        finally:
            self._databases.put(database)
