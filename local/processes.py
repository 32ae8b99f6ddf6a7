"""The commands of the project, the same here and in ``docker-compose.yaml``."""

import sys

from local.settings import REPOSITORY, Settings
from local.supervision import Program

# The logs of tasks are read from the shared directory: with -s no process offers them on a port.
COMPONENTS = {
    "api-server": ("airflow", "api-server"),
    "scheduler": ("airflow", "scheduler", "-s"),
    "dag-processor": ("airflow", "dag-processor"),
    "triggerer": ("airflow", "triggerer", "-s"),
}
PUSH = ("orders.push",)
MIGRATE_AIRFLOW = ("airflow", "db", "migrate")
MIGRATE_IMPEX = ("alembic", "-c", "db/alembic.ini", "upgrade", "head")


def python_command(command: tuple[str, ...]) -> tuple[str, ...]:
    """The same command, run as a module by this interpreter."""
    return (sys.executable, "-m", *command)


def components(settings: Settings) -> list[Program]:
    """What is kept running; the api-server outlasts the others, as running tasks report to it."""
    airflow = [
        Program(
            name=name,
            command=python_command(command),
            directory=settings.airflow_home,
            stage=1 if name == "api-server" else 2,
        )
        for name, command in COMPONENTS.items()
    ]
    push = Program(
        name="orders-push", command=python_command(PUSH), directory=REPOSITORY / "plugins", stage=2
    )
    return [*airflow, push]
