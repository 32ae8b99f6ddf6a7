"""Groups that were translated from descriptors of the other platform, at work."""

from pathlib import Path

from impex.config import load_group
from impex.domain.group import Group
from impex.domain.report import Counts, JobState
from impex.services.resources import Resources
from tests.exports import exported, one_file
from tests.imports import bring, execute, faults, rows
from tests.unit.xml_descriptors import (
    FILE,
    WRITTEN,
    column,
    converted,
    export_xml,
    import_xml,
    left_open,
    written,
)

BRAND = "select b from BrandEntity b where b.name = {brand}"
GOODS = {
    "entity_type": "org.example.Goods",
    "select_sql": "select g from GoodsEntity g where g.code = {code}",
}
COLUMNS = (
    column("code", 0, value_regex="(.{0,3})(.*)", value_regex_group="1"),
    column("name", 1, value_regex="(.+)", value_regex_template="Goods $1"),
    column("note", 2),
    column("active", 3, data_type="BOOLEAN"),
    column("released", 4, data_type="DATE", context="dd.MM.yyyy"),
    column("seen", 5, data_type="INSTANT"),
    column("brand", 6, "FK_FIELD", entity_type="org.example.Brand", lookup_query=BRAND),
    column("stock", -1, data_type="INT", value_constant="12"),
)
ROWS = """\
"one\\"xx";lamp;a quote\\n;on;31.01.2026;1496756717000 //2017-06-06T13:45:17Z;HP
"two";"two
lines";;off;;2017-06-06T13:45:17Z;HP
"""


def translated(directory: Path, text: str) -> Group:
    """Return the group of a descriptor of which nothing is left open."""
    done = converted(directory, text)
    assert left_open(done) == []
    path = directory / "goods.yaml"
    path.write_text(done.text, "utf-8")
    return load_group(path)


def test_rows_are_read_as_the_platform_reads_them(shop: Resources, tmp_path: Path) -> None:
    """Escapes, texts that are cut and made anew, dates, moments, references, empty cells."""
    file = FILE | {"ignore-first-line": "false"}
    group = translated(tmp_path, import_xml(*COLUMNS, file=file, **GOODS))
    execute(shop, "INSERT INTO shop.goods (code, note) VALUES ('two', 'old')")

    report = bring(shop, group, {"things.csv": ROWS})

    assert report.state is JobState.DONE
    assert report.totals == Counts(read=2, inserted=1, updated=1)
    query = (
        "SELECT g.code, g.name, g.note, active, released::text, seen::text, stock, b.name "
        "FROM shop.goods g JOIN shop.brand b ON b.id = g.brand_id ORDER BY g.code"
    )
    assert rows(shop, query) == [
        ("one", "Goods lamp", "a quote\\n", True, "2026-01-31", "2017-06-06 13:45:17+00", 12, "HP"),
        ("two", "Goods two\nlines", None, False, None, "2017-06-06 13:45:17+00", 12, "HP"),
    ]


def test_one_bad_row_keeps_its_file_out(shop: Resources, tmp_path: Path) -> None:
    """As on the platform, where the whole file is rolled back; here every fault is told."""
    group = translated(tmp_path, import_xml(*COLUMNS, **GOODS))
    content = "a;b;c;d;e;f;g\none;a;;maybe;;;HP\ntwo;b;;on;;;nobody\nthree;c;;on;;;HP\n"

    report = bring(shop, group, {"things.csv": content})

    assert report.state is JobState.REJECTED
    assert rows(shop, "SELECT count(*) FROM shop.goods") == [(0,)]
    assert ("things.csv", 2, "bad_boolean") in faults(shop, report)


def test_an_export_writes_the_rows_that_the_query_chooses(shop: Resources, tmp_path: Path) -> None:
    """Everything in quotes but what is empty; the reference as the name of its brand."""
    execute(
        shop,
        "INSERT INTO shop.goods (code, name, released, kind, brand_id) VALUES "
        "('A', 'Lamp \"x\"', '2026-01-31', 'new', (SELECT id FROM shop.brand WHERE name = 'HP')), "
        "('B', NULL, NULL, 'old', NULL), ('C', NULL, NULL, 'new', NULL)",
    )
    columns = (
        written("Code", "code"),
        written("Name", "name"),
        written("Released", "released", data_type="DATE", context="dd.MM.yyyy"),
        written("Brand", "brand.name"),
    )
    query = "select g from GoodsEntity g where g.kind = 'new'"
    text = export_xml(
        *columns, file=WRITTEN | {"file-name": "goods.csv"}, entity_type="Goods", select_sql=query
    )

    report = exported(shop, translated(tmp_path, text))

    assert sorted(one_file(shop, report).splitlines()) == [
        '"A";"Lamp ""x""";"31.01.2026";"HP"',
        '"C";;;',
        '"Code";"Name";"Released";"Brand"',
    ]
