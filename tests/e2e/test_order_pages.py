"""A person looks after orders in Airflow's pages: finds them, decides, and sees what became of it."""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from local.settings import REPOSITORY
from local.stack import Stack
from orders.domain.update import DeliveryUpdate
from orders.services.place import place_drafts
from orders.storage import outbox
from orders.storage.outbox import Draft
from tests.e2e.runs import Runs
from tests.order_book import TESTER, OrderBook

GUIDE = REPOSITORY / "docs/order-pages.md"
ORDER = "PAGE/<b>1</b>"
LISTS = (
    "list",
    "events",
    "events/conflicts",
    "events/refusals",
    "exports",
    "messages",
    "messages/unacknowledged",
    "gates",
    "chain",
    "health",
)
GROUP_PAGES = (
    "groups",
    "groups/sample-catalogue",
    "groups/sample-catalogue/upload",
    "exports/feeds",
)
SAID = "SELECT actor, reason FROM orders.export_history WHERE what = %s ORDER BY id DESC LIMIT 1"
FIRED = (
    "SELECT h.actor, h.reason FROM orders.history h JOIN orders.customer_order o "
    "ON o.id = h.order_id WHERE o.number = %s AND h.trigger = 'cancel' AND h.machine = 'order'"
)
EVENTS = "SELECT state FROM orders.inbox WHERE feed = 'page-test'"
MESSAGE = "SELECT state, reason FROM orders.outbox WHERE key = 'page-test'"


@pytest.fixture
def order(book: OrderBook) -> str:
    """A placed order of a shop whose flags nobody takes, with a number that looks like markup."""
    if not book.query("SELECT 1 FROM orders.customer_order WHERE number = %s", ORDER):
        book.query("INSERT INTO orders.stock VALUES ('ACME', 'POT', 9) ON CONFLICT DO NOTHING")
        book.draft(ORDER, ("ACME", "POT", 1, "standard"))
        place_drafts(book.database, TESTER)
    return ORDER


def address(stack: Stack, place: str) -> str:
    """Return the address of a page of orders."""
    return f"{stack.settings.url}/orders/{place}"


def act(page: Page, title: str, reason: str) -> None:
    """Open an action, say why, and press its button."""
    action = page.locator("details.action", has_text=f"{title}…")
    action.locator("summary").click()
    action.get_by_label("Why").fill(reason)
    action.get_by_role("button", name=title).click()


def test_an_order_is_found_and_put_on_hold_and_released(
    stack: Stack, book: OrderBook, page: Page, order: str, screenshots: Path
) -> None:
    """From Airflow's navigation; who, when and why stand in its time line."""
    page.goto(f"{stack.settings.url}/plugin/orders")
    view = page.frame_locator("iframe")
    view.get_by_label("Number of an order").fill(f"{ORDER}-1", timeout=60_000)
    view.get_by_role("button", name="Find").click()
    view.get_by_role("link", name=order).click()
    view.get_by_role("heading", name=f"Order {order}").wait_for()
    page.goto(address(stack, "list?number=PAGE/"))
    page.get_by_role("link", name=order).click()

    act(page, "Put on hold", "The customer has called")
    page.get_by_text(f"{order} is on hold.").wait_for()
    page.screenshot(path=screenshots / "order.png", full_page=True)
    assert "by admin: The customer has called" in page.locator("main").inner_text()
    assert book.query(SAID, "hold") == [("admin", "The customer has called")]

    act(page, "Release", "All is well")
    page.get_by_text(f"{order} was released.").wait_for()
    assert page.locator(".timeline").inner_text().count("by admin") == 2
    assert book.query(SAID, "release") == [("admin", "All is well")]


def test_a_trigger_is_fired_only_with_a_reason(
    stack: Stack, book: OrderBook, page: Page, order: str
) -> None:
    """Then it is what the machine makes of it, and what is not possible any more is not offered."""
    page.goto(address(stack, f"order/{quote(order)}"))
    title = f"{order}: cancel"

    act(page, title, "")
    assert book.statuses(order)[0] == "in_progress"

    page.reload()
    act(page, title, "Sold out")
    page.get_by_text("The order is cancelled refund due").wait_for()
    assert book.query(FIRED, order) == [("admin", "Sold out")]
    assert page.locator("details.action", has_text="cancel…").count() == 0


def test_what_the_machine_refuses_is_told_in_words(stack: Stack, runs: Runs, order: str) -> None:
    """By REST as on the page; nothing has changed then."""
    answer = httpx.post(
        address(stack, f"api/order/{quote(order)}/fire"),
        json={"trigger": "delivery_shipped", "reason": "a test"},
        headers={"authorization": runs.api.authorization},
    )

    assert answer.status_code == 422
    assert "delivery_shipped is not possible" in answer.json()["detail"]


def test_what_the_guide_says_of_rest_works(stack: Stack, book: OrderBook, runs: Runs) -> None:
    """Line by line, as it stands there."""
    book.query("INSERT INTO orders.stock VALUES ('ACME', 'POT', 9) ON CONFLICT DO NOTHING")
    book.draft("REST-1", ("ACME", "POT", 1, "standard"))
    place_drafts(book.database, TESTER)
    [script] = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    token = runs.api.authorization.removeprefix("Bearer ")

    done = subprocess.run(
        ["/bin/bash", "-eu", "-o", "pipefail", "-c", script],
        env={
            "PATH": os.environ["PATH"],
            "AIRFLOW": stack.settings.url,
            "TOKEN": token,
            "ORDER": "REST-1",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "REST-1 is on hold." in done.stdout
    assert "REST-1 was released." in done.stdout
    assert "cancel was fired" in done.stdout
    assert done.stdout.endswith("# EOF\n")
    assert book.statuses("REST-1")[0] == "cancelled_refund_due"


def test_dead_events_are_replayed_together(
    stack: Stack, book: OrderBook, page: Page, screenshots: Path
) -> None:
    """Those that were ticked, with the reason; they find out anew what is wrong with them.

    What an event says is shown as it was said.
    """
    said = {"note": "<b>müde</b>"}
    book.receive(DeliveryUpdate(order_number="PAGE/NONE", data=said), feed="page-test")
    book.receive(DeliveryUpdate(order_number="PAGE/NONE", data={"note": "2"}), feed="page-test")
    book.query(
        "UPDATE orders.inbox SET state = 'dead', attempts = 3, reason = 'poison', "
        "settled_at = now() WHERE feed = 'page-test'"
    )
    page.goto(address(stack, "events"))
    page.get_by_role("button", name="Replay").and_(page.locator(":enabled")).wait_for()
    page.screenshot(path=screenshots / "inbox.png")
    page.get_by_role("region", name="Events").get_by_role("link").first.click()
    assert "<b>müde</b>" in page.locator("pre").inner_text()
    page.go_back()

    page.get_by_label("Why").fill("Mended")
    page.get_by_role("button", name="Replay").click()
    page.get_by_text("Choose at least one row").wait_for()
    page.get_by_label("All rows of this page").check()
    page.get_by_role("button", name="Replay").click()

    page.get_by_text("Waiting again: 2").wait_for()
    assert [state for (state,) in book.query(EVENTS)] in (["waiting"] * 2, ["parked"] * 2)
    page.get_by_role("link", name="parked").first.wait_for()


def test_what_is_uncertain_is_decided_by_a_person(
    stack: Stack, book: OrderBook, page: Page, screenshots: Path
) -> None:
    """Who has asked the receiver notes that it has the message; the message says what was sent."""
    draft = Draft("page-test", "page-test", "them", "text/plain", b"Hello <i>there</i>")
    with book.database.transaction() as connection:
        outbox.put(connection, [draft])
    book.query(
        "UPDATE orders.outbox SET state = 'uncertain', reason = 'no answer', doubtful = true "
        "WHERE key = 'page-test'"
    )
    page.goto(address(stack, "messages?state=uncertain"))
    page.get_by_role("link", name="page-test").click()
    assert "Hello <i>there</i>" in page.locator("pre").inner_text()
    page.go_back()
    page.screenshot(path=screenshots / "outbox.png")

    row = page.locator("tr", has=page.get_by_role("link", name="page-test"))
    row.get_by_role("checkbox").check()
    page.get_by_label("Why").fill("They have it")
    page.get_by_role("button", name="It has arrived").click()
    page.get_by_text("Noted as sent: 1").wait_for()

    assert book.query(MESSAGE) == [("sent", "They have it")]


@pytest.mark.pictures
def test_the_chain_shows_what_is_where(
    stack: Stack, book: OrderBook, page: Page, screenshots: Path
) -> None:
    """Exporters stage by stage, with the number of flags in each; it follows what happens."""
    for number, shop in (("CHAIN-1", "E2E"), ("CHAIN-2", "E2E"), ("CHAIN-3", "ELSEWHERE")):
        book.stock(number, "CUP", 1)
        book.draft(number, (number, "CUP", 1, "standard"))
        book.query(
            "UPDATE orders.customer_order SET shop_code = %s WHERE number = %s", shop, number
        )
    page.goto(address(stack, "chain"))
    place_drafts(book.database, TESTER)
    flags = page.locator("section.flag", has=page.get_by_role("heading", name="INITPAID"))
    flags.locator(".box").get_by_role("link", name="held").wait_for(timeout=90_000)
    page.screenshot(path=screenshots / "chain.png", full_page=True)

    assert re.search(r"unmatched \d+", flags.locator("> .counts").inner_text())
    stages = page.locator("ol.chain > li").all_inner_texts()
    assert ["manual-release" in each for each in stages] == [True, False]
    assert ["supplier-mails" in each for each in stages] == [False, True]
    assert "→ EMAILNOTIFY" in stages[0]


def test_health_says_what_needs_somebody_and_programs_read_the_same(
    stack: Stack, book: OrderBook, runs: Runs, page: Page, screenshots: Path
) -> None:
    """What is wrong stands first with what to do; the figures have no names of people in them."""
    book.receive(DeliveryUpdate(order_number="PAGE/NONE", data={"note": "3"}), feed="health-test")
    book.query("UPDATE orders.inbox SET state = 'dead' WHERE feed = 'health-test'")
    page.goto(address(stack, "health"))
    page.screenshot(path=screenshots / "health.png", full_page=True)
    wrong = page.get_by_role("region", name="Needs somebody").inner_text()
    assert "Events of health-test, dead" in wrong
    assert "then replay them" in wrong

    told = httpx.get(address(stack, "metrics"), headers={"authorization": runs.api.authorization})
    assert told.headers["content-type"].startswith("application/openmetrics-text")
    families = {each.name: each for each in text_string_to_metric_families(told.text)}
    dead = [
        sample.value
        for sample in families["orders_inbox_events"].samples
        if sample.labels == {"feed": "health-test", "state": "dead"}
    ]
    assert dead == [1.0]
    assert "impex_versions" in families


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_can_be_used_by_everybody(
    stack: Stack, page: Page, order: str, theme: str
) -> None:
    """Axe finds nothing serious: labels, roles, contrast, in both themes."""
    page.evaluate(f"localStorage.setItem('theme', '{theme}')")
    places = [f"orders/{each}" for each in (*LISTS, f"order/{quote(order)}")]
    places += [f"impex/{each}" for each in GROUP_PAGES]
    found = {}
    for place in places:
        page.goto(f"{stack.settings.url}/{place}")
        page.wait_for_selector("main")
        serious = [
            (each["id"], [node["html"] for node in each["nodes"]][:2])
            for each in Axe().run(page).response["violations"]
            if each["impact"] in {"serious", "critical"}
        ]
        if serious:
            found[place] = serious
    assert not found


@pytest.mark.parametrize("width", [400, 1600])
def test_the_pages_fit_narrow_and_wide_windows(
    stack: Stack, page: Page, order: str, width: int
) -> None:
    """Nothing is cut off sideways."""
    page.set_viewport_size({"width": width, "height": 900})
    for place in (*LISTS, f"order/{quote(order)}"):
        page.goto(address(stack, place))
        page.wait_for_selector("main")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place
