"""Imports packages in a test and looks at what became of them."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any, LiteralString

from psycopg import sql

from impex.domain.group import Group
from impex.domain.job import Job, PlannedFile, Request
from impex.domain.report import RunReport
from impex.services.claim import claim
from impex.services.import_package import import_package
from impex.services.plan import plan
from impex.services.resources import Resources
from impex.storage import reports
from tests.samples import zipped

Files = Mapping[str, str | bytes]
_NUMBERS = itertools.count(1)

# A table with every kind of column, rule and reference that a descriptor can meet.
GOODS = """
    CREATE TABLE shop.goods (
        id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        code      text COLLATE "C" NOT NULL UNIQUE,
        name      text,
        note      text,
        label     varchar(5),
        price     numeric(8, 2) CONSTRAINT price_not_negative CHECK (price >= 0),
        stock     smallint NOT NULL DEFAULT 7,
        kind      text NOT NULL DEFAULT '100%',
        active    boolean,
        released  date,
        seen      timestamptz,
        extra     jsonb,
        title     jsonb NOT NULL DEFAULT '{}',
        brand_id  bigint REFERENCES shop.brand,
        parent_id bigint REFERENCES shop.goods
    )
"""


def put(resources: Resources, files: Files | bytes, name: str = "package.zip") -> str:
    """Lay a package into the store and return its key; bytes are the package itself."""
    content = files if isinstance(files, bytes) else zipped(_encoded(files))
    key = f"uploads/{next(_NUMBERS)}/{name}"
    resources.store.write(key, [content])
    return key


def bring(
    resources: Resources, group: Group, files: Files | bytes, name: str = "package.zip", **how: Any
) -> RunReport:
    """Import a package; ``how`` is part of the request, such as ``force`` or ``dry_run``."""
    key = put(resources, files, name)
    return import_package(resources, group, key, Request(requested_by="test", **how))


def planned(
    resources: Resources, group: Group, files: Files, **how: Any
) -> tuple[Job, PlannedFile]:
    """Claim and plan a package; return the job and its first file."""
    job = claim(resources, group, put(resources, files), Request("test", **how))
    return job, plan(resources, group, job.id)[0]


def rows(resources: Resources, query: LiteralString) -> list[tuple[Any, ...]]:
    """Return what a query finds."""
    with resources.database.transaction() as connection:
        return connection.execute(query).fetchall()


def execute(resources: Resources, statement: LiteralString) -> None:
    """Run a statement."""
    with resources.database.transaction() as connection:
        connection.execute(statement)


def issues(resources: Resources, report: RunReport) -> list[dict[str, Any]]:
    """Return the issues of a run."""
    with resources.database.transaction() as connection:
        return list(reports.issues(connection, report.run))


def faults(resources: Resources, report: RunReport) -> list[tuple[str, int, str]]:
    """Return file, line and code of the issues of a run."""
    return [(i["file"], i["line"], i["code"]) for i in issues(resources, report)]


def changes(resources: Resources, report: RunReport) -> list[dict[str, Any]]:
    """Return the change journal of a run."""
    with resources.database.transaction() as connection:
        return list(reports.changes(connection, report.run))


def stock(resources: Resources) -> list[tuple[str, int, str | None]]:
    """Return code, stock and brand of all goods."""
    return rows(
        resources,
        "SELECT g.code, g.stock, b.name FROM shop.goods g LEFT JOIN shop.brand b "
        "ON b.id = g.brand_id ORDER BY g.code",
    )


def reject_file(resources: Resources, report: RunReport, name: str) -> bytes:
    """Return the content of the reject file of goods."""
    with resources.store.open(f"rejects/{report.run}/goods/{name}") as file:
        return file.read()


def contents(resources: Resources) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables of the shop, with the place where PostgreSQL keeps each."""
    found = {}
    for (name,) in rows(
        resources, "SELECT tablename FROM pg_tables WHERE schemaname = 'shop' ORDER BY 1"
    ):
        query = sql.SQL("SELECT t.*, ctid::text, xmin::text FROM {} t ORDER BY ctid").format(
            sql.Identifier("shop", name)
        )
        with resources.database.transaction() as connection:
            found[name] = connection.execute(query).fetchall()
    return found


def _encoded(files: Files) -> dict[str, bytes]:
    return {n: c.encode() if isinstance(c, str) else c for n, c in files.items()}


class OvertakenStore:
    """A file store that lets something happen once, just before one of its methods is called."""

    def __init__(self, store: Any, happening: Callable[[], object], at: str = "open") -> None:
        self._store = store
        self._happening: Callable[[], object] | None = happening
        self._at = at

    def __getattr__(self, name: str) -> Any:
        if name == self._at and self._happening:
            happening, self._happening = self._happening, None
            happening()
        return getattr(self._store, name)
