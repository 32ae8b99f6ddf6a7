"""What people upload becomes a package that a run can take, or nothing."""

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from impex.domain.errors import DataError, TransientError
from impex.domain.group import Group
from impex.domain.job import Request
from impex.domain.upload import Upload
from impex.services.import_package import import_package
from impex.services.resources import Resources
from impex.services.uploads import (
    begin_upload,
    finish_upload,
    open_upload,
    package_of,
    receive,
    recent_uploads,
    tried_upload,
    whole_upload,
)
from tests.exports import written_group
from tests.gate import BRANDS

CSV = b"name;description\nHP;Printers\n"


@pytest.fixture
def group(tmp_path: Path) -> Group:
    """A group that takes brands."""
    return written_group(tmp_path, BRANDS, "brands")


def opened(resources: Resources, group: Group, person: str = "ann") -> Upload:
    """Begin an upload."""
    return open_upload(resources, group, begin_upload(resources, group, person), person)


def sent(resources: Resources, group: Group, *files: tuple[str, bytes]) -> Upload:
    """Upload files, and finish."""
    upload = opened(resources, group)
    for name, content in files:
        receive(resources, group, upload, name, [content])
    return finish_upload(resources, group, upload.id, "ann")


def test_one_file_is_the_package(resources: Resources, group: Group) -> None:
    """Byte by byte, under its name, with its hash."""
    upload = opened(resources, group)
    received = receive(resources, group, upload, "Märken.csv", [CSV[:5], CSV[5:]])
    whole = finish_upload(resources, group, upload.id, "ann")

    assert (received.size_bytes, received.sha256) == (len(CSV), hashlib.sha256(CSV).hexdigest())
    assert (whole.package_name, whole.sha256) == ("Märken.csv", received.sha256)
    with resources.store.open(whole.key) as stream:
        assert stream.read() == CSV


def test_several_files_are_one_package(resources: Resources, group: Group) -> None:
    """A zip of all; finishing again is the same package."""
    whole = sent(resources, group, ("b.csv", CSV), ("a.csv", b"name\n"))

    with resources.store.open(whole.key) as stream, zipfile.ZipFile(stream) as package:
        assert package.namelist() == ["a.csv", "b.csv"]
        assert package.read("b.csv") == CSV
    assert finish_upload(resources, group, whole.id, "ann") == whole
    assert [file.name for file in resources.store.files(whole.folder)] == [whole.package_name]


def test_an_upload_that_breaks_off_leaves_nothing(resources: Resources, group: Group) -> None:
    """The file is not there, and the upload is not whole."""

    def breaking() -> Iterator[bytes]:
        yield CSV
        raise ConnectionError("gone")

    upload = opened(resources, group)
    with pytest.raises(TransientError, match="gone"):
        receive(resources, group, upload, "a.csv", breaking())

    assert resources.store.files(upload.folder) == []
    with pytest.raises(DataError, match="nothing was uploaded; choose a file"):
        finish_upload(resources, group, upload.id, "ann")
    with pytest.raises(DataError, match="was not finished"):
        whole_upload(resources, group, upload.id)


def test_a_file_that_is_too_large_is_refused_while_it_comes(
    resources: Resources, tmp_path: Path
) -> None:
    """Its rest is not even asked for."""
    small = written_group(tmp_path, f"{BRANDS}\narrival:\n  max_size: 10 KB\n", "brands")
    upload = opened(resources, small)
    drawn: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(9):
            drawn.append(number)
            yield b"x" * 6_000

    with pytest.raises(DataError, match="takes at most 10,"):
        receive(resources, small, upload, "a.csv", pieces())
    assert drawn == [0, 1]
    assert resources.store.files(upload.folder) == []


@pytest.mark.parametrize(
    "name", ["../a.csv", "a/b.csv", "a\\b.csv", ".hidden", "a\n.csv", "..", ""]
)
def test_a_name_that_is_no_name_is_refused(resources: Resources, group: Group, name: str) -> None:
    """In words; nothing is written anywhere."""
    upload = opened(resources, group)
    with pytest.raises(DataError, match="Rename the file"):
        receive(resources, group, upload, name, [CSV])


def test_an_upload_is_its_persons_until_it_is_whole(
    resources: Resources, group: Group, tmp_path: Path
) -> None:
    """Nobody else adds a file to it or finishes it; whole, whoever may run the group may run it."""
    upload = opened(resources, group)
    for person in ("bob", ""):
        with pytest.raises(DataError, match="no such upload of yours"):
            open_upload(resources, group, upload.id, person)
        with pytest.raises(DataError, match="no such upload of yours"):
            finish_upload(resources, group, upload.id, person)
    whole = sent(resources, group, ("a.csv", CSV))

    assert whole_upload(resources, group, whole.id) == whole
    with pytest.raises(DataError, match="this upload is finished"):
        receive(resources, group, whole, "b.csv", [CSV])
    with pytest.raises(DataError, match="there is no upload"):
        whole_upload(resources, group, uuid4())
    with pytest.raises(DataError, match="there is no upload"):
        whole_upload(resources, written_group(tmp_path, BRANDS, "other"), whole.id)


def test_a_dry_run_takes_a_copy(resources: Resources, group: Group) -> None:
    """So that the same upload can be imported afterwards; what a run has taken is gone."""
    whole = sent(resources, group, ("a.csv", CSV))
    copy = package_of(resources, group, whole.id, dry_run=True)

    assert copy != whole.key
    assert resources.store.sha256(copy) == whole.sha256
    assert recent_uploads(resources, group, "ann", 9) == [whole]
    assert recent_uploads(resources, group, "bob", 9) == []
    assert package_of(resources, group, whole.id, dry_run=False) == whole.key
    resources.store.delete(whole.key)
    assert recent_uploads(resources, group, "ann", 9) == []
    with pytest.raises(DataError, match="was taken by a run already"):
        package_of(resources, group, whole.id, dry_run=False)


def test_what_a_dry_run_has_tried_can_be_applied(resources: Resources, group: Group) -> None:
    """Until a run takes it; what came from elsewhere was no upload."""
    whole = sent(resources, group, ("a.csv", CSV))
    copy = package_of(resources, group, whole.id, dry_run=True)
    dry = import_package(resources, group, copy, Request("ann", dry_run=True))
    tried = tried_upload(resources, dry.run)
    taken = package_of(resources, group, whole.id, dry_run=False)
    real = import_package(resources, group, taken, Request("ann"))

    assert (tried, tried_upload(resources, dry.run)) == (whole, None)
    resources.store.write("inbox/brands/b.csv", [CSV])
    other = import_package(resources, group, "inbox/brands/b.csv", Request("x", dry_run=True))
    assert tried_upload(resources, other.run) is None
    assert not real.dry_run
