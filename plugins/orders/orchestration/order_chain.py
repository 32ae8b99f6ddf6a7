"""The chain of exporters of this installation, and the ways to their targets."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from impex.config import groups_directory
from impex.config.user_files import UserFiles
from impex.storage.connection import Database
from orders.config import exporters_directory
from orders.domain.exporter import Exporter
from orders.orchestration.destinations import open_target
from orders.services.chain import Chain
from orders.services.open_chain import open_chain
from orders.services.send import Route, route_of


def order_chain(database: Database, reference: str) -> Chain:
    """Return the exporters, for a run of Airflow.

    Raises:
        ConfigError: An exporter has faults.
        TransientError: The database failed.
    """
    files = UserFiles.beside(groups_directory())
    return open_chain(database, exporters_directory(), files, reference, reference)


@contextmanager
def route_to(exporter: Exporter) -> Iterator[Route]:
    """Open the target of an exporter, and close it.

    Raises:
        ConfigError: A connection is missing or has faults.
    """
    with closing(open_target(exporter)) as target:
        yield route_of(exporter, target)
