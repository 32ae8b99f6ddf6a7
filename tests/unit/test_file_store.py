"""The file store on a local directory; what holds for every store is in the integration tier."""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from impex.domain.errors import DataError, TransientError
from impex.files.store import FileStore
from tests.stores import RENAMED, failing, names


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Name the directory of a local store; it does not exist yet."""
    return tmp_path / "files"


@pytest.fixture
def local(root: Path) -> FileStore:
    """Open an empty store on a local directory."""
    return FileStore(root.as_uri())


def drop(root: Path, name: str, content: bytes = b"x", age_s: int = 0) -> Path:
    """Put a file into the inbox as a partner does, so many seconds ago."""
    path = root / "inbox" / "prices" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (2_000_000_000 - age_s, 2_000_000_000 - age_s))
    return path


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


def test_the_inbox_lists_the_oldest_first_then_by_name(root: Path, local: FileStore) -> None:
    """Packages are taken in the order in which they came."""
    drop(root, "0.csv", b"12345", age_s=1)
    drop(root, "b.csv", age_s=9)
    drop(root, "a.csv", age_s=9)

    ready = local.ready("prices", RENAMED)

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


def test_a_file_that_grows_while_it_is_read_is_tried_again_later(
    root: Path, local: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash would be one of half a file."""
    path = drop(root, "a.csv", b"1;2\n")

    class Interrupted:
        def update(self, _: bytes) -> None:
            path.write_bytes(b"1;2\n3;4\n")

        def hexdigest(self) -> str:
            return ""

    monkeypatch.setattr(hashlib, "sha256", Interrupted)
    with pytest.raises(TransientError, match=r"'inbox/prices/a\.csv' is still being written to"):
        local.sha256("inbox/prices/a.csv")


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
