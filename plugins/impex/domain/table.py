"""The name of a table of the target database."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the target database."""

    schema: str
    name: str

    def __str__(self) -> str:
        """Render as ``schema.name``."""
        return f"{self.schema}.{self.name}"
