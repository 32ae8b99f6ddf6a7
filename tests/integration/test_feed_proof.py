"""Feeds in bad weather: duplicated, shuffled, with consumers that are killed while they work."""

from collections.abc import Callable

from tests.proof.chaos import Size, prove

SEED = 20261129
SIZE = Size(orders=250, copies=5, kills=12)


def test_whatever_happens_on_the_way_events_have_their_effect_once(
    new_database: Callable[[], str],
) -> None:
    """States, history, flags and stock are those of a quiet run of the ordered, distinct events."""
    proof = prove(new_database(), new_database(), SIZE, SEED)
    assert not proof.faults, f"seed {SEED}: {'; '.join(proof.faults)}"
    assert proof.events > 4 * SIZE.orders
    assert proof.arrivals == SIZE.copies * proof.events
    assert proof.kills == SIZE.kills
