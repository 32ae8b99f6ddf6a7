"""Airflow without its database: environment before the first import of airflow."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_REPOSITORY = Path(__file__).parents[1]
_HOME = tempfile.mkdtemp(prefix="airflow-home-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)

os.environ.update(
    AIRFLOW_HOME=_HOME,
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__DAGS_FOLDER=str(_REPOSITORY / "dags"),
    AIRFLOW__CORE__PLUGINS_FOLDER=str(_REPOSITORY / "plugins"),
    # Nothing listens there: parsing must not ask the database.
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="postgresql+psycopg://nobody:none@127.0.0.1:1/none",
)
