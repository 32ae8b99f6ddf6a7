"""What the tasks of the chain of exporters run.

Flags, messages and decisions are in the tables; tasks pass names and numbers to each other. Heavy
imports wait until a task calls.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import structlog
from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from impex.domain.errors import DataError
from impex.orchestration.counters import count
from impex.orchestration.run_reference import run_reference
from orders.domain.export_item import ItemState
from orders.orchestration.settings import GATE_LABEL

if TYPE_CHECKING:
    from impex.storage.connection import Database
    from orders.services.chain import Chain

TIME_LIMIT_S: Final = 600
GATES: Final = 200
"""So many gates a run asks about at most; Airflow maps no more than a thousand tasks."""

ALL_FLAGS: Final = "all flags"
"""What a person chooses who wants no flag in particular."""

log = structlog.get_logger(__name__)


def begin() -> int:
    """Note that the run has begun, and let others ask what runs that are gone have asked.

    Returns:
        How many gates were rejected because their time was over.

    Raises:
        ConfigError: An exporter has faults.
        DataError: There is no such order as the run is about.
        TransientError: The database failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.services.approve import reject_late
    from orders.storage import gates

    context = get_current_context()
    with own_database() as database:
        chain = _chain(database)
        if context["params"]["dry_run"]:
            return 0
        with database.transaction() as connection:
            runs = gates.askers(connection)
            gone = [run for run in runs if not _is_running(context["ti"], run)]
            gates.forget_askers(connection, gone)
        return reject_late(database, chain)


def preview() -> dict[str, int]:
    """Show what the run would send, in the file ``previews/RUN.zip`` of the file store.

    Returns:
        How many messages, and how many flags that would not go on.

    Raises:
        AirflowSkipException: The run is no dry one.
        ConfigError: An exporter has faults.
        TransientError: The database or the file store failed.
    """
    from impex.orchestration.wiring import resources
    from orders.services.preview import preview as look_ahead
    from orders.services.preview_archive import PREVIEWS, archive

    params = get_current_context()["params"]
    if not params["dry_run"]:
        raise AirflowSkipException("only a dry run shows what it would send")
    with resources() as opened:
        chain = _chain(opened.database)
        found = look_ahead(opened.database, chain)
        key = f"{PREVIEWS}/{chain.run}.zip"
        opened.store.write(key, archive(found, datetime.now(UTC)))
    counts = {"messages": len(found.messages), "left": len(found.left), "orders": found.orders}
    log.info("nothing was sent; what would be is in a file of the file store", file=key, **counts)
    return counts


def claim(exporters: list[str]) -> list[str]:
    """Give flags to exporters.

    Args:
        exporters: Names of those that work in this stage.

    Returns:
        Those of them that have something to send; none in a dry run.

    Raises:
        ConfigError: An exporter has faults.
        TransientError: The database failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.services.match import match

    params = get_current_context()["params"]
    if params["dry_run"]:
        return []
    end = time.monotonic() + TIME_LIMIT_S
    with own_database() as database:
        chain = _chain(database)
        match(database, chain, stop=lambda: time.monotonic() > end)
        with database.transaction() as connection:
            busy = chain.busy(connection)
    return [name for name in exporters if name in busy]


def ask() -> list[int]:
    """Take gates that nobody asks about; return their numbers, for the tasks that will wait.

    A dry run takes none.

    Raises:
        TransientError: The database failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.storage import gates

    if get_current_context()["params"]["dry_run"]:
        return []
    with own_database() as database, database.transaction() as connection:
        return gates.ask(connection, run_reference(), GATES)


def send(name: str) -> dict[str, int]:
    """Send what an exporter has taken; return how many attempts ended in which state.

    Raises:
        ConfigError: The exporter cannot be used.
        TransientError: The database failed; what was sent stays noted.
    """
    from impex.orchestration.wiring import own_database
    from orders.orchestration.order_chain import route_to
    from orders.services.export_orders import export

    context = get_current_context()
    context["label"] = name  # type: ignore[typeddict-unknown-key]
    end = time.monotonic() + TIME_LIMIT_S
    with own_database() as database:
        chain = _chain(database)
        exporter = chain.exporter(name)
        if exporter is None:
            return {}
        with route_to(exporter) as route:
            tally = export(database, chain, exporter, route, lambda: time.monotonic() > end)
    counts = {state.value: number for state, number in sorted(tally.items())}
    count("orders.messages", counts, exporter=name)
    return counts


def settle_gate(gate: int) -> str:
    """Read what was said of a gate, decide by it, and let what was approved go on.

    The table is the truth: a second decision changes nothing.

    Returns:
        The decision that counts; empty while there is none.

    Raises:
        ConfigError: An exporter has faults.
        TransientError: The database failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.orchestration.answers import answer_of
    from orders.orchestration.order_chain import route_to
    from orders.services.advance import advance
    from orders.services.approve import decide

    context = get_current_context()
    context["label"] = GATE_LABEL.format(gate)  # type: ignore[typeddict-unknown-key]
    answer = answer_of(context)
    if answer is None:
        return ""
    end = time.monotonic() + TIME_LIMIT_S
    with own_database() as database:
        chain = _chain(database)
        found = decide(database, chain, gate, *answer)
        advance(
            database,
            chain,
            route_to,
            lambda: time.monotonic() > end,
        )
    log.info("decided", gate=gate, decision=str(found.decision), by=found.actor)
    return str(found.decision or "")


def reconcile() -> dict[str, int]:
    """Check that nothing of the run was lost, and tell how many items are where.

    Raises:
        DataError: Something does not add up, or a task of the run has failed.
        TransientError: The database failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.services.reconcile import reconcile_run, unacknowledged

    context = get_current_context()
    run = context["dag_run"]
    with own_database() as database:
        counts = _told(reconcile_run(database, run_reference()))
        log.info("counted", unacknowledged=unacknowledged(database))
    lost = context["ti"].get_ti_count(
        dag_id=run.dag_id, run_ids=[run.run_id], states=["failed", "upstream_failed"]
    )
    faults = [
        f"{counts[name]} items of this run are {name}; see python -m orders exports --state {name}"
        for name in ("unmatched", "uncertain", "dead")
        if counts.get(name)
    ]
    if lost:
        faults.append(f"tasks that failed: {lost}; what they left waits for the next run")
    if faults:
        raise DataError("\n".join(faults))
    return counts


def reconcile_all() -> dict[str, int]:
    """Check that nothing was ever lost, and tell how many items are where.

    Raises:
        DataError: Something does not add up.
        TransientError: The database failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.services.reconcile import reconcile_all as check

    with own_database() as database:
        return _told(check(database))


def _chain(database: "Database") -> "Chain":
    """Return the exporters, for what the run is about."""
    from orders.orchestration.order_chain import order_chain

    params = get_current_context()["params"]
    flag = "" if params["flag"] == ALL_FLAGS else params["flag"]
    return order_chain(database, run_reference(), params["order"] or "", flag)


def _told(balance: Mapping[ItemState, int]) -> dict[str, int]:
    """Tell what there is."""
    counts = {state.value: number for state, number in balance.items() if number}
    log.info("reconciled", **counts)
    return counts


def _is_running(task_instance: Any, run: str) -> bool:
    dag_id, _, run_id = run.partition("/")
    states = ["queued", "running"]
    return bool(task_instance.get_dr_count(dag_id=dag_id, run_ids=[run_id], states=states))
