"""A descriptor of a group on its way: what is known of it so far."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from impex.moving.columns import Column, Options
from impex.moving.notes import Notes
from impex.moving.references import Scope
from impex.moving.source import Node
from impex.moving.tables import Table


@dataclass(slots=True)
class Draft:
    """A descriptor of a group.

    Attributes:
        node: The descriptor that it comes from.
        name: Of its file, or of the column that it stands in.
        options: All but its columns.
        layout: How its files are written.
        scope: What names in its queries mean.
        inner: Columns that are descriptors of their own.
    """

    node: Node
    name: str
    table: Table
    scope: Scope
    options: Options = field(default_factory=dict)
    layout: Options = field(default_factory=dict)
    columns: list[Column] = field(default_factory=list)
    inner: list[Node] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    comments: Sequence[str] = ()

    def column(self, to: str) -> Column | None:
        """Return the last column that fills a column of the table."""
        return next((column for column in reversed(self.columns) if column.to == to), None)

    @property
    def key(self) -> list[Column]:
        """The columns that identify a row."""
        found = (self.column(name) for name in self.options.get("key", ()))
        return [column for column in found if column is not None]
