"""The only rooms, with the pages and ``dags/``, that know Airflow."""
