"""Staging into the target, step by step: prepare, compare, apply.

The caller owns the transaction, decides between the steps whether to go on, and rolls back after
an exception. Errors of PostgreSQL come out as they are, see ``impex.storage.refusals``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from psycopg import Connection

from impex.domain.column import OnMissing
from impex.domain.group import OnDuplicate
from impex.domain.report import Counts
from impex.storage import (
    absence,
    application,
    comparison,
    creation,
    duplicates,
    faults,
    references,
    refusals,
)
from impex.storage.absence import Absence
from impex.storage.statements import Load, Statements


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the files of a descriptor say together.

    Attributes:
        repeated: Rows that do not count because their key is repeated, by the id of their file.
    """

    repeated: Mapping[int, int]
    absence: Absence


def prepare(connection: Connection, loads: Sequence[Load], unread: Sequence[str]) -> Prepared:
    """Hold the tables, and look at all staged files of a descriptor together.

    Imports into one table are serialised by an advisory lock that the transaction holds.

    Args:
        connection: In a transaction.
        loads: The files, in the order in which they are merged.
        unread: Names of files of the descriptor that could not be staged.

    Raises:
        FileFaultError: More rows are absent than may be; nothing is changed.
    """
    # Of the rows that are compared most are unchanged. PostgreSQL cannot know that: it expects that
    # handing them over costs more than the help of another process saves. One is help enough.
    connection.execute(
        "SELECT set_config('parallel_tuple_cost', '0', true), "
        "set_config('max_parallel_workers_per_gather', '1', true), "
        "pg_advisory_xact_lock(hashtextextended(name, 0)) "
        "FROM (SELECT unnest(%s::text[]) AS name ORDER BY 1) held",
        [[f"impex {table}" for table in _held(loads[0].statements)]],
    )
    absent = absence.find(connection, loads, unread)
    return Prepared(duplicates.find(connection, loads), absent)


def compare(
    connection: Connection, load: Load, place: int, prepared: Prepared
) -> tuple[Counts, int]:
    """Find out what the rows of a file would change, into the temporary table ``delta``.

    Args:
        connection: In the transaction of ``prepare``.
        load: The file.
        place: Of the file among those of the descriptor, from 1.
        prepared: What they say together.

    Returns:
        Rows rejected, skipped and unchanged; and how many are left to be applied.
    """
    statements, staged = load.statements, load.file.rows_staged or 0
    repeated = prepared.repeated.get(load.file.id, 0)
    taken = duplicates.others(statements, place) if repeated else None
    compared = comparison.make_delta(connection, load, taken)
    counts = Counts(unchanged=staged - repeated - compared)
    if statements.descriptor.on_duplicate is OnDuplicate.ERROR:
        counts += Counts(rejected=repeated)
    else:
        counts += Counts(skipped=repeated)
    if compared:
        sifted = _sift(connection, load)
        counts += sifted
        compared -= sifted.rejected + sifted.skipped + sifted.unchanged
    return counts, compared


def apply(
    connection: Connection,
    load: Load,
    *,
    with_absent: bool,
    allows: Callable[[int], bool] | None = None,
) -> tuple[Counts, list[str]]:
    """Apply what ``compare`` left, and journal every change.

    Args:
        connection: In the transaction of ``compare``.
        load: The file.
        with_absent: Whether absent rows go with this file.
        allows: Tells whether so many rows may be rejected because the table refuses them; without,
            one such row raises.

    Returns:
        Rows inserted, updated, deleted, absent and rejected; and what there is to say about it.

    Raises:
        DataError: A lookup cannot create its row.
    """
    if with_absent:
        absence.add_to_delta(connection, load.statements)
    notes = creation.create_missing(connection, load.statements, load.file.id)
    if allows:
        return refusals.apply_piecemeal(connection, load, allows), notes
    return application.apply(connection, load.statements, load.file.id), notes


def clear(connection: Connection) -> None:
    """Make room for the next file of the same transaction."""
    connection.execute("DROP TABLE IF EXISTS delta, placed")


def clear_all(connection: Connection) -> None:
    """Make room for the next descriptor of the same transaction."""
    connection.execute("DROP TABLE IF EXISTS delta, placed, repeated, absent")


def _held(statements: Statements) -> set[str]:
    """Name the tables that are written."""
    created = (
        lookup.table for _, lookup in statements.lookups if lookup.on_missing is OnMissing.CREATE
    )
    return {str(table) for table in (statements.descriptor.table, *created)}


def _sift(connection: Connection, load: Load) -> Counts:
    """Take rows out of the delta that cannot be applied, or change nothing after all."""
    statements, file_id = load.statements, load.file.id
    within = statements.self_lookups
    if within:
        references.resolve_within(connection, statements)
    counts = faults.take_out(connection, statements, file_id)
    if within:
        if counts.rejected or counts.skipped:
            counts += references.take_out_orphans(connection, statements, file_id)
        counts += Counts(unchanged=comparison.drop_unchanged(connection, statements))
    return counts
