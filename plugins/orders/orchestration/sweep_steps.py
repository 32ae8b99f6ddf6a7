"""What the tasks run that move orders by time, and that remove what was kept long enough.

Heavy imports wait until a task calls.
"""

from dataclasses import asdict
from datetime import UTC, datetime

import structlog

from impex.orchestration.run_reference import run_reference
from orders.orchestration.settings import days_of_messages, days_of_raw_events

log = structlog.get_logger(__name__)


def sweep() -> dict[str, int]:
    """Move what waited for a date or for stock; let events die that have waited too long.

    Raises:
        TransientError: The database failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.domain.order import Cause
    from orders.services.sweep import sweep as sweep_orders

    with own_database() as database:
        swept = sweep_orders(
            database, datetime.now(UTC).date(), Cause("sweep", run=run_reference())
        )
    log.info("swept", **asdict(swept))
    return asdict(swept)


def place_again() -> int:
    """Try again to place the drafts that there was no stock for; return how many were placed.

    Raises:
        TransientError: The database failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.domain.order import Cause
    from orders.services.place import place_drafts

    with own_database() as database:
        return place_drafts(database, Cause("placing", run=run_reference()))


def notice_overdue() -> int:
    """Note what has been in a state for too long, each stay once; return how many.

    Raises:
        ConfigError: The file has faults.
        TransientError: The database failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.config.clocks import clocks_file, load_clocks
    from orders.services.clocks import notice_overdue as notice

    clocks = load_clocks(clocks_file())
    with own_database() as database:
        return notice(database, clocks)


def remove_raw_events() -> int:
    """Remove the bytes of events that were kept long enough; return how many events.

    Raises:
        TransientError: The database failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.services.retention import remove_raw_events as remove

    with own_database() as database:
        return remove(database, days_of_raw_events())


def remove_previews() -> int:
    """Remove what dry runs of the exporters have shown a day ago; return how many files.

    Raises:
        TransientError: The file store failed.
    """
    from impex.orchestration.wiring import resources
    from orders.services.retention import remove_previews as remove

    with resources() as opened:
        return remove(opened.store, datetime.now(UTC))


def remove_sent_messages() -> int:
    """Remove the bytes of messages that were kept long enough; return of how many.

    Raises:
        TransientError: The database failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.services.retention import remove_sent_messages as remove

    with own_database() as database:
        return remove(database, days_of_messages())
