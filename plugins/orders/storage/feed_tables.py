"""Reads the tables that other systems write, row by row, each once."""

from collections.abc import Sequence
from typing import NamedTuple

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier

from impex.storage.named_queries import queries
from orders.domain.feed import Table

_SQL = queries("feed_tables", "orders.storage")

_LOCK = SQL("LOCK TABLE {table} IN SHARE MODE")
_ROWS = SQL(
    "SELECT t.{cursor}::text, to_jsonb(t)::text FROM {table} AS t "
    "WHERE {condition} ORDER BY t.{cursor} LIMIT %(limit)s"
)
_MORE = SQL("SELECT EXISTS (SELECT FROM {table} AS t WHERE {condition})")
_FIRST = SQL("t.{cursor} IS NOT NULL")
_BEHIND = SQL("t.{cursor} > %(position)s")


class Row(NamedTuple):
    """A row or message: where its source has it, and its contents."""

    position: str
    body: bytes


def next_rows(connection: Connection, feed: str, table: Table, limit: int) -> list[Row]:
    """Return the rows behind the last one that was taken, in the order of the cursor.

    Until the end of the transaction nobody writes to the table, and no other collector of the feed
    goes on: a row of a lower number, whose transaction has not ended, would be missed for ever.

    Args:
        connection: In a transaction.
        feed: Name of the feed.
        table: What to read.
        limit: How many rows at most.
    """
    position = lock_position(connection, feed)
    connection.execute(_LOCK.format(table=_name(table)))
    statement = _ROWS.format(
        table=_name(table), cursor=Identifier(table.cursor), condition=_behind(table, position)
    )
    found = connection.execute(statement, {"position": position, "limit": limit})
    return [Row(at, body.encode()) for at, body in found]


def lock_position(connection: Connection, feed: str) -> str | None:
    """Return how far a feed has come; until the transaction ends no other collector goes on."""
    connection.execute("SET LOCAL lock_timeout = '5s'")
    connection.execute(_SQL["begin"], {"feed": feed})
    ((position,),) = connection.execute(_SQL["lock_position"], {"feed": feed}).fetchall()
    return None if position is None else str(position)


def has_more(connection: Connection, feed: str, table: Table) -> bool:
    """Tell whether there are rows behind the last one that was taken; locks nothing."""
    row = connection.execute(_SQL["position"], {"feed": feed}).fetchone()
    position = row[0] if row else None
    statement = _MORE.format(table=_name(table), condition=_behind(table, position))
    ((found,),) = connection.execute(statement, {"position": position}).fetchall()
    return bool(found)


def move_cursor(connection: Connection, feed: str, position: str) -> None:
    """Note that everything up to a position is taken."""
    connection.execute(_SQL["move"], {"feed": feed, "position": position})


def keep_refusals(
    connection: Connection, feed: str, refused: Sequence[tuple[Row, str, str]]
) -> None:
    """Keep rows that cannot be taken, each with the place and the reason."""
    for row, place, reason in refused:
        body = row.body.decode(errors="replace").replace("\0", "")
        values = {"feed": feed, "position": row.position, "body": body}
        values |= {"place": place, "reason": reason}
        connection.execute(_SQL["keep_refusal"], values)


def _name(table: Table) -> Identifier:
    return Identifier(*table.name.split("."))


def _behind(table: Table, position: str | None) -> Composed:
    condition = _FIRST if position is None else _BEHIND
    return condition.format(cursor=Identifier(table.cursor))
