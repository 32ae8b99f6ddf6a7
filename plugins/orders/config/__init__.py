"""From the YAML files about feeds to the feeds that the system works with."""

from orders.config.loader import feeds_directory, lint, load_feed, load_feeds
from orders.config.schema import feed_schema

__all__ = ["feed_schema", "feeds_directory", "lint", "load_feed", "load_feeds"]
