"""The file store: changes are whole, and what was done can be done again."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from impex.domain.errors import DataError, TransientError
from impex.files.store import FileStore


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Name the directory of a local store; it does not exist yet."""
    return tmp_path / "files"


@pytest.fixture(params=["directory", "memory"])
def store(request: pytest.FixtureRequest, root: Path) -> FileStore:
    """Open an empty store on a local directory and on an fsspec file system."""
    return FileStore(str(root) if request.param == "directory" else f"memory://{uuid4().hex}/x")


@pytest.fixture
def local(root: Path) -> FileStore:
    """Open an empty store on a local directory."""
    return FileStore(root.as_uri())


def names(store: FileStore, group: str = "prices") -> list[str]:
    """Name the files that are ready."""
    return [file.name for file in store.ready(group)]


def drop(root: Path, name: str, content: bytes = b"x", age_s: int = 0) -> Path:
    """Put a file into the inbox as a partner does, so many seconds ago."""
    path = root / "inbox" / "prices" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (2_000_000_000 - age_s, 2_000_000_000 - age_s))
    return path


def failing() -> Iterator[bytes]:
    """Yield half a file, then fail."""
    yield b"guid;name\n"
    raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")


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


def test_no_temporary_file_remains_on_the_disk(root: Path, local: FileStore) -> None:
    """A failed and a good write leave one file in the folder."""
    local.write("out/b.csv", [b"x"])

    with pytest.raises(TransientError, match="Connection reset"):
        local.write("out/a.csv", failing())

    assert [path.name for path in (root / "out").iterdir()] == ["b.csv"]


def test_no_temporary_file_remains_in_an_object_store() -> None:
    """What is collected under another name is removed after a failure."""
    store = FileStore("memory://no-temporary")

    with pytest.raises(TransientError, match="Connection reset"):
        store.write("out/a.csv", failing())

    assert MemoryFileSystem().find("no-temporary") == []


def test_a_writer_that_is_killed_leaves_nothing_to_take(root: Path, local: FileStore) -> None:
    """After kill -9 in the middle of a write there is no file under its name, nor in the inbox."""
    program = f"""
import os
from impex.files.store import FileStore
def chunks():
    yield bytes(1 << 20)
    os.kill(os.getpid(), 9)
FileStore({str(root)!r}).write("inbox/prices/a.csv", chunks())
"""

    writer = subprocess.run(
        [sys.executable, "-c", program], check=False, env={"PYTHONPATH": os.pathsep.join(sys.path)}
    )

    assert writer.returncode == -9
    assert not local.exists("inbox/prices/a.csv")
    assert names(local) == []


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


def test_the_inbox_lists_the_oldest_first_then_by_name(root: Path, local: FileStore) -> None:
    """Packages are taken in the order in which they came."""
    drop(root, "0.csv", b"12345", age_s=1)
    drop(root, "b.csv", age_s=9)
    drop(root, "a.csv", age_s=9)

    ready = local.ready("prices")

    assert [file.name for file in ready] == ["a.csv", "b.csv", "0.csv"]
    assert (ready[2].key, ready[2].size) == ("inbox/prices/0.csv", 5)
    assert ready[2].modified.timestamp() == 1_999_999_999


def test_the_inbox_leaves_out_what_is_not_a_finished_file(root: Path, local: FileStore) -> None:
    """Uploads in progress, hidden files, folders, links and pipes are not taken."""
    good = drop(root, "good.csv")
    for name in ("a.part", "b.TMP", "c.csv.filepart", ".hidden", "line\nbreak.csv"):
        drop(root, name)
    (good.parent / "folder.csv").mkdir()
    (good.parent / "link.csv").symlink_to(good)
    os.mkfifo(good.parent / "pipe.csv")

    assert names(local) == ["good.csv"]


def test_a_group_without_a_folder_has_nothing_ready(store: FileStore) -> None:
    """A new group's inbox need not exist."""
    assert names(store) == []


def test_ten_thousand_files_are_listed(root: Path, local: FileStore) -> None:
    """A partner who sends one file per order does not overwhelm the inbox."""
    (root / "inbox" / "prices").mkdir(parents=True)
    for number in range(10_000):
        (root / "inbox" / "prices" / f"{number:05}.csv").touch()

    ready = local.ready("prices")

    assert len({file.key for file in ready}) == 10_000


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


def test_the_folder_of_a_job_goes_with_its_last_file(root: Path, local: FileStore) -> None:
    """Work and uploads do not fill up with empty folders; the inbox stays."""
    drop(root, "a.csv")
    local.move("inbox/prices/a.csv", "work/prices/7/a.csv")
    local.move("work/prices/7/a.csv", "archive/prices/7/a.csv")

    assert not (root / "work" / "prices" / "7").exists()
    assert (root / "inbox" / "prices").is_dir()


def test_a_move_to_another_file_system_copies(
    root: Path, local: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive on another volume receives the whole file before the source goes."""
    drop(root, "a.csv", b"x" * 3_000_000)

    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "rename", refuse)
    local.move("inbox/prices/a.csv", "archive/a.csv")

    assert local.size("archive/a.csv") == 3_000_000
    assert names(local) == []


def test_a_file_that_grows_while_it_is_copied_stays(
    root: Path, local: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A partner who is still writing loses nothing: the file is taken later, whole."""
    path = drop(root, "a.csv", b"1;2\n")

    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    def copy_too_early(source: BinaryIO, target: BinaryIO) -> None:
        target.write(source.read())
        path.write_bytes(b"1;2\n3;4\n")

    monkeypatch.setattr(os, "rename", refuse)
    monkeypatch.setattr(shutil, "copyfileobj", copy_too_early)
    with pytest.raises(TransientError, match="was written to while it was moved"):
        local.move("inbox/prices/a.csv", "archive/a.csv")

    assert path.read_bytes() == b"1;2\n3;4\n"
    assert not local.exists("archive/a.csv")


def test_two_attempts_at_the_same_claim_both_find_it_done(root: Path, local: FileStore) -> None:
    """Airflow may run a task twice at once: whoever is slower sees the file where it belongs."""
    with ThreadPoolExecutor(2) as attempts:
        for number in range(300):
            drop(root, f"{number}.csv")
            done = [
                attempts.submit(local.move, f"inbox/prices/{number}.csv", f"work/{number}.csv")
                for _ in range(2)
            ]
            assert [attempt.result() for attempt in done] == [None, None]

    assert names(local) == []


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


def test_a_file_below_a_file_is_refused(local: FileStore) -> None:
    """A key whose folder is taken by a file names the fault."""
    local.write("work/1", [b"x"])

    with pytest.raises(DataError, match=r"'work/1/a\.csv' lies below something that is a file"):
        local.open("work/1/a.csv")


def test_a_full_disk_may_be_tried_again(local: FileStore) -> None:
    """No space is a passing fault that says what to do."""

    def chunks() -> Iterator[bytes]:
        yield b"x"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(TransientError, match="no space is left; free some"):
        local.write("work/a.csv", chunks())
