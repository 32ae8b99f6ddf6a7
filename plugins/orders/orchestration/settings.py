"""What an installation says of the order DAGs, in the environment of Airflow's processes."""

import os

from impex.domain.errors import ConfigError, Problem


def consumers() -> int:
    """Return how many consumers a run of the feeds has: ``ORDERS_CONSUMERS``.

    Raises:
        ConfigError: It is no number, or too high.
    """
    return _number("ORDERS_CONSUMERS", usual=2, most=32)


def days_of_raw_events() -> int:
    """Return for how many days events are kept as they came: ``ORDERS_RAW_EVENT_DAYS``.

    Raises:
        ConfigError: It is no number, or too high.
    """
    return _number("ORDERS_RAW_EVENT_DAYS", usual=30, most=3650)


def _number(name: str, *, usual: int, most: int) -> int:
    text = os.environ.get(name) or str(usual)
    if text.isascii() and text.isdigit() and 1 <= int(text) <= most:
        return int(text)
    raise ConfigError([Problem(name, f"must be a number from 1 to {most}, not {text}.")])
