"""Targets of the user's own: what they return and raise, and the contract that they must keep."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from impex.domain.errors import ConfigError
from orders.domain.outbox import Answer, Message, Outcome
from orders.services.own_target import load_target
from orders.targets.own import Sender
from orders.testing.target_contract import TargetContract

MESSAGE = Message(1, "k1", "erp", "text/csv", b"Jane Doe;1")


class Ledger:
    """What was taken, by key; the second time under one key is nothing new."""

    repeatable = True

    def __init__(self, taken: dict[str, bytes]) -> None:
        """Write there."""
        self.taken = taken

    def send(self, key: str, recipient: str, content_type: str, body: bytes) -> str:
        """Take it."""
        del recipient, content_type
        self.taken.setdefault(key, body)
        return f"number {len(self.taken)}"

    def probe(self, key: str) -> bool | None:
        """Look."""
        return key in self.taken


class Forgetful(Ledger):
    """One that says it is repeatable and is not."""

    def send(self, key: str, recipient: str, content_type: str, body: bytes) -> str:
        """Take it anew."""
        return super().send(f"{key} {len(self.taken)}", recipient, content_type, body)


class TestLedger(TargetContract):
    """The contract holds for a target that keeps it."""

    def setup_method(self) -> None:
        """Begin with nothing."""
        self.taken: dict[str, bytes] = {}

    def make(self) -> Sender:
        """Return one of the same ledger."""
        return Ledger(self.taken)

    def effects(self) -> int:
        """Count."""
        return len(self.taken)


def test_the_contract_notices_a_target_that_takes_a_message_twice() -> None:
    """Orders would be delivered twice."""

    class Contract(TestLedger):
        def make(self) -> Sender:
            return Forgetful(self.taken)

    contract = Contract()
    contract.setup_method()
    with pytest.raises(AssertionError):
        contract.test_a_message_that_comes_twice_has_one_effect_if_that_is_promised()
    with pytest.raises(AssertionError):
        contract.test_what_was_sent_is_known_by_its_key()


@pytest.fixture
def answer_of(tmp_path: Path) -> Callable[[str], Answer]:
    """Sends a message to a class whose ``send`` has these lines."""

    def answer(lines: str) -> Answer:
        code = f"""\
            from orders.domain.outbox import RefusedError, UnreachedError

            class Erp:
                repeatable = False

                def send(self, key, recipient, content_type, body):
                    {lines}
            """
        (tmp_path / "erp.py").write_text(textwrap.dedent(code), "utf-8")
        return load_target(tmp_path, "erp.py:Erp").send(MESSAGE)

    return answer


@pytest.mark.parametrize(
    ("lines", "outcome", "text"),
    [
        ("return f'number {len(body)}'", Outcome.SENT, "number 10"),
        ("return 'a\\n' * 500", Outcome.SENT, ("a " * 100)),
        ("raise RefusedError('closed on Sundays')", Outcome.REFUSED, "erp.py:Erp: closed on Sundays"),
        ("raise RefusedError", Outcome.REFUSED, "erp.py:Erp: no reason given"),
        ("raise UnreachedError('busy')", Outcome.UNREACHED, "erp.py:Erp: busy"),
        ("raise ValueError(body.decode())", Outcome.UNKNOWN,
         "erp.py:Erp failed: ValueError in line 7."),
        ("import json; json.loads(body)", Outcome.UNKNOWN,
         "erp.py:Erp failed: JSONDecodeError in line 7."),
        ("pass", Outcome.UNKNOWN, "erp.py:Erp returned a NoneType instead of a receipt."),
        ("return True", Outcome.UNKNOWN, "erp.py:Erp returned a bool instead of a receipt."),
    ],
)  # fmt: skip
def test_what_a_class_returns_or_raises_is_judged(
    answer_of: Callable[[str], Answer], lines: str, outcome: Outcome, text: str
) -> None:
    """Only what it says on purpose is certain; messages of other exceptions may hold data."""
    answer = answer_of(lines)

    assert answer == Answer(outcome, text)


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ("return True", Outcome.SENT),
        ("return False", Outcome.UNREACHED),
        ("return None", None),
        ("return 1", None),
        ("raise OSError('no route')", None),
    ],
)
def test_a_class_may_know_what_was_taken(
    tmp_path: Path, told: str, outcome: Outcome | None
) -> None:
    """Whoever fails does not know."""
    code = f"class Erp:\n    repeatable = True\n    def probe(self, key):\n        {told}\n"
    (tmp_path / "erp.py").write_text(code, "utf-8")

    answer = load_target(tmp_path, "erp.py:Erp").probe(MESSAGE)

    assert (answer and answer.outcome) == outcome


def test_a_class_closes_what_it_has_if_it_wants_to(tmp_path: Path) -> None:
    """Both may be left out."""
    code = """\
        class Erp:
            repeatable = True
            def close(self):
                self.closed = True

        class Bare:
            repeatable = True
        """
    (tmp_path / "erp.py").write_text(textwrap.dedent(code), "utf-8")
    target, bare = (load_target(tmp_path, f"erp.py:{name}") for name in ("Erp", "Bare"))

    target.close()
    bare.close()

    assert vars(target._sender) == {"closed": True}
    assert bare.probe(MESSAGE) is None


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("class Erp: pass", "has no `repeatable` that is True or False"),
        ("class Erp:\n    repeatable = 'no'", "has no `repeatable` that is True or False"),
        ("class Erp:\n    def __init__(self):\n        raise KeyError('ERP_URL')",
         "cannot be made: KeyError: 'ERP_URL'"),
        ("Erp = None", "There is no function `Erp`"),
        ("import nothing_like_this", "The file cannot be loaded"),
    ],
)  # fmt: skip
def test_a_class_that_cannot_be_used_says_so(tmp_path: Path, code: str, what: str) -> None:
    """Before the first message."""
    (tmp_path / "erp.py").write_text(code, "utf-8")

    with pytest.raises(ConfigError, match=what):
        load_target(tmp_path, "erp.py:Erp")
