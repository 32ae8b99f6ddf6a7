"""What every file store keeps: a local directory, memory, an S3 API and an SFTP server alike."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from impex.domain.errors import DataError, TransientError
from impex.domain.group import Arrival, Ready
from impex.files.store import FileStore
from tests.file_servers import FileServer, S3Server, SftpServer
from tests.stores import failing, names

CROWD = 10_000
PLACES = ["directory", "memory", "s3", "sftp"]
SERVED = ["s3", "sftp"]


@pytest.fixture(params=PLACES)
def root_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name an empty place of each kind."""
    if request.param == "directory":
        return str(tmp_path / "files")
    if request.param == "memory":
        return f"memory://{uuid4().hex}/x"
    server: S3Server | SftpServer = request.getfixturevalue(request.param)
    return f"{server.url}/{uuid4().hex}"


@pytest.fixture
def store(root_url: str) -> FileStore:
    """Open an empty store."""
    return FileStore(root_url)


def test_what_is_written_is_read(store: FileStore) -> None:
    """A file of several chunks comes back whole, with its size and hash."""
    size = store.write("work/1/a.csv", [b"a;b\n", b"", b"1;2\n"])

    with store.open("work/1/a.csv") as stream:
        stream.seek(4)
        rest = stream.read()

    assert size == store.size("work/1/a.csv") == 8
    assert rest == b"1;2\n"
    assert store.exists("work/1/a.csv")
    assert store.sha256("work/1/a.csv") == (
        "403bea5152c251c5bc7ef420d824d191605723f99392e83a0549ad58c6d46291"
    )


def test_writing_again_replaces_the_file(store: FileStore) -> None:
    """A retried export leaves the last attempt's file."""
    store.write("out/a.csv", [b"first, and longer"])

    store.write("out/a.csv", [b"second"])

    assert store.size("out/a.csv") == 6


def test_a_write_that_fails_leaves_nothing(store: FileStore) -> None:
    """Neither half a file nor a temporary one remains when the chunks break off."""
    with pytest.raises(
        TransientError, match=r"'inbox/prices/a\.csv' could not .* Connection reset"
    ):
        store.write("inbox/prices/a.csv", failing())

    assert not store.exists("inbox/prices/a.csv")
    assert names(store) == []


def test_a_write_that_fails_leaves_the_file_that_was_there(store: FileStore) -> None:
    """A reader of the old file never sees a torn one."""
    store.write("out/a.csv", [b"old"])

    with pytest.raises(TransientError, match="Connection reset"):
        store.write("out/a.csv", failing())

    with store.open("out/a.csv") as stream:
        assert stream.read() == b"old"


def test_half_a_file_is_never_visible(store: FileStore) -> None:
    """While a file is written, its name is free and the inbox does not list it."""
    seen: list[object] = []

    def chunks() -> Iterator[bytes]:
        yield b"half"
        seen.extend([store.exists("inbox/prices/a.csv"), names(store)])
        yield b"whole"

    store.write("inbox/prices/a.csv", chunks())

    assert seen == [False, []]
    assert names(store) == ["a.csv"]


def test_a_local_file_is_copied_in(store: FileStore, tmp_path: Path) -> None:
    """The command line hands a file over; the original stays."""
    source = tmp_path / "catalogue.zip"
    source.write_bytes(b"PK" * 1_000_000)

    size = store.put_file(source, "work/7/catalogue.zip")

    assert size == store.size("work/7/catalogue.zip") == 2_000_000
    assert source.exists()


def test_a_local_file_that_is_not_there_is_named(store: FileStore, tmp_path: Path) -> None:
    """A typing error in a file name gives one clear sentence."""
    with pytest.raises(DataError, match=r"typo\.zip' is not there"):
        store.put_file(tmp_path / "typo.zip", "work/7/typo.zip")


def test_a_group_without_a_folder_has_nothing_ready(store: FileStore) -> None:
    """A new group's inbox need not exist."""
    assert names(store) == []


def test_a_claimed_file_leaves_the_inbox(store: FileStore) -> None:
    """After the claim the file is at work, byte for byte; names with mask characters too."""
    store.write("inbox/prices/list [1]*.csv", [b"1;2\n"])

    store.move("inbox/prices/list [1]*.csv", "work/1/list [1]*.csv")

    assert names(store) == []
    assert store.size("work/1/list [1]*.csv") == 4


def test_a_claim_repeated_after_a_crash_is_done(store: FileStore) -> None:
    """The second attempt finds the work of the first."""
    store.write("inbox/prices/a.csv", [b"x"])
    store.move("inbox/prices/a.csv", "work/1/a.csv")

    store.move("inbox/prices/a.csv", "work/1/a.csv")

    assert store.exists("work/1/a.csv")


def test_a_move_cut_between_copy_and_delete_is_completed(store: FileStore) -> None:
    """Both copies with the same bytes are one file whose source is still to be removed."""
    for key in ("inbox/prices/a.csv", "work/1/a.csv"):
        store.write(key, [b"same"])

    store.move("inbox/prices/a.csv", "work/1/a.csv")

    assert names(store) == []
    assert store.size("work/1/a.csv") == 4


def test_a_move_never_replaces_another_file(store: FileStore) -> None:
    """A file that is in the way stays, and so does the one that was to move."""
    store.write("work/1/a.csv", [b"one"])
    store.write("archive/a.csv", [b"two"])

    with pytest.raises(DataError, match=r"'work/1/a\.csv' cannot become 'archive/a\.csv'"):
        store.move("work/1/a.csv", "archive/a.csv")

    assert store.size("work/1/a.csv") == store.size("archive/a.csv") == 3


def test_a_file_that_another_run_took_cannot_be_claimed(store: FileStore) -> None:
    """Of two runs that saw the same file one gets it, the other is told."""
    store.write("inbox/prices/a.csv", [b"x"])
    store.move("inbox/prices/a.csv", "work/1/a.csv")

    with pytest.raises(DataError, match="is not there; another run may have taken it"):
        store.move("inbox/prices/a.csv", "work/2/a.csv")


def test_deleting_twice_is_deleting_once(store: FileStore) -> None:
    """A clean-up that is repeated finds nothing to do."""
    store.write("work/1/a.csv", [b"x"])

    store.delete("work/1/a.csv")
    store.delete("work/1/a.csv")

    assert not store.exists("work/1/a.csv")


@pytest.mark.parametrize("method", ["open", "size", "sha256"])
def test_a_missing_file_is_named(store: FileStore, method: str) -> None:
    """Whatever asks for a file that is gone says which one."""
    with pytest.raises(DataError, match=r"The file 'work/1/a\.csv' is not there"):
        getattr(store, method)("work/1/a.csv")


def test_a_folder_is_not_a_file(store: FileStore) -> None:
    """Asking for a folder gives a clear answer, not its listing."""
    store.write("work/1/a.csv", [b"x"])

    assert not store.exists("work/1")
    with pytest.raises(DataError, match="'work/1' is"):
        store.size("work/1")


def test_the_folders_of_a_folder_are_listed(store: FileStore) -> None:
    """Housekeeping sees which jobs have left something."""
    for key in ("archive/prices/7/a.csv", "archive/prices/12/b.csv", "archive/prices/c.csv"):
        store.write(key, [b"x"])

    assert sorted(store.folders("archive/prices")) == ["12", "7"]
    assert [file.key for file in store.files("archive/prices")] == ["archive/prices/c.csv"]
    assert store.folders("archive/stocks") == []


def test_a_folder_is_cleared_with_all_that_is_in_it(store: FileStore) -> None:
    """Its folders too, and nothing beside it."""
    for key in ("rejects/7/brands/a.csv", "rejects/7/prices/b [1].csv", "rejects/70/brands/a.csv"):
        store.write(key, [b"x"])

    assert store.clear("rejects/7") == 2
    assert store.clear("rejects/7") == 0

    assert store.folders("rejects") == ["70"]
    assert store.exists("rejects/70/brands/a.csv")


def test_a_package_with_a_marker_is_whole_when_the_marker_is_there(store: FileStore) -> None:
    """Neither the marker is a package, nor one whose file is still to come."""
    marked = Arrival(ready=Ready.MARKER)
    store.write("inbox/prices/a.csv", [b"x"])
    store.write("inbox/prices/b.csv.done", [b""])

    before = names(store, arrival=marked)
    store.write("inbox/prices/a.csv.done", [b""])

    assert before == []
    assert names(store, arrival=marked) == ["a.csv"]


def test_a_package_with_a_manifest_is_whole_when_the_manifest_is_written(store: FileStore) -> None:
    """An empty manifest is one that is still being written."""
    promised = Arrival(ready=Ready.MANIFEST)
    store.write("inbox/prices/a.csv", [b"x"])
    store.write("inbox/prices/a.csv.manifest", [b""])

    before = names(store, arrival=promised)
    store.write("inbox/prices/a.csv.manifest", [b"0" * 64 + b"  a.csv\n"])

    assert before == []
    assert names(store, arrival=promised) == ["a.csv"]


def test_a_package_is_stable_by_the_clock_of_the_place_that_holds_it(store: FileStore) -> None:
    """A new file waits; asking for the time leaves nothing behind."""
    store.write("inbox/prices/a.csv", [b"x"])

    assert names(store, arrival=Arrival(ready=Ready.STABLE, stable_seconds=60)) == []
    assert names(store, arrival=Arrival(ready=Ready.STABLE, stable_seconds=0)) == ["a.csv"]
    assert store.files("work") == []


@pytest.mark.parametrize("kind", ["directory", *SERVED])
def test_an_inbox_of_ten_thousand_files_is_listed(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A partner who sends one file for each order does not overwhelm the inbox."""
    url, root = str(tmp_path), tmp_path
    if kind != "directory":
        server = request.getfixturevalue(kind)
        url, root = server.url, getattr(server, "root", None)
    if root is not None:
        (root / "inbox" / "crowded").mkdir(parents=True)
        for number in range(CROWD):
            (root / "inbox" / "crowded" / f"{number:05}.csv").touch()

    ready = FileStore(url).ready("crowded", Arrival())

    assert len({file.key for file in ready}) == CROWD


@pytest.fixture(params=SERVED)
def served(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[FileServer]:
    """Start a server that the test may stop, to which the environment leads."""
    with S3Server(crowd=0) if request.param == "s3" else SftpServer(tmp_path) as server:
        server.lead_to(monkeypatch)
        yield server


def test_a_server_that_stops_is_a_passing_failure_and_the_next_store_finds_it_again(
    served: FileServer,
) -> None:
    """Airflow tries the task again; no stack trace of a client library reaches a person."""
    store = FileStore(served.url)
    store.write("inbox/prices/a.csv", [bytes(20 << 20)])
    stream = store.open("inbox/prices/a.csv")
    stream.read(1)
    served.stop()

    for attempt in (
        lambda: stream.seek(-1, 2) and stream.read(),
        lambda: names(store),
        lambda: store.size("inbox/prices/a.csv"),
        lambda: store.open("inbox/prices/a.csv"),
        lambda: store.move("inbox/prices/a.csv", "work/1/a.csv"),
        lambda: store.write("work/1/b.csv", [b"x"]),
        lambda: names(FileStore(served.url)),
    ):
        with pytest.raises(TransientError, match=r"could not be read or written|cannot be reached"):
            attempt()

    served.start()
    again = FileStore(served.url)
    again.write("work/1/b.csv", [b"x"])
    assert again.size("work/1/b.csv") == 1


def test_a_server_that_nobody_knows_gets_no_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever answers in its place would learn it."""
    monkeypatch.setenv("HOME", str(tmp_path))

    with (
        SftpServer(tmp_path) as server,
        pytest.raises(TransientError, match="not found in known_hosts"),
    ):
        FileStore(server.url)
