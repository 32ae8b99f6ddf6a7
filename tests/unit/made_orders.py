"""Orders for tests of the domain: small, in any state, without a database."""

from collections.abc import Iterable
from decimal import Decimal

from orders.domain.order import Cause, Delivery, Line, Order
from orders.domain.states import DeliveryGroup, DeliveryStatus, OrderStatus, Payment

TESTER = Cause("tester", reason="because")


def made_delivery(
    id_: int = 1,
    status: DeliveryStatus = DeliveryStatus.CREATED,
    group: DeliveryGroup = DeliveryGroup.STANDARD,
    quantities: Iterable[int] = (2,),
) -> Delivery:
    """Return a delivery O1-<id> of the supplier S, with one line for each quantity."""
    delivery = Delivery(id_, f"O1-{id_}", "S", group, status)
    for n, quantity in enumerate(quantities, 1):
        number = 10 * id_ + n
        delivery.lines.append(Line(number, str(number), f"SKU{number}", Decimal(quantity)))
    return delivery


def made_order(
    *deliveries: Delivery,
    status: OrderStatus = OrderStatus.DRAFT,
    payment: Payment = Payment.ONLINE,
    captured: int = 100,
) -> Order:
    """Return the order O1 of 100 with these deliveries."""
    order = Order(1, "O1", status, payment, Decimal(100), Decimal(captured), Decimal(0), 0)
    order.deliveries.extend(deliveries)
    return order
