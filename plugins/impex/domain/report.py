"""What a run did to every row, in counts that must add up."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Self


class JobState(StrEnum):
    """Where a job stands; the last four are final."""

    CLAIMED = "claimed"
    PLANNED = "planned"
    DONE = "done"
    REJECTED = "rejected"
    REFUSED = "refused"
    FAILED = "failed"


class FileState(StrEnum):
    """Where one file of one descriptor stands; the last two are final."""

    PLANNED = "planned"
    STAGED = "staged"
    MERGED = "merged"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Counts:
    """The fates of rows: ``read`` equals the sum of the six after it, or rows were lost.

    Attributes:
        absent: Rows of the table that a full file does not have and that were therefore deleted
            or deactivated; they are no rows of the file.
    """

    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    skipped: int = 0
    rejected: int = 0
    absent: int = 0

    @property
    def balanced(self) -> bool:
        """Tell whether every row that was read has exactly one fate."""
        return self.read == sum(self.by_fate().values()) - self.read - self.absent

    def by_fate(self) -> dict[str, int]:
        """Return the counts by name, ``read`` first."""
        return asdict(self)

    def __add__(self, other: Self) -> Self:
        """Add fate by fate."""
        return type(self)(
            **{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}
        )


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file for one descriptor.

    Attributes:
        message: Why the whole file was rejected; empty if it was not.
        absent: Columns of the descriptor that the file does not have; they keep what they hold.
        remarks: What reading and merging it had to say beside, in sentences.
    """

    name: str
    descriptor: str
    state: FileState
    counts: Counts
    message: str = ""
    absent: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to say about the file beside its counts, in sentences."""
        notes = []
        if self.message:
            notes.append(f"{self.name}: {self.message}")
        if self.absent:
            columns = ", ".join(self.absent)
            notes.append(f"{self.name} has no column for {columns}; that stays as it is")
        notes += [f"{self.name}: {remark}" for remark in self.remarks]
        return tuple(notes)


@dataclass(frozen=True, slots=True)
class RunReport:
    """What became of one package.

    Attributes:
        run: The job's id.
        messages: What concerns the package and no single row: refused archives, files that no
            descriptor takes, descriptors without a file.
    """

    run: int
    group: str
    package: str
    state: JobState
    dry_run: bool
    started: datetime
    finished: datetime | None = None
    files: tuple[FileReport, ...] = ()
    messages: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to say beside the counts: of the package first, then file by file."""
        return (*self.messages, *(note for file in self.files for note in file.notes))

    def as_object(self) -> dict[str, Any]:
        """Return it as one JSON object, for programs."""
        return {
            "run": self.run,
            "state": self.state.value,
            "group": self.group,
            "package": self.package,
            "dry_run": self.dry_run,
            "started": self.started.isoformat(),
            "finished": self.finished.isoformat() if self.finished else None,
            "totals": self.totals.by_fate(),
            "files": [
                {
                    "name": file.name,
                    "descriptor": file.descriptor,
                    "state": file.state.value,
                    **file.counts.by_fate(),
                    "message": file.message,
                    "absent_columns": list(file.absent),
                    "remarks": list(file.remarks),
                }
                for file in self.files
            ],
            "messages": list(self.messages),
        }

    @property
    def tolerated(self) -> bool:
        """Tell whether the run did what its policies allow: bad rows perhaps, but no bad file."""
        final = self.state in (JobState.DONE, JobState.REJECTED)
        return final and all(report.state is FileState.MERGED for report in self.files)

    @property
    def totals(self) -> Counts:
        """The sum over all files."""
        return total(report.counts for report in self.files)


def total(counts: Iterable[Counts]) -> Counts:
    """Add up counts; none give zeros."""
    result = Counts()
    for item in counts:
        result += item
    return result
