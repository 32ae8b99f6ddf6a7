"""The only file of this package that Airflow's plugin manager runs; it must stay without weight.

It is executed in the API server and in every task process.
"""

from airflow.plugins_manager import AirflowPlugin


class ImpexPlugin(AirflowPlugin):
    """Makes the package known to Airflow; its pages will be registered here."""

    name = "impex"
