"""The JSON form of delivery updates: what the inbox keeps, and what events are recognised by."""

import json
from datetime import timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from orders.domain.tracking import Scan, TrackingStatus
from orders.domain.update import (
    DETAILS,
    Counting,
    DeliveryUpdate,
    LineUpdate,
    as_json,
    fingerprint,
    from_json,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
MAYBE = TEXT | st.just("")
# Offsets of minutes, as RFC 3339 has them: Python 3.11 reads one of microseconds alone as UTC. An hour
# that a clock shows twice never equals itself in another zone: PEP 495.
TIMES = st.datetimes(
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
)
QUANTITIES = st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=3)
LINES = st.builds(
    LineUpdate,
    reference=MAYBE,
    sku=MAYBE,
    ordered=QUANTITIES,
    shipped=QUANTITIES,
    rejected=QUANTITIES,
    details=st.dictionaries(st.sampled_from(DETAILS), TEXT),
)
SCANS = st.builds(
    Scan,
    at=TIMES,
    status=st.sampled_from(TrackingStatus),
    number=TEXT,
    carrier=MAYBE,
    message=MAYBE,
    place=MAYBE,
)
UPDATES = st.builds(
    DeliveryUpdate,
    order_number=MAYBE,
    delivery_number=MAYBE,
    supplier=MAYBE,
    occurred_at=st.none() | TIMES,
    sequence=st.none() | st.integers(-(2**63), 2**63 - 1),
    counting=st.sampled_from(Counting),
    trigger=MAYBE,
    fires=st.dictionaries(TEXT, TEXT),
    lines=st.lists(LINES, max_size=3).map(tuple),
    scans=st.lists(SCANS, max_size=3).map(tuple),
    data=st.dictionaries(TEXT, TEXT),
)


@given(UPDATES)
def test_an_update_comes_back_as_it_was(update: DeliveryUpdate) -> None:
    """Through the text of its JSON form; a time keeps its instant."""
    back = from_json(json.loads(json.dumps(as_json(update))))
    assert back == update


@given(UPDATES)
def test_the_fingerprint_does_not_depend_on_the_order_of_keys(update: DeliveryUpdate) -> None:
    """Senders sort them as they like."""
    canonical = as_json(update)
    turned = dict(reversed(canonical.items()))
    assert fingerprint(turned) == fingerprint(canonical)


def test_updates_that_say_something_else_have_other_fingerprints() -> None:
    """One letter is enough."""
    made = {fingerprint(as_json(DeliveryUpdate(f"O{n}"))) for n in range(1000)}
    assert len(made) == 1000


def test_what_is_empty_is_left_out() -> None:
    """So that a sender who fills everything in says the same as one who does not."""
    assert as_json(DeliveryUpdate("O1", lines=(LineUpdate("1"),))) == {
        "order_number": "O1",
        "lines": [{"reference": "1"}],
    }
