"""Lets flags go on through all exporters, in this process."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from impex.storage.connection import Database
from orders.domain.chain import stages
from orders.domain.exporter import Exporter
from orders.services.chain import Chain
from orders.services.export_orders import export
from orders.services.match import match
from orders.services.send import Route


def advance(
    database: Database,
    chain: Chain,
    route_to: Callable[[Exporter], AbstractContextManager[Route]],
    stop: Callable[[], bool],
) -> None:
    """Match flags and send what exporters have taken, stage by stage.

    Args:
        database: Where the orders are.
        chain: The exporters.
        route_to: Opens the way to an exporter's target.
        stop: Asked between steps; True ends the work.

    Raises:
        ConfigError: An exporter cannot be used.
        TransientError: The database failed; what was committed stays.
    """
    for stage in stages(chain.exporters):
        match(database, chain, stop=stop)
        with database.transaction() as connection:
            busy = chain.busy(connection)
        for exporter in stage:
            if exporter.name in busy:
                with route_to(exporter) as route:
                    export(database, chain, exporter, route, stop)
