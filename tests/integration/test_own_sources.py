"""Sources of the user's own: the documented one, and those that are wrong."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from impex.domain.errors import ConfigError
from impex.mapping.transforms import load_function
from impex.services.resources import Resources
from local.settings import REPOSITORY
from orders.domain.feed import Feed, Python
from orders.services.collect import BATCH, collect, collect_all
from orders.services.consume import consume
from orders.services.own_source import Source
from orders.storage.inbox import Receipt
from orders.testing.source_contract import SourceContract
from tests.feeds import faults, load
from tests.order_book import OrderBook

DOCS = (REPOSITORY / "docs" / "feeds.md").read_text("utf-8")
SECTION = DOCS.partition("## A source of your own")[2]
NOW = datetime(2026, 11, 29, tzinfo=UTC)


def block(language: str) -> str:
    """Return the first example in a language of the section about own sources."""
    found = re.search(f"```{language}\n(.*?)```", SECTION, re.DOTALL)
    assert found is not None
    return found[1]


class Numbers:
    """Three messages; the simplest source there is."""

    def messages(self, after: str | None) -> Iterator[tuple[str, bytes]]:
        """Yield those behind a position."""
        for number in range(int(after or 0) + 1, 4):
            yield str(number), b"{}"


class Forgetful(Numbers):
    """One that begins anew each time."""

    def messages(self, after: str | None) -> Iterator[tuple[str, bytes]]:
        """Yield all, whatever was taken."""
        del after
        return super().messages(None)


class TestNumbers(SourceContract):
    """The contract holds for a source that keeps it."""

    def make(self) -> Source:
        """Return one."""
        return Numbers()


def test_the_contract_notices_a_source_that_begins_anew() -> None:
    """Its messages would be taken in again and again."""

    class Contract(SourceContract):
        def make(self) -> Source:
            return Forgetful()

    with pytest.raises(AssertionError):
        Contract().test_after_a_position_come_the_messages_behind_it()


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A directory ``config/sources`` with the documented class."""
    directory = tmp_path / "config" / "sources"
    directory.mkdir(parents=True)
    (directory / "mailbox.py").write_text(block("python"), "utf-8")
    (directory.parent / "feeds").mkdir()
    return directory


@pytest.fixture
def mails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the documented class reads."""
    folder = tmp_path / "mails"
    folder.mkdir()
    monkeypatch.setenv("ACME_MAILBOX", str(folder))
    return folder


@pytest.fixture
def feed(sources: Path) -> Feed:
    """The documented feed."""
    return load(sources.parent / "feeds", block("yaml"), "acme")


def put(folder: Path, number: int, **said: object) -> None:
    """Leave a message in the folder."""
    (folder / f"{number:04}.json").write_text(json.dumps(said), "utf-8")


def test_the_documented_source_is_asked_for_what_is_new(
    resources: Resources, feed: Feed, sources: Path, mails: Path
) -> None:
    """Each message is taken in once; one that cannot be read holds nothing up."""
    book = OrderBook(resources.database)
    book.placed("O1", ("S", "A", 2, "standard"))
    put(mails, 1, order="O1", line="1", shipped=1)
    (mails / "0002.json").write_bytes(b"\xff{")
    first = collect(book.database, feed, NOW, sources)
    put(mails, 3, order="O1", line="1", shipped=2)
    second = collect(book.database, feed, NOW, sources)
    third = collect(book.database, feed, NOW, sources)
    consume(book.database, "")

    assert [(each.rows, each.refused) for each in (first, second, third)] == [
        (2, 1),
        (1, 0),
        (0, 0),
    ]
    assert second.receipts == {Receipt.ACCEPTED: 1}
    assert book.statuses("O1") == ("completed", "shipped")
    assert book.query("SELECT position FROM orders.feed_refusal") == [("0002.json",)]


def test_a_source_with_many_messages_is_asked_until_it_has_no_more(
    resources: Resources, feed: Feed, sources: Path, mails: Path
) -> None:
    """Some hundred at once."""
    for number in range(BATCH + 2):
        put(mails, number, order=f"O{number}", line="1", shipped=1)
    assert collect(resources.database, feed, NOW, sources).rows == BATCH + 2


@pytest.mark.parametrize(
    "fault",
    [
        ("class Mailbox:\n    def messages(self, after):\n        raise OSError('no route')",
         "failed: OSError: no route"),
        ("class Mailbox:\n    def messages(self, after):\n        yield 1, b'{}'",
         "messages() must yield pairs of a text and bytes"),
        ("class Mailbox:\n    def __init__(self):\n        raise KeyError('KEY')",
         "cannot be made: KeyError: 'KEY'"),
    ],
)  # fmt: skip
def test_a_source_that_fails_says_so_and_holds_no_other_up(
    resources: Resources, sources: Path, mails: Path, feed: Feed, fault: tuple[str, str]
) -> None:
    """Nothing of it is taken in, and its position stays."""
    code, what = fault
    (sources / "broken.py").write_text(code, "utf-8")
    put(mails, 1, order="O1", line="1", shipped=1)
    broken = Feed("broken", Python("broken.py:Mailbox"))

    with pytest.raises(ConfigError, match=re.escape(what)):
        collect(resources.database, broken, NOW, sources)
    rows, problems = collect_all(resources.database, {"broken": broken, "acme": feed}, NOW, sources)
    assert rows == {"acme": 1}
    assert [what in str(problem) for problem in problems] == [True]


def test_a_class_that_is_not_there_is_found_by_lint(sources: Path) -> None:
    """With the nearest name; nothing is run to find out."""
    wrong = block("yaml").replace(":Mailbox", ":Malibox")
    [fault] = faults(sources.parent / "feeds", wrong)
    assert "`mailbox.py` does not define `Malibox`. Did you mean `Mailbox`?" in fault


def test_the_documented_class_keeps_the_contract(sources: Path, mails: Path) -> None:
    """As the documentation tells people to test theirs."""
    put(mails, 1)
    put(mails, 2)

    class Contract(SourceContract):
        def make(self) -> Source:
            made: Source = load_function(sources, "mailbox.py:Mailbox")()
            return made

    for name in dir(Contract):
        if name.startswith("test_"):
            getattr(Contract(), name)()
