"""How many faults are allowed, and how far one of them reaches."""

from dataclasses import dataclass, field
from enum import StrEnum


class OnError(StrEnum):
    """How far one bad row reaches."""

    REJECT_ROWS = "reject_rows"
    REJECT_FILE = "reject_file"
    REJECT_PACKAGE = "reject_package"


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of rows, or a share of all of them.

    Attributes:
        count: None means any number.
        share: 0 to 1; None means any.
    """

    count: int | None = None
    share: float | None = None

    def allows(self, rows: int, of: int) -> bool:
        """Tell whether so many rows of all are not too many."""
        if self.count is not None and rows > self.count:
            return False
        return self.share is None or rows <= self.share * of


@dataclass(frozen=True, slots=True)
class ErrorPolicy:
    """How many bad rows a file may have and how far one bad row reaches."""

    on_error: OnError = OnError.REJECT_ROWS
    max_rejects: Limit = field(default_factory=Limit)

    def allows(self, rejected: int, read: int) -> bool:
        """Tell whether a file with so many bad rows may still apply its good ones."""
        if rejected == 0:
            return True
        return self.on_error is OnError.REJECT_ROWS and self.max_rejects.allows(rejected, read)
