"""What the steps of a chain of exporters share: the exporters, and how their messages are made."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from psycopg import Connection

from orders.domain.chain import choose
from orders.domain.content import Content, Unwritable
from orders.domain.destination import Email
from orders.domain.export_item import (
    EVERYTHING,
    Item,
    ItemState,
    Part,
    Scope,
    parts_of,
)
from orders.domain.exporter import Exporter
from orders.storage import export_items
from orders.storage.export_items import Step
from orders.storage.outbox import Draft


def sending(exporter: Exporter, items: Iterable[Item]) -> list[Step]:
    """Return the steps of items that an exporter has, which raise its next flag once they arrived."""
    return [
        Step(item.id, ItemState.SENDING, exporter.name, next_flag=exporter.next_flag)
        for item in items
    ]


@dataclass(frozen=True, slots=True)
class Chain:
    """The exporters of an installation, and how their messages are made.

    Attributes:
        exporters: All of them, also disabled ones.
        contents: Makes what messages say, of parts of one exporter whose orders are locked.
        address: Makes the messages of a part; one for each recipient.
        run: Number of the run.
        reference: What Airflow calls it; empty for one by hand.
        scope: Which flags it is about.
    """

    exporters: Sequence[Exporter]
    contents: Callable[[Connection, Sequence[Part]], Sequence[Content | Unwritable]]
    address: Callable[[Part, Content], Sequence[Draft]]
    run: int
    reference: str = ""
    scope: Scope = EVERYTHING

    def exporter(self, name: str) -> Exporter | None:
        """Return the exporter of a name; None if there is none any more."""
        return next((each for each in self.exporters if each.name == name), None)

    def busy(self, connection: Connection) -> set[str]:
        """Return the exporters of the run that have something to send, or to ask targets about."""
        found = export_items.busy_exporters(connection)
        return {
            exporter.name
            for exporter in self.exporters
            if self.scope.flag in ("", exporter.flag)
            and (
                (exporter.name, False) in found
                or ((exporter.name, True) in found and not isinstance(exporter.destination, Email))
            )
        }

    def takes(self, exporter: Exporter, item: Item) -> bool:
        """Tell whether an exporter takes an item, as its order is now."""
        return choose(self.exporters, item.flag, item.subject) == exporter

    def write(
        self, connection: Connection, exporter: Exporter, items: Sequence[Item]
    ) -> tuple[list[tuple[Part, Content]], list[Step]]:
        """Return what the messages about items say, and where the items go that none can be about.

        Args:
            connection: In the transaction that has locked the orders.
            exporter: All of the items are its.
            items: In any order.
        """
        written: list[tuple[Part, Content]] = []
        dead: list[Step] = []
        parts = list(parts_of(exporter, items))
        while parts:
            found = list(zip(parts, self.contents(connection, parts), strict=True))
            parts = []
            for part, content in found:
                if isinstance(content, Content):
                    written.append((part, content))
                    continue
                blamed = part.about(*content.orders)
                dead += [
                    Step(item.id, ItemState.DEAD, exporter.name, content.reason)
                    for item in blamed.items
                ]
                # The message of a run is made without them.
                rest = part.about(*(set(part.orders) - content.orders))
                parts += [rest] if rest.items else []
        return written, dead
