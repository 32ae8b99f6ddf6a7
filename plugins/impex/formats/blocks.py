"""Rows on their way into files: in blocks, and from there to one file or several."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Lines:
    """Rows that are written already, each with its line end."""

    rows: list[bytes]

    def __len__(self) -> int:
        """Return how many rows they are."""
        return len(self.rows)

    def part(self, begin: int, end: int) -> Self:
        """Return some of them."""
        return type(self)(self.rows[begin:end])

    def data(self) -> bytes:
        """Return them one behind the other."""
        return b"".join(self.rows)


def split(blocks: Iterable[Lines], most: int | None) -> Iterator[Iterator[Lines]]:
    """Yield the blocks of each file; the first one exists even if there are no rows.

    Args:
        blocks: Drawn while the files are: each file must be taken before the next one.
        most: How many rows one file has at most; None for all in one.
    """
    if most is None:
        yield iter(blocks)
        return
    rest = _Rest(iter(blocks))
    yield rest.take(most)
    while rest.more():
        yield rest.take(most)


class _Rest:
    """What of the blocks is not in a file yet."""

    def __init__(self, blocks: Iterator[Lines]) -> None:
        self._blocks = blocks
        self._held: Lines | None = None

    def more(self) -> bool:
        """Tell whether there is a row left."""
        while not self._held:
            self._held = next(self._blocks, None)
            if self._held is None:
                return False
        return True

    def take(self, most: int) -> Iterator[Lines]:
        """Yield blocks of so many rows together, or fewer at the end."""
        while most and self.more() and self._held is not None:
            block = self._held
            yield block.part(0, most)
            self._held = block.part(most, len(block))
            most -= min(most, len(block))
