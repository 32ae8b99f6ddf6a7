"""Orders, events and exporters as people read them in a terminal."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from impex.cli.tables import console
from orders.domain.chain import stages
from orders.domain.destination import kind
from orders.domain.exporter import Exporter

Row = Mapping[str, Any]

LISTED: Final = 100
"""So many rows a command shows at most."""

_PARTS = {
    "deliveries": "number supplier delivery_group status tracking_status available_on "
    "estimated_from estimated_to guaranteed_on confirmed_at",
    "lines": "delivery reference sku quantity shipped rejected estimated_from estimated_to "
    "guaranteed_on confirmed_at invoice_number remark",
    "parcels": "delivery number carrier status at",
    "history": "at subject trigger source dest actor event_id reason",
    "flags": "seq flag delivery raised_at",
    "exports": "id seq flag delivery state exporter state_since on_hold reason",
    "messages": "id target recipient state state_since attempts reason",
    "decisions": "at what flag actor reason",
    "holds": "since actor reason",
    "events": "id feed event_id state occurred_at reason",
}


def print_rows(title: str, rows: Sequence[Row], *, as_json: bool) -> None:
    """Print rows that have the same columns: as JSON for programs, or as a table."""
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
    else:
        show_rows(console(), title, rows, rows[0] if rows else ())


def show_story(console: Console, story: Mapping[str, Any]) -> None:
    """Print what is known of an order, and what comes next."""
    order = story["order"]
    _line(
        console,
        f"Order {order['number']} of {order['shop_code']}: {order['status']} "
        f"since {_text(order['status_since'])}",
    )
    _line(
        console,
        f"{order['total']} {order['currency']}, payment {order['payment']}: "
        f"{order['captured']} paid, {order['refunded']} paid back",
    )
    for part, columns in _PARTS.items():
        if story[part]:
            console.print(table_of(part, story[part], columns.split()))
    if story["open"]:
        still = [f"{row['open']} of {row['sku']} ({row['delivery']})" for row in story["open"]]
        _line(console, f"Still to be sent: {'; '.join(still)}")
    for shortage in story["shortages"]:
        _line(console, f"Cannot be placed: {shortage}")
    for step in story["next"]:
        _line(console, _next(step))


def table_of(title: str, rows: Sequence[Row], columns: Sequence[str]) -> Table:
    """Lay rows out; columns in which nothing stands are left out."""
    filled = [name for name in columns if any(row[name] not in {None, ""} for row in rows)]
    table = Table(title=title, title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0))
    for name in filled:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_text(row[name]) for name in filled))
    return table


def show_rows(console: Console, title: str, rows: Sequence[Row], columns: Iterable[str]) -> None:
    """Print rows, or that there are none."""
    if rows:
        console.print(table_of(title, rows, list(columns)))
    else:
        _line(console, f"{title}: none")


def chain_rows(exporters: Iterable[Exporter]) -> list[Row]:
    """Return a row for each exporter, in the order of their work."""
    return [
        {
            "stage": number,
            "flag": exporter.flag,
            "priority": exporter.priority,
            "exporter": exporter.name,
            "state": "" if exporter.enabled else "disabled",
            "when": str(exporter.when),
            "approval": f"per {exporter.approval.per}" if exporter.approval else "",
            "target": kind(exporter.destination),
            "next_flag": exporter.next_flag,
        }
        for number, stage in enumerate(stages(exporters), 1)
        for exporter in stage
    ]


def _next(step: Row) -> str:
    name = f"{step['subject']} {step['trigger']}"
    if step["against"]:
        return f"- {name} is not possible: {'; '.join(step['against'])}"
    return f"- {name} leads to {step['dest']}"


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return "" if value is None else str(value)


def _line(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
