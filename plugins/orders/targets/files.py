"""Messages as files: one each, in any place that holds files."""

import hashlib
from collections.abc import Sequence

from impex.domain.errors import DataError, TransientError
from impex.files.store import FileStore
from orders.domain.outbox import Answer, Message, Outcome, Target


class FileTarget(Target):
    """Writes files whose names are the recipients; each appears whole or not at all.

    A file that is there is never changed. Between looking and writing nobody else may write a file
    of that name: the places that we write to have no way to forbid it.
    """

    def __init__(self, store: FileStore) -> None:
        """Write there.

        Args:
            store: Opened by the caller. One that is not on this machine does not come back after
                its connection was lost: open it anew, and a target with it.
        """
        self._store = store

    @property
    def repeatable(self) -> bool:
        """The same message writes the same file, once."""
        return True

    def send(self, message: Message) -> Answer:
        """Write the file, unless it is there already."""
        try:
            return self._look(message) or self._write(message)
        except TransientError as fault:
            return Answer(Outcome.UNREACHED, str(fault))
        except DataError as fault:
            return Answer(Outcome.REFUSED, str(fault))

    def send_all(self, messages: Sequence[Message]) -> list[Answer]:
        """Write those files together that are not there; where that fails, each by itself."""
        new: dict[str, Message] = {}
        try:
            for each in messages:
                if each.recipient not in new and not self._store.exists(each.recipient):
                    new[each.recipient] = each
        except (DataError, TransientError):
            return super().send_all(messages)
        try:
            self._store.write_all({name: each.body for name, each in new.items()})
        except (DataError, TransientError) as fault:
            return [self._alone(each, fault) for each in messages]
        return [
            _written(each) if new.get(each.recipient) is each else self.send(each)
            for each in messages
        ]

    def probe(self, message: Message) -> Answer | None:
        """Look whether the file is there, with these bytes."""
        missing = Answer(Outcome.UNREACHED, f"There is no file {message.recipient!r}.")
        try:
            return self._look(message) or missing
        except (DataError, TransientError):
            return None

    def close(self) -> None:
        """The store is the caller's."""

    def _look(self, message: Message) -> Answer | None:
        """Say what the file that is there means; None if there is none."""
        name = message.recipient
        if not self._store.exists(name):
            return None
        if self._store.sha256(name) == hashlib.sha256(message.body).hexdigest():
            return Answer(Outcome.SENT, f"The file {name!r} is there.")
        text = f"There is another file {name!r} already, and it stays as it is."
        return Answer(Outcome.REFUSED, f"{text} Move it away, or name this one otherwise.")

    def _write(self, message: Message) -> Answer:
        name = message.recipient
        try:
            self._store.write(name, [message.body])
        except TransientError as fault:
            return self._doubted(message, fault)
        return _written(message)

    def _alone(self, message: Message, fault: Exception) -> Answer:
        """Send what could not be written together with others, unless it is there by that."""
        try:
            return self._look(message) or self._write(message)
        except TransientError:
            return Answer(Outcome.UNKNOWN, str(fault))
        except DataError as refusal:
            return Answer(Outcome.REFUSED, str(refusal))

    def _doubted(self, message: Message, fault: TransientError) -> Answer:
        """Look what has come of an attempt that failed: the file may have got its name before."""
        try:
            return self._look(message) or Answer(Outcome.UNREACHED, str(fault))
        except TransientError:
            return Answer(Outcome.UNKNOWN, str(fault))


def _written(message: Message) -> Answer:
    return Answer(Outcome.SENT, f"The file {message.recipient!r} is written.")
