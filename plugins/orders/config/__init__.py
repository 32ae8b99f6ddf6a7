"""From the YAML files about feeds and exporters to what the system works with."""

from orders.config.exporter_loader import (
    exporters_directory,
    holds_exporters,
    lint_exporters,
    load_chain,
    load_exporters,
)
from orders.config.loader import feeds_directory, lint, load_feed, load_feeds
from orders.config.schema import exporter_schema, feed_schema

__all__ = [
    "exporter_schema",
    "exporters_directory",
    "feed_schema",
    "feeds_directory",
    "holds_exporters",
    "lint",
    "lint_exporters",
    "load_chain",
    "load_exporters",
    "load_feed",
    "load_feeds",
]
