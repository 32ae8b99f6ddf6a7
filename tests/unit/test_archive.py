"""The zip policy: which packages are refused, and that the others are read byte for byte."""

import io
import random
import sys
import tracemalloc
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from impex.domain.errors import DataError
from impex.formats.archive import Limits, Member, list_members, open_member
from tests.unit.hostile_zips import GOOD, LYING, REFUSED, ROWS, SMALL
from tests.unit.zip_forge import DIRECTORY, DIRECTORY_OF_DOS, STORED, Forged, deflate, forge

WRITES: list[str] = []


def _note_writes(event: str, arguments: tuple[object, ...]) -> None:
    """Remember everything that changes a file system."""
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & 0o1103:
        WRITES.append(str(arguments[0]))
    elif event in {"os.mkdir", "os.rename", "os.symlink", "os.link", "os.truncate"}:
        WRITES.append(f"{event} {arguments[0]}")


sys.addaudithook(_note_writes)


@pytest.fixture(autouse=True)
def nothing_is_written() -> Iterator[None]:
    """Fail the test during which anything is written anywhere."""
    WRITES.clear()
    yield
    assert WRITES == []


def members_of(package: bytes, limits: Limits = SMALL) -> tuple[Member, ...]:
    """List the members of a zip package."""
    return list_members(io.BytesIO(package), "package.zip", limits)


def read_all(package: bytes, limits: Limits = SMALL) -> dict[str, bytes]:
    """List and read every member in blocks of odd sizes."""
    contents = {}
    stream = io.BytesIO(package)
    for member in list_members(stream, "package.ZIP", limits):
        with open_member(stream, "package.ZIP", member, limits) as source:
            contents[member.name] = b"".join(iter(lambda: source.read(97), b""))
    return contents


def test_members_come_in_the_order_of_the_archive_with_their_folders() -> None:
    """A package with folders lists its files; directories are no files."""
    package = forge(
        [
            Forged(b"prices/", b"", STORED, attributes=DIRECTORY),
            Forged(b"prices/de/b.csv", ROWS),
            Forged(b"a.csv", b"x\n", STORED),
        ]
    )

    members = members_of(package)

    assert members == (Member("prices/de/b.csv", 404, 1), Member("a.csv", 2, 2))
    assert read_all(package) == {"prices/de/b.csv": ROWS, "a.csv": b"x\n"}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_what_an_ordinary_program_packs_is_read_byte_for_byte(method: int) -> None:
    """Archives of Python's own zipfile, streamed ones included, pass the policy."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("leer.csv", b"")
        archive.writestr("größen.csv", ROWS)
        with archive.open("streamed.csv", "w", force_zip64=True) as target:
            target.write(ROWS)

    contents = read_all(buffer.getvalue(), Limits())

    assert contents == {"leer.csv": b"", "größen.csv": ROWS, "streamed.csv": ROWS}


def test_folders_are_folders_whatever_separates_them() -> None:
    """Some programs of Windows write backslashes, for directories too."""
    package = forge(
        [
            Forged(b"d\\", b"", STORED, attributes=DIRECTORY_OF_DOS),
            Forged(b"d\\e\\a.csv", ROWS, attributes=0),
            Forged(b"d/f/a.csv", b"x\n", STORED),
        ]
    )

    assert members_of(package) == (Member("d/e/a.csv", 404, 1), Member("d/f/a.csv", 2, 2))
    assert read_all(package) == {"d/e/a.csv": ROWS, "d/f/a.csv": b"x\n"}


def test_names_are_read_in_the_alphabet_they_are_written_in() -> None:
    """UTF-8 where the archive says so, else that of DOS; accents are put together one way."""
    apart = unicodedata.normalize("NFD", "größe.csv")
    package = forge(
        [
            Forged("ціни.csv".encode(), ROWS),
            Forged(apart.encode(), ROWS),
            Forged("Ärmel.csv".encode("cp437"), ROWS, flags=0),
        ]
    )

    assert list(read_all(package)) == ["ціни.csv", "größe.csv", "Ärmel.csv"]


def test_an_archive_may_have_a_comment_and_the_wide_end_record() -> None:
    """Some programs always write zip64 records; comments are harmless."""
    package = forge([Forged(data=ROWS)], wide=True, comment=b"from the supplier")

    contents = read_all(package)

    assert contents == {"a.csv": ROWS}


def test_a_directory_may_be_an_empty_compressed_entry() -> None:
    """Java writes directories with two packed bytes and no content."""
    package = forge([Forged(b"d/", b"", attributes=DIRECTORY), Forged(b"d/a.csv", ROWS)])

    contents = read_all(package)

    assert contents == {"d/a.csv": ROWS}


def test_a_plain_file_is_a_package_with_itself_as_the_only_member() -> None:
    """A name that does not end with .zip is never looked into."""
    package = io.BytesIO(ROWS)

    (member,) = list_members(package, "prices.csv", SMALL)
    with open_member(package, "prices.csv", member, SMALL) as source:
        contents = source.read()

    assert member == Member("prices.csv", 404, 0)
    assert contents == ROWS


def test_a_plain_file_larger_than_allowed_is_refused() -> None:
    """The limit of one file holds for packages that are one file."""
    package = io.BytesIO(b"x" * 1001)

    with pytest.raises(DataError, match=r"'prices\.csv' has 1001 bytes; at most 1000 are allowed"):
        list_members(package, "prices.csv", SMALL)


def test_a_plain_file_that_shrank_since_it_was_listed_is_damaged() -> None:
    """A file cut after the plan is noticed while it is read."""
    (member,) = list_members(io.BytesIO(ROWS), "prices.csv", SMALL)

    with (
        open_member(io.BytesIO(ROWS[:50]), "prices.csv", member, SMALL) as source,
        pytest.raises(DataError, match=r"'prices\.csv' is damaged: the package ends in the middle"),
    ):
        source.read()


def test_names_are_compared_and_returned_in_composed_form() -> None:
    """A name from a Mac, which writes a letter and its accent apart, equals the usual one."""
    apart = unicodedata.normalize("NFD", "größe.csv")

    (member,) = members_of(forge([Forged(apart.encode(), ROWS)]))

    assert member.name == "größe.csv"


@pytest.mark.parametrize(("package", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_package_that_no_careful_program_writes_is_refused(package: bytes, sentence: str) -> None:
    """Each shape is refused before any member is read, with its own sentence."""
    with pytest.raises(DataError, match=sentence):
        members_of(package)


@pytest.mark.parametrize(("entry", "sentence"), LYING.values(), ids=LYING)
def test_a_member_that_is_not_what_it_claims_fails_while_it_is_read(
    entry: Forged, sentence: str
) -> None:
    """The fault names the member, and reading on never looks like a clean end."""
    stream = io.BytesIO(forge([entry]))
    (member,) = list_members(stream, "p.zip", SMALL)

    with open_member(stream, "p.zip", member, SMALL) as source:
        with pytest.raises(DataError, match=f"The member 'a.csv' is damaged: {sentence}"):
            source.read()
        with pytest.raises(DataError, match=sentence):
            source.read(1)


def test_a_bomb_is_stopped_at_the_size_it_claims() -> None:
    """50 MB that claim to be 100 bytes cost no more than one block."""
    stream = io.BytesIO(forge([Forged(data=b"x" * 100, packed=deflate(bytes(50 << 20)))]))
    (member,) = list_members(stream, "p.zip")
    tracemalloc.start()

    with open_member(stream, "p.zip", member) as source, pytest.raises(DataError, match="larger"):
        source.read()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 1 << 20


def test_memory_is_flat_while_a_large_member_is_read() -> None:
    """Reading 30 MB in blocks never holds more than a few blocks."""
    stream = io.BytesIO(forge([Forged(data=b"0123456789abcde\n" * (2 << 20))]))
    (member,) = list_members(stream, "p.zip", Limits(ratio=2000))
    tracemalloc.start()

    with open_member(stream, "p.zip", member, Limits(ratio=2000)) as source:
        total = sum(len(block) for block in iter(lambda: source.read(1 << 16), b""))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert total == 32 << 20
    assert peak < 1 << 20


def test_a_package_of_fifty_thousand_entries_is_refused_by_its_announcement() -> None:
    """The number of entries is known before the table of contents is read."""
    stream = io.BytesIO(forge([Forged()], count=50_000))

    with pytest.raises(DataError, match="contains 50000 entries; at most 1000 are allowed"):
        list_members(stream, "p.zip")


def test_a_huge_table_of_contents_is_refused_whatever_it_announces() -> None:
    """Two hundred large entries that claim to be one are not loaded."""
    package = forge([Forged(b"x" * 250)] * 200, count=1)

    with pytest.raises(DataError, match="contains 1 entries; at most 5 are allowed"):
        members_of(package)


@pytest.mark.parametrize("wide", [False, True])
def test_a_package_cut_anywhere_is_refused(wide: bool) -> None:
    """No cut of the file passes for a smaller package."""
    package = forge([Forged(data=ROWS), Forged(b"b.csv", b"y\n", STORED)], wide=wide)

    for length in range(len(package)):
        with pytest.raises(DataError, match=r"^The "):
            read_all(package[:length])


def test_a_package_with_bytes_missing_in_the_middle_is_refused() -> None:
    """A gap moves the table of contents away from where it says it is."""
    for start in range(0, len(GOOD) - 22, 3):
        with pytest.raises(DataError, match=r"^The "):
            read_all(GOOD[:start] + GOOD[start + 5 :])


def test_a_changed_byte_is_refused_or_changes_no_content() -> None:
    """Whatever byte is broken, an import sees the sent rows or one clear error."""
    chance = random.Random(18)  # noqa: S311 (repeatable noise, no secret)
    package = forge([Forged(data=ROWS), Forged(b"b.csv", b"y\n", STORED)], wide=True)

    for position in range(len(package)):
        broken = bytearray(package)
        broken[position] ^= chance.randrange(1, 256)
        try:
            contents = read_all(bytes(broken))
        except DataError:
            continue
        assert set(contents.values()) <= {ROWS, b"y\n"}


def test_a_member_of_another_package_is_not_opened() -> None:
    """A package replaced after the plan is noticed, not read."""
    (planned,) = members_of(forge([Forged(data=ROWS)]))
    replaced = io.BytesIO(forge([Forged(data=ROWS + b"3;4\n")]))

    with (
        pytest.raises(DataError, match=r"no member 'a\.csv' of 404 bytes any more"),
        open_member(replaced, "p.zip", planned, SMALL),
    ):
        pass


def test_two_members_can_be_read_side_by_side() -> None:
    """Streams over one package do not disturb each other."""
    stream = io.BytesIO(forge([Forged(data=ROWS), Forged(b"b.csv", ROWS[::-1], STORED)]))
    first, second = list_members(stream, "p.zip", SMALL)

    with (
        open_member(stream, "p.zip", first, SMALL) as one,
        open_member(stream, "p.zip", second, SMALL) as two,
    ):
        pairs = [(one.read(7), two.read(7)) for _ in range(60)]

    assert b"".join(pair[0] for pair in pairs) == ROWS
    assert b"".join(pair[1] for pair in pairs) == ROWS[::-1]


def test_the_real_catalogue_passes() -> None:
    """The reference platform's own package has 15 files and no fault."""
    folder = Path(__file__).parents[3] / "shared" / "data" / "catalogue"
    packages = sorted(folder.glob("*.zip"))
    if not packages:
        pytest.skip("the real catalogue is not beside this checkout")

    with packages[0].open("rb") as package:
        members = list_members(package, packages[0].name)
        sizes = []
        for member in members:
            with open_member(package, packages[0].name, member) as source:
                sizes.append(sum(map(len, source)))

    assert len(members) == 15
    assert sizes == [member.size for member in members]
