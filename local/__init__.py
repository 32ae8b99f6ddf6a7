"""Runs the whole project on this machine: PostgreSQL, Airflow and our migrations.

``python -m local up|down|status|password|demo|erase``. Nothing here is imported by the DAGs or
the plugins; on servers the same processes are described by ``docker-compose.yaml``.
"""
