"""Items are made on a thread of their own while the last ones are used."""

import threading
from collections.abc import Generator

import pytest

from impex.services.ahead import ahead


def test_items_come_in_their_order_from_another_thread() -> None:
    """What is used is what was made, by a thread that ends with the work."""
    makers = set()

    def make() -> Generator[int | None, None, None]:
        for item in (1, None, 0, 2):
            makers.add(threading.current_thread())
            yield item

    with ahead(make()) as items:
        assert list(items) == [1, None, 0, 2]
    assert threading.current_thread() not in makers
    assert not any(maker.is_alive() for maker in makers)


def test_the_next_item_is_made_while_one_is_used_and_no_further() -> None:
    """Memory holds two items at most, whatever there is to come."""
    made, second = [], threading.Event()

    def make() -> Generator[int, None, None]:
        for item in range(9):
            made.append(item)
            if item == 1:
                second.set()
            yield item

    with ahead(make()) as items:
        assert next(items) == 0
        assert second.wait(timeout=10)
    assert made == [0, 1]


def test_a_fault_comes_out_where_the_item_would_have() -> None:
    """Good items before a fault are used; the fault is the maker's own."""

    def make() -> Generator[int, None, None]:
        yield 1
        raise ValueError("cut")

    used = []
    with pytest.raises(ValueError, match="cut"), ahead(make()) as items:
        used.extend(items)
    assert used == [1]


def test_work_that_is_given_up_is_closed() -> None:
    """Whoever fails while an item is used leaves no half-read source behind."""
    closed = []

    def make() -> Generator[int, None, None]:
        try:
            yield from range(9)
        finally:
            closed.append(True)

    with pytest.raises(ZeroDivisionError), ahead(make()) as items:
        max(1 / item for item in items)
    assert closed == [True]
