"""Messages in bad weather: answers are lost, and senders are killed while they send."""

import pytest

from tests.proof.sending import prove_sending

SEED = 20261130
MESSAGES = 150
KILLS = 5


@pytest.mark.parametrize("keyed", [True, False])
def test_no_message_has_two_effects_and_none_gets_lost(dsn: str, *, keyed: bool) -> None:
    """A receiver of keys gets all of them once; of others a person knows each that is in doubt."""
    proof = prove_sending(dsn, MESSAGES, KILLS, SEED, keyed=keyed)

    assert not proof.faults, f"seed {SEED}: {'; '.join(proof.faults)}"
    assert proof.states.total() == MESSAGES
    assert proof.ambiguous > MESSAGES / 5
    assert (proof.states["uncertain"] > MESSAGES / 5) is not keyed
