"""Documents that are meant to do harm are refused at once, and nobody is asked for help."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from impex.domain.issue_codes import Code
from impex.formats.readers import open_document
from local.settings import REPOSITORY
from tests.shared import shared
from tests.unit.made_files import made, peak_of
from tests.unit.xml_files import faults_of, read_document, wanted

ITEMS = wanted("/list/item", "@id")
RECORDS = 300_000

# Another process, so that what this one has loaded, opened or held before does not count.
_PROBE = """
import io, json, sys
sys.path[:0] = ["plugins", "."]
from tests.unit.made_files import peak_kib
from tests.unit.xml_files import faults_of, wanted
asked = wanted("/list/item", "@id")
faults_of(b"<list/>", asked)
before = peak_kib()
opened = []
sys.addaudithook(lambda event, args: opened.append(event) if event in EVENTS else None)
found = faults_of(open(sys.argv[1], "rb").read(), asked)
print(json.dumps([found, peak_kib() - before, opened[1:-1]]))
""".replace("EVENTS", "('open', 'socket.connect', 'socket.getaddrinfo')")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("cyclic.xml", Code.XML_DOCTYPE),
        ("dtd.xml", Code.XML_DOCTYPE),
        ("dtd_element.xml", Code.XML_DOCTYPE),
        ("external.xml", Code.XML_DOCTYPE),
        ("external_file.xml", Code.XML_DOCTYPE),
        ("quadratic.xml", Code.XML_DOCTYPE),
        ("schema-include.xsd", Code.OTHER_DOCUMENT),
        ("simple-ns.xml", Code.OTHER_DOCUMENT),
        ("xalan_exec.xsl", Code.OTHER_DOCUMENT),
        ("xalan_write.xsl", Code.OTHER_DOCUMENT),
        ("xmlbomb.xml", Code.XML_DOCTYPE),
        ("xmlbomb2.xml", Code.XML_DOCTYPE),
    ],
)
def test_a_hostile_document_is_refused_and_opens_nothing(name: str, code: Code) -> None:
    """No file, no address, and next to no memory."""
    path = str(shared("hostile") / "xml" / name)

    output = subprocess.run(
        [sys.executable, "-c", _PROBE, path], cwd=REPOSITORY, capture_output=True, check=True
    ).stdout
    found, used_kib, opened = json.loads(output)

    assert [fault for _, fault in found] == [code]
    assert used_kib < 100_000
    assert opened == []


def test_entities_that_are_expanded_by_hand_do_not_grow() -> None:
    """Characters by their number are one character each."""
    data = b"<list><item id='" + b"&#65;" * 100_000 + b"'/></list>"

    assert faults_of(data, ITEMS) == []


def test_memory_does_not_grow_with_the_document() -> None:
    """Neither with its records, nor with what stands between them."""
    small, large = (peak_of(__name__, count) for count in (RECORDS // 5, RECORDS))

    assert large < small + 10_000


def test_a_record_above_the_limit_is_refused() -> None:
    """It would have to be held as a whole."""
    parts = (b"<x>%06d</x>" % number for number in range(600_000))
    data = b"<list><item id='1'>" + b"".join(parts) + b"</item></list>"

    assert faults_of(data, ITEMS) == [(1, Code.RECORD_TOO_LONG)]


def test_many_elements_where_one_is_meant_take_no_time() -> None:
    """As many as fit into a record are told of once; around records there may not be so many."""
    many = b"<n>x</n>" * 400_000
    named = wanted("/list/item", "n")

    file = read_document(b"<list><item>" + many + b"</item></list>", named)
    around = faults_of(b"<list>" + many + b"<item/></list>", wanted("/list/item", "../n"))

    assert [(i.code, i.message) for i in file.issues] == [
        (Code.REPEATED_FIELD, "the record has n 400000 times")
    ]
    assert around == [(1, Code.XML_LIMIT)]


def read_made(records: int) -> int:
    """Read a document of so many records; return how many came out."""
    asked = wanted("/list/group/item", "@id", "../../@a")
    reader = open_document(made(_document(records)), "made.xml", [asked])
    return sum(batch.read for batch in reader.batches())


def _document(records: int) -> Iterator[bytes]:
    yield b"<list a='1'><group>"
    for number in range(records):
        yield b"<item id='%d'><name>%060d</name></item><other><b/>text</other>\n" % (number, number)
    yield b"</group></list>"
