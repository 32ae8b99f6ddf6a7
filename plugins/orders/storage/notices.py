"""How far notices have come, and what there is to tell."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from psycopg import Connection

from impex.storage.named_queries import queries
from orders.domain.notice import Move, Stuck, StuckState
from orders.domain.states import Machine

_SQL = queries("notices", "orders.storage")

_WAIT: Final = "SET LOCAL lock_timeout = '5s'"


def last_move(connection: Connection) -> int:
    """Return the number of the last move of the history, behind which no lower one is to come.

    For the moment of the transaction nobody moves orders: a move of a lower number, whose
    transaction has not ended, would never be told.
    """
    connection.execute(_WAIT)
    connection.execute("LOCK TABLE orders.history IN SHARE MODE")
    connection.execute(_SQL["begin"])
    ((last,),) = connection.execute(_SQL["end"]).fetchall()
    return int(last)


def lock_cursor(connection: Connection) -> int:
    """Return up to which move notices are written; nobody else writes any until the transaction ends."""
    connection.execute(_WAIT)
    ((position,),) = connection.execute(_SQL["lock"]).fetchall()
    return int(position)


def move_cursor(connection: Connection, upto: int) -> None:
    """Note that notices are written up to a move."""
    connection.execute(_SQL["move_cursor"], {"upto": upto})


def moves(
    connection: Connection,
    between: tuple[int, int],
    states: Collection[tuple[Machine, str]],
    limit_s: float,
) -> list[Move]:
    """Return moves of a part of the history, in their order.

    Args:
        connection: In a transaction.
        between: The number before the first one, and the last one.
        states: Only moves into these.
        limit_s: Only moves of the last so many seconds.
    """
    values = {
        "past": between[0],
        "upto": between[1],
        "states": [f"{machine}.{state}" for machine, state in states],
        "limit_s": limit_s,
    }
    return _moves(connection, "moves", values)


def untold_stays(connection: Connection, limit_s: float, limit: int) -> list[Move]:
    """Return stays that were noted as too long and not told, each locked for this transaction."""
    return _moves(connection, "untold", {"limit_s": limit_s, "limit": limit})


def tell_stays(connection: Connection, stays: Sequence[Move]) -> None:
    """Note that stays are told."""
    connection.execute(_SQL["tell"], {"ids": [stay.id for stay in stays]})


def tell_stuck(
    connection: Connection,
    states: Collection[StuckState],
    limit_s: float,
    *,
    again: bool,
    limit: int,
) -> list[Stuck]:
    """Note that people are told of exports that stand still; return them.

    Args:
        connection: In a transaction, in which they are told.
        states: Where they stand.
        limit_s: Only what stands for less than so many seconds, and was not told.
        again: Instead, what waits at a gate, and is to be told again.
        limit: So many of each shop and state are returned at most.
    """
    values = {
        "states": [state.value for state in states],
        "limit_s": limit_s,
        "again": again,
        "limit": limit,
    }
    return [
        Stuck(item, StuckState(state), *rest)
        for item, state, *rest in connection.execute(_SQL["tell_stuck"], values)
    ]


def _moves(connection: Connection, name: str, values: dict[str, Any]) -> list[Move]:
    return [
        Move(number, order_id, delivery_id, Machine(machine), *rest)
        for number, order_id, delivery_id, machine, *rest in connection.execute(_SQL[name], values)
    ]
