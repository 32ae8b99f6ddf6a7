"""The file of clocks: what it says, and what is wrong with it."""

from datetime import timedelta
from pathlib import Path

import pytest

from impex.domain.errors import ConfigError
from local.settings import REPOSITORY
from orders.config.clocks import load_clocks
from orders.domain.clock import CLOCKED, Clock
from orders.domain.states import Machine

FAULTY = """\
clocks:
  - {machine: delivery, state: in_transt, longer_than: 10 days}
  - {machine: delivry, state: ready, longer_than: 10 days}
  - {machine: delivery, state: shipped, longer_than: 10 days}
  - {machine: order, state: pending, longer_than: soon}
  - {machine: order, state: pending, longer: 2 days}
  - {machine: order, state: draft, longer_than: 1 day}
  - {machine: order, state: draft, longer_than: 2 weeks}
"""


def faults(directory: Path, text: str) -> list[str]:
    """Return what is wrong with a file of that text, each with its line."""
    path = directory / "clocks.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_clocks(path)
    return [str(problem).removeprefix(f"{path}:") for problem in caught.value.problems]


def test_the_shipped_clocks_have_no_faults() -> None:
    """Couriers have ten days."""
    clocks = load_clocks(REPOSITORY / "config" / "clocks.yaml")

    assert Clock(Machine.DELIVERY, "in_transit", timedelta(days=10)) in clocks
    assert all(clock.state in CLOCKED[clock.machine] for clock in clocks)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("30 s", timedelta(seconds=30)),
        ("1 minute", timedelta(minutes=1)),
        ("36 hours", timedelta(hours=36)),
        ("2 weeks", timedelta(weeks=2)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(tmp_path: Path, text: str, duration: timedelta) -> None:
    """As people write it."""
    path = tmp_path / "clocks.yaml"
    path.write_text(f"clocks: [{{machine: order, state: pending, longer_than: {text}}}]")

    (clock,) = load_clocks(path)

    assert clock.longer_than == duration


def test_all_faults_are_told_at_once_with_line_and_nearest_name(tmp_path: Path) -> None:
    """In the order of the file."""
    told = faults(tmp_path, FAULTY)

    beginnings = [
        "2: No delivery waits in a state `in_transt`. Did you mean `in_transit`?",
        "3: `machine` cannot be `delivry`. Did you mean `delivery`?",
        "4: No delivery waits in a state `shipped`.",
        "5: `longer_than` must be a duration, not `soon`. Write a number and seconds, minutes,",
        "6: ",
        "6: ",
        "8: `draft` has a clock already, entry 6 of the list. Keep one of them.",
    ]
    assert len(told) == len(beginnings)
    for fault, beginning in zip(told, beginnings, strict=True):
        assert fault.startswith(beginning)
    assert any("There is no option `longer` here. Did you mean `longer_than`?" in f for f in told)


@pytest.mark.parametrize("text", ["", "clock: []", "clocks: 3", "clocks: {machine: order}", "- a"])
def test_a_file_without_a_list_of_clocks_is_refused(tmp_path: Path, text: str) -> None:
    """With what to write instead."""
    assert faults(tmp_path, text)


def test_without_a_file_nothing_is_overdue(tmp_path: Path) -> None:
    """Clocks are a choice."""
    assert load_clocks(tmp_path / "clocks.yaml") == ()
