"""Work ahead: the next item is made on a thread of its own while the last one is used."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def ahead(items: Generator[T, None, None]) -> Iterator[Iterator[T]]:
    """Draw items on a thread, one at a time; at most one waits to be used.

    Worth it where making and using wait for different things, or leave Python's lock alone.

    Args:
        items: Nobody else may draw from it meanwhile. Its exceptions come out where the item would
            have.

    Yields:
        The items in their order. Behind the ``with``, the thread has ended and ``items`` is closed.
    """
    with closing(items), ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        yield _drawn(items, thread)


def _drawn(items: Iterator[T], thread: ThreadPoolExecutor) -> Iterator[T]:
    def draw() -> list[T]:
        return list(islice(items, 1))

    coming = thread.submit(draw)
    while drawn := coming.result():
        coming = thread.submit(draw)
        yield from drawn
