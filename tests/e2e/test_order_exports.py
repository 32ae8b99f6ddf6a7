"""The chain of exporters in a real Airflow: a person approves at a gate, by a mark or by an answer."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page

from local.airflow import READER
from local.airflow_api import AirflowApi
from local.stack import Stack
from orders.cli.commands import main
from orders.services.place import place_drafts
from tests.e2e.runs import Runs
from tests.mail_server import Mailbox
from tests.order_book import TESTER, OrderBook
from tests.waiting import wait_for

DAG = "order_exports"
GATE = "approval_1.gate"
RUNS = f"/api/v2/dags/{DAG}/dagRuns"
NUMBER = (
    "SELECT DISTINCT i.gate_id FROM orders.export_item i "
    "JOIN orders.customer_order o ON o.id = i.order_id WHERE o.number = %s AND i.state = 'held'"
)
STATE = (
    "SELECT i.state FROM orders.export_item i JOIN orders.customer_order o ON o.id = i.order_id "
    "WHERE o.number = %s AND i.flag = 'INITPAID' ORDER BY i.id"
)
DECISION = (
    "SELECT DISTINCT g.actor, g.reason FROM orders.gate g JOIN orders.export_item i ON i.gate_id = g.id "
    "JOIN orders.customer_order o ON o.id = i.order_id WHERE o.number = %s"
)
ASKED = (
    "SELECT asked_by, (SELECT count(*) FROM orders.gate o WHERE o.asked_by = g.asked_by "
    "AND o.id < g.id) FROM orders.gate g WHERE g.asked_by IS NOT NULL AND g.id = (SELECT "
    "min(i.gate_id) FROM orders.export_item i JOIN orders.customer_order o ON o.id = i.order_id "
    "WHERE o.number = %s)"
)


LOOK_AGAIN = (
    "UPDATE task_instance SET trigger_timeout = now() WHERE dag_id = %s AND run_id = %s "
    "AND map_index = %s AND state = 'awaiting_input'"
)
LOOKS_LATER = (
    "SELECT trigger_timeout > now() FROM task_instance WHERE dag_id = %s AND run_id = %s "
    "AND map_index = %s AND state = 'awaiting_input'"
)


@dataclass(frozen=True, slots=True)
class WaitingGate:
    """A gate task that waits: of which order, in which run, with which index."""

    order: str
    run: str
    index: int

    @property
    def page(self) -> str:
        """Path of its page."""
        return f"/dags/{DAG}/runs/{self.run}/tasks/{GATE}/mapped/{self.index}"

    @property
    def instance(self) -> str:
        """Path of it in Airflow's API."""
        return f"{RUNS}/{self.run}/taskInstances/{GATE}/{self.index}"


@pytest.fixture
def gate(book: OrderBook, runs: Runs, request: pytest.FixtureRequest) -> WaitingGate:
    """An order of two suppliers whose export waits at a gate."""
    number = re.sub("[^a-z]+", "-", f"E2E-{request.node.name}")
    for supplier in ("ACME", "BEST"):
        book.query(
            "INSERT INTO orders.stock VALUES (%s, 'CUP', 100) ON CONFLICT DO NOTHING", supplier
        )
    book.draft(number, ("ACME", "CUP", 1, "standard"), ("BEST", "CUP", 2, "standard"))
    book.query("UPDATE orders.customer_order SET shop_code = 'E2E' WHERE number = %s", number)
    place_drafts(book.database, TESTER)
    return asked(book, runs, number)


def asked(book: OrderBook, runs: Runs, number: str, gone: str = "") -> WaitingGate:
    """Start a run; return the gate of an order when it waits, in that run or in a faster one."""
    runs.trigger(DAG)

    def asking() -> list[tuple[str, int]]:
        return [row for row in book.query(ASKED, number) if row[0] != f"{DAG}/{gone}"]

    wait_for(lambda: bool(asking()), "a run that asks", 120)
    [(reference, index)] = asking()
    gate = WaitingGate(number, reference.partition("/")[2], index)
    wait_for(lambda: waits(runs, gate), "the gate", 120)
    return gate


def waits(runs: Runs, gate: WaitingGate) -> bool:
    """Tell whether the gate task waits for a person."""
    answer = runs.api._send("GET", gate.instance)
    return answer.is_success and answer.json()["state"] == "awaiting_input"


def look_again(stack: Stack, gate: WaitingGate) -> None:
    """Let the time be over after which the gate task looks whether somebody has decided."""
    with psycopg.connect(stack.database.dsn("airflow")) as connection:
        assert connection.execute(LOOK_AGAIN, [DAG, gate.run, gate.index]).rowcount == 1


def mark(state: str) -> Callable[[Page, str], None]:
    """Return what marks the gate task whose page is at an address, with a note."""

    def by_hand(page: Page, address: str) -> None:
        page.goto(address)
        page.click('[aria-label="Mark Task Instance as..."]')
        page.click(f'[role=menuitem]:has-text("{state}")')
        page.click('[role=dialog] button:has-text("Note")')
        page.click("[role=dialog] [data-part=preview]")
        page.fill("[data-testid=notes-input]", "I know them")
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
    ("act", "state", "mails", "how"),
    [
        pytest.param(mark("Success"), "exported", 2, "marked success", id="mark success"),
        pytest.param(mark("Failed"), "rejected", 0, "marked failed", id="mark failed"),
        pytest.param(answer("Approve"), "exported", 2, "answered", id="approve"),
        pytest.param(answer("Reject"), "rejected", 0, "answered", id="reject"),
    ],
)
def test_a_person_decides_at_the_gate_task(
    gate: WaitingGate,
    act: Callable[[Page, str], None],
    state: str,
    mails: int,
    how: str,
    book: OrderBook,
    stack: Stack,
    runs: Runs,
    mailbox: Mailbox,
    page: Page,
    screenshots: Path,
) -> None:
    """Approved, both suppliers get their mail in the same run; rejected, nobody gets any.

    Who may only look is refused; of who has decided, the name and the reason are kept.
    """
    forbidden(stack, gate)
    address = f"{stack.settings.url}{gate.page}"
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
    assert book.query(DECISION, gate.order) == [(f"admin ({how} in Airflow)", "I know them")]


@pytest.mark.machines("several")
def test_a_person_approves_on_the_page_of_approvals(
    gate: WaitingGate,
    book: OrderBook,
    stack: Stack,
    runs: Runs,
    mailbox: Mailbox,
    page: Page,
    screenshots: Path,
) -> None:
    """What would be sent stands there; a run that begins at once sends it, and the task that has asked ends."""
    ((number,),) = book.query(NUMBER, gate.order)
    page.goto(f"{stack.settings.url}/orders/gates")
    page.get_by_role("link", name=f"Gate {number}", exact=True).click()
    page.get_by_role("button", name="Approve").and_(page.locator(":enabled")).wait_for()
    page.screenshot(path=screenshots / "approval.png", full_page=True)
    assert gate.order in page.locator("pre").first.inner_text()

    page.get_by_label("Why").fill("I know them")
    page.get_by_role("button", name="Approve").click()
    page.get_by_text(f"Gate {number} was approved by admin").first.wait_for()

    assert book.query(DECISION, gate.order) == [("admin", "I know them")]
    assert book.query(STATE, gate.order) == [("exported",), ("exported",)]
    wait_for(
        lambda: sum(mail["Subject"] == f"Order {gate.order}" for mail in mailbox.mails) == 2,
        "the mails",
        120,
    )
    runs.finish(DAG, gate.run)
    assert runs.api._call("GET", gate.instance)["state"] == "success"


def forbidden(stack: Stack, gate: WaitingGate) -> None:
    """Try to decide as somebody who may only look."""
    answer = {"chosen_options": ["Approve"], "params_input": {"reason": None}}
    password = stack.settings.credentials.reader_password
    with AirflowApi(stack.settings.url, READER, password) as reader:
        assert reader._send("GET", gate.instance).status_code == 200
        for path, body in (
            (f"{gate.instance}/hitlDetails", answer),
            (gate.instance, {"new_state": "success"}),
        ):
            assert reader._send("PATCH", path, body).status_code == 403


def test_a_gate_is_asked_about_until_somebody_has_decided_anywhere(
    gate: WaitingGate,
    book: OrderBook,
    stack: Stack,
    runs: Runs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A task that looks waits on; one that is cleared asks again; for a run that is gone, another one.

    Decided at the command line, the task ends by itself, and nothing is decided twice.
    """
    look_again(stack, gate)
    with psycopg.connect(stack.database.dsn("airflow")) as connection:
        place = [DAG, gate.run, gate.index]
        wait_for(lambda: connection.execute(LOOKS_LATER, place).fetchone() == (True,), "the look")
    task = {"task_ids": [[GATE, gate.index]], "dag_run_id": gate.run, "dry_run": False}
    runs.api._call("POST", f"/api/v2/dags/{DAG}/clearTaskInstances", task)
    wait_for(lambda: waits(runs, gate), "the cleared task")
    runs.api._call("PATCH", f"{RUNS}/{gate.run}", {"state": "failed"})
    assert runs.api._send("DELETE", f"{RUNS}/{gate.run}").is_success
    again = asked(book, runs, gate.order, gone=gate.run)

    monkeypatch.setenv("IMPEX_DSN", stack.database.dsn())
    monkeypatch.setenv("ORDERS_EXPORTERS", stack.environment["ORDERS_EXPORTERS"])
    monkeypatch.setenv("IMPEX_GROUPS", stack.environment["IMPEX_GROUPS"])
    [(number,)] = book.query(NUMBER, gate.order)
    assert main(["reject", str(number), "--reason", "by phone"]) == 0
    look_again(stack, again)

    assert runs.finish(DAG, again.run) == "success"
    assert runs.api._call("GET", again.instance)["state"] == "success"
    assert book.query(STATE, gate.order) == [("rejected",), ("rejected",)]
    [(_, reason)] = book.query(DECISION, gate.order)
    assert reason == "by phone"
