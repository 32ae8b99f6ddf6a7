"""Tests that every source of the user's own must pass: inherit, and say how yours is made.

from orders.testing.source_contract import SourceContract

class TestMailbox(SourceContract):
def make(self):
return Mailbox(folder="tests/mails")   # with at least two messages

"""

from itertools import islice

from orders.services.own_source import Source


class SourceContract:
    """What the collector relies on; pytest runs the methods of a class that inherits this."""

    def make(self) -> Source:
        """Return a source with at least two messages; each time another one with the same."""
        raise NotImplementedError

    def test_messages_are_pairs_of_a_position_and_bytes(self) -> None:
        """The position is kept as text, the bytes as they are."""
        for position, body in self._all():
            assert isinstance(position, str)
            assert position
            assert isinstance(body, bytes)

    def test_the_same_messages_come_in_the_same_order_again(self) -> None:
        """A run that is killed asks again from where the last one was committed."""
        assert self._all() == self._all()

    def test_after_a_position_come_the_messages_behind_it(self) -> None:
        """All of them, none twice."""
        messages = self._all()
        for number, (position, _) in enumerate(messages, 1):
            assert list(self.make().messages(position)) == messages[number:]

    def test_no_two_messages_have_the_same_position(self) -> None:
        """Or the second one would never come."""
        positions = [position for position, _ in self._all()]
        assert len(positions) == len({*positions})

    def test_somebody_who_stops_asking_can_go_on_later(self) -> None:
        """The collector takes some hundred at once and then asks anew."""
        [(position, body)] = islice(self.make().messages(None), 1)
        following = list(islice(self.make().messages(position), 1))
        assert [(position, body), *following] == self._all()[:2]

    def _all(self) -> list[tuple[str, bytes]]:
        messages = list(self.make().messages(None))
        assert len(messages) > 1, "make() must return a source with at least two messages"
        return messages
