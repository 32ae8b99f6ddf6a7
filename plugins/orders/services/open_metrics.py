"""Readings as OpenMetrics, the text that Prometheus reads.

Counts are gauges under the name of their metric; ages are ``NAME_oldest_seconds`` beside them.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics import exposition
from prometheus_client.registry import Collector

from impex.domain.reading import Reading

CONTENT_TYPE: Final = exposition.CONTENT_TYPE_LATEST


def open_metrics(readings: Iterable[Reading], now: datetime) -> bytes:
    """Return readings as the OpenMetrics text format 1.0.

    Args:
        readings: Those of one metric have the same labels.
        now: What ages are told by.
    """
    registry = CollectorRegistry()
    registry.register(_Readings(list(readings), now))
    text: bytes = exposition.generate_latest(registry)  # type: ignore[no-untyped-call]
    return text


class _Readings(Collector):
    """Readings as the library asks for them: by metric."""

    def __init__(self, readings: list[Reading], now: datetime) -> None:
        self._readings = readings
        self._now = now

    def collect(self) -> Iterator[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for reading in self._readings:
            _add(families, reading, reading.metric, reading.number)
            if reading.oldest is not None:
                age_s = (self._now - reading.oldest).total_seconds()
                _add(families, reading, f"{reading.metric}_oldest_seconds", age_s)
        return iter(families.values())


def _add(
    families: dict[str, GaugeMetricFamily], reading: Reading, metric: str, number: float
) -> None:
    names = list(reading.labels)
    family = families.setdefault(
        metric, GaugeMetricFamily(metric, "See /orders/health", labels=names)
    )
    family.add_metric(list(reading.labels.values()), number)
