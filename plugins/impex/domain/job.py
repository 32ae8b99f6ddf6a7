"""A job: one package on its way through a group, and the files planned for it."""

from dataclasses import dataclass
from datetime import datetime

from impex.domain.report import FileState, JobState


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants which package imported, and how.

    Attributes:
        run_ref: Names the run that asks, so that a repeated claim finds its job again.
        force: Import the same bytes once more.
        dry_run: Do everything, then roll it back; the report stays.
    """

    requested_by: str
    run_ref: str | None = None
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A row of ``impex.job``.

    Attributes:
        package_key: Where the package lies in the file store now.
        size_bytes: Of the package, when it was claimed.
        created: When the run began.
        frozen: The group as JSON, as it was when the run was planned; None before.
    """

    id: int
    group_name: str
    package_name: str
    package_key: str
    size_bytes: int
    state: JobState
    epoch: int
    dry_run: bool
    created: datetime
    frozen: str | None
    messages: list[str]


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A row of ``impex.file``: one file for one descriptor.

    Attributes:
        member: Index of the file within the package.
        staged_as: Name of the staging table; None unless staged.
        rows_read: Rows that the file makes, whatever became of them; None before staging.
        rows_staged: Rows in the staging table; None before staging.
        rows_skipped: Rows left out on purpose before they were staged.
        absent: Names of the descriptor's columns that the file does not have.
        message: Why the whole file was rejected; empty if it was not.
    """

    id: int
    job_id: int
    descriptor: str
    name: str
    member: int
    state: FileState
    epoch: int
    staged_as: str | None
    rows_read: int | None
    rows_staged: int | None
    rows_skipped: int
    absent: list[str]
    message: str

    @property
    def rows_rejected(self) -> int:
        """Rows that were bad before they were staged."""
        return (self.rows_read or 0) - (self.rows_staged or 0) - self.rows_skipped
