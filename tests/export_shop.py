"""A shop whose exporters have targets that answer as they are told, for the integration tier."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from psycopg import Connection

from impex.storage.connection import Database
from orders.domain.content import Content, Unwritable
from orders.domain.destination import Table
from orders.domain.export_item import ItemState, Part
from orders.domain.exporter import Exporter
from orders.domain.order import Cause
from orders.domain.outbox import Answer, Message, MessageState, Outcome, Target
from orders.services.approve import decide
from orders.services.chain import Chain
from orders.services.export_orders import export
from orders.services.match import match
from orders.services.reconcile import reconcile_all
from orders.services.send import Route
from orders.storage import export_items, gates
from orders.storage.documents import documents
from orders.storage.gates import Decision
from orders.storage.outbox import Draft
from tests.order_book import OrderBook

YES = Answer(Outcome.SENT, "yes")
NO = Answer(Outcome.REFUSED, "no")
GONE = Answer(Outcome.UNREACHED, "nobody there")
LOST = Answer(Outcome.UNKNOWN, "no answer")
BOSS = Cause("boss", reason="fine")

ERP = Exporter("erp", "INITPAID", Table("erp.incoming"))


@dataclass
class Scripted(Target):
    """A target that answers as it is told, and remembers what it was sent."""

    answers: list[Answer] = field(default_factory=list)
    repeatable: bool = False
    keys: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    meanwhile: Callable[[str], None] = lambda _: None
    """Called with the key before a message is answered."""

    def send(self, message: Message) -> Answer:
        """Take the next answer; yes, when none is left."""
        self.keys.append(message.key)
        self.bodies.append(message.body.decode())
        self.meanwhile(message.key)
        return self.answers.pop(0) if self.answers else YES

    def probe(self, message: Message) -> Answer | None:
        """Nobody knows."""
        del message
        return None

    def close(self) -> None:
        """Nothing is open."""


def write(connection: Connection, parts: Sequence[Part]) -> list[Content | Unwritable]:
    """Say number and total of each order; nothing can be said of orders called BAD."""
    orders = documents(connection, {number for part in parts for number in part.orders})
    contents: list[Content | Unwritable] = []
    for part in parts:
        told = [f"{orders[each]['number']} {orders[each]['total']}" for each in part.orders]
        if any("BAD" in text for text in told):
            bad = [each for each in part.orders if "BAD" in orders[each]["number"]]
            contents.append(Unwritable("its number cannot be written", frozenset(bad)))
        else:
            contents.append(Content("; ".join(told).encode(), "text/plain", ".txt"))
    return contents


def address(part: Part, content: Content) -> list[Draft]:
    """Make one message of each part."""
    order = part.orders[0] if len(part.orders) == 1 else None
    return [
        Draft(
            part.key,
            part.exporter.name,
            "",
            content.content_type,
            content.body,
            order,
            acknowledge_within=part.exporter.acknowledge_within,
        )
    ]


class Shop:
    """Orders and a chain of exporters with scripted targets."""

    def __init__(self, database: Database, *exporters: Exporter) -> None:
        self.book = OrderBook(database)
        self.database = database
        self.use(*exporters)
        self.targets: dict[str, Scripted] = {}

    def use(self, *exporters: Exporter) -> None:
        """Configure these exporters, for a new run."""
        with self.database.transaction() as connection:
            number = export_items.begin_run(connection, f"run {len(exporters)}")
        self.chain = Chain(exporters, write, address, number)

    def target(self, name: str, *answers: Answer, repeatable: bool = False) -> Scripted:
        """Let the target of an exporter answer so."""
        self.targets[name] = Scripted(list(answers), repeatable)
        return self.targets[name]

    def match(self) -> dict[ItemState, int]:
        """Give flags to exporters."""
        return match(self.database, self.chain, stop=lambda: False)

    def send(self, name: str) -> dict[MessageState, int]:
        """Let one exporter send."""
        exporter = self.chain.exporter(name)
        assert exporter is not None
        target = self.targets.setdefault(name, Scripted())
        route = Route(name, target, exporter.retry)
        return export(self.database, self.chain, exporter, route, lambda: False)

    def run(self) -> None:
        """Let every flag go as far as it can."""
        for _ in range(4):
            self.match()
            for exporter in self.chain.exporters:
                self.send(exporter.name)

    def paid(self, number: str, *suppliers: str) -> None:
        """Place an order that is paid, with a delivery of each supplier."""
        lines = [(supplier, "TEA", 1, "standard") for supplier in suppliers or ("ACME",)]
        for supplier in suppliers or ("ACME",):
            self.book.query(
                "INSERT INTO orders.stock VALUES (%s, 'TEA', 1000) ON CONFLICT DO NOTHING", supplier
            )
        self.book.placed(number, *lines)

    def items(self) -> list[tuple[str, str, str]]:
        """Return number of the order, flag and state of all items."""
        return [
            (number, flag, state)
            for number, flag, state in self.book.query(
                "SELECT o.number, i.flag, i.state FROM orders.export_item i "
                "JOIN orders.customer_order o ON o.id = i.order_id ORDER BY i.id"
            )
        ]

    def states(self) -> list[str]:
        """Return the states of all items."""
        return [state for _, _, state in self.items()]

    def gates(self) -> list[int]:
        """Return the numbers of open gates."""
        with self.database.transaction() as connection:
            return [row["id"] for row in gates.open_gates(connection, 100)]

    def decide(self, decision: Decision, cause: Cause = BOSS) -> None:
        """Decide about all open gates."""
        for number in self.gates():
            decide(self.database, self.chain, number, decision, cause)

    def reconcile(self) -> dict[str, int]:
        """Check that all adds up."""
        return reconcile_all(self.database)
