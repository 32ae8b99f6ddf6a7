"""Columns that are computed from one another, in as few passes over a batch as possible."""

import polars as pl


class Layers:
    """Expressions in the order in which they can be computed.

    Polars computes all expressions of one pass in parallel, but none of them sees another.
    """

    def __init__(self) -> None:
        """Start without any."""
        self._passes: list[list[pl.Expr]] = []
        self._depths: dict[str, int] = {}

    def keep(self, name: str, value: pl.Expr) -> pl.Expr:
        """Compute a column once, behind the columns that it needs; return a reference to it."""
        depth = max((self._depths.get(root, 0) for root in value.meta.root_names()), default=0)
        if depth == len(self._passes):
            self._passes.append([])
        self._passes[depth].append(value.alias(name))
        self._depths[name] = depth + 1
        return pl.col(name)

    def over(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Return the batch with all columns computed."""
        for expressions in self._passes:
            batch = batch.with_columns(expressions)
        return batch
