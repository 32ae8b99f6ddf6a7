"""Loads the clocks of states from ``config/clocks.yaml``."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import Field

from impex.config import groups_directory
from impex.config.complaints import Complaints
from impex.config.findings import Findings, shown
from impex.config.options import Options
from impex.config.suggestions import suggest
from impex.config.yaml_files import read_file
from impex.config.yaml_source import Items, parse
from orders.config.fields import Duration, length
from orders.domain.clock import CLOCKED, Clock
from orders.domain.states import Machine


def clocks_file() -> Path:
    """Return where this installation has its clocks: beside its groups."""
    return groups_directory().parent / "clocks.yaml"


def load_clocks(path: Path) -> tuple[Clock, ...]:
    """Load the clocks of a file, in its order; without a file there are none.

    Raises:
        ConfigError: The file has faults; all that could be found, in the order of the file.
    """
    if not path.exists():
        return ()
    findings = Findings(str(path))
    root = parse(read_file(path), findings)
    clocks = tuple(_clocks(Complaints(root, findings))) if root is not None else ()
    if findings:
        raise findings.error()
    return clocks


class _ClocksModel(Options):
    clocks: tuple[Any, ...] = Field(
        description="How long something may be in a state.",
        examples=[[{"machine": "delivery", "state": "in_transit", "longer_than": "10 days"}]],
    )


class _ClockModel(Options):
    machine: Machine = Field(
        description="Whether the state is one of orders or of deliveries.", examples=["delivery"]
    )
    state: str = Field(description="A state of that machine.", examples=["in_transit"])
    longer_than: Duration = Field(
        description="What is in the state for longer is overdue.", examples=["10 days"]
    )


def _clocks(complaints: Complaints) -> Iterator[Clock]:
    """Yield the clocks that have no faults; complain about the others."""
    complaints.validate(_ClocksModel, complaints.root)
    listed = complaints.root.get("clocks")
    first: dict[tuple[Machine, str], int] = {}
    for index, raw in enumerate(listed if isinstance(listed, Items) else ()):
        location = ("clocks", index)
        model = complaints.validate(_ClockModel, raw, location)
        if model is None:
            continue
        key = model.machine, model.state
        if model.state not in CLOCKED[model.machine]:
            what = f"No {model.machine} waits in a state {shown(model.state)}."
            hint = suggest(model.state, CLOCKED[model.machine])
            complaints.add((*location, "state"), what, hint)
        elif key in first:
            what = f"{shown(model.state)} has a clock already, entry {first[key]} of the list."
            complaints.add(location, what, "Keep one of them.")
        else:
            first[key] = index + 1
            yield Clock(model.machine, model.state, length(model.longer_than))
