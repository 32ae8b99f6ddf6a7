"""Work ahead: the next item is made on a thread of its own while the last one is used."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

_END = object()


@contextmanager
def ahead(items: Iterator[T]) -> Iterator[Iterator[T]]:
    """Draw items on a thread, one at a time; at most one waits to be used.

    Worth it where making and using wait for different things, or leave Python's lock alone.

    Args:
        items: Nobody else may draw from it meanwhile. Its exceptions come out where the item would
            have.

    Yields:
        The items in their order. Behind the ``with``, the thread has ended.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        yield _drawn(items, thread)


def _drawn(items: Iterator[T], thread: ThreadPoolExecutor) -> Iterator[T]:
    coming = thread.submit(next, items, _END)
    while (item := coming.result()) is not _END:
        coming = thread.submit(next, items, _END)
        yield item  # type: ignore[misc]
