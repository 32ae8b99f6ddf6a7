"""A group describes itself in Markdown that no text of its file can break."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from impex.config import describe, load_group
from impex.config.markdown import code, escape
from impex.domain.column import Column, ColumnType, Lookup, OnEmpty, OnMissing, Regex
from impex.domain.group import Descriptor, Group, OnDuplicate, Scope
from impex.domain.layout import Layout
from impex.domain.policy import ErrorPolicy, Limit, OnError
from impex.domain.table import Table
from tests.groups import column

NASTY = [
    "{{ conn.shop.password }}",
    "{% for x in y %}",
    "{# note #}",
    "a|b",
    "`a",
    "*a*",
    "<script>alert(1)</script>",
    "[a](javascript:alert)",
    "a\n\n# Title",
    "# a",
    "- a",
    "![a](b)",
    "a\\",
    "&lt;",
    " a ",
    "{",
    "%}",
    "",
]
SPARE = column("x", source="x")
LOOKUP = Lookup(Table("s", "t"), ("a",), "b", OnMissing.NULL)


def group_of(*columns: Column, text: str = "") -> Group:
    """Return a group of one descriptor with these columns and this text everywhere."""
    descriptor = Descriptor(
        "brands", (text or "b*.csv",), Table("shop", "brand"), ("x",), columns, description=text
    )
    return Group("brands", (descriptor,), title=text, description=text, owners=(text or "o",))


@pytest.mark.parametrize("text", NASTY)
def test_text_of_the_file_means_nothing_to_jinja(text: str) -> None:
    """Whatever page or template the description passes, no expression starts in it."""
    cell = column(
        "x",
        source=text,
        regex=Regex(text, text),
        default=text,
        on_empty=OnEmpty.DEFAULT,
        format=text,
    )

    description = describe(group_of(cell, Column("y", constant=text), text=text))

    assert not re.search(r"\{[{%#]|[}%#]\}", description)


@pytest.mark.parametrize("text", NASTY)
def test_text_of_the_file_stays_in_its_cell(text: str) -> None:
    """Every row of the table has five cells, and the text is shown as typed."""
    columns = (column("x", source=text), Column("y", constant=text))

    html = MarkdownIt("commonmark").enable("table").render(describe(group_of(*columns, text=text)))

    rows = re.findall(r"<tr>.*?</tr>", html, re.DOTALL)
    assert [row.count("<td>") for row in rows] == [0, 5, 5]
    assert html.count("<h1>") == html.count("<h2>") == 1
    assert not re.search(r"<(script|a|img|em|li>\n<p)", html)


@given(st.text(alphabet=st.sampled_from("{}%#`|\\*_[]()<>&!~$ab \n"), max_size=12))
def test_no_mixture_of_signs_escapes(text: str) -> None:
    """Text and code come out of Markdown as they went in, blanks aside."""
    for written in (escape(text), code(text)):
        (paragraph,) = MarkdownIt("commonmark").parseInline(f"x{written}x")
        shown = "".join(child.content for child in paragraph.children or [])

        assert shown.split() == f"x{text}x".split() or shown == f"x{' '.join(text.split())}x"


def test_airflow_does_not_take_the_description_for_a_file() -> None:
    """A text that ends in ``.md`` would be opened."""
    assert not describe(group_of(SPARE, text="notes.md")).endswith(".md")


def test_what_a_group_does_is_said_in_words(tmp_path: Path) -> None:
    """Schedule, owners, masks, keys, policies, order and columns are all there."""
    path = tmp_path / "offers.yaml"
    path.write_text(
        """\
title: Offers
description: |
  What suppliers
  send us.

  Every day.
schedule: "0 5 * * *"
timezone: Europe/Berlin
max_rejects: 5 %
descriptors:
  - name: brands
    files: [brands*.csv, marken?.csv]
    table: shop.brand
    key: name
    columns: [name]
  - name: offers
    description: Prices
    files: offers.csv
    table: shop.offer
    key: [sku_id, currency]
    on_duplicate: last
    layout: {delimiter: "\\t", header: false, escape: backslash, ragged: pad}
    columns:
      - {position: 1, to: sku_id, lookup: {table: shop.brand, by: code, on_missing: skip_row}}
      - {to: currency, constant: EUR}
      - {position: 2, to: price, type: decimal, scale: 2, on_empty: clear}
      - {position: 3, to: size, regex: "([0-9]+)", trim: true, max_length: 3, insert_only: true}
      - {position: 4, to: day, type: date, format: "%d.%m.%Y", default: 2026-01-01}
      - {position: 5, to: note, language: en}
""",
        "utf-8",
    )

    assert describe(load_group(path)) == EXPECTED


EXPECTED = """\
# Offers

What suppliers send us.

Every day.

Imports 2 kinds of file. Runs by the schedule `0 5 * * *`, time zone `Europe/Berlin`. \
Owners: merchant-operations.


## brands

* Files: `brands*.csv`, `marken?.csv`
* Table: `shop.brand`, key `name`
* Layout: fields separated by comma, quoted by `"`, encoding `utf-8`
* Faults: bad rows are rejected, good rows are applied, unless more than 5 percent are bad; \
rows with the same key are rejected

| column | from | type | empty cell | notes |
|---|---|---|---|---|
| `name` | `name` | text | is a fault |  |

## offers

Prices

* Files: `offers.csv`
* Table: `shop.offer`, key `sku_id`, `currency`
* Layout: fields separated by tab, quoted by `"`, encoding `utf-8`, quotes inside fields \
follow a backslash, no header, missing fields at the end count as empty
* Faults: bad rows are rejected, good rows are applied, unless more than 5 percent are bad; \
of rows with the same key the last is applied
* Comes after: `brands`

| column | from | type | empty cell | notes |
|---|---|---|---|---|
| `sku_id` | field 1 | text | is a fault | `id` of the row of `shop.brand` with this `code`, \
else the row is skipped |
| `currency` | always `EUR` | text |  |  |
| `price` | field 2 | decimal, at most 2 decimals | clears the value |  |
| `size` | field 3 | text, at most 3 characters | keeps the old value | \
blanks at both ends are removed; the part `${1}` of `([0-9]+)`; new rows only |
| `day` | field 4 | date, written `%d.%m.%Y` | becomes `2026-01-01` |  |
| `note` (en) | field 5 | text | keeps the old value |  |
"""


def test_owners_scope_and_bounds_are_said_in_words() -> None:
    """Where the group has some."""
    group = replace(
        group_of(SPARE),
        owners=("anna", "b_team"),
        scope=Scope("shop_id", "A`1"),
        max_parallel=4,
        pool="shop_db",
    )

    description = describe(group)

    assert "Owners: anna, b\\_team." in description
    assert "Only for rows whose `shop_id` is A\\`1." in description
    assert "At most 4 files of a run are read at once." in description
    assert "Runs in the pool `shop_db`." in description


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (ErrorPolicy(), "bad rows are rejected, good rows are applied;"),
        (ErrorPolicy(max_rejects=Limit(3)), "applied, unless more than 3 are bad;"),
        (ErrorPolicy(OnError.REJECT_FILE, Limit(3)), "one bad row rejects its file;"),
        (ErrorPolicy(OnError.REJECT_PACKAGE), "one bad row rejects the whole package;"),
    ],
)
def test_policies_are_said_in_words(policy: ErrorPolicy, words: str) -> None:
    """Each policy has its sentence."""
    group = group_of(SPARE)
    descriptor = replace(group.descriptors[0], errors=policy, on_duplicate=OnDuplicate.FIRST)

    description = describe(replace(group, descriptors=(descriptor,)))

    assert f"{words} of rows with the same key the first is applied" in description


@pytest.mark.parametrize(
    ("column", "row"),
    [
        (Column("x", constant=""), "| `x` | always empty text | text |  |  |"),
        (column("x", source="y", required=True), "| `x` | `y` | text | is a fault |  |"),
        (
            column("x", source="y", default="", on_empty=OnEmpty.DEFAULT),
            "| `x` | `y` | text | becomes empty text |  |",
        ),
        (
            column("x", source="y", type=ColumnType.JSON, on_empty=OnEmpty.ERROR),
            "| `x` | `y` | json | is a fault |  |",
        ),
        (
            column("x", position=2, required=True, lookup=LOOKUP),
            "| `x` | field 2 | text | is a fault | `b` of the row of `s.t` with this `a`, else it is empty |",
        ),
    ],
)
def test_a_column_is_a_row_of_the_table(column: Column, row: str) -> None:
    """Source, type, empties and notes each have a cell."""
    assert row in describe(group_of(column)).splitlines()


def test_a_layout_that_all_share_is_told_once() -> None:
    """Fifteen descriptors do not repeat it fifteen times."""
    group = group_of(SPARE)
    other = replace(group.descriptors[0], name="other")
    third = replace(other, name="third", layout=Layout(delimiter=";"))

    assert describe(replace(group, descriptors=(*group.descriptors, other))).count("Layout:") == 1
    assert describe(replace(group, descriptors=(*group.descriptors, third))).count("Layout:") == 2
