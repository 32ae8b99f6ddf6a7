"""A group as JSON: frozen into the job row of a run, read back by the machine that goes on."""

from functools import cache, lru_cache

from pydantic import TypeAdapter

from impex.domain.group import Group


@cache
def _adapter() -> TypeAdapter[Group]:
    """Build the translator once; it costs milliseconds."""
    return TypeAdapter(Group)


def freeze(group: Group) -> str:
    """Return the group as JSON text."""
    return _adapter().dump_json(group).decode()


@lru_cache(maxsize=4)
def thaw(text: str) -> Group:
    """Return the group that ``freeze`` wrote."""
    return _adapter().validate_json(text)
