"""Customers are told by mail what becomes of orders, in a real Airflow."""

from impex.storage.connection import Database
from local.stack import Stack
from orders.services.place import place_drafts
from tests.e2e.runs import Runs
from tests.mail_server import Fault, Mailbox
from tests.order_book import TESTER, OrderBook

NOTICES = "order_notices"


def run(runs: Runs) -> str:
    """Run the DAG once; return how the run ended."""
    return runs.finish(NOTICES, runs.trigger(NOTICES))


def test_a_customer_is_told_once_and_a_mail_that_may_have_arrived_waits_for_a_person(
    stack: Stack, runs: Runs, mailbox: Mailbox
) -> None:
    """A run is red for it, and the next one goes on with the others."""
    assert run(runs) == "success"
    with Database(stack.database.dsn()) as database:
        book = OrderBook(database)
        book.stock("E2E", "TEA", 2)
        for number in ("E2E-TEA-1", "E2E-TEA-2"):
            book.draft(number, ("E2E", "TEA", 1, "standard"))
        book.query(
            "UPDATE orders.customer_order SET customer_email = lower(number) || '@example.com' "
            "WHERE number LIKE 'E2E-TEA-%%'"
        )
        place_drafts(database, TESTER)
        mailbox.faults.append(Fault.CUT_AFTER)

        assert run(runs) == "failed"
        assert run(runs) == "success"

        states = book.query(
            "SELECT state FROM orders.outbox WHERE recipient LIKE 'e2e-tea-%%' ORDER BY id"
        )
    told = [each for each in mailbox.recipients() if each.startswith("e2e-tea-")]
    assert told == ["e2e-tea-1@example.com", "e2e-tea-2@example.com"]
    assert states == [("uncertain",), ("sent",)]
