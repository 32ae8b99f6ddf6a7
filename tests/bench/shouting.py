"""What a user's function does to a column of the exported products."""

from typing import Any


def shouted(cells: Any) -> Any:
    """Return the texts of a pandas Series in capitals."""
    return cells.str.upper()
