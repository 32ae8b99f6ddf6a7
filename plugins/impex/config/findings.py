"""Collects the problems of one configuration file."""

from dataclasses import dataclass, field
from typing import Final

from impex.domain.errors import ConfigError, Problem

PROBLEM_LIMIT: Final = 100
_VALUE_LIMIT: Final = 60


@dataclass(slots=True)
class Findings:
    """Problems of one file, found in any order and told in file order."""

    path: str
    _lines: dict[Problem, int] = field(default_factory=dict)

    def add(self, line: int, what: str, hint: str = "") -> None:
        """Note a problem on that line; 0 stands for the file as a whole."""
        where = f"{self.path}:{line}" if line else self.path
        self._lines.setdefault(Problem(where, what, hint), line)

    def __bool__(self) -> bool:
        """Tell whether anything was found."""
        return bool(self._lines)

    def error(self) -> ConfigError:
        """Return the exception that lists what was found, the first hundred in full."""
        problems = sorted(self._lines, key=self._lines.__getitem__)
        rest = len(problems) - PROBLEM_LIMIT
        if rest > 0:
            more = Problem(self.path, f"{rest} more problems are not shown.", "Mend these first.")
            problems = [*problems[:PROBLEM_LIMIT], more]
        return ConfigError(problems)


def shown(value: str) -> str:
    """Render a value for a message: one line, cut where it is long, in backticks."""
    text = value if value.isprintable() else repr(value)[1:-1]
    return f"`{text[:_VALUE_LIMIT]}…`" if len(text) > _VALUE_LIMIT else f"`{text}`"
