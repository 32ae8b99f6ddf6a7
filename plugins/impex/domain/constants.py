"""Constants that stand for a fact of the run, such as ``${file_name}``."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from impex.domain.column import Column

SAMPLES = {
    "now": "2026-01-31 12:00:00",
    "today": "2026-01-31",
    "run_id": "1",
    "group": "group",
    "package": "package.zip",
    "file_name": "file.csv",
    "line": "1",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
}
"""What may stand in ``${…}``, each with a text such as it stands for."""

_PLACEHOLDER = re.compile(rf"\$\{{({'|'.join(SAMPLES)})\}}")
# Everything else may differ when the same rows come again.
_STEADY = frozenset({"group"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What constants may tell about a run and the file that is read.

    Attributes:
        run_id: The job's id.
        package: Name of the package's file.
        moment: When the run began, in the time zone of the group.
    """

    run_id: int
    group: str
    package: str
    file_name: str
    moment: datetime

    def texts(self) -> dict[str, str]:
        """Return what is the same in all rows of a file, by the name of its placeholder."""
        return {
            "now": self.moment.astimezone(UTC).isoformat(" ", "seconds"),
            "today": self.moment.date().isoformat(),
            "run_id": str(self.run_id),
            "group": self.group,
            "package": self.package,
            "file_name": self.file_name,
        }


def pieces(constant: str) -> list[str]:
    """Split a constant into texts and, at every second place, names of placeholders."""
    return _PLACEHOLDER.split(constant)


def sample(constant: str) -> str:
    """Return a constant with samples for its placeholders."""
    return _PLACEHOLDER.sub(lambda found: SAMPLES[found[1]], constant)


def varies(column: Column) -> bool:
    """Tell whether the column is a constant that may differ when the same rows come again.

    Such a column alone is no reason to write a row.
    """
    return column.constant is not None and not _STEADY.issuperset(pieces(column.constant)[1::2])
