"""Files in other encodings, with byte order marks, and with bytes that are no text."""

import pytest

from impex.domain.errors import FileFaultError
from impex.domain.issue_codes import Code
from impex.domain.layout import Layout
from tests.unit.delimited_files import fault_of, read_file

TEXT = "sku,name\nA-1,Größe 中\nA-2,Ж\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "gb18030"])
@pytest.mark.parametrize("block", [1, 2, 3, 7, 1 << 20])
def test_the_same_text_is_read_from_every_encoding(encoding: str, block: int) -> None:
    """Characters cut by a block are put together again."""
    file = read_file(TEXT.encode(encoding), Layout(encoding=encoding), block_bytes=block)

    assert file.header == ["sku", "name"]
    assert file.rows == [(2, "A-1", "Größe 中"), (3, "A-2", "Ж")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "UTF8", "utf_8", "utf-16-le"])
@pytest.mark.parametrize("block", [1, 5, 1 << 20])
def test_a_byte_order_mark_is_no_part_of_the_first_name(encoding: str, block: int) -> None:
    """Spreadsheet programs write one; the first column is found all the same."""
    bare = encoding.removesuffix("-sig")

    file = read_file(("\ufeff" + TEXT).encode(bare), Layout(encoding=encoding), block_bytes=block)

    assert file.header == ["sku", "name"]


def test_a_byte_order_mark_in_the_middle_is_text() -> None:
    """Only the first one marks anything."""
    assert read_file("a\n\ufeffx\n".encode()).cells == [("\ufeffx",)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf8", "UTF-8", "utf-8-sig", "U8"])
def test_bad_bytes_in_utf8_are_an_issue_under_each_of_its_names(encoding: str) -> None:
    """A record with a byte that is no UTF-8 is taken out; all others stay."""
    data = b"a,b\n1,x\n2,caf\xe9\n3,\xc3\n4,\xc3\xa9\n"

    file = read_file(data, Layout(encoding=encoding))

    assert file.rows == [(2, "1", "x"), (5, "4", "é")]
    assert file.faults == [(3, Code.BAD_ENCODING), (4, Code.BAD_ENCODING)]
    assert file.issues[0].value == "e9"


@pytest.mark.parametrize("block", [4, 7, 1 << 20])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_bad_byte_is_told_with_its_offset_in_the_file(mark: bytes, block: int) -> None:
    """A byte order mark, skipped lines and blocks all count."""
    data = mark + b'# \xff\na,b\n\n1,"x\ny"\n2,caf\xe9\n'

    file = read_file(data, Layout(skip_lines=1), block_bytes=block)

    assert file.faults == [(6, Code.BAD_ENCODING)]
    assert (
        file.issues[0].message == f"the byte e9 at offset {data.index(0xE9)} is not text in UTF-8"
    )


def test_a_file_full_of_bad_bytes_is_read_in_linear_time() -> None:
    """A Latin-1 file declared as UTF-8 gives an issue per record, and soon."""
    file = read_file(b"a,b\n" + b"\xe9,1\n" * 200_000)

    assert len(file.issues) == 200_000
    assert not file.rows


@pytest.mark.parametrize("block", [4, 10, 1 << 20])
def test_undecodable_bytes_in_another_encoding_refuse_the_file(block: int) -> None:
    """Where they stand is told by line and offset, whatever the blocks."""
    data = "a,b\n1,x\n".encode("utf-16-le") + b"\x00\xd8" + "2,y\n".encode("utf-16-le")

    with pytest.raises(FileFaultError, match="the bytes 00 d8 at offset 16 are not text") as fault:
        read_file(data, Layout(encoding="utf-16-le"), block_bytes=block)

    assert [(issue.line, issue.value) for issue in fault.value.issues] == [(3, "00 d8")]


def test_a_byte_that_a_code_page_does_not_have_is_found() -> None:
    """Code page 1252 leaves five bytes undefined."""
    assert fault_of(b"a\nx\n\x81\n", Layout(encoding="cp1252")) == [(3, Code.BAD_ENCODING)]


def test_utf16_without_its_mark_is_refused_in_words() -> None:
    """Without the mark the order of the bytes is not known."""
    with pytest.raises(FileFaultError, match="declare utf-16-le or utf-16-be"):
        read_file(TEXT.encode("utf-16-be"), Layout(encoding="utf-16"))


def test_characters_that_are_none_are_refused_in_words() -> None:
    """UTF-7 can spell half a character."""
    assert fault_of(b"a\n+2AA-\n", Layout(encoding="utf-7")) == [(1, Code.BAD_ENCODING)]


def test_line_ends_of_other_encodings_count_as_lines() -> None:
    """Bytes that look like line ends inside other characters do not."""
    file = read_file("a\n\u0a0a\nx,y\n".encode("utf-16-le"), Layout(encoding="utf-16-le"))

    assert file.rows == [(2, "\u0a0a")]
    assert file.faults == [(3, Code.TOO_MANY_FIELDS)]
