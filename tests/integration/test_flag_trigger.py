"""The watch on flags: what wakes the exporters."""

import asyncio
from collections.abc import Callable

import pytest
from airflow.triggers.base import TriggerEvent

from impex.services.resources import Resources
from orders.domain.order import Cause
from orders.orchestration import flags
from orders.orchestration.flags import FlagTrigger
from orders.services.holds import hold
from tests.order_book import OrderBook


@pytest.fixture
def book(resources: Resources, dsn: str, monkeypatch: pytest.MonkeyPatch) -> OrderBook:
    """A shop, and a watch that looks all the time."""
    monkeypatch.setenv("AIRFLOW_CONN_IMPEX", dsn)
    monkeypatch.setattr(flags, "INTERVAL_S", 0.01)
    book = OrderBook(resources.database)
    book.stock("ACME", "TEA", 9)
    return book


def events_during(*happenings: Callable[[], object]) -> list[int]:
    """Let things happen, with several looks after each; return the items that events tell of."""
    events: list[TriggerEvent] = []

    async def collect() -> None:
        watch = FlagTrigger().run()
        while True:
            events.append(await anext(watch))

    async def run() -> None:
        watching = asyncio.create_task(collect())
        for happening in happenings:
            await asyncio.to_thread(happening)
            await asyncio.sleep(0.3)
        watching.cancel()

    asyncio.run(run())
    return [event.payload["item"] for event in events]


def placed(book: OrderBook, *numbers: str) -> None:
    """Place orders that are paid."""
    for number in numbers:
        book.placed(number, ("ACME", "TEA", 1, "standard"))


def test_flags_are_announced_once_and_newer_ones_again(book: OrderBook) -> None:
    """Several at once are one event; none is without a flag that waits."""
    assert events_during(
        lambda: None,
        lambda: placed(book, "O1"),
        lambda: book.query("UPDATE orders.export_item SET state = 'exported'"),
        lambda: placed(book, "O2"),
    ) == [1, 2]


def test_what_is_on_hold_wakes_nobody(book: OrderBook, resources: Resources) -> None:
    """Until it is released, which the clock looks after."""
    placed(book, "O1")
    hold(resources.database, "O1", Cause("boss", reason="wait"))

    assert events_during(lambda: None) == []


def test_a_database_that_fails_is_looked_at_again(
    book: OrderBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watch stays, and finds what came meanwhile."""
    answers = iter([(0, "gone"), (0, "gone"), (7, "")])
    monkeypatch.setattr(flags, "_newest", lambda _: next(answers, (7, "")))

    assert events_during(lambda: book) == [7]


def test_a_failing_database_is_told_as_a_reason() -> None:
    """Nothing is raised, so that the watch lives on."""
    newest, reason = flags._newest("host=127.0.0.1 port=1 dbname=none user=nobody")

    assert newest == 0
    assert "did not answer" in reason
