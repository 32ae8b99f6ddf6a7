"""Groups, descriptors and columns to start a test from."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from impex.domain.column import Column, ColumnType, Limits, Lookup, Notation, OnEmpty, OnMissing
from impex.domain.constants import Facts
from impex.domain.group import Descriptor, FullFeed, Group, OnAbsent
from impex.domain.policy import ErrorPolicy, Limit, OnError
from impex.domain.table import Table

FACTS = Facts(7, "shop", "goods.zip", "goods.csv", datetime(2026, 1, 31, 12, tzinfo=UTC))
GOODS = Table("shop", "goods")
BRAND = Table("shop", "brand")
LIMITS = frozenset(Limits.__dataclass_fields__)
NOTATION = frozenset(Notation.__dataclass_fields__)


def column(to: str, **options: Any) -> Column:
    """Build a text column that is read from the header of the same name."""
    for single, several in (("source", "sources"), ("position", "sources"), ("format", "formats")):
        if options.get(single) is not None:
            options[several] = (options.pop(single),)
    options.pop("format", None)
    if options.keys().isdisjoint({"sources", "constant"}):
        options["sources"] = (to,)
    for group, kind in ((LIMITS, Limits), (NOTATION, Notation)):
        named = {name: options.pop(name) for name in group & options.keys()}
        if named:
            options[kind.__name__.lower()] = kind(**named)
    return Column(to, **options)


def integer(to: str, **options: Any) -> Column:
    """Build a column of whole numbers."""
    return column(to, type=ColumnType.INTEGER, **options)


def decimal(to: str, **options: Any) -> Column:
    """Build a column of decimal numbers."""
    return column(to, type=ColumnType.DECIMAL, **options)


def translated(to: str, language: str, **options: Any) -> Column:
    """Build a column that is read from the header ``to_language``."""
    return column(to, source=f"{to}_{language}", language=language, **options)


def brand_of(on_missing: OnMissing = OnMissing.REJECT, **options: Any) -> Column:
    """Build a column ``brand`` that refers to a brand by its name."""
    lookup = Lookup(BRAND, ("name",), on_missing=on_missing)
    return column("brand_id", source="brand", lookup=lookup, **options)


def parent(on_missing: OnMissing = OnMissing.REJECT) -> Column:
    """Build a column ``parent`` that refers to goods by their code."""
    lookup = Lookup(GOODS, ("code",), on_missing=on_missing)
    return column("parent_id", source="parent", lookup=lookup)


def goods(*columns: Column, **options: Any) -> Descriptor:
    """Build a descriptor of goods*.csv, which fills shop.goods by ``code``."""
    known = {"table": GOODS, "key": ("code",)}
    return descriptor("goods", columns=(column("code"), *columns), **{**known, **options})


def brands(*columns: Column, **options: Any) -> Descriptor:
    """Build a descriptor of brands*.csv, which fills shop.brand by ``name``."""
    known = {"table": BRAND, "key": ("name",)}
    return descriptor("brands", columns=(column("name"), *columns), **{**known, **options})


def descriptor(name: str, table: Table, columns: tuple[Column, ...], **options: Any) -> Descriptor:
    """Build a descriptor whose key columns are required, as the configuration makes them."""
    key = options["key"]
    bound = tuple(
        replace(c, required=True, on_empty=OnEmpty.ERROR) if c.to in key else c for c in columns
    )
    options.setdefault("files", (f"{name}*.csv",))
    return Descriptor(name=name, table=table, columns=bound, **options)


def group(*descriptors: Descriptor, **options: Any) -> Group:
    """Build a group of descriptors."""
    return Group("shop", descriptors, **options)


def full(on_absent: str = "delete", max_absent: Limit | None = None, **options: Any) -> FullFeed:
    """Build a full feed that may lack any number of rows, unless a limit is given."""
    return FullFeed(OnAbsent(on_absent), max_absent=max_absent or Limit(), **options)


def policy(on_error: str = "reject_rows", **options: Any) -> ErrorPolicy:
    """Build an error policy by the name of its reach."""
    limit = Limit(options.get("max_rejects"), options.get("max_reject_share"))
    return ErrorPolicy(OnError(on_error), limit)
