"""What Airflow's connections to its own database need behind PgBouncer in transaction mode.

Its settings ``sql_alchemy_connect_args`` and ``sql_alchemy_connect_args_async`` name it.
"""

CONNECT_ARGS = {"prepare_threshold": None}
