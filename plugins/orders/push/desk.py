"""The way from the event loop to the database: one thread, which takes in what waits at once.

A transaction for each message would make the database sync its log for each. What comes while one
transaction runs is taken in together by the next.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from impex.domain.errors import ConfigError, TransientError
from impex.storage.connection import Database
from orders.services.take_in import Message, Taken, take_in

T = TypeVar("T")

BATCH: Final = 100
MOST_WAITING: Final = 200

_Outcome = list[Taken] | Exception


class Desk:
    """Takes messages in; what comes while too much waits is turned away."""

    def __init__(self, database: Database) -> None:
        """Open nothing yet.

        Args:
            database: Where the inbox is; it gets a connection of its own.
        """
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="desk")
        self._database = database.another()
        self._waiting: list[tuple[Message, asyncio.Future[list[Taken]]]] = []
        self._work: asyncio.Task[None] | None = None

    async def take_in(self, message: Message) -> list[Taken]:
        """Take a message in; return when it is committed.

        Returns:
            What the inbox says to each of its events.

        Raises:
            RefusedMessageError: It cannot be taken.
            TransientError: The database does not answer, or too much waits already.
            ConfigError: The database is not what it should be.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise TransientError("too much waits already")
        answer: asyncio.Future[list[Taken]] = asyncio.get_running_loop().create_future()
        self._waiting.append((message, answer))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._take_in_all())
        return await answer

    async def ask(self) -> None:
        """Return if the database answers.

        Raises:
            TransientError: It does not.
            ConfigError: It is not what it should be.
        """
        await self._in_thread(lambda: _once_more(self._database, _ask))

    def close(self) -> None:
        """Finish what was begun, then close the connection."""
        self._thread.shutdown()
        self._database.close()

    async def _take_in_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            messages = [message for message, _ in batch]
            outcomes = await self._in_thread(lambda: self._outcomes(messages))  # noqa: B023
            for (_, answer), outcome in zip(batch, outcomes, strict=True):
                if answer.done():
                    continue  # its sender has gone away
                if isinstance(outcome, Exception):
                    answer.set_exception(outcome)
                else:
                    answer.set_result(outcome)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _outcomes(self, messages: Sequence[Message]) -> Sequence[_Outcome]:
        """Take messages in together; one by one if that fails, so that each fails for itself."""
        try:
            return _once_more(self._database, lambda database: take_in(database, messages))
        except (TransientError, ConfigError) as fault:
            return [fault] * len(messages)
        except Exception as fault:  # noqa: BLE001 - told to the one whose message it is
            if len(messages) == 1:
                return [fault]
        return [outcome for message in messages for outcome in self._outcomes([message])]


def _once_more(database: Database, work: Callable[[Database], T]) -> T:
    """Work; a connection that was lost while nobody needed it is noticed only then."""
    try:
        return work(database)
    except TransientError:
        return work(database)


def _ask(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute("SELECT")
