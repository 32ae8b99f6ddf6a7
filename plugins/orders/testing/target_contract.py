"""Tests that every target of the user's own must pass: inherit, and say how yours is made.

from orders.testing.target_contract import TargetContract

class TestFolder(TargetContract):
def make(self):
return Folder()   # of a receiver for tests, never of a real one

def effects(self):
return len(os.listdir(...))   # what the receiver has taken so far

"""

from uuid import uuid4

from orders.domain.outbox import Message, Outcome
from orders.targets.own import OwnTarget, Sender


class TargetContract:
    """What the outbox relies on; pytest runs the methods of a class that inherits this.

    Attributes:
        recipient: Of the messages that the tests send.
        content_type: The same.
        body: The same.
    """

    recipient = ""
    content_type = "text/plain"
    body = b"a test"

    def make(self) -> Sender:
        """Return a target; within one test, all send to the same receiver."""
        raise NotImplementedError

    def effects(self) -> int:
        """Return how many messages the receiver has taken, repetitions counted if they count."""
        raise NotImplementedError

    def test_a_message_has_one_effect_and_a_receipt(self) -> None:
        """The receipt is a text, for people."""
        before = self.effects()
        answer = self._target().send(self._message())
        assert answer.outcome is Outcome.SENT, answer.text
        assert self.effects() == before + 1

    def test_a_message_that_comes_twice_has_one_effect_if_that_is_promised(self) -> None:
        """Even from another run, which knows nothing of the first."""
        message, before = self._message(), self.effects()
        assert self._target().send(message).outcome is Outcome.SENT
        again = self._target()
        if again.repeatable:
            assert again.send(message).outcome is Outcome.SENT
            assert self.effects() == before + 1

    def test_two_messages_have_two_effects(self) -> None:
        """Even if they are alike: the key tells them apart."""
        before, target = self.effects(), self._target()
        for message in (self._message(), self._message()):
            assert target.send(message).outcome is Outcome.SENT
        assert self.effects() == before + 2

    def test_what_was_sent_is_known_by_its_key(self) -> None:
        """Or nothing is said of it."""
        message = self._message()
        assert self._target().send(message).outcome is Outcome.SENT
        answer = self._target().probe(message)
        assert answer is None or answer.outcome is Outcome.SENT

    def test_what_was_never_sent_is_not_known(self) -> None:
        """Or nothing is said of it."""
        answer = self._target().probe(self._message())
        assert answer is None or answer.outcome is Outcome.UNREACHED

    def test_a_target_can_be_closed_twice(self) -> None:
        """And without having sent anything."""
        target = self._target()
        target.close()
        target.close()

    def _target(self) -> OwnTarget:
        return OwnTarget("your target", self.make())

    def _message(self) -> Message:
        return Message(1, f"test_{uuid4().hex}", self.recipient, self.content_type, self.body)
