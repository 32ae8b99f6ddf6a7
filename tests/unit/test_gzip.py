"""Files packed with gzip."""

import gzip

import pytest

from impex.domain.errors import DataError
from impex.domain.issue_codes import Code
from impex.domain.layout import Layout
from impex.formats.archive import Limits
from tests.unit.read_files import codes_of, read_any, rejects_of

GOODS = b"code,name\nA,Lamp\nB,Desk\n"
PACKED = gzip.compress(GOODS)


@pytest.mark.parametrize("name", ["goods.csv.gz", "GOODS.CSV.GZ"])
def test_a_packed_file_is_read_like_the_file_inside(name: str) -> None:
    """The end of the name tells."""
    assert read_any(PACKED, name).rows == read_any(GOODS).rows


def test_the_name_inside_decides_the_kind_of_file() -> None:
    """What stands in front of `.gz` is the name of the file that is packed."""
    layout = Layout(widths=(1, 4), header=False)

    assert read_any(gzip.compress(b"ALamp\n"), "goods.txt.gz", layout).cells == [("A", "Lamp")]
    assert codes_of(PACKED, "goods.xlsx.gz") == [Code.NOT_A_SPREADSHEET]


def test_several_packed_parts_behind_one_another_are_one_file() -> None:
    """That is what programs that pack in parallel write, and what `cat` makes."""
    data = gzip.compress(GOODS[:13]) + gzip.compress(GOODS[13:]) + b"\0" * 512

    assert read_any(data, "goods.csv.gz").cells == [("A", "Lamp"), ("B", "Desk")]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(GOODS, id="not packed"),
        pytest.param(PACKED[:-9], id="cut"),
        pytest.param(PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:], id="wrong checksum"),
        pytest.param(PACKED[:-4] + b"\0\0\0\0", id="wrong size"),
        pytest.param(PACKED[:12] + b"\xff\xff" + PACKED[14:], id="damaged"),
        pytest.param(PACKED + b"junk", id="other bytes behind"),
    ],
)
def test_a_damaged_file_is_refused_in_words(data: bytes) -> None:
    """Not one of its rows can be trusted."""
    with pytest.raises(DataError, match=r"'goods.csv.gz' cannot be unpacked: it is cut, damaged"):
        read_any(data, "goods.csv.gz")


def test_an_empty_file_is_empty() -> None:
    """Nothing at all is no damage."""
    assert codes_of(b"", "goods.csv.gz") == [Code.EMPTY_FILE]
    assert codes_of(gzip.compress(b""), "goods.csv.gz") == [Code.EMPTY_FILE]


@pytest.mark.parametrize("name", ["goods.csv.gz.gz", "goods.zip.gz"])
def test_a_file_packed_twice_is_refused(name: str) -> None:
    """Each time the limits could be passed once more."""
    with pytest.raises(DataError, match="is packed twice"):
        read_any(gzip.compress(PACKED), name)


def test_a_file_that_unpacks_too_far_is_refused_before_it_does() -> None:
    """By its size, and by how many bytes come out of each."""
    bomb = gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000)

    with pytest.raises(DataError, match="unpacks to more than 1000000 bytes"):
        read_any(bomb, "goods.csv.gz", limits=Limits(member_bytes=1_000_000))
    with pytest.raises(DataError, match="more than 20 to 1"):
        read_any(bomb, "goods.csv.gz", limits=Limits(ratio=20, ratio_after=1000))
    assert read_any(bomb, "goods.csv.gz").read == 1_000_000


def test_the_reject_file_of_a_packed_file_is_packed() -> None:
    """It comes back under the same name."""
    data = rejects_of(PACKED, "goods.csv.gz", None, [(3, ["bad_date"], "no")])

    assert gzip.decompress(data) == (
        b'code,name,"_line","_codes","_message"\nB,Desk,"3","bad_date","no"\n'
    )
