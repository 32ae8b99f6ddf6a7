"""The life cycles of orders and deliveries, declared once.

The declarations are what the library ``transitions`` takes, with two additions that every move of
a shop's order needs: the flag that it raises for the exporters, and the moves that follow in the
same transaction. ``docs/lifecycle.csv`` is the same in a table; a test compares them.

Work in bulk never drives these machines: ``orders.domain.moves`` derives a table from them.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from transitions import Machine as TransitionsMachine
from transitions import Transition

from orders.domain.states import DeliveryStatus, Flag, Machine, OrderStatus


class Cascade(StrEnum):
    """What follows a move in the same transaction."""

    DISPATCH_DELIVERIES = "delivery.dispatch for each delivery"
    CANCEL_DELIVERIES = "delivery.cancel for each delivery"
    RETURN_DELIVERIES = "delivery.return_goods or delivery.cancel for each delivery"
    DELIVERY_SHIPPED = "order.delivery_shipped"


class Rule(NamedTuple):
    """One row of the declaration: a trigger that leads from any of some states to one.

    Attributes:
        trigger: Its name.
        source: The states that it may start from.
        dest: The state that it leads to.
        guards: Names of functions in ``orders.domain.guards``, all of which must permit it.
        raises_flag: What the exporters are told.
        then: What follows.
    """

    trigger: str
    source: tuple[str, ...]
    dest: str
    guards: tuple[str, ...] = ()
    raises_flag: Flag | None = None
    then: Cascade | None = None


_O = OrderStatus
_D = DeliveryStatus

_OPEN: Final = (
    _O.DRAFT,
    _O.PENDING,
    _O.AWAITING_PAYMENT,
    _O.AWAITING_CONFIRMATION,
    _O.IN_PROGRESS,
)
_SENT: Final = (_O.PARTIALLY_SHIPPED, _O.COMPLETED)
_HANDLED: Final = (_O.IN_PROGRESS, _O.PARTIALLY_SHIPPED)
_READY: Final = (_D.READY, _D.READY_PAYMENT_DUE)


def _paid(trigger: str, source: str) -> Rule:
    dispatch = Cascade.DISPATCH_DELIVERIES
    return Rule(trigger, (source,), _O.IN_PROGRESS, (), Flag.INITPAID, dispatch)


def _failed(source: str) -> Rule:
    cancel = Cascade.CANCEL_DELIVERIES
    return Rule("payment_failed", (source,), _O.CANCELLED, (), Flag.CANCELLED, cancel)


def _cancel(dest: str, guard: str) -> Rule:
    guards = ("every_delivery_can_be_cancelled", guard)
    return Rule("cancel", _OPEN, dest, guards, Flag.CANCELLED, Cascade.CANCEL_DELIVERIES)


def _return(dest: str, guard: str) -> Rule:
    guards = ("no_delivery_is_in_transit", guard)
    return Rule("return_goods", _SENT, dest, guards, Flag.RETURNED, Cascade.RETURN_DELIVERIES)


def _dispatch(dest: str, guard: str, raises_flag: Flag | None = None) -> Rule:
    return Rule("dispatch", (_D.RESERVED,), dest, (guard,), raises_flag)


ORDER_RULES: Final = (
    Rule("place", (_O.DRAFT,), _O.PENDING, ("every_delivery_is_reserved",)),
    Rule("payment_processing", (_O.PENDING,), _O.AWAITING_PAYMENT),
    Rule("payment_offline", (_O.PENDING,), _O.AWAITING_CONFIRMATION),
    _paid("payment_ok", _O.PENDING),
    _paid("payment_ok", _O.AWAITING_PAYMENT),
    _paid("payment_confirmed", _O.AWAITING_CONFIRMATION),
    _paid("payment_confirmed", _O.PENDING),
    _failed(_O.PENDING),
    _failed(_O.AWAITING_PAYMENT),
    _cancel(_O.CANCELLED, "nothing_is_to_be_refunded"),
    _cancel(_O.CANCELLED_REFUND_DUE, "a_refund_is_due"),
    _return(_O.RETURNED, "nothing_is_to_be_refunded"),
    _return(_O.RETURNED_REFUND_DUE, "a_refund_is_due"),
    Rule("refund_processed", (_O.CANCELLED_REFUND_DUE,), _O.CANCELLED),
    Rule("refund_processed", (_O.RETURNED_REFUND_DUE,), _O.RETURNED),
    Rule("delivery_shipped", _HANDLED, _O.COMPLETED, ("every_delivery_is_shipped",)),
    Rule("delivery_shipped", _HANDLED, _O.PARTIALLY_SHIPPED, ("some_delivery_is_not_shipped",)),
)

DELIVERY_RULES: Final = (
    Rule("reserve", (_D.CREATED,), _D.RESERVED),
    _dispatch(_D.AWAITING_ALLOCATION, "group_is_standard"),
    _dispatch(_D.AWAITING_DATE, "group_is_preorder_or_mixed"),
    _dispatch(_D.AWAITING_INVENTORY, "group_is_backorder"),
    _dispatch(_D.IN_TRANSIT, "group_is_electronic", Flag.DELIVERY),
    Rule("allocate", (_D.AWAITING_ALLOCATION, _D.AWAITING_INVENTORY), _D.ALLOCATED),
    Rule("date_reached", (_D.AWAITING_DATE,), _D.AWAITING_INVENTORY),
    Rule("start_packing", (_D.ALLOCATED,), _D.PACKING),
    Rule("complete_packing", (_D.PACKING,), _D.READY),
    Rule("release", _READY, _D.IN_TRANSIT, ("payment_is_settled",), Flag.DELIVERY),
    Rule("release", _READY, _D.IN_TRANSIT_PAYMENT_DUE, ("payment_comes_later",), Flag.DELIVERY),
    Rule("capture_failed", (_D.READY,), _D.READY_PAYMENT_DUE),
    Rule(
        "ship",
        (_D.IN_TRANSIT, _D.IN_TRANSIT_PAYMENT_DUE),
        _D.SHIPPED,
        raises_flag=Flag.DELIVERY,
        then=Cascade.DELIVERY_SHIPPED,
    ),
    Rule("cancel", (_D.CREATED,), _D.WAIT_VOIDED),
    Rule(
        "cancel",
        (_D.RESERVED, _D.AWAITING_ALLOCATION, _D.AWAITING_DATE, _D.AWAITING_INVENTORY),
        _D.RESERVATION_VOIDED,
    ),
    Rule("cancel", (_D.ALLOCATED, _D.PACKING, *_READY), _D.DEALLOCATED),
    Rule("return_goods", (_D.SHIPPED,), _D.RETURNED),
)

RULES: Final = {Machine.ORDER: ORDER_RULES, Machine.DELIVERY: DELIVERY_RULES}
STATES: Final = {Machine.ORDER: OrderStatus, Machine.DELIVERY: DeliveryStatus}


class FlaggedTransition(Transition):
    """A transition that may raise a flag, and that others may follow."""

    def __init__(
        self,
        *args: Any,
        raises_flag: Flag | None = None,
        then: Cascade | None = None,
        **kwargs: Any,
    ) -> None:
        """Take what the library takes, and the two additions."""
        super().__init__(*args, **kwargs)
        self.raises_flag = raises_flag
        self.then = then


class Lifecycle(TransitionsMachine):
    """A machine of the library ``transitions`` for the rules of one life cycle."""

    transition_cls = FlaggedTransition

    def __init__(self, machine: Machine, models: Sequence[object] = ()) -> None:
        """Build the machine.

        Args:
            machine: Which.
            models: What it drives: objects whose methods, named like the guards, tell whether
                a move is permitted. They get the attribute ``state``.
        """
        # The library would take the members of an enumeration for their upper-case names.
        states = [str(state) for state in STATES[machine]]
        super().__init__(
            model=list(models),
            states=states,
            initial=states[0],
            transitions=list(_as_the_library_takes_them(RULES[machine])),
            auto_transitions=False,
            name=str(machine),
        )


def _as_the_library_takes_them(rules: Sequence[Rule]) -> Iterator[dict[str, Any]]:
    for rule in rules:
        yield {
            "trigger": rule.trigger,
            "source": [str(state) for state in rule.source],
            "dest": str(rule.dest),
            "conditions": list(rule.guards),
            "raises_flag": rule.raises_flag,
            "then": rule.then,
        }
