"""The chain of exporters in a real Airflow: a person approves at a gate, by a mark or by an answer."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from impex.storage.connection import Database
from local.airflow_api import AirflowApi
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


@pytest.fixture
def book(stack: Stack) -> Iterator[OrderBook]:
    """The orders of the stack."""
    with Database(stack.database.dsn()) as database:
        yield OrderBook(database)


@pytest.fixture
def gate(book: OrderBook, runs: Runs, request: pytest.FixtureRequest) -> tuple[str, str]:
    """An order of two suppliers whose export waits at a gate: its number, and the run."""
    number = f"E2E-{request.node.callspec.id.replace(' ', '-')}"
    for supplier in ("ACME", "BEST"):
        book.query(
            "INSERT INTO orders.stock VALUES (%s, 'CUP', 100) ON CONFLICT DO NOTHING", supplier
        )
    book.draft(number, ("ACME", "CUP", 1, "standard"), ("BEST", "CUP", 2, "standard"))
    book.query("UPDATE orders.customer_order SET shop_code = 'E2E' WHERE number = %s", number)
    place_drafts(book.database, TESTER)
    run = runs.trigger(DAG)
    path = f"/api/v2/dags/{DAG}/dagRuns/{run}/taskInstances"

    def waits() -> bool:
        return any(
            task["task_id"] == "approval_1.gate" and task["state"] == "awaiting_input"
            for task in runs.api._call("GET", f"{path}?limit=100")["task_instances"]
        )

    wait_for(waits, "the gate", 120)
    return number, run


def mark(state: str) -> Callable[[AirflowApi, Page, str, str], None]:
    """Return what marks the gate task in the browser."""

    def by_hand(api: AirflowApi, page: Page, base: str, run: str) -> None:
        del api
        page.goto(f"{base}/dags/{DAG}/runs/{run}/tasks/approval_1.gate/mapped/0")
        page.click('[aria-label="Mark Task Instance as..."]')
        page.click(f'[role=menuitem]:has-text("{state}")')
        page.click('[role=dialog] button:has-text("Confirm")')

    return by_hand


def answer(option: str) -> Callable[[AirflowApi, Page, str, str], None]:
    """Return what answers the gate task in the browser."""

    def by_hand(api: AirflowApi, page: Page, base: str, run: str) -> None:
        del api
        page.goto(f"{base}/dags/{DAG}/runs/{run}/tasks/approval_1.gate/mapped/0/required_actions")
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
    gate: tuple[str, str],
    act: Callable[[AirflowApi, Page, str, str], None],
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
    number, run = gate
    page.goto(
        f"{stack.settings.url}/dags/{DAG}/runs/{run}/tasks/approval_1.gate/mapped/0/required_actions"
    )
    page.wait_for_selector("text=Approve")
    page.screenshot(path=screenshots / f"gate-{state}.png")

    act(runs.api, page, stack.settings.url, run)
    wait_for(lambda: book.query(STATE, number) == [(state,), (state,)], "the decision", 90)
    page.screenshot(path=screenshots / f"decided-{number}.png")
    runs.finish(DAG, run)

    told = [mail for mail in mailbox.mails if mail["Subject"] == f"Order {number}"]
    assert (
        sorted(mail["To"] for mail in told) == ["sales@acme.example", "sales@best.example"][:mails]
    )
    [(decided_by,)] = book.query(
        "SELECT DISTINCT g.actor FROM orders.gate g JOIN orders.export_item i ON i.gate_id = g.id "
        "JOIN orders.customer_order o ON o.id = i.order_id WHERE o.number = %s",
        number,
    )
    assert decided_by.startswith(actor)
