"""The chain of exporters in a real Airflow: a person approves at a gate, by a mark or by an answer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

from impex.storage.connection import Database
from local.stack import Stack
from orders.services.place import place_drafts
from tests.e2e.runs import Runs
from tests.mail_server import Mailbox
from tests.order_book import TESTER, OrderBook
from tests.waiting import wait_for

DAG = "order_exports"
STATE = (
    "SELECT i.state FROM orders.export_item i JOIN orders.customer_order o ON o.id = i.order_id "
    "WHERE o.number = %s AND i.flag = 'INITPAID' ORDER BY i.id"
)
ACTOR = (
    "SELECT DISTINCT g.actor FROM orders.gate g JOIN orders.export_item i ON i.gate_id = g.id "
    "JOIN orders.customer_order o ON o.id = i.order_id WHERE o.number = %s"
)
ASKED = (
    "SELECT asked_by, (SELECT count(*) FROM orders.gate o WHERE o.asked_by = g.asked_by "
    "AND o.id < g.id) FROM orders.gate g WHERE g.asked_by IS NOT NULL AND g.id = (SELECT "
    "min(i.gate_id) FROM orders.export_item i JOIN orders.customer_order o ON o.id = i.order_id "
    "WHERE o.number = %s)"
)


@pytest.fixture
def book(stack: Stack) -> Iterator[OrderBook]:
    """The orders of the stack."""
    with Database(stack.database.dsn()) as database:
        yield OrderBook(database)


@dataclass(frozen=True, slots=True)
class WaitingGate:
    """A gate task that waits: of which order, in which run, with which index."""

    order: str
    run: str
    index: int

    @property
    def path(self) -> str:
        """Of its page."""
        return f"/dags/{DAG}/runs/{self.run}/tasks/approval_1.gate/mapped/{self.index}"


@pytest.fixture
def gate(book: OrderBook, runs: Runs, request: pytest.FixtureRequest) -> WaitingGate:
    """An order of two suppliers whose export waits at a gate."""
    number = f"E2E-{request.node.callspec.id.replace(' ', '-')}"
    for supplier in ("ACME", "BEST"):
        book.query(
            "INSERT INTO orders.stock VALUES (%s, 'CUP', 100) ON CONFLICT DO NOTHING", supplier
        )
    book.draft(number, ("ACME", "CUP", 1, "standard"), ("BEST", "CUP", 2, "standard"))
    book.query("UPDATE orders.customer_order SET shop_code = 'E2E' WHERE number = %s", number)
    place_drafts(book.database, TESTER)
    runs.trigger(DAG)
    # A scheduled run may be faster, and ask.
    wait_for(lambda: book.query(ASKED, number), "a run that asks", 120)
    [(reference, index)] = book.query(ASKED, number)
    run = reference.partition("/")[2]
    path = f"/api/v2/dags/{DAG}/dagRuns/{run}/taskInstances?limit=100"

    def waits() -> bool:
        tasks = runs.api._call("GET", path)["task_instances"]
        return ("approval_1.gate", index, "awaiting_input") in {
            (task["task_id"], task["map_index"], task["state"]) for task in tasks
        }

    wait_for(waits, "the gate", 120)
    return WaitingGate(number, run, index)


def mark(state: str) -> Callable[[Page, str], None]:
    """Return what marks the gate task whose page is at an address."""

    def by_hand(page: Page, address: str) -> None:
        page.goto(address)
        page.click('[aria-label="Mark Task Instance as..."]')
        page.click(f'[role=menuitem]:has-text("{state}")')
        page.click('[role=dialog] button:has-text("Confirm")')

    return by_hand


def answer(option: str) -> Callable[[Page, str], None]:
    """Return what answers it, with a reason."""

    def by_hand(page: Page, address: str) -> None:
        page.goto(f"{address}/required_actions")
        page.fill("[name=element_reason]", "I know them")
        # Airflow fails a task that is answered right after it has begun to wait.
        page.wait_for_timeout(2000)
        page.click(f'[data-testid="hitl-option-{option}"]')

    return by_hand


@pytest.mark.parametrize(
    ("act", "state", "mails", "actor"),
    [
        pytest.param(mark("Success"), "exported", 2, "somebody (marked success", id="mark success"),
        pytest.param(mark("Failed"), "rejected", 0, "somebody (marked failed", id="mark failed"),
        pytest.param(answer("Approve"), "exported", 2, "admin (answered", id="approve"),
        pytest.param(answer("Reject"), "rejected", 0, "admin (answered", id="reject"),
    ],
)
def test_a_person_decides_at_the_gate_task(
    gate: WaitingGate,
    act: Callable[[Page, str], None],
    state: str,
    mails: int,
    actor: str,
    book: OrderBook,
    stack: Stack,
    runs: Runs,
    mailbox: Mailbox,
    page: Page,
    screenshots: Path,
) -> None:
    """Approved, both suppliers get their mail in the same run; rejected, nobody gets any."""
    address = f"{stack.settings.url}{gate.path}"
    page.goto(f"{address}/required_actions")
    page.wait_for_selector("text=Approve")
    page.screenshot(path=screenshots / f"gate-{gate.order}.png")

    act(page, address)
    wait_for(lambda: book.query(STATE, gate.order) == [(state,), (state,)], "the decision", 90)
    page.screenshot(path=screenshots / f"decided-{gate.order}.png")
    runs.finish(DAG, gate.run)

    told = [mail for mail in mailbox.mails if mail["Subject"] == f"Order {gate.order}"]
    expected = ["sales@acme.example", "sales@best.example"][:mails]
    assert sorted(mail["To"] for mail in told) == expected
    [(decided_by,)] = book.query(ACTOR, gate.order)
    assert decided_by.startswith(actor)
