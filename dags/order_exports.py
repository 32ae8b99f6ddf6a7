"""Flags of orders go through the exporters of ``config/exporters``."""

# Airflow reads only files that hold the words airflow and DAG.
from orders.config import exporters_directory, load_chain
from orders.orchestration.chain_dag import chain_dag

dag = chain_dag(load_chain(exporters_directory()))
