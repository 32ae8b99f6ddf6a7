"""Write one file of an export, or several if its rows are too many, from a snapshot that is held."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain

import structlog
from psycopg import Connection, errors

from impex.config.frozen import thaw
from impex.domain.errors import DataError
from impex.domain.export import Empty, Export
from impex.domain.export_run import ExportFile, ExportRun, Piece, WriteState
from impex.domain.issues import MASK, Issue
from impex.domain.layout import Format
from impex.domain.nesting import Nest
from impex.formats.blocks import Lines, split
from impex.formats.conformity import violations
from impex.formats.gzip_stream import gzipped, is_gzipped
from impex.formats.record_writer import ILLEGAL
from impex.formats.text_writer import Tally
from impex.services.begin_export import name_of, nest_of
from impex.services.export_content import Content, content_of
from impex.services.export_plan import Ground, selections
from impex.services.resources import Resources
from impex.services.snapshot import held_snapshot, see, wait_for_snapshot
from impex.services.workplace import tables_of
from impex.storage import export_rows, exports
from impex.storage.export_rows import Published
from impex.storage.selection import Selection

log = structlog.get_logger(__name__)

_MOST_ISSUES = 10_000


@dataclass(slots=True)
class _Draft:
    """A file on its way.

    Attributes:
        found: What it could not hold, and why.
    """

    run: ExportRun
    file: ExportFile
    nest: Nest
    tally: Tally = field(default_factory=Tally)
    found: list[Issue] = field(default_factory=list)

    @property
    def export(self) -> Export:
        """The export that it is of; of a document, that of the outermost records."""
        return self.nest.export


def write_file(resources: Resources, run: ExportRun, file: ExportFile) -> ExportFile:
    """Write the rows of one export into the store; nobody else sees the file yet.

    Args:
        resources: File store and ledger.
        run: Somebody holds its snapshot.
        file: Of the run.

    Raises:
        NoSnapshotError: The snapshot is not held any more.
        FencedError: Another snapshot counts by now.
        DataError: PostgreSQL fails at a row, or a function of the user at all of them.
        TransientError: A database or the file store failed.
    """
    group = thaw(run.frozen)
    draft = _Draft(run, replace(file, epoch=run.epoch), nest_of(run, file.export))
    try:
        with tables_of(resources, group) as database, database.transaction() as connection:
            see(connection, run.snapshot or "")
            with resources.database.transaction() as ledger:
                exports.begin_file(ledger, file.id, run.epoch)
            _write(resources, connection, draft)
    except (errors.DataError, errors.ProgrammingError) as fault:
        # Only rows can do that: statements were tried when the run began.
        raise DataError(f"{file.export} cannot be read: {str(fault).strip()}") from fault
    _judge(resources, draft)
    with resources.database.transaction() as ledger:
        exports.finish_file(ledger, draft.file, draft.found)
    log.info("file written", export=run.id, file=file.export, rows=draft.file.rows)
    return draft.file


def write_shared(
    resources: Resources, run: ExportRun, file: ExportFile, *, patience_s: float
) -> ExportFile:
    """Write a file as soon as somebody holds a snapshot for the export.

    Raises:
        NoSnapshotError: Nobody did in time, or not for long enough.
        FencedError: The export has its files already.
        TransientError: A database or the file store failed.
    """
    return write_file(resources, wait_for_snapshot(resources, run, patience_s=patience_s), file)


def write_alone(resources: Resources, run: ExportRun, file: ExportFile) -> ExportFile:
    """Write the only file of an export, from a snapshot of its own.

    Raises:
        FencedError: The export has its file already.
        TransientError: A database or the file store failed.
    """
    with held_snapshot(resources, run) as held:
        return write_file(resources, replace(run, epoch=held.epoch, snapshot=held.name), file)


def kept_rows(file: ExportFile) -> str:
    """Return the name of the table that keeps the hashes of a file's rows until it is published."""
    return f"x{file.id}_{file.epoch}"


def _write(resources: Resources, connection: Connection, draft: _Draft) -> None:
    """Write the files, and note what else the snapshot shows."""
    run, export = draft.run, draft.export
    ground = Ground(connection, resources.user_files, run.params)
    selections = _selections(resources, ground, draft)
    outer = selections[export.name]
    content = content_of(draft.nest, selections, run.audience, resources)
    published = None
    if export.increment.changed_rows:
        before = Published(run.group_name, export.remembered_as(run.params))
        published = None if run.complete else before
        hashes = export_rows.hashes(outer, content.items, before)
        exports.keep_rows(connection, kept_rows(draft.file), hashes)
    rows = export_rows.rows(outer, content.items, published)
    blocks = content.blocks(connection, rows, draft.tally)
    pieces = tuple(_pieces(resources, draft, content, blocks))
    if draft.tally.rejected:
        draft.found = list(_explained(connection, selections, draft))
    draft.file = replace(
        draft.file,
        state=WriteState.WRITTEN,
        rows=sum(piece.rows for piece in pieces),
        rejected=draft.tally.rejected,
        watermark=export_rows.newest(connection, outer),
        horizon=export_rows.horizon(connection),
        pieces=pieces,
    )


def _selections(resources: Resources, ground: Ground, draft: _Draft) -> dict[str, Selection]:
    since = None
    if draft.export.increment.watermark and not draft.run.complete:
        with resources.database.transaction() as ledger:
            name = draft.export.remembered_as(draft.run.params)
            since = exports.mark(ledger, draft.run.group_name, name)
    made = selections(ground, (nest.export for nest in draft.nest.all()))
    made[draft.export.name].since = since
    return made


def _pieces(
    resources: Resources, draft: _Draft, content: Content, blocks: Iterator[Lines]
) -> Iterator[Piece]:
    """Write the files, one after the other."""
    run, export = draft.run, draft.export
    first = next(blocks, None)
    if not first and export.style.empty is Empty.SKIP:
        first = next((block for block in blocks if block), None)
        if first is None:
            return
    rest = chain([first] if first is not None else [], blocks)
    for part, some in enumerate(split(rest, export.split_rows), 1):
        name = name_of(thaw(run.frozen), run, export, export.file, part)
        key = f"work/exports/{run.id}/{run.epoch}/{draft.file.id}-{part}/{name}"
        counted = _Counted(some)
        data = content.data(iter(counted))
        hashed = Hashed(gzipped(data) if is_gzipped(name) else data)
        size = resources.store.write(key, hashed)
        yield Piece(name, key, counted.rows, size, hashed.digest.hexdigest())


class _Counted:
    """Counts the rows of blocks while they are drawn."""

    def __init__(self, blocks: Iterable[Lines]) -> None:
        self._blocks = blocks
        self.rows = 0

    def __iter__(self) -> Iterator[Lines]:
        for block in self._blocks:
            self.rows += len(block)
            if block:
                yield block


class Hashed:
    """Hashes bytes while they are drawn.

    Attributes:
        digest: Of those that were.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        """Take the bytes."""
        self._chunks = chunks
        self.digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the bytes."""
        for chunk in self._chunks:
            self.digest.update(chunk)
            yield chunk


def _explained(
    connection: Connection, selections: Mapping[str, Selection], draft: _Draft
) -> Iterator[Issue]:
    """Yield why rows were left out."""
    hidden = any(column.pii for column in draft.export.columns)
    yield from (replace(i, value=MASK) if hidden else i for i in draft.tally.issues)
    illegal = ILLEGAL if draft.export.layout.format is Format.XML else None
    for selection in selections.values():
        yield from export_rows.explain(connection, selection, illegal)


def _judge(resources: Resources, draft: _Draft) -> None:
    """Refuse a file with more faults than its policy allows, or that does not keep to its schema."""
    export, file = draft.export, draft.file
    faults = _violations(resources, draft)
    read = file.rows + file.rejected
    if faults:
        message = f"it does not keep to {export.layout.schema_file}"
        draft.found = [*draft.found, *faults][:_MOST_ISSUES]
    elif not export.errors.allows(file.rejected, read):
        message = f"{file.rejected:,} of {read:,} rows cannot be written, more than is allowed"
    else:
        return
    for piece in file.pieces:
        resources.store.delete(piece.key)
    draft.file = replace(file, state=WriteState.REFUSED, pieces=(), message=message)


def _violations(resources: Resources, draft: _Draft) -> list[Issue]:
    """Return what in the documents does not keep to the schema."""
    layout = draft.export.layout
    if layout.schema_file is None:
        return []
    found: list[Issue] = []
    for piece in draft.file.pieces:
        with resources.store.open(piece.key) as stream:
            found += violations(stream, piece.name, layout, resources.user_files.schemas)
    return found


def forget_files(resources: Resources, run: ExportRun) -> None:
    """Remove the files of a run that were not published."""
    with suppress(FileNotFoundError):
        resources.store.clear(f"work/exports/{run.id}")
