"""Messages as rows of a table that another system reads."""

from typing import Final, LiteralString

import psycopg
from psycopg import errors, sql

from impex.domain.errors import ConfigError, TransientError
from impex.storage.connection import Database
from orders.domain.outbox import Answer, Message, Outcome, Target
from orders.targets.wording import printable

CONTRACT: Final = """\
CREATE TABLE {} (
    key text PRIMARY KEY,
    recipient text NOT NULL,
    content_type text NOT NULL,
    body bytea NOT NULL,
    sent_at timestamptz NOT NULL DEFAULT now()
);
"""
"""What the table must have; ``{}`` stands for its name.

The body may be text or jsonb as well. Further columns are welcome if they have a default.
"""

_COLUMNS: Final = ("key", "recipient", "content_type", "body")
_BODIES: Final[dict[str, LiteralString]] = {
    "bytea": "%(body)s::bytea",
    "text": "%(body)s::text",
    "jsonb": "%(body)s::jsonb",
}
# Whoever locks the table must not hold us up for ever.
_PATIENCE: Final = sql.SQL("SET LOCAL statement_timeout = '30s'")
_FIND_COLUMNS: Final = sql.SQL(
    "SELECT attname::text, atttypid::regtype::text FROM pg_catalog.pg_attribute "
    "WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped"
)
_FIND: Final = sql.SQL("SELECT 1 FROM {table} WHERE key = %(key)s")
_COMPARE: Final = sql.SQL("SELECT body = {body} FROM {table} WHERE key = %(key)s")
_INSERT: Final = sql.SQL(
    "INSERT INTO {table} (key, recipient, content_type, body) "
    "VALUES (%(key)s, %(recipient)s, %(content_type)s, {body}) "
    "ON CONFLICT (key) DO NOTHING RETURNING 1"
)


class _MisfitError(Exception):
    """The table is not what the contract says; the message says how."""


class TableTarget(Target):
    """Inserts a row for each message; one that is there is never changed."""

    def __init__(self, database: Database, schema: str, table: str) -> None:
        """Write there.

        Args:
            database: Of the receiver, or our own; the target closes it.
            schema: As it is written in the catalog.
            table: The same; see ``CONTRACT``.
        """
        self._database = database
        self._name = f"{schema}.{table}"
        self._table = sql.Identifier(schema, table)
        self._type = ""

    @property
    def repeatable(self) -> bool:
        """The key is unique."""
        return True

    def send(self, message: Message) -> Answer:
        """Insert the row, unless it is there already."""
        complete = False
        try:
            with self._database.transaction() as connection:
                answer = self._insert(connection, message)
                complete = True
        except TransientError as fault:
            # Only the answer to the COMMIT can be lost without knowing what it was.
            outcome = Outcome.UNKNOWN if complete else Outcome.UNREACHED
            return Answer(outcome, printable(str(fault)))
        except (ConfigError, _MisfitError, UnicodeDecodeError, psycopg.Error) as fault:
            return Answer(Outcome.REFUSED, self._refused(fault))
        return answer

    def probe(self, message: Message) -> Answer | None:
        """Look for the key."""
        try:
            with self._database.transaction() as connection:
                connection.execute(_PATIENCE)
                found = connection.execute(
                    _FIND.format(table=self._table), {"key": message.key}
                ).fetchone()
        except (ConfigError, TransientError, psycopg.Error):
            return None
        if found:
            return Answer(Outcome.SENT, f"The row is in {self._name}.")
        return Answer(Outcome.UNREACHED, f"There is no such row in {self._name}.")

    def close(self) -> None:
        """Close the connection."""
        self._database.close()

    def _insert(self, connection: psycopg.Connection, message: Message) -> Answer:
        connection.execute(_PATIENCE)
        self._type = self._type or self._fitting(connection)
        names = {"table": self._table, "body": sql.SQL(_BODIES[self._type])}
        values = {
            "key": message.key,
            "recipient": message.recipient,
            "content_type": message.content_type,
            "body": message.body if self._type == "bytea" else message.body.decode(),
        }
        if connection.execute(_INSERT.format(**names), values).fetchone():
            return Answer(Outcome.SENT, f"The row is inserted into {self._name}.")
        same = connection.execute(_COMPARE.format(**names), values).fetchone()
        if same is None:
            text = f"The row was in {self._name} and is gone: somebody deletes from it."
            return Answer(Outcome.UNREACHED, text)
        if same[0]:
            return Answer(Outcome.SENT, f"The row is in {self._name} already.")
        text = f"{self._name} has another body under this key, and it stays as it is."
        return Answer(Outcome.REFUSED, text)

    def _fitting(self, connection: psycopg.Connection) -> str:
        """Return the type of the body.

        Raises:
            _MisfitError: There is no such table, it lacks columns, or the body has another type.
        """
        name = self._table.as_string(connection)
        types: dict[str, str] = dict(connection.execute(_FIND_COLUMNS, [name]).fetchall())
        if not types:
            raise _MisfitError(f"There is no table {self._name}.")
        if missing := [column for column in _COLUMNS if column not in types]:
            raise _MisfitError(f"The table {self._name} has no column {', '.join(missing)}.")
        if types["body"] not in _BODIES:
            raise _MisfitError(f"The column body of {self._name} is {types['body']}.")
        return types["body"]

    def _refused(self, fault: Exception) -> str:
        if isinstance(fault, UnicodeDecodeError):
            return f"The body is not UTF-8, as the column body of {self._name} needs it."
        if isinstance(fault, errors.InvalidColumnReference):
            fault = _MisfitError(f"The column key of {self._name} is not unique.")
        if isinstance(fault, psycopg.Error):
            return f"The table {self._name} refuses: {_named(fault)}."
        if isinstance(fault, _MisfitError):
            contract = CONTRACT.format(self._table.as_string())
            return f"{fault} It must be: {' '.join(contract.split())}"
        return printable(str(fault))


def _named(fault: psycopg.Error) -> str:
    """Name a fault without its message, which may show values of the row."""
    where = fault.diag.constraint_name or fault.diag.column_name
    name = f"{type(fault).__name__} ({fault.sqlstate})"
    return f"{name} of {where}" if where else name
