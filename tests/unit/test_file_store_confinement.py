"""The file store is confined: no key, link or URL makes it touch anything else."""

import os
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest

from impex.domain.errors import ConfigError, DataError
from impex.files.store import FileStore
from tests.stores import RENAMED


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a local store's directory, with one file in an inbox."""
    folder = tmp_path / "files" / "inbox" / "prices"
    folder.mkdir(parents=True)
    (folder / "ok.csv").write_bytes(b"x")
    return tmp_path / "files"


@pytest.fixture(params=["directory", "memory"])
def store(request: pytest.FixtureRequest, root: Path) -> FileStore:
    """Open a store on a local directory and on an fsspec file system."""
    return FileStore(str(root) if request.param == "directory" else f"memory://{uuid4().hex}/x")


@pytest.fixture
def local(root: Path) -> FileStore:
    """Open the store on the local directory."""
    return FileStore(root.as_uri())


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "..",
        "../a.csv",
        "work/../../a.csv",
        "work/./a.csv",
        "work//a.csv",
        "work/",
        "work\\a.csv",
        "..\\a.csv",
        "a\0.csv",
        "a\n.csv",
        "file:///etc/passwd",
        "simplecache::http://169.254.169.254/a",
        "a\udcff.csv",
        "work/\u2028.csv",
    ],
)
def test_a_key_never_leads_out_of_the_store(store: FileStore, tmp_path: Path, key: str) -> None:
    """Every method refuses a key that is not a plain relative path, and touches nothing."""
    source = tmp_path / "source.csv"
    source.write_bytes(b"x")
    store.write("inbox/ok.csv", [b"x"])

    for attempt in (
        lambda: store.open(key),
        lambda: store.write(key, [b"x"]),
        lambda: store.put_file(source, key),
        lambda: store.exists(key),
        lambda: store.size(key),
        lambda: store.sha256(key),
        lambda: store.delete(key),
        lambda: store.move(key, "work/a.csv"),
        lambda: store.move("inbox/ok.csv", key),
        lambda: store.move(f"inbox/{key}", "work/a.csv"),
        lambda: store.move("inbox/ok.csv", key),
        lambda: store.ready(key, RENAMED),
        lambda: store.files(key),
        lambda: store.folders(key),
        lambda: store.clear(key),
        lambda: store.free_bytes(key),
    ):
        with pytest.raises(DataError, match=r"^The file name '.*' (contains|has) "):
            attempt()

    assert store.exists("inbox/ok.csv")


def test_a_link_in_the_store_is_not_a_file(root: Path, local: FileStore, tmp_path: Path) -> None:
    """Whoever can drop a link into the inbox cannot make the store read another file."""
    secret = tmp_path / "secret.txt"
    secret.write_bytes(b"password")
    (root / "inbox" / "prices" / "a.csv").symlink_to(secret)

    with pytest.raises(DataError, match=r"'inbox/prices/a\.csv' is a link"):
        local.open("inbox/prices/a.csv")
    with pytest.raises(DataError, match="is not there"):
        local.move("inbox/prices/a.csv", "work/1/a.csv")

    assert not local.exists("inbox/prices/a.csv")
    assert secret.exists()


def test_a_folder_that_is_a_link_out_of_the_store_is_refused(
    root: Path, local: FileStore, tmp_path: Path
) -> None:
    """A linked folder would let keys reach other files: nothing in it is read or written."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.csv").write_bytes(b"x")
    (root / "inbox" / "linked").symlink_to(outside)

    for attempt in (
        lambda: local.ready("linked", RENAMED),
        lambda: local.clear("inbox/linked"),
        lambda: local.open("inbox/linked/a.csv"),
        lambda: local.delete("inbox/linked/a.csv"),
        lambda: local.write("inbox/linked/new/b.csv", [b"x"]),
        lambda: local.move("inbox/prices/ok.csv", "inbox/linked/ok.csv"),
    ):
        with pytest.raises(DataError, match="leads out of the file store through a link"):
            attempt()

    assert [path.name for path in outside.iterdir()] == ["a.csv"]


def test_a_pipe_in_the_inbox_does_not_block(root: Path, local: FileStore) -> None:
    """A named pipe is refused at once instead of waiting for a writer."""
    os.mkfifo(root / "inbox" / "prices" / "pipe")

    with pytest.raises(DataError, match="is not an ordinary file"):
        local.open("inbox/prices/pipe")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://169.254.169.254/latest", "has to be a path or a URL with one of file, s3, gs"),
        ("simplecache::s3://bucket/files", "has to be a path or a URL"),
        ("zip://a.csv::file:///tmp/a.zip", "has to be a path or a URL"),
        ("memory://files::file:///etc", "has to be a path or a URL"),
        ("local:///tmp", "has to be a path or a URL"),
        ("", "has to be a path or a URL"),
        ("file://server/files", "names a host. Write file:/// and the absolute path"),
    ],
)
def test_a_root_that_is_not_allowed_is_a_fault_of_the_configuration(
    url: str, sentence: str
) -> None:
    """Only places that an administrator means to use can be the root."""
    with pytest.raises(ConfigError, match=sentence):
        FileStore(url)


@pytest.mark.parametrize(("scheme", "package"), [("gs", "gcsfs"), ("abfs", "adlfs")])
def test_a_root_whose_package_is_missing_says_so(scheme: str, package: str) -> None:
    """An object store without its client package is named before the first file is touched."""
    assert find_spec(package) is None, "no longer missing: choose another one"

    with pytest.raises(ConfigError, match=f"{scheme}:// needs a package that is not installed"):
        FileStore(f"{scheme}://bucket/files")


def test_a_root_may_be_reached_through_a_link(tmp_path: Path) -> None:
    """The administrator's own link to another volume is followed."""
    (tmp_path / "volume").mkdir()
    (tmp_path / "files").symlink_to(tmp_path / "volume")
    store = FileStore(str(tmp_path / "files"))

    store.write("work/a.csv", [b"x"])

    assert (tmp_path / "volume" / "work" / "a.csv").exists()
