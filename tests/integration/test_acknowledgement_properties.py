"""Whatever becomes of a message, in whichever order it is told: the books are right."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impex.services.resources import Resources
from impex.storage.connection import Database
from orders.domain.acknowledgement import Acceptance, Acknowledgement
from orders.domain.outbox import Answer, MessageState, Retry
from orders.services.consume import consume
from orders.services.messages import decide_messages
from orders.storage import inbox
from orders.storage.inbox import Arrival
from tests.export_shop import BOSS, ERP, GONE, LOST, NO, YES, Shop

SENDER = replace(ERP, next_flag="SECOND", retry=Retry(3, timedelta(hours=1)))
SECOND = replace(ERP, name="two", flag="SECOND", enabled=False)
NUMBERS = itertools.count(1)

ANSWERS = st.sampled_from([YES, NO, GONE, LOST])
WORDS = st.sampled_from(Acceptance)
SENDS = st.tuples(st.just("send"), ANSWERS, st.none() | WORDS)
SAYS = st.tuples(st.just("say"), WORDS)
DECIDES = st.tuples(
    st.just("decide"),
    st.sampled_from([MessageState.PENDING, MessageState.SENT, MessageState.DISCARDED]),
)
STEPS = st.lists(SENDS | SAYS | DECIDES, min_size=2, max_size=8)


class Story:
    """One message, and what happens to it."""

    def __init__(self, shop: Shop, dsn: str) -> None:
        """Pay an order."""
        self.shop = shop
        self.dsn = dsn
        self.order = f"P{next(NUMBERS)}"
        self.key = f"{self.order}/1/erp"
        shop.paid(self.order)
        shop.match()

    def send(self, answer: Answer, word: Acceptance | None) -> None:
        """Make an attempt; the receiver may speak before it is answered."""
        self.shop.book.query("UPDATE orders.outbox SET due_at = now()")
        self.shop.book.query("DELETE FROM orders.circuit")
        target = self.shop.target("erp", answer)
        if word is not None:
            target.meanwhile = lambda _: self._interrupt(word)
        self.shop.send("erp")

    def say(self, word: Acceptance) -> None:
        """Let the receiver speak."""
        self._say(self.shop.database, word)

    def decide(self, state: MessageState) -> None:
        """Let a person decide."""
        found = self.shop.book.query("SELECT id FROM orders.outbox WHERE key = %s", self.key)
        decide_messages(self.shop.database, [number for (number,) in found], state, BOSS)

    def _interrupt(self, word: Acceptance) -> None:
        with Database(self.dsn) as database:
            self._say(database, word)

    def _say(self, database: Database, word: Acceptance) -> None:
        said = Acknowledgement(self.key, word, exporters=("erp",))
        with database.transaction() as connection:
            inbox.receive(connection, [Arrival("feed", f"e{next(NUMBERS)}", said, 3600.0)])
        consume(database, "")

    def check(self) -> None:
        """Find the books right."""
        consume(self.shop.database, "")
        self.shop.reconcile()
        history = self._history()
        was_taken = any(state in {"sent", "acknowledged"} for state, _ in history)
        assert self.shop.book.flags(self.order) == ["INITPAID", *["SECOND"] * was_taken]
        for before, after in itertools.pairwise(history):
            assert not (before[1] == after[1] == "feed feed"), "the first word counts"
            assert before[0] != "acknowledged", "what is acknowledged stays"

    def _history(self) -> list[tuple[str, str]]:
        rows = self.shop.book.query(
            "SELECT h.state, h.actor FROM orders.outbox_history h JOIN orders.outbox m "
            "ON m.id = h.message_id WHERE m.key = %s ORDER BY h.id",
            self.key,
        )
        return [(state, actor) for state, actor in rows]


@pytest.fixture
def shop(resources: Resources) -> Shop:
    """A shop whose second exporter is switched off."""
    return Shop(resources.database, SENDER, SECOND)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_the_books_are_right_whatever_comes_first(
    shop: Shop, dsn: str, steps: list[tuple[object, ...]]
) -> None:
    """An item is exported if its message was taken, its flag is raised once, the first word counts."""
    story = Story(shop, dsn)
    for name, *how in steps:
        step: Callable[..., None] = getattr(story, str(name))
        step(*how)
    story.check()
