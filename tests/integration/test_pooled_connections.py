"""What goes through PgBouncer in transaction mode, and what must not."""

import asyncio
from collections.abc import Iterator

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from impex.domain.errors import ConfigError, TransientError
from impex.orchestration.wiring import own_database
from impex.storage.connection import Database
from orders.storage import work


@pytest.fixture
def pooled_dsn(dsn: str, pgbouncer: str) -> str:
    """The database as somebody finds it who takes the pooler for it."""
    return make_conninfo(dsn, **conninfo_to_dict(pgbouncer))


@pytest.fixture
def pooled(dsn: str, pgbouncer: str) -> Iterator[Database]:
    """The database as the project finds it behind the pooler."""
    with Database(dsn, pgbouncer) as database:
        yield database


def shown(database: Database, name: str) -> str:
    """Return a setting in a transaction."""
    with database.transaction() as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    return str(row and row[0])


def servers(database: Database) -> list[int]:
    """Return which of the server's processes each of three transactions was in."""
    found = []
    for _ in range(3):
        with database.transaction() as connection:
            found += connection.execute("SELECT pg_backend_pid()").fetchone() or ()
    return found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("idle_in_transaction_session_timeout", "1min"),
        ("client_min_messages", "warning"),
        ("timezone", "UTC"),
        ("datestyle", "ISO, MDY"),
    ],
)
def test_transactions_have_the_same_settings_either_way(
    dsn: str, pooled: Database, name: str, value: str
) -> None:
    """Behind the pooler each of them brings its own."""
    with Database(dsn) as direct:
        assert shown(direct, name) == value
    assert shown(pooled, name) == value


def test_transactions_go_through_the_pooler_and_locks_do_not(pooled: Database) -> None:
    """Who holds something from one transaction to the next has the server for itself."""
    with pooled.another() as another, pooled.direct() as direct:
        assert len({*servers(pooled), *servers(another)}) == 6
        assert len({*servers(direct)}) == 1


def test_tasks_go_through_the_pooler_that_the_environment_names(
    dsn: str, pgbouncer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection stays what it is."""
    monkeypatch.setenv("AIRFLOW_CONN_IMPEX", dsn)
    with own_database() as database:
        assert len({*servers(database)}) == 1

    monkeypatch.setenv("IMPEX_POOLER", pgbouncer)
    with own_database() as database:
        assert len({*servers(database)}) == 3


def test_a_pooler_that_is_no_address_is_a_fault_of_the_configuration(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what to write."""
    monkeypatch.setenv("AIRFLOW_CONN_IMPEX", dsn)
    monkeypatch.setenv("IMPEX_POOLER", "pgbouncer:6432")

    with pytest.raises(ConfigError, match=r"IMPEX_POOLER: is no address: .* postgresql://"):
        own_database()


def test_no_plan_is_kept_where_the_next_transaction_does_not_find_it(pooled: Database) -> None:
    """What says its statements again and again says them whole."""
    pooled.be_repetitive()
    for number in range(3):
        with pooled.transaction() as connection:
            row = connection.execute("SELECT %s::integer", [number]).fetchone()
            assert row == (number,)
            assert connection.execute("SELECT * FROM pg_prepared_statements").fetchall() == []


def test_who_takes_the_pooler_for_the_server_is_refused(pooled_dsn: str) -> None:
    """Before anything was done, so that no lock is taken where nobody finds it."""
    with (
        Database(pooled_dsn) as database,
        pytest.raises(TransientError, match="unsupported startup parameter: options"),
        database.transaction(),
    ):
        pass


def test_only_a_direct_connection_is_told_of_work(
    dsn: str, pooled_dsn: str, pooled: Database
) -> None:
    """So the watch has one; behind the pooler it would have to look every now and then."""

    async def told(place: str) -> bool:
        async with work.listening(place) as connection:
            with pooled.transaction() as other:
                other.execute("NOTIFY orders_work")
            return await work.is_told(connection, 2, first=True)

    assert asyncio.run(told(dsn))
    assert not asyncio.run(told(pooled_dsn))
