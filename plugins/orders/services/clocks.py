"""Notes what has been in a state for longer than its clock allows."""

from collections.abc import Iterable

import structlog

from impex.storage.connection import Database
from orders.domain.clock import Clock
from orders.storage import clocks as book

log = structlog.get_logger(__name__)


def notice_overdue(database: Database, clocks: Iterable[Clock]) -> int:
    """Note every stay that has become too long, once; a later stay in the same state is another.

    Returns:
        How many were noted.
    """
    noted = 0
    for clock in clocks:
        with database.transaction() as connection:
            number = book.notice(connection, clock)
        if number:
            log.warning("overdue", machine=clock.machine.value, state=clock.state, noted=number)
        noted += number
    return noted
