"""Ports, secrets and directories of a stack."""

import json
import socket
import stat
from dataclasses import asdict, astuple
from pathlib import Path

import pytest

from local.credentials import Credentials, write_private
from local.faults import SetupError
from local.ports import HOST, Ports
from local.settings import Settings


def test_ports_are_the_documented_ones_without_any_setting(tmp_path: Path) -> None:
    """The defaults are those that the documentation names."""
    ports = Ports.choose(tmp_path / "ports.json", {})

    assert ports == Ports(airflow=8080, postgres=5439, scheduler_health=8974, push=8975)


def test_a_variable_moves_one_port(tmp_path: Path) -> None:
    """The others keep their defaults."""
    ports = Ports.choose(tmp_path / "ports.json", {"IMPEX_AIRFLOW_PORT": "8081"})

    assert ports == Ports(airflow=8081)


def test_later_commands_find_a_stack_that_was_started_elsewhere(tmp_path: Path) -> None:
    """The ports of the last start hold until a variable says otherwise."""
    file = tmp_path / "ports.json"
    Ports(airflow=8081, postgres=5440).keep(file)

    assert Ports.choose(file, {}) == Ports(airflow=8081, postgres=5440)
    assert Ports.choose(file, {"IMPEX_POSTGRES_PORT": "5441"}).postgres == 5441


@pytest.mark.parametrize("text", ["http", "80", "70000", "-1", "80.5"])
def test_a_port_that_cannot_be_used_is_named_with_its_variable(tmp_path: Path, text: str) -> None:
    """The message says which variable holds which value and what would be right."""
    with pytest.raises(SetupError, match=rf"IMPEX_AIRFLOW_PORT is '{text}'.*from 1024 to 65535"):
        Ports.choose(tmp_path / "ports.json", {"IMPEX_AIRFLOW_PORT": text})


def test_a_busy_port_is_named_with_the_variable_that_changes_it() -> None:
    """One line for each port that is taken, none for the others."""
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        ports = Ports(airflow=port, postgres=Ports.free().postgres)

        with pytest.raises(SetupError, match=rf"^Port {port} .*IMPEX_AIRFLOW_PORT={port + 1}$"):
            ports.require_free("airflow", "postgres")


def test_free_ports_differ_from_each_other() -> None:
    """Two processes of a stack never get the same port."""
    assert len(set(astuple(Ports.free()))) == 4


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    """The second start reads what the first one generated, and nobody else can read it."""
    first = Credentials.of(tmp_path / "secrets.json")

    assert Credentials.of(tmp_path / "secrets.json") == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_secret_that_a_newer_version_needs_is_made_once_too(tmp_path: Path) -> None:
    """A stack of before keeps its secrets; the one that it lacks is written beside them."""
    file = tmp_path / "secrets.json"
    before = asdict(Credentials.of(file))
    del before["courier_secret"]
    file.write_text(json.dumps(before))

    first = Credentials.of(file)

    assert asdict(first).items() >= before.items()
    assert Credentials.of(file) == first


def test_no_two_stacks_share_a_secret(tmp_path: Path) -> None:
    """Each secret of each stack is its own, long, and can stand in a URL."""
    secrets = [*astuple(Credentials.of(tmp_path / "a")), *astuple(Credentials.of(tmp_path / "b"))]

    assert len(set(secrets)) == 18
    assert all(len(secret) >= 24 for secret in secrets)
    assert len(Credentials.of(tmp_path / "a").jwt_secret) >= 64


def test_secrets_never_show_in_a_message(tmp_path: Path) -> None:
    """Settings that end in a log or a traceback hide them."""
    settings = Settings.load(tmp_path, Ports())

    assert settings.credentials.admin_password not in repr(settings)


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    """What an interrupted start left under the temporary name does no harm."""
    (tmp_path / ".passwords.json.new").write_text("half")
    (tmp_path / "passwords.json").write_text("old")

    write_private(tmp_path / "passwords.json", json.dumps({"admin": "new"}))

    assert json.loads((tmp_path / "passwords.json").read_text()) == {"admin": "new"}
    assert [path.name for path in tmp_path.iterdir()] == ["passwords.json"]


def test_a_given_directory_keeps_its_files_to_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test's stack never writes to the file store of the person who runs the tests."""
    monkeypatch.setenv("IMPEX_FILES", "s3://somebody/else")

    assert Settings.load(tmp_path, Ports()).files_url == str(tmp_path / "files")


def test_variables_move_the_directory_and_the_file_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IMPEX_HOME and IMPEX_FILES are for people, not for tests."""
    monkeypatch.setenv("IMPEX_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("IMPEX_FILES", "s3://our/files")

    settings = Settings.load()

    assert settings.root == tmp_path / "elsewhere"
    assert settings.files_url == "s3://our/files"
