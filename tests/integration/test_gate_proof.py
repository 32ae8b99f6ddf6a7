"""Many decide about one gate at once, and one of them is killed meanwhile."""

from tests.proof.deciding import DECIDERS, prove_deciding

SEED = 20261130
ROUNDS = 20
KILLS = 2


def test_one_decision_about_a_gate_counts_and_everybody_is_told_of_it(dsn: str) -> None:
    """By people, by its time, and by those who die before they have finished."""
    proof = prove_deciding(dsn, ROUNDS, KILLS, SEED)

    assert not proof.faults, f"seed {SEED}: {'; '.join(proof.faults)}"
    assert proof.told == ROUNDS * DECIDERS
    assert proof.decisions.total() == ROUNDS
    assert set(proof.decisions) == {"approved", "rejected"}
