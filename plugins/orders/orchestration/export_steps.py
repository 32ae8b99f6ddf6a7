"""What the tasks of the chain of exporters run.

Flags, messages and decisions are in the tables; tasks pass names and numbers to each other. Heavy
imports wait until a task calls.
"""

import time
from typing import Any, Final

import structlog
from airflow.sdk import get_current_context

from impex.domain.errors import DataError
from impex.orchestration.run_reference import run_reference

TIME_LIMIT_S: Final = 600
GATES: Final = 200
"""So many gates a run asks about at most; Airflow maps no more than a thousand tasks."""

log = structlog.get_logger(__name__)


def begin() -> int:
    """Note that the run has begun, and let others ask what runs that are gone have asked.

    Returns:
        How many gates were rejected because their time was over.

    Raises:
        ConfigError: An exporter has faults.
        TransientError: The database failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.orchestration.order_chain import order_chain
    from orders.services.approve import reject_late
    from orders.storage import gates

    context = get_current_context()
    with own_database() as database:
        chain = order_chain(database, run_reference())
        with database.transaction() as connection:
            runs = gates.askers(connection)
            gone = [run for run in runs if not _is_running(context["ti"], run)]
            gates.forget_askers(connection, gone)
        return reject_late(database, chain)


def claim(exporters: list[str]) -> list[str]:
    """Give flags to exporters.

    Args:
        exporters: Names of those that work in this stage.

    Returns:
        Those of them that have something to send.

    Raises:
        ConfigError: An exporter has faults.
        TransientError: The database failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.orchestration.order_chain import order_chain
    from orders.services.match import match

    end = time.monotonic() + TIME_LIMIT_S
    with own_database() as database:
        chain = order_chain(database, run_reference())
        match(database, chain, stop=lambda: time.monotonic() > end)
        with database.transaction() as connection:
            busy = chain.busy(connection)
    return [name for name in exporters if name in busy]


def ask() -> list[int]:
    """Take gates that nobody asks about; return their numbers, for the tasks that will wait.

    Raises:
        TransientError: The database failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.storage import gates

    with own_database() as database, database.transaction() as connection:
        return gates.ask(connection, run_reference(), GATES)


def send(name: str) -> dict[str, int]:
    """Send what an exporter has taken; return how many attempts ended in which state.

    Raises:
        ConfigError: The exporter cannot be used.
        TransientError: The database failed; what was sent stays noted.
    """
    from impex.orchestration.wiring import own_database
    from orders.orchestration.order_chain import order_chain, route_to
    from orders.services.export_orders import export

    get_current_context()["label"] = name  # type: ignore[typeddict-unknown-key]
    end = time.monotonic() + TIME_LIMIT_S
    with own_database() as database:
        chain = order_chain(database, run_reference())
        exporter = chain.exporter(name)
        if exporter is None:
            return {}
        with route_to(exporter) as route:
            tally = export(database, chain, exporter, route, lambda: time.monotonic() > end)
    return {state.value: number for state, number in sorted(tally.items())}


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
    from orders.orchestration.order_chain import order_chain, route_to
    from orders.services.advance import advance
    from orders.services.approve import decide

    context = get_current_context()
    context["label"] = f"gate {gate}"  # type: ignore[typeddict-unknown-key]
    answer = answer_of(context)
    if answer is None:
        return ""
    end = time.monotonic() + TIME_LIMIT_S
    with own_database() as database:
        chain = order_chain(database, run_reference())
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
    """Check that nothing was lost, and tell how many items are where.

    Raises:
        DataError: Something does not add up, or a task of the run has failed.
        TransientError: The database failed.
    """
    from impex.orchestration.wiring import own_database
    from orders.orchestration.order_chain import order_chain
    from orders.services.reconcile import reconcile as check

    context = get_current_context()
    run = context["dag_run"]
    with own_database() as database:
        chain = order_chain(database, run_reference())
        counts = check(database, chain.run)
    log.info("reconciled", **{name: number for name, number in counts.items() if number})
    lost = context["ti"].get_ti_count(
        dag_id=run.dag_id, run_ids=[run.run_id], states=["failed", "upstream_failed"]
    )
    faults = [
        f"{counts[name]} items of this run are {name}; see python -m orders exports --state {name}"
        for name in ("unmatched", "uncertain", "dead")
        if counts[name]
    ]
    if lost:
        faults.append(f"tasks that failed: {lost}; what they left waits for the next run")
    if faults:
        raise DataError("\n".join(faults))
    return counts


def _is_running(task_instance: Any, run: str) -> bool:
    dag_id, _, run_id = run.partition("/")
    states = ["queued", "running"]
    return bool(task_instance.get_dr_count(dag_id=dag_id, run_ids=[run_id], states=states))
