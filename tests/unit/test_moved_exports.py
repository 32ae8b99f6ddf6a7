"""Export descriptors of the other platform, feature by feature."""

from pathlib import Path

import pytest

from tests.unit.xml_descriptors import (
    WRITTEN,
    assumed,
    column,
    converted,
    export_xml,
    group,
    import_xml,
    left_open,
    only,
    written,
)


def test_an_export_says_table_file_and_columns(tmp_path: Path) -> None:
    """Everything stands in quotes, as the platform writes it."""
    done = converted(tmp_path, export_xml(written("Code", "code"), written("Tax", "tax.code")))

    assert only(done) == {
        "name": "thing-1",
        "direction": "export",
        "table": "shop.thing",
        "export": {"file": "things-{date:%Y%m%d%H%M%S}.csv", "quoting": "all"},
        "columns": [
            {"from": "Code", "to": "code"},
            {"from": "Tax", "to": "tax_id", "lookup": {"table": "shop.tax", "by": "code"}},
        ],
    }
    assert left_open(done) == []


def test_without_a_header_columns_have_their_place(tmp_path: Path) -> None:
    """Line ends and layout are those of the descriptor."""
    file = WRITTEN | {"print-header": "false", "line-end": "\\r\\n", "column-delimiter": "|"}

    done = converted(tmp_path, export_xml(written("", "a"), written("", "b"), file=file))

    assert only(done)["columns"] == [{"position": "1", "to": "a"}, {"position": "2", "to": "b"}]
    assert only(done)["export"]["line_end"] == "crlf"
    assert group(done)["layout"] == {"delimiter": "|", "header": "false"}


def test_values_are_written_as_their_type_has_them(tmp_path: Path) -> None:
    """A day with a time of day is a timestamp; a constant needs no column."""
    done = converted(
        tmp_path,
        export_xml(
            written("On", "on", data_type="DATE", context="dd.MM.yyyy"),
            written("At", "at", data_type="DATE", context="yyyy-MM-dd HH:mm:ss"),
            written("Title", "title", language="de"),
            written("Kind", "kind", value_constant="thing"),
            written("", "code"),
        ),
    )

    assert only(done)["columns"] == [
        {"from": "On", "to": "on", "type": "date", "format": "%d.%m.%Y"},
        {"from": "At", "to": "at", "type": "timestamp", "format": "%Y-%m-%d %H:%M:%S"},
        {"from": "Title", "to": "title", "language": "de"},
        {"from": "Kind", "constant": "thing", "to": "kind"},
        {"from": "code", "to": "code"},
    ]
    assert "`code` has no column-header; its name is written." in assumed(done)


def test_a_query_chooses_rows(tmp_path: Path) -> None:
    """By what they hold, by nothing, and by the row that they refer to."""
    query = (
        "select p from SkuPriceEntity p "
        "where p.currency = 'EUR' and p.salePrice is null and p.shop.code = 'SHOP10'"
    )

    done = converted(
        tmp_path,
        export_xml(written("SKU", "skuCode"), entity_type="x.SkuPrice", select_sql=query),
    )

    assert only(done)["export"]["where"] == {"currency": "EUR", "sale_price": "~"}
    assert only(done)["columns"][-1] == {
        "constant": "SHOP10", "to": "shop_id", "lookup": {"table": "shop.shop", "by": "code"}
    }  # fmt: skip
    assert left_open(done) == []


@pytest.mark.parametrize(
    "query",
    [
        "select t from ThingEntity t where t.a is not null",
        "select t from ThingEntity t where t.a = {parent.x}",
        "select t from ThingEntity t where t.a.b.c = 1",
        "select t.a from ThingEntity t",
        "select t from ThingEntity t order by t.a",
        "",
    ],
)
def test_a_query_that_chooses_in_another_way_is_told(tmp_path: Path, query: str) -> None:
    """More rows are written than on the platform, and the note says so."""
    done = converted(tmp_path, export_xml(written("Code", "code"), select_sql=query))

    (told,) = left_open(done)
    assert "rows are written" in told


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"data_type": "PRICE", "context": "EUR"}, "a value of data-type PRICE is no column"),
        ({"export_descriptor": "<entity-type>X</entity-type>"}, "rows in a cell are no column"),
        ({"data_type": "KLINGON"}, "data-type `KLINGON` has no counterpart"),
        ({"data_type": "DATE", "context": "dd.MM.yyyy SSS"}, "`SSS` has no counterpart"),
        ({"value_regex": "(a)"}, "value-regex `(a)`: the whole value is written."),
    ],
)
def test_a_column_that_is_none_here_is_told(
    tmp_path: Path, parts: dict[str, str], told: str
) -> None:
    """It is left out, or written as it is."""
    done = converted(tmp_path, export_xml(written("Code", "code"), written("X", "x", **parts)))

    (line,) = left_open(done)
    assert told in line
    assert only(done)["columns"][0] == {"from": "Code", "to": "code"}


@pytest.mark.parametrize(
    ("name", "file", "told"),
    [
        ("{root}/things.csv", "things.csv", None),
        ("/out/things.csv", "things.csv", "files have no folder"),
        ("things.zip", "things.csv", 'Add `publish: {zip: "things.zip"}`'),
        ("{nobody}.csv", "thing-1.csv", "contains {nobody}"),
        ("", "thing-1.csv", "is missing"),
    ],
)
def test_a_file_has_a_name_without_a_folder(
    tmp_path: Path, name: str, file: str, told: str | None
) -> None:
    """What cannot be kept of it is told."""
    done = converted(
        tmp_path, export_xml(written("Code", "code"), file=WRITTEN | {"file-name": name})
    )

    assert only(done)["export"]["file"] == file
    assert len(left_open(done)) == (told is not None)
    assert (told or "") in " ".join(str(note) for note in done.notes)


def test_imports_and_exports_are_one_group(tmp_path: Path) -> None:
    """What all have alike in their layout stands once."""
    done = converted(
        tmp_path,
        export_xml(written("A", "a")),
        export_xml(written("B", "b"), file=WRITTEN | {"file-name": "others.csv"}),
        import_xml(column("code")),
    )

    assert group(done)["layout"] == {"delimiter": ";"}
    assert [d.get("direction") for d in group(done)["descriptors"]] == ["export", "export", None]
