"""Messages in bad weather: answers are lost, and senders are killed while they send."""

import pytest

from tests.proof.sending import Promise, prove_sending

SEED = 20261130
MESSAGES = 100
KILLS = 4


@pytest.mark.parametrize("promise", Promise)
def test_no_message_has_two_effects_and_none_gets_lost(dsn: str, promise: Promise) -> None:
    """Who honours keys, or answers for them, gets all once; of others a person knows each doubt."""
    proof = prove_sending(dsn, (MESSAGES, KILLS), SEED, promise)

    assert not proof.faults, f"seed {SEED}: {'; '.join(proof.faults)}"
    assert proof.states.total() == MESSAGES
    assert proof.ambiguous > MESSAGES / 5
    assert (proof.states["uncertain"] > MESSAGES / 5) is (promise is Promise.UNKEYED)
