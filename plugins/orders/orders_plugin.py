"""The only file of this package that Airflow's plugin manager runs; it must stay without weight."""

from airflow.plugins_manager import AirflowPlugin


class OrdersPlugin(AirflowPlugin):
    """Makes the package known to Airflow; its pages will be registered here."""

    name = "orders"
