"""What an attempt means for its message: nothing is lost, and nothing is sent twice by guess."""

from hypothesis import given
from hypothesis import strategies as st

from orders.domain.outbox import (
    DECIDABLE,
    Answer,
    Attempt,
    Message,
    MessageState,
    Outcome,
    Retry,
    fate,
)

MESSAGE = Message(1, "k", "somebody", "text/plain", b"")
OUTCOMES = st.lists(st.sampled_from(Outcome), min_size=1, max_size=12)


def follow(outcomes: list[Outcome], attempts: int, *, repeatable: bool) -> tuple[int, MessageState]:
    """Try a message until it ends; return how often it was tried, and how it ended."""
    doubtful = False
    for number, outcome in enumerate(outcomes, 1):
        attempt = Attempt(MESSAGE, number, doubtful)
        answer = Answer(outcome, "")
        told = fate(attempt, answer, Retry(attempts), repeatable=repeatable, luck=0.5)
        doubtful = told.doubtful
        if told.state is not MessageState.PENDING:
            return number, told.state
    return len(outcomes), MessageState.PENDING


@given(OUTCOMES, st.integers(1, 10))
def test_without_keys_nothing_is_sent_again_that_may_have_arrived(
    outcomes: list[Outcome], attempts: int
) -> None:
    """The first lost answer is the last attempt."""
    tried, state = follow(outcomes, attempts, repeatable=False)

    assert Outcome.UNKNOWN not in outcomes[: tried - 1]
    assert (state is MessageState.UNCERTAIN) == (outcomes[tried - 1] is Outcome.UNKNOWN)


@given(outcomes=OUTCOMES, attempts=st.integers(1, 10), repeatable=st.booleans())
def test_nothing_fails_that_may_have_arrived(
    outcomes: list[Outcome], attempts: int, *, repeatable: bool
) -> None:
    """And nothing is tried more often than it may be, or after it was taken or refused."""
    tried, state = follow(outcomes, attempts, repeatable=repeatable)

    assert tried <= attempts
    assert {Outcome.SENT, Outcome.REFUSED}.isdisjoint(outcomes[: tried - 1])
    if state is MessageState.FAILED:
        assert Outcome.UNKNOWN not in outcomes[:tried]
    if state is MessageState.SENT:
        assert outcomes[tried - 1] is Outcome.SENT
    if state is MessageState.PENDING:
        assert tried == len(outcomes) < attempts


@given(st.integers(1, 1000), st.floats(0, 1, exclude_max=True))
def test_waits_double_up_to_a_limit_and_never_agree(attempts: int, luck: float) -> None:
    """Half to one and a half of what they are on average."""
    wait = Retry().wait_s(attempts, luck)

    middle = min(3600, 30 * 2.0 ** (attempts - 1)) if attempts < 60 else 3600
    assert 0.5 * middle <= wait <= 1.5 * middle


def test_people_cannot_send_again_what_has_arrived() -> None:
    """Nor discard it; and what waits needs nobody."""
    done = {MessageState.SENT, MessageState.ACKNOWLEDGED, MessageState.SENDING}
    for states in DECIDABLE.values():
        assert done.isdisjoint(states)
    assert MessageState.PENDING not in DECIDABLE[MessageState.PENDING]
