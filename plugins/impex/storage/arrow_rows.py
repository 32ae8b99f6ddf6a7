"""The rows of an export as columns, for functions of the user.

ADBC turns PostgreSQL's binary COPY into Arrow without Python's lock and without an object for each
row. It has a connection of its own, which sees what the transaction of its caller sees.
"""

from collections import deque
from collections.abc import Generator

import pyarrow as pa
from adbc_driver_postgresql import StatementOptions, dbapi
from psycopg import Connection, errors, sql
from psycopg.conninfo import make_conninfo

from impex.domain.layout import Layout
from impex.storage.connection import FOR_THE_TRANSACTION
from impex.storage.export_rows import copied, copy_text

# Some ten thousand rows: much more is no faster, and takes memory.
_BATCH = {StatementOptions.BATCH_SIZE_HINT_BYTES.value: str(4 << 20)}


def arrow_batches(
    connection: Connection, select: sql.Composed
) -> Generator[pa.RecordBatch, None, None]:
    """Yield the rows in batches of a few megabytes.

    Args:
        connection: In a transaction that sees one instant; stays open meanwhile.
        select: The rows; all of their items are text.

    Raises:
        psycopg.Error: PostgreSQL fails, as if the caller's connection had asked.
    """
    info = connection.info
    place = make_conninfo("", **info.get_parameters(), password=info.password or None)
    row = connection.execute("SELECT pg_export_snapshot()").fetchone()
    sight = sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(row[0] if row else ""))
    try:
        with dbapi.connect(place) as other, other.cursor() as cursor:
            for setting in FOR_THE_TRANSACTION:
                cursor.execute(setting.as_string(connection))
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute(sight.as_string(connection))
            cursor.adbc_statement.set_options(**_BATCH)
            cursor.execute(select.as_string(connection))
            yield from cursor.fetch_record_batch()
    except (dbapi.Error, OSError) as fault:
        # It does not tell the kind of what fails while rows come; the same rows fail again here.
        deque(copied(connection, copy_text(select, Layout())), maxlen=0)
        raise errors.OperationalError(str(fault)) from fault
