"""The commands about exports: what became of flags, gates, and orders on hold."""

import getpass
import json
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace

from impex.cli.places import resources
from impex.cli.running import DONE, REJECTED
from impex.domain.errors import DataError
from impex.services.resources import Resources
from orders.cli.person import me
from orders.cli.tables import LISTED, print_rows
from orders.config import exporters_directory
from orders.domain.export_item import ItemState
from orders.services.approve import decide
from orders.services.chain import Chain
from orders.services.holds import hold, release
from orders.services.open_chain import open_chain, scope_of, view_chain
from orders.services.preview import MOST, preview
from orders.storage import export_items, gates
from orders.storage.gates import Decision


def _exports(options: Namespace) -> int:
    """Count or list items."""
    states = [ItemState(state) for state in options.state or ()]
    with resources() as opened, opened.database.transaction() as connection:
        rows = (
            export_items.listed(connection, states, LISTED)
            if states
            else export_items.counts(connection)
        )
    print_rows("exports", rows, as_json=options.json)
    return DONE


def _preview(options: Namespace) -> int:
    """Show what would be sent, and send nothing."""
    with resources() as opened:
        scope = scope_of(opened.database, options.order, options.flag)
        chain = replace(chain_by_hand(opened), scope=scope)
        _check_flag(chain, scope.flag)
        found = preview(opened.database, chain)
    if options.json:
        print(json.dumps(asdict(found), default=_text, ensure_ascii=False, indent=2))
        return DONE
    for shown in found.messages:
        fate = "would wait for approval" if shown.approval else "would be sent"
        about = f"{shown.exporter} ({shown.kind}) to {shown.recipient or '-'}"
        print(f"== {shown.flag} of {' '.join(shown.orders)}: {about} {fate}")
        print(shown.body.decode(errors="replace"))
    for left in found.left:
        print(f"== {left.flag} of {left.order} would be {left.state}: {left.reason}")
    more = f", of the first {MOST} orders" if found.orders == MOST else ""
    print(f"Messages: {len(found.messages)}, flags that would not go on: {len(found.left)}{more}")
    return DONE


def _check_flag(chain: Chain, flag: str) -> None:
    known = sorted({exporter.flag for exporter in chain.exporters})
    if flag and flag not in known:
        raise DataError(f"no exporter takes the flag {flag!r}; they take {', '.join(known)}")


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _rematch(options: Namespace) -> int:
    """Let items wait for an exporter again."""
    return _reopen(options, ItemState.WAITING, "Waiting again")


def _drop(options: Namespace) -> int:
    """Let items never be exported."""
    return _reopen(options, ItemState.DISCARDED, "Discarded")


def _gates(options: Namespace) -> int:
    """List gates that nobody has decided about."""
    with resources() as opened, opened.database.transaction() as connection:
        rows = gates.open_gates(connection, LISTED)
    print_rows("gates", rows, as_json=options.json)
    return DONE


def _gate(options: Namespace) -> int:
    """Show what waits at a gate, and what would be sent."""
    with resources() as opened:
        chain = view_chain(exporters_directory(), opened.user_files)
        with opened.database.transaction() as connection:
            found = gates.gate(connection, options.gate)
            rows = gates.at_gate(connection, options.gate, LISTED)
            exporter = chain.exporter(found.exporter) if found else None
            items = export_items.items_at_gate(connection, options.gate)
            written = chain.write(connection, exporter, items)[0] if exporter else []
    if found is None:
        raise DataError(f"there is no gate {options.gate}")
    if found.decision is not None:
        print(f"{found.decision} by {found.actor}: {found.reason}")
        return DONE
    print_rows(f"gate {options.gate}: {found.exporter}", rows, as_json=options.json)
    for _, content in () if options.json else written[:LISTED]:
        print(content.body.decode(errors="replace"))
    return DONE


def _approve(options: Namespace) -> int:
    """Approve what waits at a gate."""
    return _decide(options, Decision.APPROVED)


def _reject(options: Namespace) -> int:
    """Reject what waits at a gate."""
    return _decide(options, Decision.REJECTED)


def _decide(options: Namespace, decision: Decision) -> int:
    cause = me(options.reason)
    with resources() as opened:
        chain = chain_by_hand(opened)
        found = decide(opened.database, chain, options.gate, decision, cause)
    print(f"Gate {options.gate}: {found.decision} by {found.actor}")
    return DONE if found.decision is decision else REJECTED


def chain_by_hand(opened: Resources) -> Chain:
    """Return the exporters for somebody at a command line."""
    run = f"{getpass.getuser()} by hand"
    return open_chain(opened.database, exporters_directory(), opened.user_files, run)


def _hold(options: Namespace) -> int:
    """Put an order on hold."""
    with resources() as opened:
        done = hold(opened.database, options.number, me(options.reason))
    print("On hold" if done else "It was on hold already")
    return DONE


def _release(options: Namespace) -> int:
    """Release an order."""
    with resources() as opened:
        done = release(opened.database, options.number, me(options.reason))
    print("Released" if done else "It was not on hold")
    return DONE if done else REJECTED


def _reopen(options: Namespace, state: ItemState, done: str) -> int:
    with resources() as opened, opened.database.transaction() as connection:
        found = export_items.reopen(connection, options.items, state, me(options.reason))
    for item in sorted(set(options.items) - set(found)):
        hint = "one that has messages is decided by them: see python -m orders outbox"
        print(f"Item {item} is in no state that allows it; {hint}", file=sys.stderr)
    print(f"{done}: {len(found)}")
    return DONE if len(found) == len(set(options.items)) else REJECTED


COMMANDS: Mapping[str, Callable[[Namespace], int]] = {
    "exports": _exports,
    "preview": _preview,
    "rematch": _rematch,
    "drop": _drop,
    "gates": _gates,
    "gate": _gate,
    "approve": _approve,
    "reject": _reject,
    "hold": _hold,
    "release": _release,
}
