"""Documents that must keep to a schema: what does not is told with its line."""

from dataclasses import replace
from pathlib import Path

import pytest

from impex.domain.errors import ConfigError, FileFaultError
from impex.domain.issue_codes import Code
from impex.formats.wanted import Wanted
from tests.unit.xml_files import read_document, read_kinds, wanted

XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="list"><xs:complexType><xs:sequence>
    <xs:element name="title" minOccurs="0"/>
    <xs:element name="item" maxOccurs="unbounded"><xs:complexType><xs:sequence>
      <xs:element name="qty" type="xs:integer"/>
      <xs:element name="part" minOccurs="0" maxOccurs="9"><xs:complexType>
        <xs:attribute name="n" type="xs:integer" use="required"/>
      </xs:complexType></xs:element>
    </xs:sequence><xs:attribute name="id" use="required"/></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
RNG = """<element name="item" xmlns="http://relaxng.org/ns/structure/1.0"
    datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
  <attribute name="id"/><element name="qty"><data type="integer"/></element>
</element>"""
ITEMS = wanted("/list/item", "@id", "qty")
PARTS = wanted("/list/item/part", "../@id", "@n")


@pytest.fixture
def xsd(tmp_path: Path) -> Path:
    """Write the XSD."""
    (tmp_path / "list.xsd").write_text(XSD)
    return tmp_path / "list.xsd"


def checked(asked: Wanted, schema: Path) -> Wanted:
    """Compare the records with a schema, too."""
    return replace(asked, schema=schema)


def test_a_record_that_does_not_keep_to_the_schema_is_rejected(xsd: Path) -> None:
    """The others are not; the line is that of the fault, wherever in the record it is."""
    data = b"""<list>
<item id="1">
  <qty>1</qty>
</item>
<item id="2">
  <qty>many</qty>
</item><item id="3"><qty>3</qty></item>
<item><qty>4</qty>
  <note/>
</item>
</list>"""

    file = read_document(data, checked(ITEMS, xsd))

    assert file.cells == [(1, "1", "1"), (1, "3", "3")]
    assert file.read == 4
    assert [(i.line, i.code, i.message) for i in file.issues] == [
        (5, Code.SCHEMA_VIOLATION, "line 6 does not keep to list.xsd"),
        (8, Code.SCHEMA_VIOLATION, "line 8 does not keep to list.xsd"),
        (8, Code.SCHEMA_VIOLATION, "line 9 does not keep to list.xsd"),
    ]
    assert "'many' is not a valid value" in file.issues[0].value


def test_a_record_within_a_record_takes_that_one_along(xsd: Path) -> None:
    """The outer one does not keep to the schema either."""
    data = b"""<list><title/>
<item id="1"><qty>1</qty>
<part n="1"/>
<part n="x"/>
</item>
<item id="2"><qty>2</qty><part n="2"/></item></list>"""

    items, parts = read_kinds(data, checked(ITEMS, xsd), checked(PARTS, xsd))

    assert items == [("2", "2")]
    assert parts == [("1", "1"), ("2", "2")]


def test_a_fault_far_down_is_one_of_its_record(xsd: Path) -> None:
    """Also where a line has a number that is too large for libxml2."""
    good = b"<item id='1'>\n<qty>1</qty>\n</item>\n"
    data = b"<list>\n" + good * 30_000 + b"<item>\n<qty>x</qty>\n</item>\n" + good + b"</list>"

    file = read_document(data, checked(ITEMS, xsd))

    assert file.read == len(file.cells) + 1 == 30_002
    assert [(issue.line, issue.message) for issue in file.issues] == [
        (90_002, "line 90002 does not keep to list.xsd"),
        (90_002, "line 90003 does not keep to list.xsd"),
    ]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"<list>\n<item id='1'><qty>1</qty></item>\n<other/></list>", 3),
        (b"<list>\n<other/><item id='1'><qty>1</qty></item></list>", 2),
        (b"<list>\n</list>", 2),
        (b"<item id='1'/>", 1),
    ],
)
def test_a_fault_outside_of_the_records_rejects_the_file(xsd: Path, data: bytes, line: int) -> None:
    """Nobody knows what else is meant otherwise."""
    with pytest.raises(FileFaultError) as caught:
        read_document(data, checked(ITEMS, xsd))

    codes = {(issue.line, issue.code) for issue in caught.value.issues}
    assert codes <= {(line, Code.SCHEMA_VIOLATION), (line, Code.OTHER_DOCUMENT)}


def test_a_document_that_was_cut_is_cut_whatever_else_is_wrong(xsd: Path) -> None:
    """The parser tells the first fault only."""
    with pytest.raises(FileFaultError) as caught:
        read_document(b"<list>\n<item id='1'><qty>x</qty></item>", checked(ITEMS, xsd))

    assert [issue.code for issue in caught.value.issues] == [Code.TRUNCATED]


def test_more_faults_than_anybody_reads_end_the_reading(xsd: Path) -> None:
    """It is another document, or another schema."""
    data = b"<list>" + b"<item id='1'><qty>x</qty></item>\n" * 10_001 + b"</list>"

    with pytest.raises(FileFaultError, match=r"more than 10,000 things do not keep to list\.xsd"):
        read_document(data, checked(ITEMS, xsd))


def test_a_grammar_describes_records(tmp_path: Path) -> None:
    """RELAX NG is compared record by record."""
    (tmp_path / "item.rng").write_text(RNG)
    data = b"<list>\n<item id='1'><qty>1</qty></item>\n<item id='2'>\n<qty>x</qty></item></list>"

    file = read_document(data, checked(ITEMS, tmp_path / "item.rng"))

    assert file.cells == [(1, "1", "1")]
    assert {(i.line, i.code) for i in file.issues} == {(3, Code.SCHEMA_VIOLATION)}


@pytest.mark.parametrize("text", ["", "<a/>", "<xs:schema"])
def test_a_schema_that_is_none_is_an_error_of_the_configuration(tmp_path: Path, text: str) -> None:
    """And not of the file that is imported."""
    (tmp_path / "bad.xsd").write_text(text)

    with pytest.raises(ConfigError, match=r"bad\.xsd.* is no schema that can be used"):
        read_document(b"<list/>", checked(ITEMS, tmp_path / "bad.xsd"))
