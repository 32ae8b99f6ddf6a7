"""What the tasks of the feed DAG run.

What waits and what became of it is in the tables; tasks pass nothing to each other. Heavy imports
wait until a task calls.
"""

import time
from datetime import UTC, datetime

import structlog
from airflow.sdk import get_current_context

from impex.domain.errors import ConfigError, DataError
from impex.orchestration.counters import count
from impex.orchestration.run_reference import run_reference

# A run ends even if work never does, so that its settlement tells how things go.
TIME_LIMIT_S = 600

log = structlog.get_logger(__name__)


def place() -> int:
    """Place the drafts that nobody has tried to place; return how many were placed.

    Raises:
        TransientError: The database failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.domain.order import Cause
    from orders.services.place import place_drafts

    with own_database() as database:
        return place_drafts(database, Cause("placing", run=run_reference()), tried=False)


def collect() -> dict[str, int]:
    """Take in the rows of feeds' tables; return how many rows by feed.

    Raises:
        ConfigError: A feed has faults, or its table; the others were taken in before.
        TransientError: The database failed.
    """
    from impex.config.user_files import UserFiles
    from impex.orchestration.wiring import own_database
    from orders.config import feeds_directory, load_feeds
    from orders.services.collect import collect_all

    feeds = load_feeds(feeds_directory())
    with own_database() as database:
        sources = UserFiles.beside(feeds_directory()).sources
        rows, problems = collect_all(database, feeds, datetime.now(UTC), sources)
    log.info("collected", **rows)
    if problems:
        raise ConfigError(problems)
    return rows


def consume(number: int) -> dict[str, int]:
    """Apply events until none waits, beside the other consumers; return how many by state.

    Args:
        number: Of the consumer; what it works on is what the others leave.

    Raises:
        TransientError: The database failed; what was committed stays.
    """
    from impex.orchestration.wiring import own_database
    from orders.services.consume import consume as consume_events

    end = time.monotonic() + TIME_LIMIT_S
    with own_database() as database:
        tally = consume_events(database, run_reference(), stop=lambda: time.monotonic() > end)
    counts = {state.value: events for state, events in sorted(tally.states.items())}
    log.info("consumed", consumer=number, failures=tally.failures, issues=tally.issues, **counts)
    count("orders.events", counts)
    return counts


def settle() -> dict[str, int]:
    """Tell what the run has done: events by state, issues, and how long they took.

    Raises:
        DataError: Events have died of failures, or a task of the run has failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.services.settle import settlement

    context = get_current_context()
    run = context["dag_run"]
    with own_database() as database:
        done = settlement(database, run.start_date or run.run_after)
    log.info("settled", **done)
    lost = context["ti"].get_ti_count(
        dag_id=run.dag_id, run_ids=[run.run_id], states=["failed", "upstream_failed"]
    )
    faults = []
    if done["failed"]:
        hint = "see python -m orders inbox --state dead"
        faults.append(f"events that died as they failed again and again: {done['failed']}; {hint}")
    if lost:
        faults.append(f"tasks that failed: {lost}; what they left waits for the next run")
    if faults:
        raise DataError("\n".join(faults))
    return done
