"""Files to begin with: what a descriptor takes, as the descriptor itself reads it."""

import io
from typing import Any

import pytest
from openpyxl import load_workbook

from impex.config import load_group
from impex.domain.column import Column, ColumnType
from impex.domain.group import Descriptor
from impex.domain.layout import Format, Layout
from impex.domain.table import Table
from impex.formats.readers import open_reader
from impex.mapping.binding import bind
from impex.mapping.compiled import CompiledMapping
from impex.services.import_template import has_template, import_template
from local.settings import REPOSITORY
from tests.groups import FACTS, column

CONFIG = REPOSITORY / "config"
SHIPPED = [
    descriptor
    for path in sorted((CONFIG / "groups").glob("*.yaml"))
    for descriptor in load_group(path).descriptors
]
WRITTEN = [d for d in SHIPPED if d.layout.format is Format.TEXT and not d.layout.widths]


def read(descriptor: Descriptor, name: str, content: bytes) -> tuple[int, list[str], list[str]]:
    """Return how many rows are good, what is wrong, and what the file does not have."""
    reader = open_reader(io.BytesIO(content), name, descriptor.layout)
    [(header, width)] = reader.heads
    reader.needed = width
    binding = bind(descriptor, header, width)
    mapping = CompiledMapping(descriptor, binding, FACTS, CONFIG / "transforms")
    mapped = [mapping.apply(batch.frame) for batch in reader.batches()]
    issues = [issue.message for each in mapped for issue in each.issues]
    return sum(each.frame.height for each in mapped), issues, list(binding.absent)


@pytest.mark.parametrize("descriptor", WRITTEN, ids=lambda d: d.name)
def test_each_shipped_descriptor_takes_its_own_template(descriptor: Descriptor) -> None:
    """All of its columns are there, and the example is a good row."""
    template = import_template(descriptor, CONFIG / "transforms")

    assert template is not None
    assert descriptor.takes(template.name)
    assert read(descriptor, template.name, template.content) == (1, [], [])


def descriptor_of(*columns: Column, files: str = "*.csv", **options: Any) -> Descriptor:
    """Build a descriptor of a file of goods."""
    return Descriptor("goods", (files,), Table("shop", "goods"), (), columns, **options)


def template_of(descriptor: Descriptor) -> str:
    """Return the text of its template."""
    template = import_template(descriptor, CONFIG / "transforms")
    assert template is not None
    return template.content.decode()


def test_examples_are_written_as_the_columns_read_them() -> None:
    """Dates by their format, numbers by their locale, words by what they may be."""
    columns = (
        column("day", type=ColumnType.DATE, format="%d.%m.%Y"),
        column("price", type=ColumnType.DECIMAL, locale="de", minimum="1.5"),
        column("paid", type=ColumnType.MONEY, currency_to="currency"),
        column("kind", type=ColumnType.ENUM, values=(("new", "n"), ("used", "u"))),
        column("sold", type=ColumnType.BOOLEAN, yes=("ja",), no=("nein",)),
        column("code", max_length=3),
        column("few", type=ColumnType.INTEGER, maximum="0"),
    )

    head, example = template_of(descriptor_of(*columns, layout=Layout(delimiter=";"))).splitlines()

    assert head == "day;price;paid;kind;sold;code;few"
    assert example == "31.01.2026;1,5;1 EUR;new;ja;cod;0"


def test_a_cell_is_empty_where_no_example_is_known() -> None:
    """A pattern says what is right, not how to make it."""
    columns = (column("code"), column("ean", pattern="[0-9]{13}"))

    assert template_of(descriptor_of(*columns)) == "code,ean\r\ncode 1,\r\n"


def test_fields_by_position_stand_in_their_places() -> None:
    """With their targets as names, where the file has a header; without one, as an example only."""
    columns = (column("name", position=3), column("code", position=1))

    assert template_of(descriptor_of(*columns)) == "code,,name\r\ncode 1,,name 1\r\n"
    bare = descriptor_of(*columns, layout=Layout(header=False))
    assert template_of(bare) == "code 1,,name 1\r\n"


def test_a_workbook_begins_with_a_workbook() -> None:
    """On the sheet that the descriptor reads, below the lines that it skips."""
    layout = Layout(sheet="Goods", skip_lines=2)
    descriptor = descriptor_of(column("code"), files="goods-?.xlsx", layout=layout)
    template = import_template(descriptor, CONFIG / "transforms")

    assert template is not None
    assert template.name == "goods-1.xlsx"
    assert read(descriptor, template.name, template.content) == (1, [], [])


@pytest.mark.parametrize(
    ("files", "layout"),
    [
        ("*.xml", Layout(format=Format.XML, record="a/b")),
        ("*.jsonl", Layout(format=Format.JSON)),
        ("*.txt", Layout(widths=(3, 4), header=False)),
        ("*.ods", Layout()),
        ("*.csv.gz", Layout()),
        ("[ab].csv", Layout()),
    ],
)
def test_what_nobody_types_by_hand_has_no_template(files: str, layout: Layout) -> None:
    """Neither documents nor fixed widths, nor names that cannot be guessed."""
    descriptor = descriptor_of(column("code", position=1), files=files, layout=layout)

    assert not has_template(descriptor)
    assert import_template(descriptor, CONFIG / "transforms") is None


def test_a_workbook_has_notes_on_its_columns() -> None:
    """On a second sheet, which no import reads: what must be filled, and what may stand there."""
    descriptor = descriptor_of(
        column("kind", type=ColumnType.ENUM, values=(("new", "n"), ("used", "u")), required=True),
        column("name", max_length=20),
        files="*.xlsx",
    )
    template = import_template(descriptor, CONFIG / "transforms")
    assert template is not None

    book = load_workbook(io.BytesIO(template.content))
    assert [[cell or "" for cell in row] for row in book["Notes"].iter_rows(values_only=True)] == [
        ["Column", "Must be filled", "Holds", "May say", "At most"],
        ["kind", "yes", "enum", "new, used", ""],
        ["name", "", "text", "", "20 characters"],
    ]
    assert read(descriptor, template.name, template.content) == (1, [], [])
