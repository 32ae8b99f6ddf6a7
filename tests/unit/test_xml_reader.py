"""XML documents: what is a record, what is a field of it, and what may stand around them."""

import io

import pytest

from impex.domain.issue_codes import Code
from impex.domain.marks import BETWEEN, NIL
from impex.formats.readers import open_document
from tests.unit.xml_files import (
    faults_of,
    read_document,
    read_kinds,
    rejected_document,
    wanted,
)

CATALOGUE = b"""<?xml version="1.0" encoding="UTF-8"?>
<catalog region="EU">
  <currency>EUR</currency>
  <product id="1">
    <name>Tea</name>
    <sku code="a"><price>1.5</price></sku>
    <sku code="b"/>
  </product>
  <product id="2"><name>Mug</name><sku code="c"><price>2</price></sku></product>
</catalog>
"""
PRODUCTS = wanted("/catalog/product", "@id", "name", "../currency", "../@region")
SKUS = wanted("/catalog/product/sku", "../@id", "@code", "price", "../../currency")


def one(content: str, field: str, **namespaces: str) -> list[tuple[str | None, ...]]:
    """Read one field of the only record."""
    data = f"<a><r>{content}</r></a>".encode()
    return [row[1:] for row in read_document(data, wanted("/a/r", field, **namespaces)).cells]


def test_a_record_is_an_element_and_knows_its_line() -> None:
    """Attributes and elements of the record, and of those around it, are its fields."""
    file = read_document(CATALOGUE, PRODUCTS)

    assert file.header == ["@id", "name", "../currency", "../@region"]
    assert file.rows == [(4, 1, "1", "Tea", "EUR", "EU"), (9, 1, "2", "Mug", "EUR", "EU")]
    assert file.issues == []


def test_one_pass_serves_several_kinds_of_record() -> None:
    """Records within records know the elements around them, however far up."""
    products, skus = read_kinds(CATALOGUE, PRODUCTS, SKUS)

    assert products == [("1", "Tea", "EUR", "EU"), ("2", "Mug", "EUR", "EU")]
    assert skus == [
        ("1", "a", "1.5", "EUR"),
        ("1", "b", None, "EUR"),
        ("2", "c", "2", "EUR"),
    ]


def test_records_of_one_line_are_told_apart() -> None:
    """A document may have no line ends at all."""
    data = b"<a><r><n>1</n></r><r><n>2</n></r>\n<r><n>3</n></r></a>"

    assert read_document(data, wanted("/a/r", "n")).rows == [(1, 1, "1"), (1, 2, "2"), (2, 1, "3")]


@pytest.mark.parametrize(
    ("records", "lines"),
    [
        ("<r/>\n", [0]),
        ("<r/><r/>\n", [0, 0]),
        ("<r><x/>\n</r>\n", [0]),
        ("<r>\n<!-- > <r> -->\n<x>1</x>\n</r>\n", [0]),
        ("<r\na='1'\n>\n\ntext <x/></r>\n", [2]),
    ],
)
def test_lines_are_right_however_many_there_are(
    records: str, lines: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elements of libxml2 know none beyond 65,535; a block may end within a tag."""
    monkeypatch.setattr("impex.formats.xml_reader.BLOCK_BYTES", 4999)
    step = records.count("\n")
    starts = range(2, 70_000, step)

    file = read_document(f"<a>\n{records * len(starts)}</a>".encode(), wanted("/a/r", "@a"))

    assert [row[0] for row in file.rows] == [start + line for start in starts for line in lines]


def test_only_the_whole_path_leads_to_a_record() -> None:
    """The same name elsewhere, above or below, is something else."""
    data = b"<a><r><n>1</n><r><n>2</n></r></r><b><r><n>3</n></r></b></a>"

    assert read_document(data, wanted("/a/r", "n")).rows == [(1, 1, "1")]
    assert read_document(data, wanted("/a/r/r", "n")).rows == [(1, 1, "2")]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<n>a<![CDATA[<b>&]]>c</n>", "a<b>&c"),
        ("<n>a<!-- not this -->b<?nor this?>c</n>", "abc"),
        ("<n>a<b>b<i>c</i></b>d</n>", "abcd"),
        ("<n>&lt;&#228;&amp;&#x1F600;</n>", "<ä&😀"),
        ("<n>one\r\ntwo</n>", "one\ntwo"),
        ("<n> a </n>", " a "),
        ("<n/>", ""),
        ("", None),
    ],
)
def test_the_text_of_an_element_is_all_text_in_it(content: str, text: str | None) -> None:
    """As XPath's string value: markup goes, what it marks stays."""
    assert one(content, "n") == [(text,)]


def test_namespaces_are_what_counts_and_not_prefixes() -> None:
    """A document may choose other prefixes than the descriptor, or none."""
    data = b'<x:a xmlns:x="urn:a"><r xmlns="urn:b" x:k="1" k="2"><n>v</n></r></x:a>'
    asked = wanted("/p:a/r", "n", "@p:k", "@k", p="urn:a", default="urn:b")

    assert read_document(data, asked).rows == [(1, 1, "v", "1", "2")]


def test_conditions_choose_among_elements_of_one_name() -> None:
    """By an attribute, such as the language, or by their number."""
    content = "<n xml:lang='en'>tea</n><n xml:lang='de'>Tee</n><n>?</n>"

    assert one(content, "n[@xml:lang='de']") == [("Tee",)]
    assert one(content, "n[3]") == [("?",)]
    assert one(content, "n[4]") == [(None,)]


def test_an_element_that_stands_several_times_is_no_single_value() -> None:
    """Neither the first nor the last is taken without being asked for."""
    data = b"<a>\n<r><n>1</n><n>2</n></r>\n<r><n>3</n></r></a>"

    single = read_document(data, wanted("/a/r", "n"))
    listed = read_document(data, wanted("/a/r", "n", repeated=["n"]))

    assert single.rows == [(3, 1, "3")]
    assert [(i.line, i.code, i.column, i.value) for i in single.issues] == [
        (2, Code.REPEATED_FIELD, "n", "1 | 2")
    ]
    assert single.read == 2
    assert listed.rows == [(2, 1, "1\x1f2"), (3, 1, "3")]


def test_an_element_without_a_value_is_none_of_a_list() -> None:
    """It says that there is nothing; as the only one it clears, see ``NIL``."""
    xsi = b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    nil = b'<n xsi:nil="true"/>'
    data = b"<a %b><r>%b<n>1</n></r><r>%b</r></a>" % (xsi, nil, nil)

    listed = read_document(data, wanted("/a/r", "n", repeated=["n"]))
    single = read_document(data, wanted("/a/r", "n"))

    assert listed.cells == [(1, f"{BETWEEN}1"), (2, NIL)]
    assert [(i.code, i.value) for i in single.issues] == [(Code.REPEATED_FIELD, " | 1")]


def test_a_field_around_the_records_must_stand_before_them() -> None:
    """Otherwise records would go without it, and nobody would know."""
    late = CATALOGUE.replace(b"</catalog>", b"<currency>USD</currency></catalog>")

    assert faults_of(late, PRODUCTS) == [(10, Code.LATE_FIELD)]
    assert faults_of(late, wanted("/catalog/product", "@id")) == []


@pytest.mark.parametrize("block", [1, 2, 7, 50, 1 << 20])
def test_the_size_of_blocks_changes_nothing(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is cut off behind a block is what nobody needs any more."""
    monkeypatch.setattr("impex.formats.xml_reader.BLOCK_BYTES", block)
    junk = CATALOGUE.replace(b"</currency>", b"</currency><x><y>1</y><y/></x>text")

    assert read_kinds(junk, PRODUCTS, SKUS) == read_kinds(CATALOGUE, PRODUCTS, SKUS)


def test_what_nobody_asked_for_is_told_of_each_kind() -> None:
    """Records of another kind are asked for only where they really stand."""
    data = b"<a><r><n>1</n><p/><s/></r><b><p><n>2</n></p></b></a>"
    reader = open_document(
        io.BytesIO(data),
        "a.xml",
        [wanted("/a/r", "n"), wanted("/a/r/s", "@k"), wanted("/a/b/p", "n")],
    )

    assert sum(batch.read for batch in reader.batches()) == 3
    assert [reader.others(kind) for kind in range(3)] == [["p"], [], []]


def test_another_document_is_refused() -> None:
    """Its root tells, before any record is missed."""
    assert faults_of(b"<orders/>", PRODUCTS) == [(1, Code.OTHER_DOCUMENT)]
    assert faults_of(b"<catalog xmlns='urn:x'/>", PRODUCTS) == [(1, Code.OTHER_DOCUMENT)]
    assert read_document(b"<catalog/>", PRODUCTS).rows == []


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_document_that_was_cut_applies_nothing(cut: int) -> None:
    """Wherever it ends before its root does."""
    [(_, code)] = faults_of(CATALOGUE.rstrip()[:-cut], PRODUCTS)

    assert code is Code.TRUNCATED


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", (0, Code.EMPTY_FILE)),
        (b" \n\n", (0, Code.EMPTY_FILE)),
        (b"sku,name\n1,Tea\n", (1, Code.MALFORMED_XML)),
        (b"<catalog>\n<product></catalog>", (2, Code.MALFORMED_XML)),
        (b"<catalog>\n&nbsp;</catalog>", (2, Code.MALFORMED_XML)),
        (b"<catalog/><catalog/>", (1, Code.MALFORMED_XML)),
        (b"<catalog/>\n<", (2, Code.TRUNCATED)),
        (b"<catalog a='1' a='2'/>", (1, Code.MALFORMED_XML)),
        (b"<catalog>\x01</catalog>", (1, Code.MALFORMED_XML)),
        (b"<catalog>\n\xff</catalog>", (2, Code.MALFORMED_XML)),
        (b'<?xml version="1.1"?><catalog/>', (1, Code.MALFORMED_XML)),
        (b"<catalog>" + b"<a>" * 300, (1, Code.XML_LIMIT)),
        (b"<catalog>" + b"<" + b"a" * 60_000 + b"/>", (1, Code.XML_LIMIT)),
        (b"<!DOCTYPE catalog><catalog/>", (1, Code.XML_DOCTYPE)),
        (b"<!-- a -->\n<?pi?>\n<!doctype catalog><catalog/>", (3, Code.XML_DOCTYPE)),
        (b"<!--" + b"x" * 70_000 + b"--><catalog/>", (1, Code.MALFORMED_XML)),
    ],
    ids=lambda case: repr(case)[:40],
)
def test_a_document_that_is_none_is_refused_with_its_line(
    data: bytes, fault: tuple[int, Code]
) -> None:
    """Nothing is guessed, and nothing is repaired."""
    assert faults_of(data, PRODUCTS) == [fault]


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("UTF-8", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("UTF-16", "utf-16-le"),
        ("windows-1251", "cp1251"),
        ("KOI8-R", "koi8-r"),
    ],
)
def test_the_declared_encoding_counts(name: str, codec: str) -> None:
    """If it is one of those that are accepted; what the first bytes say must not differ."""
    text = f'<?xml version="1.0" encoding="{name}"?><a><r><n>Чай</n></r></a>'

    assert read_document(text.encode(codec), wanted("/a/r", "n")).rows == [(1, 1, "Чай")]


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="unicode_escape"?><a/>',
        '<?xml version="1.0" encoding="utf-8"?><a/>'.encode("utf-16"),
        b'\xef\xbb\xbf<?xml version="1.0" encoding="windows-1251"?><a/>',
        b'<?xml version="1.0" encoding="us-ascii"?><a>\xe4</a>',
    ],
)
def test_other_encodings_are_refused(data: bytes) -> None:
    """UTF-7, for example, hides characters from whoever looks for them."""
    [(line, code)] = faults_of(data, wanted("/a/r", "n"))

    assert (line, code) == (1, Code.BAD_ENCODING)


def test_a_reject_file_has_the_records_and_what_stands_around_them() -> None:
    """Comments say what is wrong; read again, it gives the same records."""
    document = rejected_document(CATALOGUE, [PRODUCTS], [(9, ["too_long"], "x--y")])

    assert document == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<catalog region="EU">\n<currency>EUR</currency>\n'
        b"<!-- line 9: too_long: x- -y -->\n"
        b'<product id="2"><name>Mug</name><sku code="c"><price>2</price></sku></product>\n'
        b"</catalog>\n"
    )
    assert read_document(document, PRODUCTS).cells == [(1, "2", "Mug", "EUR", "EU")]


def test_a_rejected_record_within_a_record_brings_that_one_along() -> None:
    """Read again, the outer record and its other records change nothing."""
    document = rejected_document(CATALOGUE, [PRODUCTS, SKUS], [(7, ["bad"], "why")], kind=1)

    products, skus = read_kinds(document, PRODUCTS, SKUS)
    assert products == [("1", "Tea", "EUR", "EU")]
    assert skus == [("1", "a", "1.5", "EUR"), ("1", "b", None, "EUR")]
