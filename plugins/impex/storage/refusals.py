"""Rows that a rule of the target refuses: the rule in words, and the rows one by one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from psycopg import Connection, errors, sql

from impex.domain.errors import DataError
from impex.domain.group import Descriptor
from impex.domain.issue_codes import Code
from impex.domain.issues import VALUE_LIMIT, Effect
from impex.domain.report import Counts
from impex.storage.application import apply, order
from impex.storage.statements import Load, Statements

# What data can break: types and constraints, triggers, keys too long for an index, and keys that
# only the table takes for the same.
_REFUSALS = (
    errors.CardinalityViolation,
    errors.DataError,
    errors.IntegrityError,
    errors.RaiseException,
    errors.ProgramLimitExceeded,
)
# A refused row among a million is found with some forty of them.
_TRIES = 1000


@contextmanager
def in_words(descriptor: Descriptor) -> Iterator[None]:
    """Say which rule of the table the data breaks.

    Raises:
        DataError: It breaks one.
    """
    try:
        yield
    except _REFUSALS as fault:
        raise DataError(
            f"{descriptor.table} refused the file: {_rule(fault, descriptor)}"
        ) from fault


def check_at_once(connection: Connection) -> None:
    """Let rules that PostgreSQL would check at the end of the transaction be checked at once."""
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


def apply_piecemeal(connection: Connection, load: Load, allows: Callable[[int], bool]) -> Counts:
    """Apply the delta but for the rows that the table refuses; each of those has an issue.

    An absent row that cannot go stays.

    Args:
        connection: In the transaction that has made the delta.
        load: The file.
        allows: Tells whether so many rows may be rejected.

    Returns:
        Rows inserted, updated, deleted, absent and rejected.

    Raises:
        psycopg.Error: More rows are refused than may be, or than can be told apart.
    """
    pieces = _Pieces(connection, load)
    pieces.apply()
    pieces.apply_again()
    counts = pieces.counts
    for place, fault in sorted(pieces.refused.items()):
        counts += _reject(connection, load, place, fault)
        if not allows(counts.rejected):
            raise fault
    return counts


class _Pieces:
    """A delta that is halved until what the table refuses of it are single rows.

    Attributes:
        counts: What was applied.
        refused: Places of refused rows, and why.
    """

    def __init__(self, connection: Connection, load: Load) -> None:
        self.counts = Counts()
        self.refused: dict[int, errors.Error] = {}
        self._connection = connection
        self._load = load
        # Rows that refer to each other go in together.
        self._tries = 1 if load.statements.self_lookups else _TRIES

    def apply(self) -> None:
        """Apply all that can be applied in the order of the rows."""
        waiting = [(1, _number_rows(self._connection, self._load.statements))]
        while waiting:
            first, last = waiting.pop()
            fault = self._try(first, last)
            if fault is None:
                continue
            if first == last:
                self.refused[first] = fault
            elif self._tries > 0:
                middle = (first + last) // 2
                waiting += [(middle + 1, last), (first, middle)]
            else:
                raise fault

    def apply_again(self) -> None:
        """Try refused rows again, as long as that helps: another may have made room meanwhile."""
        before = 0
        while self.refused and len(self.refused) != before and self._tries > 0:
            before = len(self.refused)
            tried = {place: self._try(place, place) for place in self.refused}
            self.refused = {place: fault for place, fault in tried.items() if fault}

    def _try(self, first: int, last: int) -> errors.Error | None:
        """Apply some rows, or none and return why."""
        self._tries -= 1
        piece = sql.SQL("(SELECT * FROM placed WHERE place BETWEEN {} AND {})").format(first, last)
        try:
            with self._connection.transaction():
                self.counts += apply(
                    self._connection, self._load.statements, self._load.file.id, piece
                )
        except _REFUSALS as fault:
            return fault
        return None


def _number_rows(connection: Connection, statements: Statements) -> int:
    """Give the rows of the delta their places in the order in which they are applied."""
    rows = connection.execute(
        sql.SQL(
            "CREATE TEMP TABLE placed ON COMMIT DROP AS "
            "SELECT row_number() OVER (ORDER BY {}) AS place, d.* FROM delta d"
        ).format(order(statements)),
        {},
    ).rowcount
    connection.execute("CREATE INDEX ON placed (place)")
    return rows


def _reject(connection: Connection, load: Load, place: int, fault: errors.Error) -> Counts:
    """Write the issue of a refused row; an absent row is none of the file."""
    statements = load.statements
    rule, table = _rule(fault, statements.descriptor), statements.descriptor.table
    absent = "d.absent" if statements.judges_absence else "false"
    row = connection.execute(
        sql.SQL(
            "INSERT INTO impex.issue "
            "(file_id, effect, code, line, column_name, value, message, record_key) "
            "SELECT %(file)s, CASE WHEN {absent} THEN %(skipped)s ELSE %(rejected)s END, "
            "%(code)s, line, '', '', CASE WHEN {absent} THEN %(stays)s ELSE %(refused)s END, "
            "left(CASE WHEN {absent} THEN {key_of_absent} ELSE {key} END, %(limit)s) "
            "FROM placed d WHERE place = %(place)s RETURNING effect"
        ).format(
            absent=sql.SQL(absent),
            key=statements.record_key("d"),
            key_of_absent=statements.absent_key("d"),
        ),
        {
            "file": load.file.id,
            "skipped": Effect.SKIPPED.value,
            "rejected": Effect.REJECTED.value,
            "code": Code.ROW_REFUSED.value,
            "stays": f"{table} keeps the row, which the file does not have: {rule}",
            "refused": f"{table} refused the row: {rule}",
            "limit": VALUE_LIMIT,
            "place": place,
        },
    ).fetchone()
    return Counts(rejected=int(row == (Effect.REJECTED.value,)))


def _rule(fault: errors.Error, descriptor: Descriptor) -> str:
    """Return PostgreSQL's own words; the values that it adds are left out if some are personal."""
    text, detail = fault.diag.message_primary or str(fault), fault.diag.message_detail
    personal = any(column.pii for column in descriptor.columns)
    return f"{text} ({detail})" if detail and not personal else text
