"""The pages of data groups, and which group a DAG belongs to."""

from pathlib import Path
from typing import Final

from fastapi import HTTPException, status

from impex.config import groups_directory, load_group
from impex.domain.group import Group
from impex.web.shell import Pages

PAGES: Final = Pages(Path(__file__).parent / "templates")

_EXPORT: Final = ".export"


def group_of(dag_id: str) -> Group:
    """Return the group whose DAG this is.

    Raises:
        HTTPException: There is none.
        ConfigError: Its file has faults.
    """
    name = dag_id.removesuffix(_EXPORT)
    known = {path.stem: path for path in groups_directory().glob("*.yaml")}
    if name not in known:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"There is no group {name}.")
    return load_group(known[name])
