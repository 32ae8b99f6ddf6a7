"""What tasks have done, as counters beside Airflow's own: in StatsD or OpenTelemetry, where that is set up."""

from collections.abc import Mapping

from airflow.sdk.observability import stats


def count(what: str, numbers: Mapping[str, int], **tags: str) -> None:
    """Add to the counters ``what.name``, one for each of the numbers that is not 0.

    StatsD knows no tags unless it is told to, so what must be told apart is in the name.

    Args:
        what: ``impex.rows``, for example.
        numbers: By the last part of the name.
        **tags: What else is known of them; no text that people have typed into data.
    """
    for name, number in numbers.items():
        if number:
            stats.incr(f"{what}.{name}", number, tags=tags)
