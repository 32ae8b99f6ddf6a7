"""Fixed SQL statements, kept in ``sql/*.sql`` under names.

A file is a sequence of ``-- name --`` lines, each followed by a comment and one statement.
"""

import re
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- ([a-z_]+) --$", re.MULTILINE)


@cache
def queries(topic: str, package: str = "impex.storage") -> dict[str, bytes]:
    """Return the statements of ``sql/<topic>.sql`` by name, ready for ``execute``.

    Args:
        topic: Name of the file.
        package: Where the folder ``sql`` lies.
    """
    text = files(package).joinpath("sql", f"{topic}.sql").read_text(encoding="utf-8")
    parts = _NAME.split(text)[1:]
    return {name: body.strip().encode() for name, body in zip(parts[::2], parts[1::2], strict=True)}
