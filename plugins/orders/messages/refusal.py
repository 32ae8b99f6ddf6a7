"""What is said to a sender whose message cannot be taken."""

from typing import Final

from impex.domain.errors import DataError

_SHOWN: Final = 60


class RefusedMessageError(DataError):
    """A message cannot be taken; nothing of it was.

    Attributes:
        where: JSON path or line.
        what: What is wrong there.
    """

    def __init__(self, where: str, what: str) -> None:
        """Say what is wrong, and where."""
        self.where = where
        self.what = what
        super().__init__(f"{where}: {what}")


def quoted(value: str) -> str:
    """Render a sender's value for a message: one line, printable, cut where it is long."""
    text = ascii(value[: _SHOWN + 1])[1:-1] if not value[:_SHOWN].isprintable() else value
    return f"'{text[:_SHOWN]}…'" if len(text) > _SHOWN else f"'{text}'"
