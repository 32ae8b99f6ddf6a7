"""What the steps of a chain of exporters share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from psycopg import Connection

from orders.domain.chain import choose
from orders.domain.export_item import Item, Part
from orders.domain.exporter import Exporter
from orders.services.contents import Content, Unwritable
from orders.storage.outbox import Draft


@dataclass(frozen=True, slots=True)
class Chain:
    """The exporters of an installation, and how their messages are made.

    Attributes:
        exporters: All of them, also disabled ones.
        write: Makes what messages say, of parts of one exporter whose orders are locked.
        address: Makes the messages of a part; one for each recipient.
        run: Number of the run.
        reference: What Airflow calls it; empty for one by hand.
    """

    exporters: Sequence[Exporter]
    write: Callable[[Connection, Sequence[Part]], Sequence[Content | Unwritable]]
    address: Callable[[Part, Content], Sequence[Draft]]
    run: int
    reference: str = ""

    def exporter(self, name: str) -> Exporter | None:
        """Return the exporter of a name; None if there is none any more."""
        return next((each for each in self.exporters if each.name == name), None)

    def takes(self, exporter: Exporter, item: Item) -> bool:
        """Tell whether an exporter takes an item, as its order is now."""
        return choose(self.exporters, item.flag, item.subject) == exporter
