"""While a file is read, others see how far it is."""

from impex.services.pulse import Pulse
from impex.services.resources import Resources
from impex.storage import reports
from impex.storage.connection import Database
from tests.groups import brands, column, group
from tests.imports import planned

BRANDS = group(brands(column("name")))


def test_others_see_how_many_rows_were_read_so_far(shop: Resources) -> None:
    """Between batches, although the transaction that reads has not ended; told now and then only."""
    job, file = planned(shop, BRANDS, {"brands.csv": "name\nA\n"})
    read = {file.id: 0}
    seen = []

    with shop.database.transaction(), Pulse(shop.database, lambda: read, every_s=0) as pulse:
        for batch in pulse.over([1000, 2000]):
            read[file.id] += batch
            with shop.database.another() as other, other.transaction() as connection:
                seen.append(reports.progress(connection, job.id)[1])
    with shop.database.transaction(), Pulse(shop.database, lambda: read) as pulse:
        assert list(pulse.over([1, 2])) == [1, 2]

    told = {"name": "brands.csv", "descriptor": "brands", "rows": 1000}
    assert seen == [[], [told]]
    with shop.database.transaction() as connection:
        assert reports.progress(connection, job.id)[1] == [told]


def test_what_cannot_be_told_keeps_no_row_waiting() -> None:
    """The file is read all the same."""
    nowhere = Database("host=127.0.0.1 port=1 connect_timeout=1")

    with Pulse(nowhere, lambda: {1: 1}, every_s=0) as pulse:
        assert list(pulse.over(["a", "b"])) == ["a", "b"]
