"""What tasks have done is told to Airflow's own metrics."""

from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger
from airflow.sdk.observability import stats

from impex.orchestration.counters import count


class Backend:
    """A backend of Airflow's metrics that remembers what it was told."""

    def __init__(self) -> None:
        """Remember nothing."""
        self.told: list[tuple[str, int, dict[str, str]]] = []

    def incr(self, stat: str, count: int, *, tags: dict[str, str]) -> None:
        """Add to a counter."""
        self.told.append((stat, count, tags))


@pytest.fixture
def backend() -> Iterator[Backend]:
    """The backend of this process."""
    found = Backend()
    made: Any = lambda: found  # noqa: E731
    stats.initialize(factory=made, export_legacy_names=False)
    yield found
    stats.initialize(factory=NoStatsLogger, export_legacy_names=True)


def test_each_fate_has_a_counter_of_its_own(backend: Backend) -> None:
    """So that it can be told apart where there are no tags; nothing is said of what there is none of."""
    count("impex.rows", {"read": 5, "inserted": 3, "rejected": 0}, group="brands")

    assert backend.told == [
        ("impex.rows.read", 5, {"group": "brands"}),
        ("impex.rows.inserted", 3, {"group": "brands"}),
    ]
