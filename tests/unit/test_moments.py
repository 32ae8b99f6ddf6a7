"""The order in which events are applied, and which of two sayings is the later one."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from orders.domain.moments import Moment, in_order

START = datetime(2026, 11, 1, tzinfo=UTC)


def moment(minutes: int, sequence: int | None = None, feed: str = "a") -> Moment:
    """Return a moment so many minutes after the start."""
    return Moment(START + timedelta(minutes=minutes), feed, sequence)


def test_the_count_of_a_sender_goes_before_its_clock() -> None:
    """A clock that was put back does not turn events around."""
    first, second = moment(9, 1), moment(5, 2)
    assert first.is_before(second)
    assert in_order([second, first], lambda each: each) == [first, second]


def test_events_of_different_senders_are_ordered_by_time() -> None:
    """Their counts have nothing to do with each other."""
    early, late = moment(5, 7, "a"), moment(9, 1, "b")
    assert early.is_before(late)
    assert in_order([late, early], lambda each: each) == [early, late]


def test_what_was_counted_later_stays_behind_what_pushed_it() -> None:
    """An event of another sender comes between two only where their times allow it."""
    first, second, other = moment(9, 1), moment(5, 2), moment(7, None, "b")
    assert in_order([second, first, other], lambda each: each) == [other, first, second]


MOMENTS = st.builds(moment, st.integers(0, 9), st.none() | st.integers(1, 9), st.sampled_from("ab"))


@given(st.lists(MOMENTS))
def test_no_event_of_a_sender_is_before_one_that_it_counts_earlier(moments: list[Moment]) -> None:
    """Whatever the clocks say; and nothing is lost."""
    ordered = in_order(moments, lambda each: each)
    assert sorted(map(repr, ordered)) == sorted(map(repr, moments))
    for feed in "ab":
        counts = [m.sequence for m in ordered if m.feed == feed and m.sequence is not None]
        assert counts == sorted(counts)


@given(
    st.lists(MOMENTS.filter(lambda m: m.sequence is None), unique_by=lambda m: m.at), st.randoms()
)
def test_the_order_of_arrival_plays_no_part_where_times_differ(
    moments: list[Moment], random: object
) -> None:
    """Shuffled events are applied in the same order."""
    shuffled = list(moments)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert in_order(shuffled, lambda each: each) == in_order(moments, lambda each: each)
