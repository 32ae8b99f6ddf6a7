"""The JSON Schema of a feed file."""

from typing import Any

from impex.config.schema import schema_of
from orders.config.models import FeedModel


def feed_schema() -> dict[str, Any]:
    """Return the JSON Schema of feed files."""
    return schema_of(FeedModel, "Order feed")
