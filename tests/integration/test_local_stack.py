"""Everything that `make up` starts, started for real on free ports, killed and stopped.

The tests share one stack; each leaves it running and healthy, until the last one stops it.
"""

import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from local import leftovers
from local.airflow import ADMIN
from local.airflow_api import AirflowApi
from local.faults import SetupError
from local.ports import HOST, Ports
from local.settings import Settings
from local.stack import Stack
from tests.waiting import wait_for

SLEEPER = """\
import time

from airflow.sdk import dag, task


@dag(schedule=None)
def sleeper():
    @task
    def sleep():
        time.sleep(600)

    sleep()


sleeper()
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack with one DAG of its own."""
    dags = tmp_path_factory.mktemp("dags")
    (dags / "sleeper.py").write_text(SLEEPER)
    settings = Settings.load(
        root=tmp_path_factory.mktemp("local"),
        ports=Ports.free(),
        extra_environment={"AIRFLOW__CORE__DAGS_FOLDER": str(dags)},
    )
    running = Stack(settings, durable=False)
    running.up()
    yield running
    running.erase()


def airflow_processes(stack: Stack) -> list[psutil.Process]:
    """Every process of Airflow, workers and tasks included."""
    return leftovers.find([stack.settings.airflow_home], stack.settings.root)


def component(stack: Stack, name: str) -> psutil.Process:
    """The main process of a component: the leader of its process group."""
    return next(
        process
        for process in airflow_processes(stack)
        if _group_of(process.pid) == process.pid and name in _command_of(process)
    )


def group_members(leader: int) -> list[int]:
    """The processes of a process group."""
    return [pid for pid in psutil.pids() if _group_of(pid) == leader]


def test_every_part_is_healthy_as_soon_as_up_returns(stack: Stack) -> None:
    """Database, scheduler, DAG processor and triggerer work, by Airflow's own word."""
    assert stack.unhealthy() == []


def test_nothing_listens_beyond_this_machine(stack: Stack) -> None:
    """Web pages, health check and database are on 127.0.0.1; no log server runs."""
    processes = airflow_processes(stack) + leftovers.find(stack.database.directories)
    pids = {process.pid for process in processes}

    listening = {
        one.laddr
        for one in psutil.net_connections("inet")
        if one.pid in pids and one.status == psutil.CONN_LISTEN
    }

    ports = stack.settings.ports
    assert {(address.ip, address.port) for address in listening} == {
        (HOST, ports.airflow),
        (HOST, ports.postgres),
        (HOST, ports.scheduler_health),
        (HOST, ports.push),
    }


def test_a_second_up_changes_nothing(stack: Stack) -> None:
    """Whoever types it twice gets the same running processes."""
    before = {process.pid for process in airflow_processes(stack)}

    stack.up()

    assert before <= {process.pid for process in airflow_processes(stack)}


def test_another_stack_on_a_busy_port_does_not_start_at_all(stack: Stack, tmp_path: Path) -> None:
    """The message names the port and the variable, and nothing is left behind."""
    free = Ports.free()
    taken = stack.settings.ports.airflow
    clashing = Ports(
        taken, postgres=free.postgres, scheduler_health=free.scheduler_health, push=free.push
    )
    second = Stack(Settings.load(tmp_path, clashing), durable=False)

    with pytest.raises(SetupError, match=rf"Port {taken} .* IMPEX_AIRFLOW_PORT="):
        second.up()

    assert not second.database.is_running()
    assert leftovers.find(second.database.directories, tmp_path) == []


def test_passwords_are_readable_by_their_owner_only(stack: Stack) -> None:
    """Neither the password file nor Airflow's configuration is open to other users."""
    home = stack.settings.airflow_home

    for file in (
        home / "passwords.json",
        home / "airflow.cfg",
        stack.settings.root / "secrets.json",
    ):
        assert file.stat().st_mode & 0o077 == 0


def test_no_secret_stands_in_the_supervisors_files(stack: Stack) -> None:
    """Secrets reach the processes by their environment alone."""
    written = "".join(file.read_text() for file in (stack.settings.root / "supervisor").iterdir())

    assert stack.settings.credentials.airflow_db_password not in written
    assert stack.settings.credentials.jwt_secret not in written


def test_erasing_a_stack_spares_what_it_did_not_make(tmp_path: Path) -> None:
    """Whoever points IMPEX_HOME at a directory with files of their own keeps them."""
    mine = Stack(Settings.load(tmp_path, Ports.free()))
    (tmp_path / "files" / "inbox").mkdir(parents=True)
    (tmp_path / "letters.txt").write_text("keep me")

    mine.erase()

    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_a_killed_scheduler_is_replaced_and_leaves_nothing_behind(stack: Stack) -> None:
    """Its workers and its health server end with it, and a new one takes over."""
    killed_at = datetime.now(UTC)
    scheduler = component(stack, "scheduler")

    scheduler.kill()

    wait_for(lambda: group_members(scheduler.pid) == [], "the end of the old workers")
    stack.wait_until_healthy(killed_at)
    assert component(stack, "scheduler").pid != scheduler.pid


def test_a_killed_service_for_order_events_is_replaced(stack: Stack) -> None:
    """Senders are refused for a moment only, and what runs is told honestly meanwhile."""
    service = component(stack, "orders.push")

    service.kill()

    service.wait(10)
    wait_for(lambda: stack.unhealthy() == [], "another one")
    assert component(stack, "orders.push").pid != service.pid


def test_everything_recovers_from_a_killed_database(stack: Stack) -> None:
    """PostgreSQL comes back, and with it each part that could not live without it."""
    killed_at = datetime.now(UTC)
    (data,) = stack.database.directories
    main = psutil.Process(int((data / "postmaster.pid").read_text().splitlines()[0]))

    main.kill()

    main.wait(10)
    stack.wait_until_healthy(killed_at)


def test_everything_recovers_from_a_database_that_was_away_for_long(stack: Stack) -> None:
    """Airflow's parts give up meanwhile; they are started again until the database is back."""
    stack.database.stop()
    wait_for(lambda: "metadatabase" in stack.unhealthy(), "Airflow to notice")

    stack.database.start()
    back_at = datetime.now(UTC)

    stack.wait_until_healthy(back_at)


def test_down_ends_every_process_with_its_running_task_whoever_supervises_it(
    stack: Stack,
) -> None:
    """Neither a task that would run for long, nor programs without supervisor outlive the stack."""
    with AirflowApi(stack.settings.url, ADMIN, stack.settings.credentials.admin_password) as api:
        wait_for(lambda: api.knows_dag("sleeper"), "the DAG")
        run = api.trigger("sleeper", {})
        wait_for(
            lambda: [one.state for one in api.task_states("sleeper", run)] == ["running"],
            "the task",
        )
    supervisor = component(stack, "api_server").parent()
    assert supervisor is not None
    supervisor.kill()
    supervisor.wait(10)
    assert airflow_processes(stack) != []

    stack.down()

    assert airflow_processes(stack) == []
    assert leftovers.find(stack.database.directories) == []
    with socket.socket() as probe:
        assert probe.connect_ex((HOST, stack.settings.ports.airflow)) != 0
    stack.down()  # nothing to do, and nothing to complain about


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def _command_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # it ended meanwhile, or waits to be reaped
        return ""
