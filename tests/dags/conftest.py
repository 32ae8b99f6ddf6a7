"""Airflow's parser without Airflow's database."""

import tests.airflow_home  # noqa: F401 - before the first import of airflow
