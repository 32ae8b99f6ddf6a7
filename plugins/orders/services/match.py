"""Decides which exporter takes which flag, order by order."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog
from psycopg import Connection

from impex.storage.connection import Database
from orders.domain.chain import choose
from orders.domain.export_item import Item, ItemState, Part
from orders.domain.exporter import ApprovalPer, Exporter
from orders.services.chain import Chain, sending
from orders.storage import export_items, gates
from orders.storage.export_items import Step
from orders.storage.gates import Held

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 1000


def match(database: Database, chain: Chain, *, stop: Callable[[], bool]) -> Counter[ItemState]:
    """Give each flag whose turn it is to the exporter that takes it, by the state of its order now.

    What no exporter takes is unmatched, with the reasons, until a person decides. What needs an
    approval is held at a gate, with what its message would say. Orders that somebody else works on
    are left for the next time.

    Returns:
        How many items have got into which state.

    Raises:
        ConfigError: An exporter cannot be used.
        TransientError: The database failed; what was committed stays.
    """
    tally: Counter[ItemState] = Counter()
    past = 0
    database.be_repetitive()
    with database.transaction() as connection:
        export_items.forsake(connection, [exporter.name for exporter in chain.exporters])
    while not stop():
        with database.transaction() as connection:
            orders = export_items.claim(connection, chain.scope, past=past, limit=_AT_ONCE)
            if not orders:
                break
            items = export_items.waiting(connection, chain.scope, orders)
            tally.update(_match_some(connection, chain, items))
        past = orders[-1]
    log.info("matched", run=chain.run, **{state.value: n for state, n in sorted(tally.items())})
    return tally


def _match_some(connection: Connection, chain: Chain, items: Sequence[Item]) -> Counter[ItemState]:
    steps, taken = assign(chain, items)
    held = []
    for exporter, mine in taken:
        if exporter.approval is None:
            steps += sending(exporter, mine)
        else:
            held.append((exporter, mine))
    export_items.move(connection, steps, chain.run)
    tally = Counter(step.state for step in steps)
    for exporter, mine in held:
        tally.update(hold(connection, chain, exporter, mine))
    return tally


def assign(
    chain: Chain, items: Sequence[Item]
) -> tuple[list[Step], list[tuple[Exporter, list[Item]]]]:
    """Return where the items go that no exporter takes, and each exporter with those it takes."""
    unmatched: list[Step] = []
    taken: dict[str, tuple[Exporter, list[Item]]] = {}
    for item in items:
        chosen = choose(chain.exporters, item.flag, item.subject)
        if isinstance(chosen, Exporter):
            taken.setdefault(chosen.name, (chosen, []))[1].append(item)
        else:
            reason = _reason(item.flag, chosen)
            unmatched.append(Step(item.id, ItemState.UNMATCHED, reason=reason))
    return unmatched, list(taken.values())


def hold(
    connection: Connection, chain: Chain, exporter: Exporter, items: Sequence[Item]
) -> Counter[ItemState]:
    """Let items wait at gates, for orders that are locked; what nothing can be said of is dead."""
    written, dead = chain.write(connection, exporter, items)
    export_items.move(connection, dead, chain.run)
    seen = [(part, fingerprint(content.body)) for part, content in written]
    for group in _gates(exporter, seen):
        gates.open_gate(connection, exporter, chain.run, group)
    held = sum(len(part.items) for part, _ in seen)
    return Counter({ItemState.DEAD: len(dead), ItemState.HELD: held})


def fingerprint(body: bytes) -> bytes:
    """Return what tells whether a message still says what a person was shown."""
    return hashlib.sha256(body).digest()


def _gates(exporter: Exporter, seen: Sequence[tuple[Part, bytes]]) -> list[list[Held]]:
    """Return what waits at each gate."""
    groups: defaultdict[int, list[Held]] = defaultdict(list)
    single = exporter.approval is not None and exporter.approval.per is ApprovalPer.BATCH
    for part, shown in seen:
        for item in part.items:
            groups[0 if single else item.order_id].append(Held(item.id, shown))
    return list(groups.values())


def _reason(flag: str, refusals: Mapping[str, Sequence[str]]) -> str:
    """Say why no exporter takes a flag."""
    if not refusals:
        return f"no exporter takes {flag}"
    return "; ".join(f"{name}: {', '.join(reasons)}" for name, reasons in refusals.items())
