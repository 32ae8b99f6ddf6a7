"""One package, many files, many descriptors: each file goes its way under its own name."""

import io
import unicodedata
import zipfile
from collections.abc import Iterator

import pytest

from impex.domain.group import Group
from impex.domain.report import Counts, FileState, JobState
from impex.services.resources import Resources
from tests.groups import GOODS, brands, column, descriptor, goods, group, integer
from tests.imports import bring, rows
from tests.unit.zip_forge import DIRECTORY_OF_DOS, STORED, Forged, forge

FILES = 200
KINDS = ("lamps", "größen", "ціни", "brands")
# How a name is written: with which slash, in which encoding, with accents of their own or not.
SPELLINGS = (("/", "utf-8", "NFC"), ("\\", "utf-8", "NFD"), ("\\", "cp437", "NFC"))


def kinds(**options: object) -> Group:
    """Describe one kind of file in each of three alphabets, and brands."""
    return group(
        *(
            descriptor(
                f"kind-{number}", GOODS, (column("code"), integer("stock")),
                key=("code",), files=(f"{kind}*.csv",),
            )
            for number, kind in enumerate(KINDS[:-1])
        ),
        brands(),
        **options,
    )  # fmt: skip


def members() -> Iterator[tuple[str, str, Forged]]:
    """Yield name, descriptor and entry of two hundred files in nested folders; each has two rows."""
    for number in range(FILES):
        kind = KINDS[number % len(KINDS)]
        slash, encoding, form = SPELLINGS[number % len(SPELLINGS)]
        if encoding == "cp437" and kind == "ціни":
            encoding = "utf-8"
        # The same name in many folders.
        name = f"Lager {number % 7}/süd/{number // 20:02}/{kind}-{number % 20}.csv"
        spelt = unicodedata.normalize(form, name).replace("/", slash).encode(encoding)
        data = (
            f"name\nbrand {number}\n"
            if kind == "brands"
            else f"code,stock\n{number},1\nX{number},many\n"
        )
        flags = 0x800 if encoding == "utf-8" else 0
        owner = "brands" if kind == "brands" else f"kind-{KINDS.index(kind)}"
        yield name, owner, Forged(spelt, data.encode(), flags=flags, attributes=0)


@pytest.mark.parametrize("most", [None, 1])
def test_every_file_goes_to_its_descriptor_under_its_name(
    shop: Resources, most: int | None
) -> None:
    """However it is spelt, whatever folder it lies in, and however many are read at once."""
    listed = list(members())
    folders = [Forged(b"Lager 1\\", b"", STORED, attributes=DIRECTORY_OF_DOS)]
    package = forge([*folders, *(entry for _, _, entry in listed)])

    report = bring(shop, kinds(max_parallel=most), package)

    assert report.state is JobState.REJECTED
    assert {(file.name, file.descriptor) for file in report.files} == {
        (name, owner) for name, owner, _ in listed
    }
    assert {file.state for file in report.files} == {FileState.MERGED}
    assert report.totals == Counts(read=350, inserted=200, rejected=150)
    assert report.messages == ()
    assert rows(shop, "SELECT count(*) FROM shop.goods") == [(150,)]


def test_every_file_has_a_reject_file_of_its_own(shop: Resources) -> None:
    """Also where files in several folders have one name; each finds its descriptor again."""
    listed = [(n, o, e) for n, o, e in members() if o != "brands"]
    report = bring(shop, kinds(), forge([entry for _, _, entry in listed]))

    for name, owner, entry in listed:
        with shop.store.open(f"rejects/{report.run}/{owner}/{name}") as stream:
            rejected = stream.read().decode()
        [bad] = [line for line in entry.data.decode().splitlines() if "many" in line]
        assert rejected.splitlines()[1].startswith(f'{bad},"3","bad_integer",')
    mended = rejected.replace("many", "2")
    again = bring(shop, kinds(), mended.encode(), name.rpartition("/")[2])
    assert again.totals == Counts(read=1, inserted=1)


def test_what_an_ordinary_program_packs_in_folders_is_read(shop: Resources) -> None:
    """Python's own zipfile marks names as UTF-8 where they are more than ASCII."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.mkdir("Küche")
        archive.writestr("Küche/goods-ä.csv", "code\nA\n")
        archive.writestr("goods.csv", "code\nB\n")

    report = bring(shop, group(goods()), buffer.getvalue())

    assert [file.name for file in report.files] == ["Küche/goods-ä.csv", "goods.csv"]
    assert report.totals == Counts(read=2, inserted=2)
