"""Rows become JSON lines and XML documents, with rows of other tables within."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from impex.domain.errors import ConfigError
from impex.domain.export_run import ExportReport, ExportState, WriteState
from impex.domain.report import Counts
from impex.services.resources import Resources
from tests.exports import beside, exported, files, goods_feed, one_file, unwritten, written_group
from tests.imports import bring, execute

TWO = """
    INSERT INTO shop.goods (code, name, price, stock, active, released, extra, title, brand_id) VALUES
        ('A', 'Cup & "saucer" <1>', 1.50, 1, true, '2026-01-31', '{"a": [1, null]}',
         '{"en": "Cup", "de": "Tasse"}', (SELECT id FROM shop.brand WHERE name = 'HP')),
        ('B', NULL, NULL, 2, NULL, NULL, NULL, '{}', NULL)
"""
BRAND = "{from: %s, to: brand_id, lookup: {table: shop.brand, by: name}}"


def test_json_lines_have_values_of_their_kind(shop: Resources, tmp_path: Path) -> None:
    """One object a line; what stands before a point is an object around."""
    execute(shop, TWO)
    columns = [
        "code", "{from: text.name, to: name}", "{from: text.de, to: title, language: de}",
        "{to: price, type: decimal}", "{to: active, type: boolean}", "{to: released, type: date}",
        "{to: extra, type: json}", "{from: shop, to: note, constant: S}", BRAND % "brand",
    ]  # fmt: skip

    text = one_file(shop, exported(shop, written_group(tmp_path, _json(columns))))

    assert [json.loads(line) for line in text.splitlines()] == [
        {
            "code": "A", "text": {"name": 'Cup & "saucer" <1>', "de": "Tasse"}, "price": 1.5,
            "active": True, "released": "2026-01-31", "extra": {"a": [1, None]}, "shop": "S",
            "brand": "HP",
        },
        {
            "code": "B", "text": {"name": None, "de": None}, "price": None, "active": None,
            "released": None, "extra": None, "shop": "S", "brand": None,
        },
    ]  # fmt: skip


def test_json_has_lists_and_one_line_for_each_row(shop: Resources, tmp_path: Path) -> None:
    """Whatever line ends are in the values."""
    execute(
        shop,
        "ALTER TABLE shop.goods ADD raw json, ADD tags text[];"
        "INSERT INTO shop.goods (code, name, raw, tags) VALUES"
        """ ('A', E'one\\ntwo\\u2028', E'{"b":\\n 1}', '{x,"y z"}')""",
    )
    columns = ["code", "name", "{to: raw, type: json}", "{to: tags, split: ';'}"]

    text = one_file(shop, exported(shop, written_group(tmp_path, _json(columns))))

    assert text.count("\n") == 1
    assert json.loads(text) == {
        "code": "A", "name": "one\ntwo\u2028", "raw": {"b": 1}, "tags": ["x", "y z"],
    }  # fmt: skip


def test_an_export_of_json_without_rows_is_an_empty_file(shop: Resources, tmp_path: Path) -> None:
    """No line, no object."""
    group = written_group(tmp_path, _json(["code"]))

    assert one_file(shop, exported(shop, group)) == ""


XML = "{format: xml, record: /feed/item, namespaces: {'': 'urn:feed', x: 'urn:x'}}"


def test_xml_has_attributes_languages_places_and_namespaces(
    shop: Resources, tmp_path: Path
) -> None:
    """What is nothing is left out."""
    execute(shop, TWO)
    columns = [
        "{from: '@code', to: code}", "{from: name, to: name}",
        "{from: \"title[@xml:lang='en']\", to: title, language: en}",
        "{from: \"title[@xml:lang='de']\", to: title, language: de}",
        "{from: 'x:price/@currency', to: note, constant: EUR}",
        "{from: 'x:price', to: price, type: decimal}",
        "{from: 'part[2]', to: stock, type: integer}",
    ]  # fmt: skip

    text = one_file(shop, exported(shop, written_group(tmp_path, _xml(columns))))

    assert text == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="urn:feed" xmlns:x="urn:x">\n'
        '<item code="A"><name>Cup &amp; "saucer" &lt;1&gt;</name><title xml:lang="en">Cup</title>'
        '<title xml:lang="de">Tasse</title><x:price currency="EUR">1.5</x:price>'
        "<part></part><part>1</part></item>\n"
        '<item code="B"><x:price currency="EUR"></x:price><part></part><part>2</part></item>\n'
        "</feed>\n"
    )
    parsed(text)


@pytest.mark.parametrize("split", [None, 1])
def test_xml_without_rows_is_a_document_all_the_same(
    shop: Resources, tmp_path: Path, split: int | None
) -> None:
    """With what stands around the records."""
    text = _xml(["code"], file="f-{part}.xml", export=f"split_rows: {split}" if split else "")

    content = one_file(shop, exported(shop, written_group(tmp_path, text)))

    assert len(parsed(content)) == 0


def test_each_document_is_whole_where_rows_are_split(shop: Resources, tmp_path: Path) -> None:
    """With start and end of its own."""
    execute(shop, TWO)
    text = _xml(["code"], file="f-{part}.xml", export="split_rows: 1")

    found = files(shop, exported(shop, written_group(tmp_path, text)))

    assert [parsed(c)[0][0].text for c in found.values()] == ["A", "B"]


def test_a_record_may_be_the_whole_document(shop: Resources, tmp_path: Path) -> None:
    """Then there is one document for each row."""
    execute(shop, TWO)
    layout = "{format: xml, record: /item, namespaces: {'': 'urn:feed'}}"
    text = _xml(
        ["code"], layout=layout, file="f-{part}.xml", export="split_rows: 1\n      empty: skip"
    )

    found = files(shop, exported(shop, written_group(tmp_path, text)))

    roots = [parsed(content) for content in found.values()]
    assert [(root.tag, root[0].text) for root in roots] == [
        ("{urn:feed}item", "A"), ("{urn:feed}item", "B"),
    ]  # fmt: skip


def test_several_records_cannot_be_one_document(tmp_path: Path) -> None:
    """A document has one root: the descriptor must say that rows are split."""
    with pytest.raises(ConfigError, match="A document has one root"):
        written_group(tmp_path, _xml(["code"], layout="{format: xml, record: /item}"))


@pytest.mark.parametrize("character", ["\x01", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_a_character_that_xml_cannot_hold_is_told_and_not_dropped(
    shop: Resources, tmp_path: Path, character: str
) -> None:
    """Its row is left out, wherever it stands."""
    execute(shop, TWO)
    with shop.database.transaction() as connection:
        connection.execute("UPDATE shop.goods SET name = %s WHERE code = 'A'", [f"a{character}b"])

    report = exported(shop, written_group(tmp_path, _xml(["code", "{from: '@n', to: name}"])))

    assert [item.findtext("{*}code") for item in _items(shop, report)] == ["B"]
    assert unwritten(shop, report) == [
        ("code=A", "@n", "@n has a character that the file cannot hold")
    ]
    assert report.run.state is ExportState.REJECTED


def test_lists_are_elements_and_only_those_that_xml_cannot_hold_are_told(
    shop: Resources, tmp_path: Path
) -> None:
    """One for each element, in their order."""
    execute(
        shop,
        "ALTER TABLE shop.goods ADD tags jsonb;"
        """INSERT INTO shop.goods (code, tags) VALUES ('A', '["y", "x&"]'), ('B', '["a", "b\\u0001"]')""",
    )
    columns = ["code", "{from: tags/tag, to: tags, repeated: true}"]

    report = exported(shop, written_group(tmp_path, _xml(columns)))

    (item,) = _items(shop, report)
    assert [tag.text for tag in item.iterfind("{*}tags/{*}tag")] == ["y", "x&"]
    assert unwritten(shop, report) == [
        ("code=B", "tags/tag", "tags/tag has a character that the file cannot hold")
    ]


def test_white_space_and_marks_come_back_from_xml(shop: Resources, tmp_path: Path) -> None:
    """In attributes and in texts; the parser reads what the table has."""
    text = "\ta\r\nb\rc\n \"'<>&]]>\u0085\u2028"
    with shop.database.transaction() as connection:
        connection.execute("INSERT INTO shop.goods (code, name) VALUES ('A', %s)", [text])

    report = exported(shop, written_group(tmp_path, _xml(["name", "{from: '@n', to: name}"])))

    (item,) = _items(shop, report)
    assert (item.get("n"), item.findtext("{*}name")) == (text, text)


ORDERS = """
    CREATE TABLE shop.sale (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, number text UNIQUE, note text);
    CREATE TABLE shop.sale_line (id bigint PRIMARY KEY, sale_id bigint REFERENCES shop.sale, line int, sku text);
    CREATE TABLE shop.sale_serial (id bigint PRIMARY KEY, line_id bigint REFERENCES shop.sale_line, serial text);
    INSERT INTO shop.sale VALUES (1, 'S1', 'x'), (2, 'S2', NULL);
    INSERT INTO shop.sale_line VALUES (10, 1, 2, 'b'), (11, 1, 1, 'a'), (12, NULL, 1, 'nobody');
    INSERT INTO shop.sale_serial VALUES (100, 10, 'n2'), (101, 10, 'n1'), (102, 11, 'n3')
"""
NESTED = """
title: Sales
layout: {format: xml%(schema)s}
descriptors:
  - name: sales
    direction: export
    table: shop.sale
    key: number
    %(policy)s
    layout: {record: /sales/sale}
    export: {file: sales.xml}
    columns: [{from: '@number', to: number}, {from: note, to: note}]
  - name: lines
    direction: export
    table: shop.sale_line
    key: id
    layout: {record: /sales/sale/lines/line}
    export: {file: sales.xml, sort: line}
    columns:
      - {from: '../../@number', to: sale_id, lookup: {table: shop.sale, by: number}}
      - {from: '@id', to: id, type: integer}
      - sku
  - name: serials
    direction: export
    table: shop.sale_serial
    key: serial
    layout: {record: /sales/sale/lines/line/serial}
    export: {file: sales.xml}
    columns:
      - {from: '../@id', to: line_id, type: integer}
      - {from: '@n', to: serial}
"""


def nested(schema: str = "", policy: str = "") -> str:
    """Return a group of three tables within each other."""
    return NESTED % {"schema": schema, "policy": policy}


def test_rows_stand_within_the_rows_that_they_refer_to(shop: Resources, tmp_path: Path) -> None:
    """Two levels deep, each in its own order."""
    execute(shop, ORDERS)

    report = exported(shop, written_group(tmp_path, nested()))

    assert one_file(shop, report) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<sales>\n'
        '<sale number="S1"><note>x</note><lines>'
        '<line id="11"><sku>a</sku><serial n="n3"></serial></line>'
        '<line id="10"><sku>b</sku><serial n="n1"></serial><serial n="n2"></serial></line>'
        "</lines></sale>\n"
        '<sale number="S2"></sale>\n</sales>\n'
    )
    assert (report.files[0].export, report.files[0].rows) == ("sales", 2)


def test_a_row_within_that_cannot_be_written_leaves_out_the_row_around(
    shop: Resources, tmp_path: Path
) -> None:
    """And the row within is the one that is told of."""
    execute(shop, ORDERS)
    execute(shop, "UPDATE shop.sale_serial SET serial = E'a\\x01' WHERE serial = 'n3'")

    report = exported(shop, written_group(tmp_path, nested()))

    assert [item.get("number") for item in _items(shop, report)] == ["S2"]
    assert [(c, m) for _, c, m in unwritten(shop, report)] == [
        ("@n", "@n has a character that the file cannot hold")
    ]


def test_rows_that_nothing_leads_to_are_refused(tmp_path: Path) -> None:
    """A descriptor within another needs a column that says in which row."""
    text = nested().replace("      - {from: '../@id', to: line_id, type: integer}\n", "")

    with pytest.raises(
        ConfigError, match=r"serials stands within lines, and no column of it leads"
    ):
        written_group(tmp_path, text)


def test_a_nested_document_comes_back_as_it_was(shop: Resources, tmp_path: Path) -> None:
    """An import of the same descriptors changes nothing."""
    execute(shop, ORDERS)
    text = nested().replace("direction: export", "direction: both\n    files: 'sales*'")
    text = text.split("  - name: serials")[0]
    group = written_group(tmp_path, text)

    report = exported(shop, group)
    back = bring(shop, group, {"sales.xml": one_file(shop, report)})

    assert back.totals == Counts(read=4, unchanged=4)


XSD = """<?xml version="1.0"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="sales"><xs:complexType><xs:sequence>
    <xs:element name="sale" maxOccurs="unbounded"><xs:complexType>
      <xs:sequence>
        <xs:element name="note" type="xs:string" minOccurs="0"/>
        <xs:element name="lines" minOccurs="0"/>
      </xs:sequence>
      <xs:attribute name="number" use="required"><xs:simpleType><xs:restriction base="xs:string">
        <xs:pattern value="S[0-9]"/></xs:restriction></xs:simpleType></xs:attribute>
    </xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>
"""


@pytest.mark.parametrize(
    ("number", "state", "run"),
    [
        ("S3", WriteState.WRITTEN, ExportState.DONE),
        ("T3", WriteState.REFUSED, ExportState.REJECTED),
    ],
)
def test_a_document_is_published_only_if_it_keeps_to_its_schema(
    shop: Resources, tmp_path: Path, number: str, state: WriteState, run: ExportState
) -> None:
    """What does not is told, with the place."""
    schemas = tmp_path / "config" / "schemas"
    schemas.mkdir(parents=True)
    (schemas / "sales.xsd").write_text(XSD, "utf-8")
    execute(shop, ORDERS)
    with shop.database.transaction() as connection:
        connection.execute("UPDATE shop.sale SET number = %s WHERE number = 'S2'", [number])
    user = replace(shop, user_files=beside(tmp_path))

    report = exported(user, written_group(tmp_path, nested(", schema_file: sales.xsd")))

    assert (report.files[0].state, report.run.state) == (state, run)
    assert len(report.published) == (1 if state is WriteState.WRITTEN else 0)
    assert (state is WriteState.WRITTEN) == (unwritten(user, report) == [])


def parsed(document: str | bytes) -> ET.Element:
    """Return the root of a document."""
    data = document.encode() if isinstance(document, str) else document
    return ET.fromstring(data)  # noqa: S314 - the project has written it


def _json(columns: list[str]) -> str:
    return goods_feed(columns=columns, layout="{format: json}", file="goods.jsonl")


def _xml(columns: list[str], *, layout: str = XML, file: str = "f.xml", export: str = "") -> str:
    return goods_feed(columns=columns, layout=layout, file=file, export=export)


def _items(resources: Resources, report: ExportReport) -> list[ET.Element]:
    return list(parsed(one_file(resources, report)))
