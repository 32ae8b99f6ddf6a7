"""The JSON Schemas of feed and exporter files."""

from typing import Any

from impex.config.schema import schema_of
from orders.config.exporter_models import ExporterModel
from orders.config.models import FeedModel
from orders.config.notice_models import NoticesModel


def feed_schema() -> dict[str, Any]:
    """Return the JSON Schema of feed files."""
    return schema_of(FeedModel, "Order feed")


def exporter_schema() -> dict[str, Any]:
    """Return the JSON Schema of exporter files."""
    return schema_of(ExporterModel, "Order exporter")


def notices_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file of notices."""
    return schema_of(NoticesModel, "Order notices")
