"""Messages as files, in every place that holds files."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from impex.domain.errors import TransientError
from impex.files.store import FileStore
from orders.domain.outbox import Message, Outcome
from orders.targets.files import FileTarget
from tests.file_servers import S3Server, SftpServer

MESSAGE = Message(1, "k1", "out/O1.csv", "text/csv", b"sku;quantity\nA;1\n")


@pytest.fixture(params=["directory", "memory", "s3", "sftp"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """An empty place of each kind."""
    if request.param == "directory":
        return FileStore(str(tmp_path / "files"))
    if request.param == "memory":
        return FileStore(f"memory://{uuid4().hex}/x")
    server: S3Server | SftpServer = request.getfixturevalue(request.param)
    return FileStore(f"{server.url}/{uuid4().hex}")


def content(store: FileStore) -> bytes:
    """Read the file of the message."""
    with store.open(MESSAGE.recipient) as stream:
        return stream.read()


def test_a_message_becomes_a_file_once(store: FileStore) -> None:
    """Whole, under its name; the second time it is there already and nothing is written."""
    target = FileTarget(store)

    first, again = target.send(MESSAGE), target.send(MESSAGE)

    assert target.repeatable
    assert (first.outcome, first.text) == (Outcome.SENT, "The file 'out/O1.csv' is written.")
    assert (again.outcome, again.text) == (Outcome.SENT, "The file 'out/O1.csv' is there.")
    assert [file.name for file in store.files("out")] == ["O1.csv"]
    assert content(store) == MESSAGE.body


@pytest.mark.parametrize("other", [b"", b"sku;quantity\nA;2\n", MESSAGE.body * 2])
def test_another_file_of_the_name_is_never_overwritten(store: FileStore, other: bytes) -> None:
    """Even one of the same size; a person decides which is right."""
    store.write(MESSAGE.recipient, [other])
    target = FileTarget(store)

    answer, probed = target.send(MESSAGE), target.probe(MESSAGE)

    assert (answer.outcome, "another file 'out/O1.csv' already" in answer.text) == (
        Outcome.REFUSED,
        True,
    )
    assert probed == answer
    assert content(store) == other


def test_a_file_that_is_there_was_sent(store: FileStore) -> None:
    """Asked after an attempt whose end nobody saw."""
    target = FileTarget(store)

    before = target.probe(MESSAGE)
    target.send(MESSAGE)
    after = target.probe(MESSAGE)

    assert before is not None
    assert after is not None
    assert (before.outcome, after.outcome) == (Outcome.UNREACHED, Outcome.SENT)


def test_messages_become_files_together(store: FileStore) -> None:
    """What is there by then, and the second message of one name, are judged as ever."""
    store.write("out/O2.csv", [b"other"])
    messages = [replace(MESSAGE, recipient=f"out/{name}.csv") for name in ("O1", "O2", "O3")]
    twice = replace(messages[2], body=b"another")

    answers = FileTarget(store).send_all([*messages, twice])

    sent, refused = Outcome.SENT, Outcome.REFUSED
    assert [each.outcome for each in answers] == [sent, refused, sent, refused]
    assert {file.name: store.size(file.key) for file in store.files("out")} == {
        "O1.csv": len(MESSAGE.body),
        "O2.csv": len(b"other"),
        "O3.csv": len(MESSAGE.body),
    }


def test_a_file_that_cannot_be_written_stops_no_other(tmp_path: Path) -> None:
    """Those beside it are written; no half of one stays."""
    (tmp_path / "out/O2.csv/inside").mkdir(parents=True)
    messages = [replace(MESSAGE, recipient=f"out/{name}") for name in ("O1.csv", "O2.csv", "../x")]
    target = FileTarget(FileStore(str(tmp_path)))

    some, all_of_them = target.send_all(messages[:2]), target.send_all(messages)

    assert [each.outcome for each in some] == [Outcome.SENT, Outcome.REFUSED]
    assert [each.outcome for each in all_of_them] == [Outcome.SENT, *[Outcome.REFUSED] * 2]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["O1.csv", "O2.csv"]


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "/etc/passwd", "a\0b", "a\\b"])
def test_a_name_that_leads_elsewhere_is_refused(store: FileStore, name: str) -> None:
    """Recipients are names, not ways out."""
    target = FileTarget(store)
    message = Message(1, "k1", name, "text/csv", b"")

    answer = target.send(message)

    assert (answer.outcome, "The file name" in answer.text) == (Outcome.REFUSED, True)
    assert target.probe(message) is None
    target.close()


def test_a_name_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    """Nothing is put in its place."""
    (tmp_path / MESSAGE.recipient / "inside").mkdir(parents=True)

    answer = FileTarget(FileStore(str(tmp_path))).send(MESSAGE)

    assert (answer.outcome, "is a folder" in answer.text) == (Outcome.REFUSED, True)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["O1.csv"]


@pytest.mark.parametrize("kind", ["s3", "sftp"])
def test_a_server_that_is_away_was_not_reached(kind: str, request: pytest.FixtureRequest) -> None:
    """Nothing is known of what is there; the message goes through when it is back."""
    server: S3Server | SftpServer = request.getfixturevalue(kind)
    url = f"{server.url}/{uuid4().hex}"
    target = FileTarget(FileStore(url))
    server.stop()
    try:
        answer, probed = target.send(MESSAGE), target.probe(MESSAGE)
    finally:
        server.start()

    assert answer.outcome is Outcome.UNREACHED
    assert probed is None
    if kind == "sftp":
        assert FileTarget(FileStore(url)).send(MESSAGE).outcome is Outcome.SENT


class _LostStore(FileStore):
    """A local store whose answer to a write gets lost, and after that perhaps the store itself."""

    def __init__(self, root: Path, *, arrives: bool, gone: bool) -> None:
        super().__init__(str(root))
        self._arrives, self._gone, self._lost = arrives, gone, False

    def exists(self, key: str) -> bool:
        if self._lost and self._gone:
            raise TransientError("the connection was lost")
        return super().exists(key)

    def write(self, key: str, chunks: Iterable[bytes]) -> int:
        if self._arrives:
            super().write(key, chunks)
        self._lost = True
        raise TransientError("the connection was lost")

    def write_all(self, files: Mapping[str, bytes]) -> None:
        for key, body in files.items():
            self.write(key, [body])


@pytest.mark.parametrize(
    ("arrives", "gone", "outcome"),
    [
        (True, False, Outcome.SENT),
        (False, False, Outcome.UNREACHED),
        (True, True, Outcome.UNKNOWN),
        (False, True, Outcome.UNKNOWN),
    ],
)
def test_after_a_lost_answer_it_is_looked_what_is_there(
    tmp_path: Path, outcome: Outcome, *, arrives: bool, gone: bool
) -> None:
    """The file may have got its name before the connection broke."""
    store = _LostStore(tmp_path, arrives=arrives, gone=gone)

    assert FileTarget(store).send(MESSAGE).outcome is outcome


@pytest.mark.parametrize(
    ("arrives", "gone", "outcomes"),
    [
        (True, False, [Outcome.SENT, Outcome.SENT]),
        (False, False, [Outcome.UNREACHED, Outcome.UNREACHED]),
        (True, True, [Outcome.UNKNOWN, Outcome.UNKNOWN]),
    ],
)
def test_after_a_lost_answer_each_of_several_is_looked_for(
    tmp_path: Path, outcomes: list[Outcome], *, arrives: bool, gone: bool
) -> None:
    """What was written by then is there; of the others, nobody knows while the place is away."""
    store = _LostStore(tmp_path, arrives=arrives, gone=gone)

    answers = FileTarget(store).send_all([MESSAGE, replace(MESSAGE, recipient="out/O2.csv")])

    assert [each.outcome for each in answers] == outcomes
