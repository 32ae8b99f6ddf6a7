"""Staging into the target: duplicates, compare, lookups, one MERGE with its journal.

The caller owns the transaction; after an exception it must be rolled back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import Connection, errors, sql

from impex.domain.errors import DataError
from impex.domain.group import Descriptor, OnDuplicate, OnMissing
from impex.domain.job import PlannedFile
from impex.domain.report import Counts
from impex.storage.statements import Statements, staging_name


@dataclass(frozen=True, slots=True)
class Comparison:
    """What comparing staging with the target has found, before anything is changed.

    Attributes:
        staged: Rows in staging.
        rejected: Rows that cannot be applied; each has an issue.
        skipped: Rows that the descriptor's policies leave out; each has an issue.
        unchanged: Rows that the target holds already.
    """

    staged: int
    rejected: int
    skipped: int
    unchanged: int


def compare(
    connection: Connection, descriptor: Descriptor, statements: Statements, file: PlannedFile
) -> Comparison:
    """Find out what the rows of a staging table would change, into the temporary table ``delta``.

    Imports into one table are serialised by an advisory lock that the transaction holds.

    Args:
        connection: In a transaction.
        descriptor: Which policies hold.
        statements: Those of the descriptor.
        file: Staged.

    Raises:
        DataError: The rows cannot be compared with the target; names the rule they break.
    """
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"impex {descriptor.table}"]
    )
    connection.execute("DROP TABLE IF EXISTS repeated, delta")
    name, staged = file.staged_as or "", file.rows_staged or 0
    with _refusals_in_words(descriptor):
        repeated = _drop_repeated(connection, descriptor, statements, file.id, name)
        compared = connection.execute(statements.delta(name)).rowcount
        unresolved = _resolve(connection, statements, file.id)
    return Comparison(
        staged=staged,
        rejected=repeated.rejected + unresolved.rejected,
        skipped=repeated.skipped + unresolved.skipped,
        unchanged=staged - repeated.rejected - repeated.skipped - compared + unresolved.unchanged,
    )


def apply(
    connection: Connection, descriptor: Descriptor, statements: Statements, file_id: int
) -> Counts:
    """Apply the delta that ``compare`` left in the same transaction, and journal every change.

    Returns:
        Rows inserted and updated, as the MERGE itself counted them.

    Raises:
        DataError: A rule of the target table refuses the rows; names the rule.
    """
    with _refusals_in_words(descriptor):
        rows = connection.execute(
            statements.merge(), {"file": file_id, "table": str(descriptor.table)}
        ).fetchall()
    by_action: dict[str, int] = dict(rows)
    return Counts(inserted=by_action.get("INSERT", 0), updated=by_action.get("UPDATE", 0))


# What data can break: types and constraints, triggers, and keys too long for an index.
_REFUSALS = (
    errors.DataError,
    errors.IntegrityError,
    errors.RaiseException,
    errors.ProgramLimitExceeded,
)


@contextmanager
def _refusals_in_words(descriptor: Descriptor) -> Iterator[None]:
    """Say which rule of the table the data breaks."""
    try:
        yield
    except _REFUSALS as fault:
        text = f"{descriptor.table} refused the file: {fault.diag.message_primary}"
        detail = fault.diag.message_detail
        raise DataError(f"{text} ({detail})" if detail else text) from fault


def _drop_repeated(
    connection: Connection, descriptor: Descriptor, statements: Statements, file_id: int, name: str
) -> Counts:
    """Take rows out of staging whose key occurs more than once, as the policy says."""
    if connection.execute(statements.has_repeated(name)).fetchone() == (False,):
        return Counts()
    connection.execute(statements.repeated(name))
    keeps = {OnDuplicate.FIRST: "first_line", OnDuplicate.LAST: "last_line"}
    kept = keeps.get(descriptor.on_duplicate)
    if kept:
        connection.execute(
            sql.SQL("DELETE FROM repeated WHERE line = {}").format(sql.Identifier(kept))
        )
    connection.execute(
        "INSERT INTO impex.issue "
        "(file_id, effect, code, line, column_name, value, message, record_key) "
        "SELECT %(file)s, %(effect)s, 'duplicate_key', line, '', '', "
        "'the same key stands on lines ' || first_line || ' to ' || last_line, "
        "left(record_key, 200) FROM repeated ORDER BY line",
        {"file": file_id, "effect": "skipped" if kept else "rejected"},
    )
    gone = connection.execute(
        sql.SQL("DELETE FROM {} s USING repeated r WHERE r.line = s.line").format(
            staging_name(name)
        )
    ).rowcount
    return Counts(skipped=gone) if kept else Counts(rejected=gone)


def _resolve(connection: Connection, statements: Statements, file_id: int) -> Counts:
    """Take rows out of the delta whose lookups find nothing, then resolve those within the file.

    Taking out a parent may orphan its children in the same file, hence the repetition.
    """
    rejected = skipped = 0
    gone = -1
    while gone:
        gone = 0
        for number, column, lookup in statements.lookups:
            if lookup.on_missing is OnMissing.NULL:
                continue
            skips = lookup.on_missing is OnMissing.SKIP_ROW
            row = connection.execute(
                statements.drop_unresolved(number),
                {
                    "file": file_id,
                    "effect": "skipped" if skips else "rejected",
                    "column": column.origin,
                    "message": f"{lookup.table} has no row whose {lookup.by} is '{{}}'",
                },
            ).fetchone()
            count = row[0] if row else 0
            skipped += count if skips else 0
            rejected += 0 if skips else count
            gone += count
        if not statements.self_lookups:
            break
    unchanged = 0
    for number, by in statements.self_lookups:
        connection.execute(statements.resolve_within(number, by))
    if statements.self_lookups:
        unchanged = connection.execute(statements.drop_unchanged()).rowcount
    return Counts(skipped=skipped, rejected=rejected, unchanged=unchanged)
