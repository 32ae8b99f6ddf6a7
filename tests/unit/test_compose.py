"""docker-compose.yaml against the compose schema and against what `make up` starts."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.airflow import FIXED
from local.postgres import OPTIONS
from local.processes import COMPONENTS, MIGRATE_AIRFLOW, MIGRATE_IMPEX, PUSH

REPOSITORY = Path(__file__).parents[2]
COMPOSE = REPOSITORY / "docker-compose.yaml"
FROM_ENV_FILE = re.compile(r"\$\{(\w+):\?[^}]+\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The file as a mapping, anchors resolved."""
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return loaded


@pytest.fixture(scope="module")
def airflow_services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The services that run our own image."""
    return {name: service for name, service in compose["services"].items() if "build" in service}


def test_the_compose_specification_accepts_the_file() -> None:
    """A mistyped key or a condition that does not exist is found without Docker."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]

    done = subprocess.run([*command, COMPOSE], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_every_service_waits_for_services_that_exist(compose: dict[str, Any]) -> None:
    """The schema does not follow the names in depends_on."""
    services = compose["services"]

    awaited = {name for service in services.values() for name in service.get("depends_on", {})}

    assert awaited == {"postgres", "airflow-init", "impex-init"}
    assert awaited <= set(services)


def test_nothing_starts_before_both_migrations_have_ended(
    airflow_services: dict[str, dict[str, Any]],
) -> None:
    """Each component waits for the end of the migrations, the migrations for the database."""
    for name, service in airflow_services.items():
        conditions = {key: value["condition"] for key, value in service["depends_on"].items()}
        if name.endswith("-init"):
            assert conditions == {"postgres": "service_healthy"}
        else:
            assert conditions["airflow-init"] == "service_completed_successfully"
            assert conditions["impex-init"] == "service_completed_successfully"


def test_every_named_volume_is_declared_and_used(compose: dict[str, Any]) -> None:
    """A volume that is only used would fail at the start, one that is only declared misleads."""
    sources = {
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
    }

    named = {source for source in sources if not source.startswith((".", "$"))}

    assert named == set(compose["volumes"])


def test_every_mounted_file_of_the_project_exists(compose: dict[str, Any]) -> None:
    """Docker would silently make an empty directory of a name that does not exist."""
    mounted = [
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    ]

    assert mounted == ["./local/databases.sql"]
    assert all((REPOSITORY / path).is_file() for path in mounted)


def test_compose_runs_the_commands_that_make_up_runs(
    compose: dict[str, Any],
    airflow_services: dict[str, dict[str, Any]],
) -> None:
    """One list of commands, whether they run as containers or as processes."""
    services = airflow_services | {"orders-push": compose["services"]["orders-push"]}
    commands = {name: tuple(service["command"]) for name, service in services.items()}

    assert commands == {
        "airflow-apiserver": COMPONENTS["api-server"],
        "airflow-scheduler": COMPONENTS["scheduler"],
        "airflow-dag-processor": COMPONENTS["dag-processor"],
        "airflow-triggerer": COMPONENTS["triggerer"],
        "orders-push": ("python", "-m", *PUSH),
        "airflow-init": MIGRATE_AIRFLOW,
        "impex-init": ("python", "-m", *MIGRATE_IMPEX),
    }


def test_compose_sets_what_make_up_sets(airflow_services: dict[str, dict[str, Any]]) -> None:
    """Airflow's settings that do not depend on the place are the same in both."""
    for service in airflow_services.values():
        environment = service["environment"]

        assert {key: environment.get(key) for key in FIXED} == FIXED


def test_postgresql_has_the_options_of_the_embedded_one(compose: dict[str, Any]) -> None:
    """An orphaned statement must end with its client in a container, too."""
    command = compose["services"]["postgres"]["command"]

    assert command[0] == "postgres"
    assert command[1::2] == ["-c"] * len(OPTIONS)
    assert dict(option.split("=") for option in command[2::2]) == OPTIONS


def test_every_airflow_setting_exists_in_airflow(
    airflow_services: dict[str, dict[str, Any]],
) -> None:
    """Airflow ignores a mistyped setting without a word."""
    airflow = find_spec("airflow")
    assert airflow is not None
    assert airflow.origin is not None
    templates = Path(airflow.origin).parent / "config_templates"
    sections = yaml.safe_load((templates / "config.yml").read_text())
    known = {
        f"AIRFLOW__{section}__{option}".upper()
        for section, content in sections.items()
        for option in content["options"]
    }

    used = {
        key
        for service in airflow_services.values()
        for key in service["environment"]
        if key.startswith("AIRFLOW__")
    }

    assert used
    assert used <= known


def test_no_secret_stands_in_the_file(compose: dict[str, Any]) -> None:
    """Each password and key comes from .env and has no default; .env.example names it."""
    documented = set(
        re.findall(r"^(\w+)=", (REPOSITORY / ".env.example").read_text(), re.MULTILINE)
    )
    values = {
        key: str(value)
        for service in compose["services"].values()
        for key, value in service.get("environment", {}).items()
    }

    secret = {
        key: value
        for key, value in values.items()
        if re.search(r"PASSWORD|SECRET|FERNET|DSN|CONN|BACKEND", key)
        and not re.search(r"PASSWORDS_FILE|TEST_CONNECTION|VAR_CONN", key)
    }

    assert len(secret) == 11
    for key, value in secret.items():
        found = FROM_ENV_FILE.findall(value)
        assert found, key
        assert set(found) <= documented
        assert re.search(r"//\w+:(?!\$\{)", value) is None, key


def test_example_settings_hold_no_secret() -> None:
    """Nobody can start with a password that stands in the repository."""
    lines = (REPOSITORY / ".env.example").read_text().splitlines()

    secrets = [line for line in lines if re.match(r"\w*(PASSWORD|KEY|SECRET)=", line)]

    assert len(secrets) == 8
    assert all(line.endswith("=") for line in secrets)


def test_who_takes_order_events_knows_no_secret_of_airflow(compose: dict[str, Any]) -> None:
    """The service that strangers can reach gets what it needs and nothing else."""
    environment = compose["services"]["orders-push"]["environment"]

    assert not [name for name in environment if name.startswith("AIRFLOW")]


def test_only_web_services_are_published_and_only_on_this_machine(
    compose: dict[str, Any],
) -> None:
    """No database, health or log port is reachable from outside."""
    published = {
        name: service["ports"]
        for name, service in compose["services"].items()
        if "ports" in service
    }

    assert published == {
        "airflow-apiserver": ["127.0.0.1:8080:8080"],
        "orders-push": ["127.0.0.1:8975:8975"],
    }


def test_what_runs_for_long_is_watched_restarted_and_given_time_to_end(
    compose: dict[str, Any],
) -> None:
    """Every service but the migrations has a health check, a restart policy and a grace period."""
    for name, service in compose["services"].items():
        if name.endswith("-init"):
            assert service["restart"] == "no"
        else:
            assert service["restart"] == "unless-stopped"
            assert service["stop_grace_period"]
            assert service["healthcheck"]["test"]
