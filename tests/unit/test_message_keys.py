"""Keys of messages can be sent to every target, and no two messages have the same."""

from itertools import product
from operator import add

from hypothesis import example, given
from hypothesis import strategies as st

from orders.domain.exporter import Batch, Split
from orders.targets.webhook import KEY
from tests.exporters import exporter
from tests.messages import item, part

LONG = st.sampled_from(("x" * 254, "é" * 200, "~" * 300))
NUMBERS = st.text(min_size=1) | st.builds(add, LONG, st.text())


@given(NUMBERS, st.integers(1), NUMBERS, NUMBERS, st.sampled_from(Split))
@example("2026/00017", 1, "ACME", "2026/00017-1", Split.DELIVERY)
def test_a_key_can_be_sent_whatever_the_numbers_are(
    order: str, seq: int, supplier: str, delivery: str, split: Split
) -> None:
    """Of any length, in any script."""
    about = part(exporter(split=split), order, seq, supplier=supplier, delivery=delivery)

    assert KEY.fullmatch(about.key)
    assert KEY.fullmatch(about.key_to("ada@example.com"))
    assert about.key_to("ada@example.com") not in {about.key, about.key_to("ada@example.org")}


def test_common_numbers_stay_readable() -> None:
    """Whoever looks for an order finds its messages."""
    one, per_delivery = exporter("erp"), exporter("erp", split=Split.DELIVERY)

    assert part(one, "2026-17", 3).key == "2026-17/3/erp"
    assert part(per_delivery, "2026-17", 3, delivery="2026-17-1").key == "2026-17/3/erp/2026-17-1"
    assert part(one, "A/1.5", 3).key == "A%2F1%2E5/3/erp"
    assert part(one, "A", 1).key_to("ada@example.com") == "A/1/erp/ada%40example%2Ecom"


def test_short_numbers_never_make_one_key() -> None:
    """All that can be made of what keys are put together with."""
    numbers = ["".join(each) for n in (1, 2, 3) for each in product("/1%2F~.", repeat=n)]
    names = (exporter("1"), exporter("e"))

    keys = [part(each, number, seq).key for each in names for number in numbers for seq in (1, 11)]

    assert len(set(keys)) == len(keys)


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_long_numbers_that_differ_at_their_end_make_different_keys(one: str, other: str) -> None:
    """A digest stands for what is left out."""
    same = "é" * 200
    long = part(exporter(), same + one)

    assert len(long.key) == 255
    assert (long.key == part(exporter(), same + other).key) == (one == other)


def test_no_number_can_be_chosen_so_that_it_makes_the_key_of_a_long_one() -> None:
    """Whoever names a delivery like the end of a key has another key."""
    sender = exporter(split=Split.DELIVERY)
    long = part(sender, "O1", delivery="x" * 300).key
    forged = part(sender, "O1", delivery=long.rpartition("/")[2]).key

    assert long.startswith("O1/1/one/xxx")
    assert forged != long


@given(st.lists(st.integers(1, 20), min_size=1, unique=True), st.integers(1, 20))
def test_a_message_of_a_run_is_named_by_all_it_is_about(numbers: list[int], other: int) -> None:
    """One item more or less is another message."""
    sender = exporter(batch=Batch.PER_RUN)
    items = tuple(item("O", number) for number in numbers)
    about = part(sender)
    whole = type(about)(sender, items)

    assert KEY.fullmatch(whole.key)
    assert whole.key == type(about)(sender, items).key
    assert (whole.key == type(about)(sender, (item("O", other),)).key) == (numbers == [other])
