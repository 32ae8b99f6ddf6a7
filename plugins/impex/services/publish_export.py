"""Publish the files of an export: all at once, or none; then bring them to where they are wanted."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from typing import BinaryIO

import structlog

from impex.config.frozen import thaw
from impex.domain.errors import DataError
from impex.domain.export_run import (
    ExportFile,
    ExportReport,
    ExportRun,
    ExportState,
    Piece,
    WriteState,
)
from impex.domain.group import Group
from impex.domain.policy import OnError
from impex.formats.zip_writer import zipped
from impex.services.begin_export import name_of, nest_of
from impex.services.resources import FileStore, Resources
from impex.services.snapshot import held_snapshot
from impex.services.workplace import tables_of
from impex.services.write_export import Hashed, forget_files, kept_rows, write_file
from impex.storage import exports

log = structlog.get_logger(__name__)

_AT_ONCE = 2
_PIECE_BYTES = 1 << 20
_STIR_S = 10.0


def publish_export(resources: Resources, export_id: int) -> ExportReport:
    """Let the files of an export appear, whole and together; asked again, do what is left.

    Files that are missing, or that do not tell the same instant as the others, are written again.

    Raises:
        DataError: A file was refused, and nothing is published without it.
        TransientError: A database or the file store failed; publish again.
    """
    report = report_of(resources, export_id)
    run, files = report.run, list(report.files)
    group = thaw(run.frozen)
    if run.state is ExportState.RUNNING:
        if any(file.epoch != run.epoch or file.state in _UNFINISHED for file in files):
            run, files = _write_all(resources, run, files)
        _refuse(resources, group, run, files)
        _publish(resources, run, files, _packed(resources, group, run, files))
        log.info("export published", export=run.id, files=len(files))
    with tables_of(resources, group) as database, database.transaction() as connection:
        # Two that find it published would move the same rows, and drop the same tables.
        exports.take_turn(connection, run.id)
        for file in files:
            export = nest_of(run, file.export).export
            if file.state is WriteState.WRITTEN and export.increment.changed_rows:
                name = export.remembered_as(run.params)
                exports.move_rows(connection, kept_rows(file), group.name, name)
    forget_files(resources, run)
    return report_of(resources, export_id)


def deliver_export(resources: Resources, export_id: int, target: str) -> None:
    """Copy what is published to a target, the manifest last; what was delivered stays as it is.

    Raises:
        ConfigError: The target is not known.
        TransientError: It failed; deliver again.
    """
    report = report_of(resources, export_id)
    if target in report.delivered:
        return
    copy_published(resources, export_id, resources.target(target))
    with resources.database.transaction() as ledger:
        exports.deliver(ledger, export_id, target)
    log.info("export delivered", export=export_id, place=target)


def copy_published(resources: Resources, export_id: int, there: FileStore) -> None:
    """Copy the published files and then the manifest; each appears whole.

    Raises:
        TransientError: One of the stores failed.
    """
    report = report_of(resources, export_id)
    files = [(piece.key, piece.name) for piece in report.published]
    last = manifest_name(report.run)
    for key, name in (*files, (f"{folder_of(report.run)}/{last}", last)):
        with resources.store.open(key) as stream:
            there.write(name, _chunks(stream))


def finish_export(resources: Resources, export_id: int) -> ExportReport:
    """End an export, as one that failed if it is not published or not delivered.

    Asked again, it looks whether all targets have got the files by now.

    Raises:
        FencedError: Another attempt is publishing it.
    """
    report = report_of(resources, export_id)
    if report.run.published_at is not None:
        targets = thaw(report.run.frozen).publication.targets
        missing = [target for target in targets if target not in report.delivered]
        incomplete = any(f.rejected or f.state is WriteState.REFUSED for f in report.files)
        state = ExportState.REJECTED if incomplete else ExportState.DONE
        messages = [f"not delivered to {target}" for target in missing]
        with resources.database.transaction() as ledger:
            exports.finish_export(
                ledger, export_id, ExportState.FAILED if missing else state, messages
            )
        forget_files(resources, report.run)
    elif report.run.state is ExportState.RUNNING:
        _fail(resources, report.run, "the files could not be published; see the log")
    return report_of(resources, export_id)


def report_of(resources: Resources, export_id: int) -> ExportReport:
    """Return what became of an export so far.

    Raises:
        DataError: There is no such export.
    """
    with resources.database.transaction() as ledger:
        return exports.report(ledger, export_id)


def folder_of(run: ExportRun) -> str:
    """Return the folder of the store that has what was published."""
    return f"exports/{run.group_name}/{run.id}"


def manifest_name(run: ExportRun) -> str:
    """Return the name of the file that lists the others; it is the last one to appear."""
    return f"{run.group_name}-{run.id}.manifest.json"


_UNFINISHED = (WriteState.PLANNED, WriteState.READING)


def _write_all(
    resources: Resources, run: ExportRun, files: Sequence[ExportFile]
) -> tuple[ExportRun, list[ExportFile]]:
    """Write all files in this process, from one snapshot."""

    def write(file: ExportFile) -> ExportFile:
        with resources.database.another() as ledger:
            return write_file(replace(resources, database=ledger), run, file)

    with held_snapshot(resources, run) as held, ThreadPoolExecutor(_AT_ONCE) as pool:
        run = replace(run, epoch=held.epoch, snapshot=held.name)
        writing = [pool.submit(write, file) for file in files]
        while wait(writing, _STIR_S).not_done:
            held.stir()
        return run, [future.result() for future in writing]


def _refuse(
    resources: Resources, group: Group, run: ExportRun, files: Sequence[ExportFile]
) -> None:
    """End the run if a file was refused that all others are nothing without.

    Raises:
        DataError: One was, or two files have one name.
    """
    names = Counter(piece.name.lower() for file in files for piece in file.pieces)
    if twice := next((name for name, count in names.items() if count > 1), None):
        raise DataError(f"{twice} would be written twice; nothing is published")
    for file in files:
        policy = nest_of(run, file.export).export.errors
        if file.state is WriteState.REFUSED and policy.on_error is OnError.REJECT_PACKAGE:
            message = f"{group.name} is not published: {file.export} was refused, {file.message}"
            _fail(resources, run, message)
            raise DataError(message)


def _fail(resources: Resources, run: ExportRun, message: str) -> None:
    """End a run whose files are not published, and remove what an attempt may have left of them.

    Raises:
        FencedError: Another attempt has published them, or is about to.
    """
    with resources.database.transaction() as ledger:
        exports.lock_export(ledger, run)
        exports.finish_export(ledger, run.id, ExportState.FAILED, [message])
        resources.store.clear(folder_of(run))
    forget_files(resources, run)


def _packed(
    resources: Resources, group: Group, run: ExportRun, files: Sequence[ExportFile]
) -> Piece | None:
    """Put all files into one archive, if they are published so."""
    pattern = group.publication.archive
    pieces = [piece for file in files for piece in file.pieces]
    if pattern is None or not pieces:
        return None
    name = name_of(group, run, group.exports[0], pattern)
    key = f"work/exports/{run.id}/{run.epoch}/{name}"
    hashed = Hashed(zipped(_members(resources, pieces), run.created_at))
    size = resources.store.write(key, hashed)
    rows = sum(piece.rows for piece in pieces)
    return Piece(name, key, rows, size, hashed.digest.hexdigest())


def _publish(
    resources: Resources, run: ExportRun, files: Sequence[ExportFile], archive: Piece | None
) -> None:
    """Put the files where they are published, and remember how far that is.

    The run is held meanwhile: two attempts never move files at once.

    Raises:
        FencedError: Another attempt was faster, or another snapshot counts by now.
    """
    with resources.database.transaction() as ledger:
        exports.lock_export(ledger, run)
        _clear(resources, run, files, archive)
        if archive is not None:
            archive = _moved(resources, run, archive)
        else:
            files = [
                replace(file, pieces=tuple(_moved(resources, run, piece) for piece in file.pieces))
                for file in files
            ]
        _put_manifest(resources, run, files, archive)
        exports.publish(ledger, run, files, archive)
        for file in files:
            export = nest_of(run, file.export).export
            if file.state is WriteState.WRITTEN and export.increment:
                name = export.remembered_as(run.params)
                exports.move_mark(ledger, run.group_name, name, file)


def _clear(
    resources: Resources, run: ExportRun, files: Sequence[ExportFile], archive: Piece | None
) -> None:
    """Remove what an attempt has left that read another snapshot, the manifest first."""
    folder = folder_of(run)
    resources.store.delete(f"{folder}/{manifest_name(run)}")
    pieces = [archive] if archive else [piece for file in files for piece in file.pieces]
    moved = {piece.name for piece in pieces if not resources.store.exists(piece.key)}
    for left in resources.store.files(folder):
        if left.name not in moved:
            resources.store.delete(left.key)


def _members(
    resources: Resources, pieces: Sequence[Piece]
) -> Iterator[tuple[str, Iterator[bytes]]]:
    for piece in pieces:
        with resources.store.open(piece.key) as stream:
            yield piece.name, _chunks(stream)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(_PIECE_BYTES):
        yield chunk


def _moved(resources: Resources, run: ExportRun, piece: Piece) -> Piece:
    key = f"{folder_of(run)}/{piece.name}"
    resources.store.move(piece.key, key)
    return replace(piece, key=key)


def _put_manifest(
    resources: Resources, run: ExportRun, files: Sequence[ExportFile], archive: Piece | None
) -> None:
    listed = [{"export": file.export, **_told(piece)} for file in files for piece in file.pieces]
    manifest = {
        "group": run.group_name,
        "run": run.id,
        "begun": run.created_at.isoformat(),
        "files": listed,
        "archive": _told(archive) if archive else None,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    resources.store.write(f"{folder_of(run)}/{manifest_name(run)}", [text.encode()])


def _told(piece: Piece) -> dict[str, object]:
    return {
        "name": piece.name,
        "rows": piece.rows,
        "bytes": piece.bytes,
        "sha256": piece.sha256,
    }
