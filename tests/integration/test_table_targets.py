"""Messages as rows of a table of somebody else."""

import threading
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from impex.storage.connection import Database
from orders.domain.outbox import Message, Outcome
from orders.targets.table import CONTRACT, TableTarget

BODY = b'{"order": "O1", "total": 12345678901234567890.10}'
MESSAGE = Message(1, "k1", "erp", "application/json", BODY)
NAME = sql.Identifier("erp", "Order in")


@pytest.fixture
def connection(dsn: str) -> Iterator[psycopg.Connection]:
    """The database of the receiver, with a schema."""
    with psycopg.connect(dsn, autocommit=True) as opened:
        opened.execute("CREATE SCHEMA erp")
        yield opened


@pytest.fixture
def target(dsn: str) -> Iterator[TableTarget]:
    """A target for a table whose name needs quotes."""
    made = TableTarget(Database(dsn), "erp", "Order in")
    yield made
    made.close()
    made.close()


def make(connection: psycopg.Connection, old: str = "", new: str = "") -> None:
    """Make the table of the contract, with a part of it replaced."""
    statement = CONTRACT.format(NAME.as_string(connection))
    assert old in statement
    connection.execute(statement.replace(old, new).encode())


def rows(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    """Read the table."""
    query = sql.SQL("SELECT key, recipient, content_type, body::text FROM {}").format(NAME)
    return connection.execute(query).fetchall()


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("bytea", "\\x" + BODY.hex()),
        ("text", BODY.decode()),
        ("jsonb", BODY.decode()),
    ],
)
def test_a_message_becomes_a_row_once(
    connection: psycopg.Connection, target: TableTarget, kind: str, kept: str
) -> None:
    """In each type that a body may have; the second time it is there already."""
    make(connection, "bytea", kind)

    first, again = target.send(MESSAGE), target.send(MESSAGE)

    assert target.repeatable
    assert (first.outcome, again.outcome) == (Outcome.SENT, Outcome.SENT)
    assert again.text == "The row is in erp.Order in already."
    assert rows(connection) == [("k1", "erp", "application/json", kept)]


@pytest.mark.parametrize("kind", ["bytea", "text", "jsonb"])
def test_a_row_with_another_body_is_never_changed(
    connection: psycopg.Connection, target: TableTarget, kind: str
) -> None:
    """A person finds out which one is right."""
    make(connection, "bytea", kind)
    target.send(MESSAGE)
    before = rows(connection)

    answer = target.send(Message(2, "k1", "erp", "application/json", b'{"order": "O2"}'))

    assert (answer.outcome, "another body under this key" in answer.text) == (
        Outcome.REFUSED,
        True,
    )
    assert rows(connection) == before


def test_a_row_that_is_there_was_sent(connection: psycopg.Connection, target: TableTarget) -> None:
    """Asked by key after an attempt whose end nobody saw."""
    make(connection)

    before = target.probe(MESSAGE)
    target.send(MESSAGE)
    after = target.probe(MESSAGE)

    assert before is not None
    assert after is not None
    assert (before.outcome, after.outcome) == (Outcome.UNREACHED, Outcome.SENT)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (None, None, "There is no table erp.Order in."),
        ("recipient text NOT NULL,", "", "has no column recipient."),
        ("body bytea NOT NULL,", "", "has no column body."),
        ("bytea", "integer", "The column body of erp.Order in is integer."),
        (" PRIMARY KEY", "", "The column key of erp.Order in is not unique."),
    ],
)
def test_a_table_that_does_not_fit_is_refused_with_what_it_must_be(
    connection: psycopg.Connection, target: TableTarget, old: str | None, new: str, what: str
) -> None:
    """The statement can be copied."""
    if old is not None:
        make(connection, old, new)

    answer = target.send(MESSAGE)

    assert (answer.outcome, what in answer.text) == (Outcome.REFUSED, True), answer.text
    statement = answer.text[answer.text.index("CREATE TABLE") :]
    connection.execute('DROP TABLE IF EXISTS erp."Order in"')
    connection.execute(statement.encode())
    assert target.send(MESSAGE).outcome is Outcome.SENT


def test_where_there_is_no_table_nothing_is_known(
    connection: psycopg.Connection, target: TableTarget
) -> None:
    """A missing table says nothing of a message."""
    assert connection.closed is False
    assert target.probe(MESSAGE) is None


@pytest.mark.parametrize(
    ("kind", "body", "what"),
    [
        ("jsonb", b"not JSON, Jane Doe", "InvalidTextRepresentation"),
        ("text", b"Jane Doe\0", "DataError"),
        ("jsonb", b'{"name": "Jane Doe\\u0000"}', "UntranslatableCharacter"),
        ("text", b"Jane Doe\xff", "The body is not UTF-8"),
        ("bytea CHECK (length(body) > 99)", b"Jane Doe", "CheckViolation (23514) of Order in_body_"),
        ("bytea NOT NULL, branch text", b"Jane Doe", "NotNullViolation (23502) of branch"),
    ],
)  # fmt: skip
def test_a_row_that_the_table_does_not_take_is_refused_without_its_values(
    connection: psycopg.Connection, target: TableTarget, kind: str, body: bytes, what: str
) -> None:
    """PostgreSQL's own messages like to show them."""
    make(connection, "bytea", kind)

    answer = target.send(Message(1, "k1", "erp", "text/plain", body))

    assert (answer.outcome, what in answer.text) == (Outcome.REFUSED, True), answer.text
    assert "Jane Doe" not in answer.text
    assert rows(connection) == []


def test_a_table_that_is_not_ours_to_write_is_refused(
    connection: psycopg.Connection, target: TableTarget
) -> None:
    """With the right that is missing."""
    make(connection)
    connection.execute('REVOKE INSERT ON erp."Order in" FROM impex')

    answer = target.send(MESSAGE)

    assert (answer.outcome, "Grant the right" in answer.text) == (Outcome.REFUSED, True)


def test_a_database_that_is_away_was_not_reached() -> None:
    """And says nothing of what is in it."""
    away = TableTarget(Database("postgresql://127.0.0.1:1/none"), "erp", "order_in")

    assert away.send(MESSAGE).outcome is Outcome.UNREACHED
    assert away.probe(MESSAGE) is None


@pytest.mark.parametrize(
    ("moment", "outcome"),
    [("NOT DEFERRABLE", Outcome.UNREACHED), ("DEFERRABLE INITIALLY DEFERRED", Outcome.UNKNOWN)],
)
def test_only_an_answer_that_is_lost_at_the_commit_leaves_a_doubt(
    connection: psycopg.Connection, target: TableTarget, moment: str, outcome: Outcome
) -> None:
    """Before it, nothing can have been kept; afterwards the target finds back by itself."""
    make(connection)
    connection.execute(
        "CREATE FUNCTION erp.die() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
    )
    connection.execute(
        'CREATE CONSTRAINT TRIGGER die AFTER INSERT ON erp."Order in" '
        f"{moment} FOR EACH ROW EXECUTE FUNCTION erp.die()".encode()
    )

    answer = target.send(MESSAGE)

    assert answer.outcome is outcome
    connection.execute('DROP TRIGGER die ON erp."Order in"')
    assert target.send(MESSAGE).outcome is Outcome.SENT
    assert len(rows(connection)) == 1


def test_a_lock_on_the_table_does_not_hold_us_up_for_ever(
    connection: psycopg.Connection, target: TableTarget
) -> None:
    """Every statement has its limit."""
    make(
        connection, "now()\n", "now(), patience text DEFAULT current_setting('statement_timeout')\n"
    )

    target.send(MESSAGE)

    assert connection.execute('SELECT patience FROM erp."Order in"').fetchall() == [("30s",)]


def test_two_senders_of_one_message_insert_one_row(
    connection: psycopg.Connection, dsn: str
) -> None:
    """At the same time; both hear that it was sent."""
    make(connection)
    outcomes: list[Outcome] = []

    def send() -> None:
        one = TableTarget(Database(dsn), "erp", "Order in")
        outcomes.append(one.send(MESSAGE).outcome)
        one.close()

    senders = [threading.Thread(target=send) for _ in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert outcomes == [Outcome.SENT] * 8
    assert len(rows(connection)) == 1
