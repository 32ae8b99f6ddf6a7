"""The page about targets says what the code does, and what people copy from it works."""

import re
from pathlib import Path
from typing import Any

import pytest

from local.settings import REPOSITORY
from orders.domain.outbox import Message, Outcome
from orders.domain.webhooks import key_of
from orders.services.own_target import load_target
from orders.targets.http_status import outcome_of
from orders.targets.table import CONTRACT
from orders.targets.webhook import Receiver, WebhookTarget
from tests.faulty_receiver import faulty_receiver

PAGE = (REPOSITORY / "docs" / "targets.md").read_text("utf-8")
VERIFY, OWN, CONTRACT_TEST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(TABLE,) = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
PLAIN = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEYED = "from a receiver that honours keys"


def rows(section: str) -> list[list[str]]:
    """Return the cells of the table in a section."""
    lines = PAGE.partition(f"{section}\n")[2].partition("\n#")[0].splitlines()
    table = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in cells] for cells in table[2:]]


def documented(status: int, *, keyed: bool) -> str:
    """Return the end that the page gives a status; the narrower row counts."""
    found = {row[0]: row[1] for row in rows("### What an answer means")}
    narrow = [f"`{status}` {KEYED}"] if keyed else []
    return next(
        found[key] for key in [*narrow, f"`{status}`", f"`{status // 100}xx`"] if key in found
    )


@pytest.mark.parametrize("keyed", [True, False])
def test_every_status_leads_to_the_end_that_the_page_tells(*, keyed: bool) -> None:
    """All that HTTP has room for."""
    told = {status: documented(status, keyed=keyed) for status in range(200, 600)}

    assert told == {status: outcome_of(status, keyed=keyed) for status in range(200, 600)}


def test_a_status_that_http_does_not_know_leaves_a_doubt() -> None:
    """Whoever sends it may have done anything."""
    assert {outcome_of(status, keyed=True) for status in (0, 101, 600, 999)} == {Outcome.UNKNOWN}


def test_every_end_of_an_attempt_is_explained() -> None:
    """In the words of the code."""
    assert [row[0] for row in rows("# Targets")][: len(Outcome)] == [f"`{end}`" for end in Outcome]


@pytest.mark.parametrize("body", [b"", b'{"total": 1.10}', b"\xff\x00\r\n"])
def test_receivers_can_verify_our_messages_as_the_page_says(body: bytes) -> None:
    """And notice when anything of them was changed, or is old."""
    found: dict[str, Any] = {}
    exec(VERIFY, found)  # noqa: S102 - our own page
    with faulty_receiver() as receiver:
        target = WebhookTarget(
            Receiver(receiver.url, private=True), [key_of(PLAIN), b"the next one"]
        )
        assert target.send(Message(1, "k1", "", "text/csv", body)).outcome is Outcome.SENT
    headers = receiver.requests[0].headers
    named = {row[0].strip("`").lower() for row in rows("## Webhooks")}

    assert named <= {*headers}
    assert found["is_genuine"](PLAIN, headers, body)
    assert not found["is_genuine"](PLAIN, headers, body + b" ")
    assert not found["is_genuine"](PLAIN, {**headers, "webhook-id": "k2"}, body)
    old = str(int(headers["webhook-timestamp"]) - 400)
    assert not found["is_genuine"](PLAIN, {**headers, "webhook-timestamp": old}, body)


def test_the_table_of_the_page_is_the_contract() -> None:
    """What people create is what is written to."""
    assert CONTRACT.format("erp.order_in") == TABLE


def test_the_class_of_the_page_keeps_the_contract_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As people are told to test theirs."""
    folder, package = tmp_path / "acme", tmp_path / "targets"
    folder.mkdir()
    package.mkdir()
    (package / "acme.py").write_text(OWN, "utf-8")
    monkeypatch.setenv("ACME_FOLDER", str(folder))
    monkeypatch.syspath_prepend(package)
    found: dict[str, Any] = {}
    exec(CONTRACT_TEST, found)  # noqa: S102 - our own page

    tests = [name for name in dir(found["TestAcme"]) if name.startswith("test_")]
    for name in tests:
        getattr(found["TestAcme"](), name)()

    assert len(tests) > 5
    assert len([*folder.iterdir()]) == 5


def test_the_class_of_the_page_tells_what_it_cannot_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the two exceptions that are there for it."""
    (tmp_path / "acme.py").write_text(OWN, "utf-8")
    monkeypatch.setenv("ACME_FOLDER", str(tmp_path / "nowhere"))
    target = load_target(tmp_path, "acme.py:Acme")

    answers = [target.send(Message(1, "k1", "", kind, b"a")) for kind in ("text/csv", "text/html")]

    assert [(answer.outcome, answer.text) for answer in answers] == [
        (Outcome.UNREACHED, "acme.py:Acme: the folder of ACME is not there"),
        (Outcome.REFUSED, "acme.py:Acme: ACME reads CSV only"),
    ]
