"""What a file seems to be written like."""

from hashlib import sha256

import pytest

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.layout import DETECT, Layout
from impex.formats.detection import SAMPLE_BYTES, Detection, detect, detect_encoding
from tests.unit.read_files import read_any

DETECTED = Layout(encoding=DETECT, delimiter=";")
RUSSIAN = "Артикул;Название;Цена\n" + "A-1;Стул деревянный, белый;12,50\n" * 20
GERMAN = "Artikel;Größe;Preis\n" + "A-1;Stühle für Möbelhäuser;12,50 €\n" * 20
GREEK = "Κωδικός;Όνομα;Τιμή\n" + "A-1;Ξύλινη καρέκλα;12,50\n" * 20
NOISE = b"".join(sha256(bytes([n])).digest() for n in range(256))
CHINESE = "编号;名称;价格\n" + "A-1;木椅子白色的;1250\n" * 20


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"), (GERMAN, "utf-8-sig"), (GERMAN, "utf-16"), (GERMAN, "utf-32"),
        (GERMAN, "utf-16-le"), (GERMAN, "cp1252"), (RUSSIAN, "utf-16-be"), (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"), (RUSSIAN, "cp866"), (GREEK, "cp1253"), (CHINESE, "gb18030"),
        (CHINESE, "utf-8"),
    ],
)  # fmt: skip
def test_a_file_is_read_in_the_encoding_that_is_found(text: str, encoding: str) -> None:
    """Byte order mark first, then UTF-8, then what the letters say; and the report tells."""
    file = read_any(text.encode(encoding), "goods.csv", DETECTED)

    lines = [tuple(line.split(";")) for line in text.splitlines()]
    assert [tuple(file.header), *file.cells] == lines
    (note,) = file.notes
    assert note.startswith("read as ")
    assert note.endswith(", which was detected")


def test_plain_ascii_is_utf8() -> None:
    """Every encoding of shops agrees about it; what comes later is checked."""
    assert detect_encoding(b"a,b\n1,2\n") == "utf-8"


def test_a_character_cut_by_the_sample_does_not_speak_against_utf8() -> None:
    """A sample ends anywhere."""
    text = "a\n" + "ä" * SAMPLE_BYTES

    assert detect_encoding(text.encode()[:SAMPLE_BYTES]) == "utf-8"


def test_bytes_behind_the_sample_are_checked_too() -> None:
    """What the beginning of a file promises is not believed of the rest."""
    data = b"a;b\n" + b"1;2\n" * SAMPLE_BYTES + "ü;3\n".encode("cp1252")

    file = read_any(data, "goods.csv", DETECTED)

    assert file.faults == [(SAMPLE_BYTES + 2, Code.BAD_ENCODING)]


def test_bytes_that_are_no_text_are_refused_in_words() -> None:
    """A picture under the name of a table."""
    with pytest.raises(FileFaultError, match="declare it with `encoding:`"):
        read_any(NOISE, "goods.csv", DETECTED)


def test_a_declared_encoding_is_not_worth_a_note() -> None:
    """Only a guess is told."""
    assert read_any(b"a\n1\n").notes == []


@pytest.mark.parametrize(
    ("sample", "name", "expected"),
    [
        (b"a,b\n1,2\n", "x.csv", Detection("utf-8", ",", '"', header=True)),
        (b"a;b\n1,5;2\n1,6;2\n", "x.csv", Detection("utf-8", ";", '"', header=True)),
        (b"a\tb\n1\t2\n", "x.txt", Detection("utf-8", "\t", '"', header=True)),
        (b"a|b|c\nx,y|2|3\n", "x.txt", Detection("utf-8", "|", '"', header=True)),
        (b"a,b\tc,d\n1,2\t3,4\n", "x.tsv", Detection("utf-8", "\t", '"', header=True)),
        (b"'a,b';'c'\n'd;e';'f'\n", "x.csv", Detection("utf-8", ";", "'", header=True)),
        (b"1,2\n3,4\n", "x.csv", Detection("utf-8", ",", '"', header=False)),
        (b"a,a\n3,4\n", "x.csv", Detection("utf-8", ",", '"', header=False)),
        (b"2026-01-31,x\n", "x.csv", Detection("utf-8", ",", '"', header=False)),
        (b'"a;b",c\n"d\n;",e\n"f', "x.csv", Detection("utf-8", ",", '"', header=True)),
        ("\ufeffa;b\n1;2\n".encode("utf-16"), "x.csv", Detection("utf-16", ";", '"', header=True)),
        (b"just one column", "x.csv", Detection("utf-8", ",", '"', header=True)),
        (b"", "x.csv", Detection("utf-8", ",", '"', header=False)),
        (b"\n\n", "x.csv", Detection("utf-8", ",", '"', header=False)),
        (NOISE, "x.csv", Detection(None, ",", '"', header=True)),
    ],
)
def test_a_preview_guesses_how_a_file_is_written(
    sample: bytes, name: str, expected: Detection
) -> None:
    """By how many records agree on the number of fields."""
    assert detect(sample, name) == expected
