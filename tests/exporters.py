"""Exporters for all tiers."""

import textwrap
from decimal import Decimal
from pathlib import Path
from typing import Any

from impex.domain.errors import ConfigError
from orders.config import load_chain, load_exporters
from orders.domain.conditions import Conditions, Subject
from orders.domain.destination import Manual
from orders.domain.exporter import Exporter
from orders.domain.states import DeliveryGroup, DeliveryStatus, OrderStatus, Payment

EXPORTERS = Path(__file__).parents[1] / "config" / "exporters"

SMALL = """\
flag: INITPAID
target: {table: {name: erp.incoming}}
format: {group: orders, export: lines}
"""

LINES = """\
descriptors:
  - name: lines
    direction: export
    table: orders.export_line
    export: {file: lines.csv}
    columns: [order_number, sku]
"""
"""The group ``orders`` that they name."""


def written(directory: Path, **files: str) -> Path:
    """Write files of exporters, by name with _ for -, and return their directory."""
    exporters, groups = directory / "exporters", directory / "groups"
    exporters.mkdir(exist_ok=True)
    groups.mkdir(exist_ok=True)
    (groups / "orders.yaml").write_text(LINES, "utf-8")
    for name, text in files.items():
        path = exporters / f"{name.replace('_', '-')}.yaml"
        path.write_text(textwrap.dedent(text), "utf-8")
    return exporters


def load(directory: Path, text: str) -> Exporter:
    """Load the exporter ``one`` from its text; others that it needs are in the directory."""
    exporter = load_exporters(written(directory, one=text))["one"]
    if isinstance(exporter, ConfigError):
        raise exporter
    return exporter


def faults(directory: Path, **files: str) -> list[str]:
    """Return the problems of exporters as ``name:line: what hint``, in the order of their names."""
    exporters = written(directory, **files)
    loaded = load_exporters(exporters)
    broken = [exporter for exporter in loaded.values() if isinstance(exporter, ConfigError)]
    problems = [str(problem) for error in broken for problem in error.problems]
    return [text.removeprefix(f"{exporters}/").replace(".yaml", "", 1) for text in problems]


def shipped() -> dict[str, Exporter]:
    """Return the exporters that come with the project."""
    return {each.name: each for each in load_chain(EXPORTERS)}


def exporter(name: str = "one", flag: str = "INITPAID", **options: Any) -> Exporter:
    """Return an exporter that takes everything and only waits for a person."""
    return Exporter(name, flag, Manual(), **options)


def only(**criteria: Any) -> Conditions:
    """Return conditions."""
    return Conditions(**criteria)


def subject(**changed: Any) -> Subject:
    """Return an order of 100 euros from S1 to Germany, paid, with a delivery of ACME."""
    usual: dict[str, Any] = {
        "shop": "S1",
        "status": OrderStatus.IN_PROGRESS,
        "country": "DE",
        "currency": "EUR",
        "payment": Payment.ONLINE,
        "total": Decimal(100),
        "supplier": "ACME",
        "delivery_status": DeliveryStatus.ALLOCATED,
        "delivery_group": DeliveryGroup.STANDARD,
    }
    return Subject(**usual | changed)
