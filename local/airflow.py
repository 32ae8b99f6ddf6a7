"""Airflow's configuration, as the environment of its processes."""

import json
import os

from local.credentials import write_private
from local.leftovers import MARK
from local.ports import HOST
from local.settings import REPOSITORY, Settings

ADMIN = "admin"
READER = "orders"  # may only look: whose name tasks ask Airflow's audit log in

# What holds wherever this project runs; docker-compose.yaml says the same.
FIXED = {
    "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
    "AIRFLOW__CORE__PARALLELISM": "8",
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin,{READER}:viewer",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
    "AIRFLOW__CORE__TEST_CONNECTION": "Disabled",
    "AIRFLOW__CORE__HIDE_SENSITIVE_VAR_CONN_FIELDS": "True",
    "AIRFLOW__CORE__DAEMON_UMASK": "0o077",
    "AIRFLOW__API__EXPOSE_CONFIG": "False",
    "AIRFLOW__API__EXPOSE_STACKTRACE": "False",
    "AIRFLOW__API__ENABLE_SWAGGER_UI": "False",
    "AIRFLOW__API_AUTH__JWT_EXPIRATION_TIME": "28800",
    "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "True",
    # After a kill: tasks of a dead scheduler or worker are found within a minute, not in five.
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "15",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "30",
    "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o750",
    "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o640",
}


def environment(settings: Settings, *, airflow_dsn: str, impex_dsn: str) -> dict[str, str]:
    """The whole environment of every Airflow process of this stack, secrets included.

    Airflow's variables and Python's search path of the calling shell are left out, so that two
    persons who run the same checkout run the same thing.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "_AIRFLOW", "PYTHON"))
    }
    own = _own(settings, airflow_dsn=airflow_dsn, impex_dsn=impex_dsn)
    return inherited | FIXED | own | dict(settings.extra_environment)


def write_passwords(settings: Settings) -> None:
    """Write the file that Airflow's login reads; without it Airflow prints a password of its own."""
    settings.airflow_home.mkdir(mode=0o700, exist_ok=True)
    credentials = settings.credentials
    passwords = {ADMIN: credentials.admin_password, READER: credentials.reader_password}
    write_private(settings.airflow_home / "passwords.json", json.dumps(passwords))


def _own(settings: Settings, *, airflow_dsn: str, impex_dsn: str) -> dict[str, str]:
    home, credentials, ports = settings.airflow_home, settings.credentials, settings.ports
    return {
        MARK: str(settings.root),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_CONN_IMPEX": impex_dsn,
        "AIRFLOW_CONN_AIRFLOW_API": (
            f"http://{READER}:{credentials.reader_password}@{HOST}:{ports.airflow}/http"
        ),
        "IMPEX_DSN": impex_dsn,
        "IMPEX_FILES": settings.files_url,
        "ORDERS_PUSH_HOST": HOST,
        "ORDERS_PUSH_PORT": str(ports.push),
        "ORDERS_SECRET_COURIER": credentials.courier_secret,
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{settings.url}/execution/",
        "AIRFLOW__CORE__FERNET_KEY": credentials.fernet_key,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": airflow_dsn.replace(
            "postgresql://", "postgresql+psycopg://", 1
        ),
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(ports.airflow),
        "AIRFLOW__API__BASE_URL": settings.url,
        "AIRFLOW__API__SECRET_KEY": credentials.api_secret_key,
        "AIRFLOW__API_AUTH__JWT_SECRET": credentials.jwt_secret,
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_HOST": HOST,
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(ports.scheduler_health),
    }
