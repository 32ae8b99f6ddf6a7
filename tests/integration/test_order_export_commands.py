"""Gates, holds and stuck items are seen and decided at the command line."""

from pathlib import Path

import pytest

from impex.services.resources import Resources
from local.settings import REPOSITORY
from orders.cli.commands import main
from orders.cli.exporting import chain_by_hand
from orders.services.match import match
from tests.exporters import written
from tests.order_book import OrderBook

RELEASE = """\
flag: INITPAID
approval: required
target: {manual: true}
next_flag: TOLD
"""
TABLE = """\
flag: TOLD
target: {table: {name: erp.incoming}}
format: {template: supplier-order.txt}
"""


@pytest.fixture
def book(
    resources: Resources, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> OrderBook:
    """A paid order, and exporters of which the first waits for a person."""
    exporters = written(tmp_path, release=RELEASE, told=TABLE)
    (tmp_path / "templates").symlink_to(REPOSITORY / "config" / "templates")
    monkeypatch.setenv("IMPEX_DSN", dsn)
    monkeypatch.setenv("ORDERS_EXPORTERS", str(exporters))
    book = OrderBook(resources.database)
    book.placed("O1", ("ACME", "TEA", 2, "standard"))
    return book


def run(resources: Resources) -> None:
    """Give flags to exporters."""
    match(resources.database, chain_by_hand(resources), stop=lambda: False)


def states(book: OrderBook) -> list[tuple[str, str]]:
    """Return flag and state of all items."""
    return [
        (flag, state)
        for flag, state in book.query("SELECT flag, state FROM orders.export_item ORDER BY id")
    ]


def test_a_gate_is_listed_shown_and_decided_once(
    book: OrderBook, resources: Resources, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever comes too late is told what was decided."""
    run(resources)
    assert main(["gates"]) == 0
    assert "release" in capsys.readouterr().out
    assert main(["gate", "1"]) == 0
    shown = capsys.readouterr().out
    assert "O1-1" in shown
    assert '"number": "O1"' in shown

    assert main(["approve", "1", "--reason", "known customer"]) == 0
    assert main(["reject", "1", "--reason", "too late"]) == 1
    assert "Gate 1: approved by" in capsys.readouterr().out
    assert main(["gate", "1"]) == 0
    assert "known customer" in capsys.readouterr().out
    assert states(book) == [("INITPAID", "exported"), ("TOLD", "waiting")]


def test_there_is_no_gate_of_that_number(
    book: OrderBook, capsys: pytest.CaptureFixture[str]
) -> None:
    """Said in a sentence."""
    assert main(["approve", "9", "--reason", "x"]) == 1
    assert "there is no gate 9" in capsys.readouterr().err
    assert states(book) == [("INITPAID", "waiting")]


def test_what_is_unmatched_waits_again_or_is_dropped(
    book: OrderBook, resources: Resources, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By a person, who says why; what is on its way is not theirs to drop."""
    path = tmp_path / "exporters" / "release.yaml"
    path.write_text(f"enabled: false\n{RELEASE}")
    run(resources)
    assert main(["exports", "--state", "unmatched"]) == 0
    assert "release: it is disabled" in " ".join(capsys.readouterr().out.split())

    path.write_text(RELEASE)
    assert main(["rematch", "1", "--reason", "exporter is back"]) == 0
    run(resources)
    assert states(book) == [("INITPAID", "held")]
    assert main(["drop", "1", "--reason", "x"]) == 1
    assert "is in no state that allows it" in capsys.readouterr().err
    assert main(["exports"]) == 0
    assert "held" in capsys.readouterr().out


def test_an_order_is_held_and_released(
    book: OrderBook, resources: Resources, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the number of the order or of its delivery."""
    assert main(["hold", "O1", "--reason", "customer has called"]) == 0
    assert main(["hold", "O1-1", "--reason", "again"]) == 0
    assert "It was on hold already" in capsys.readouterr().out
    run(resources)
    assert states(book) == [("INITPAID", "waiting")]

    assert main(["release", "O1-1", "--reason", "all is well"]) == 0
    assert main(["release", "O1", "--reason", "all is well"]) == 1
    run(resources)
    assert states(book) == [("INITPAID", "held")]
