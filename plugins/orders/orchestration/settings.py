"""What an installation says of the order DAGs, in the environment of Airflow's processes and in files.

DAG files read it again and again: nothing of the rest is loaded for it.
"""

import os
from typing import Final

from impex.config import groups_directory
from impex.config.findings import Findings
from impex.config.yaml_files import read_file
from impex.config.yaml_source import parse
from impex.domain.errors import ConfigError, Problem

FEEDS_DAG: Final = "order_feeds"
EXPORTS_DAG: Final = "order_exports"
"""Names of the DAGs; who may do what with them may do so with orders and their exports."""

GATE_LABEL: Final = "gate {}"
"""How the grid names a gate task among those of its run, by the number of its gate."""


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


def days_of_messages() -> int:
    """Return for how many days messages are kept as they were sent: ``ORDERS_MESSAGE_DAYS``.

    Raises:
        ConfigError: It is no number, or too high.
    """
    return _number("ORDERS_MESSAGE_DAYS", usual=90, most=3650)


def notices_enabled() -> bool:
    """Say whether ``notices.yaml`` enables notices; the rest of it is not looked at.

    Raises:
        ConfigError: The file cannot be read, or is no YAML.
    """
    path = groups_directory().parent / "notices.yaml"
    if not path.exists():
        return False
    findings = Findings(str(path))
    root = parse(read_file(path), findings)
    if root is None:
        raise findings.error()
    return root.get("enabled") == "true"


def _number(name: str, *, usual: int, most: int) -> int:
    text = os.environ.get(name) or str(usual)
    if text.isascii() and text.isdigit() and 1 <= int(text) <= most:
        return int(text)
    raise ConfigError([Problem(name, f"must be a number from 1 to {most}, not {text}.")])
