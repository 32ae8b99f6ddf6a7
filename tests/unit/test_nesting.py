"""Which exports write one document together, and how their rows find each other."""

import pytest

from impex.domain.column import Column, Lookup
from impex.domain.export import Export
from impex.domain.layout import Format, Layout
from impex.domain.nesting import Link, nests
from impex.domain.table import Table

ORDERS, LINES = Table("shop", "orders"), Table("shop", "lines")


def export(name: str, record: str | None, *columns: Column, file: str = "f.xml") -> Export:
    """Return an export of a document, or of text where there is no record."""
    layout = Layout(format=Format.XML, record=record) if record else Layout()
    table = ORDERS if name == "orders" else LINES
    return Export(name, file, columns, table=table, layout=layout)


OUTER = export("orders", "/o/order", Column("number", ("@no",)))
INNER = export("lines", "/o/order/l/line", Column("order_number", ("../../@no",)))


def test_records_stand_within_the_nearest_records_around_them() -> None:
    """In any order of the descriptors, to any depth."""
    line = export(
        "lines", "/o/order/l/line", Column("order_number", ("../../@no",)), Column("no", ("@no",))
    )
    deep = export("serials", "/o/order/l/line/s", Column("line", ("../@no",)))

    (nest,) = nests([deep, line, OUTER])

    assert [n.export.name for n in nest.all()] == ["orders", "lines", "serials"]
    assert [n.link for n in nest.all()] == [
        None, Link("order_number", "number"), Link("line", "no"),
    ]  # fmt: skip


def test_a_lookup_leads_to_the_row_around() -> None:
    """By the column that both files name."""
    lookup = Lookup(ORDERS, ("number",))
    inner = export("lines", "/o/order/line", Column("order_id", ("../@no",), lookup=lookup))

    (nest,) = nests([OUTER, inner])

    assert nest.children[0].link == Link("order_id", "id")


def test_other_files_and_texts_stand_alone() -> None:
    """Also if their paths look alike."""
    other = export("lines", "/o/order/line", file="other.xml")
    text = export("text", None, Column("a", ("a",)))

    assert [nest.children for nest in nests([OUTER, other, text])] == [(), (), ()]


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ((), r"lines stands within orders, and no column of it leads there. Add one from `../…`"),
        ((Column("x", ("../@other",)),), "no column of it leads there"),
        (
            (Column("x", ("../@no",), lookup=Lookup(LINES, ("sku",))),),
            "x looks up shop.lines by sku, and not shop.orders by number",
        ),
    ],
)
def test_rows_that_do_not_lead_to_the_row_around_are_refused(
    columns: tuple[Column, ...], fault: str
) -> None:
    """With what is missing."""
    with pytest.raises(ValueError, match=fault):
        nests([OUTER, export("lines", "/o/order/line", *columns)])
