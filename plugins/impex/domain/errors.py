"""Exceptions, named by what the caller can do about them.

ImpexError
├── ConfigError      a person mends a YAML file or a command line; retrying is pointless
├── DataError        a person mends the data; the package was refused or rejected, nothing is lost
│   └── FileFaultError  one file cannot be read as declared; carries the issue
├── FencedError      a newer attempt owns this work; this one stops without a trace
└── TransientError   nobody mends anything; the same call may succeed later

Faults of single rows and cells are not exceptions but issues, see ``impex.domain.issues``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from impex.domain.issues import Issue


class ImpexError(Exception):
    """Something the framework noticed and can explain to a person."""


class DataError(ImpexError):
    """The data cannot be accepted; the message says where and what to mend."""


class FileFaultError(DataError):
    """A file cannot be read as its descriptor declares; none of its rows is applied."""

    def __init__(self, *issues: Issue) -> None:
        """Keep the issues that explain the fault, at least one."""
        self.issues = issues
        super().__init__("; ".join(issue.message for issue in issues))


class FencedError(ImpexError):
    """A newer attempt of the same step has taken over; this attempt has written nothing."""


class TransientError(ImpexError):
    """A resource failed in a way that may pass: connection lost, deadlock, disk full."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a configuration file.

    Attributes:
        where: ``path:line`` of the offending key or value, or only the path.
        what: What is wrong, with the offending value.
        hint: What to write instead, often the nearest valid name; may be empty.
    """

    where: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        """Render as one line: where, what, hint."""
        return f"{self.where}: {self.what}" + (f" {self.hint}" if self.hint else "")


class ConfigError(ImpexError):
    """A configuration is wrong; ``problems`` lists every fault found, in file order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep all problems; the message shows one per line."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
