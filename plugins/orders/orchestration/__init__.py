"""The only room of the orders, with ``dags/``, that knows Airflow."""
