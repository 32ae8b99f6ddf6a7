"""A run that writes the files of a group, and what it has written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from impex.domain.layout import Audience


class ExportState(StrEnum):
    """How far a run is. ``published``: its files are finished and wait to be delivered."""

    RUNNING = "running"
    PUBLISHED = "published"
    DONE = "done"
    REJECTED = "rejected"
    FAILED = "failed"


class WriteState(StrEnum):
    """How far a file of a run is."""

    PLANNED = "planned"
    READING = "reading"
    WRITTEN = "written"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Who asks for an export, and for what.

    Attributes:
        run_ref: ``dag_id/run_id``; None for a command line.
        params: Those of the group that shall not be as usual.
        audience: For files that do not say it themselves.
        complete: Whether incremental exports write all rows.
    """

    requested_by: str
    run_ref: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    audience: Audience = Audience.SYSTEM
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A finished file.

    Attributes:
        name: As its reader sees it.
        key: Where it lies in the store.
        rows: Without the header.
        bytes: Its size.
    """

    name: str
    key: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ExportFile:
    """What a run writes of one export of its group.

    Attributes:
        export: Name of the export.
        epoch: Number of the snapshot that it was written from.
        rows: Written.
        rejected: Left out, because the file cannot hold them.
        watermark: The newest value of the watermark column.
        horizon: The oldest transaction that was not over.
        pieces: None where there was nothing to write.
        message: Why it was refused.
    """

    id: int
    export_id: int
    export: str
    state: WriteState
    epoch: int
    rows: int
    rejected: int
    watermark: str | None
    horizon: str | None
    pieces: tuple[Piece, ...]
    message: str


@dataclass(frozen=True, slots=True)
class ExportRun:
    """A run.

    Attributes:
        frozen: The group as it was when the run began.
        epoch: Number of the snapshot that all files must tell.
        snapshot: As PostgreSQL calls it, while it is held.
        archive: What all files are in, if they are published so.
    """

    id: int
    group_name: str
    requested_by: str
    audience: Audience
    complete: bool
    params: Mapping[str, str]
    frozen: str
    state: ExportState
    epoch: int
    snapshot: str | None
    archive: Piece | None
    messages: tuple[str, ...]
    created_at: datetime
    published_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What became of a run.

    Attributes:
        delivered: The targets that have got all files.
    """

    run: ExportRun
    files: tuple[ExportFile, ...]
    delivered: tuple[str, ...] = ()

    @property
    def published(self) -> list[Piece]:
        """What there is to be read: the archive, or the files themselves."""
        if self.run.archive is not None:
            return [self.run.archive]
        return [piece for file in self.files for piece in file.pieces]

    @property
    def tolerated(self) -> bool:
        """Whether all went as the policies allow: rows may be missing, files may not."""
        if any(file.state is WriteState.REFUSED for file in self.files):
            return False
        return self.run.state in (ExportState.DONE, ExportState.REJECTED)

    @property
    def notes(self) -> list[str]:
        """What there is to say, in sentences."""
        told = [f"{file.export}: {file.message}" for file in self.files if file.message]
        told += [
            f"{file.export}: {file.rejected:,} rows could not be written"
            for file in self.files
            if file.rejected
        ]
        return [*told, *self.run.messages]
