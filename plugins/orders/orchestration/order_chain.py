"""The chain of exporters of this installation, and the ways to their targets."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from impex.config import groups_directory
from impex.config.user_files import UserFiles
from impex.storage.connection import Database
from orders.config import exporters_directory
from orders.domain.exporter import Exporter
from orders.orchestration.destinations import open_target
from orders.services.chain import Chain
from orders.services.open_chain import open_chain, scope_of
from orders.services.send import Route, route_of


def order_chain(database: Database, reference: str, order: str, flag: str) -> Chain:
    """Return the exporters, for a run of Airflow.

    Args:
        database: Where the orders are.
        reference: Of the run.
        order: Number of the only order that it is about; empty for all.
        flag: The only flag that it is about; empty for all.

    Raises:
        ConfigError: An exporter has faults.
        DataError: There is no such order.
        TransientError: The database failed.
    """
    files = UserFiles.beside(groups_directory())
    chain = open_chain(database, exporters_directory(), files, reference, reference)
    return replace(chain, scope=scope_of(database, order, flag))


@contextmanager
def route_to(exporter: Exporter) -> Iterator[Route]:
    """Open the target of an exporter, and close it.

    Raises:
        ConfigError: A connection is missing or has faults.
    """
    with closing(open_target(exporter)) as target:
        yield route_of(exporter, target)
