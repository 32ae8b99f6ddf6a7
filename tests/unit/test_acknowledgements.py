"""What a receiver says of a message: what it means, and what becomes of the saying."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.domain.acknowledgement import (
    Acceptance,
    Acknowledgement,
    Sent,
    as_json,
    from_json,
    hear,
)
from orders.domain.outbox import MessageState
from orders.domain.update import fingerprint
from orders.domain.verdict import EventState

OPEN = [
    MessageState.SENT,
    MessageState.SENDING,
    MessageState.PENDING,
    MessageState.UNCERTAIN,
    MessageState.FAILED,
]
SAYINGS = st.lists(st.sampled_from(Acceptance), min_size=1, max_size=8)


def said(status: Acceptance, *exporters: str) -> Acknowledgement:
    """Return an acknowledgement by a feed that may speak of some exporters."""
    return Acknowledgement("O1/1/erp", status, exporters=exporters or ("erp",))


def heard(state: MessageState, status: Acceptance) -> tuple[MessageState, EventState]:
    """Return where a message is afterwards, and what becomes of the event."""
    after, verdict = hear(Sent(1, "erp", state), said(status))
    return after, verdict.state


@pytest.mark.parametrize("state", OPEN)
def test_whoever_speaks_of_a_message_decides_what_we_did_not_know(state: MessageState) -> None:
    """Also where its answer was lost, or it counts as failed."""
    assert heard(state, Acceptance.ACCEPTED) == (MessageState.ACKNOWLEDGED, EventState.APPLIED)
    assert heard(state, Acceptance.REJECTED) == (MessageState.REJECTED, EventState.APPLIED)


def test_what_a_person_has_discarded_may_be_with_its_receiver_all_the_same() -> None:
    """That it is not there changes nothing, as nobody waits for it."""
    state = MessageState.DISCARDED

    assert heard(state, Acceptance.ACCEPTED) == (MessageState.ACKNOWLEDGED, EventState.APPLIED)
    assert heard(state, Acceptance.REJECTED) == (MessageState.DISCARDED, EventState.STALE)


@given(st.sampled_from(OPEN), SAYINGS)
def test_the_first_word_counts(state: MessageState, sayings: list[Acceptance]) -> None:
    """Who repeats it is stale, who contradicts it is told to a person."""
    first, *others = sayings
    state, _ = heard(state, first)

    for status in others:
        after, event = heard(state, status)
        assert after is state
        assert event is (EventState.STALE if status is first else EventState.DEAD)


@pytest.mark.parametrize("state", MessageState)
def test_a_feed_speaks_only_of_the_exporters_that_it_names(state: MessageState) -> None:
    """A courier cannot acknowledge what went to the warehouse."""
    after, verdict = hear(Sent(1, "erp", state), said(Acceptance.ACCEPTED, "mails", "files"))

    assert (after, verdict.state) == (state, EventState.DEAD)
    assert verdict.reason == "the message is one of erp, of which this feed must not speak"


def test_people_read_the_reference_and_the_reason() -> None:
    """And that there is none, where something was refused."""
    whole = Acknowledgement("k", Acceptance.REJECTED, reference="W-9", reason="sold out")

    assert whole.words == "W-9: sold out"
    assert Acknowledgement("k", Acceptance.ACCEPTED, reference="W-9").words == "W-9"
    assert not said(Acceptance.ACCEPTED).words
    assert said(Acceptance.REJECTED).words == "no reason was given"


TEXTS = st.text(max_size=20)
ACKNOWLEDGEMENTS = st.builds(
    Acknowledgement,
    message=st.text(min_size=1, max_size=20),
    status=st.sampled_from(Acceptance),
    occurred_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    reference=TEXTS,
    reason=TEXTS,
    exporters=st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
)


@given(ACKNOWLEDGEMENTS)
def test_the_json_form_loses_nothing(whole: Acknowledgement) -> None:
    """What the inbox keeps is what was said."""
    assert from_json(as_json(whole)) == whole


def test_of_whom_a_feed_may_speak_is_nothing_that_a_receiver_says() -> None:
    """A message that comes again is the same one after the feed was changed."""
    at = datetime(2026, 11, 30, tzinfo=UTC)
    before, after, other = (
        Acknowledgement("k", Acceptance.ACCEPTED, at, reason=reason, exporters=exporters)
        for reason, exporters in (("", ("erp",)), ("", ("erp", "mails")), ("x", ("erp",)))
    )

    assert fingerprint(as_json(before)) == fingerprint(as_json(after))
    assert fingerprint(as_json(before)) != fingerprint(as_json(other))
