"""From the YAML files that people write to the groups that the framework works with."""

from impex.config.description import describe, describe_contents, describe_layout
from impex.config.loader import groups_directory, lint, load_group, load_groups
from impex.config.schema import group_schema

__all__ = [
    "describe",
    "describe_contents",
    "describe_layout",
    "group_schema",
    "groups_directory",
    "lint",
    "load_group",
    "load_groups",
]
