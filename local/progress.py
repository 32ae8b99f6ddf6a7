"""Tells a person what is being done: one moving line in a terminal, else one line for each step."""

from types import TracebackType
from typing import Self

from rich.console import Console


class Progress:
    """A context manager; the moving line exists while it is entered."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._moving = self.console.status("") if self.console.is_terminal else None
        self._last = ""

    def __enter__(self) -> Self:
        if self._moving:
            self._moving.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._moving:
            self._moving.stop()

    def doing(self, text: str) -> None:
        """Say what is being done now; saying the same again prints nothing new."""
        if self._moving:
            self._moving.update(text)
        elif text != self._last:
            self.console.print(text, soft_wrap=True)
        self._last = text

    def done(self, text: str) -> None:
        """Leave a line on the screen."""
        self.console.print(text, soft_wrap=True)
