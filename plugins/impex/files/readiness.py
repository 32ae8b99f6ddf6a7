"""Which files of an inbox are packages, and which of these are whole."""

from collections.abc import Callable, Sequence
from datetime import datetime

from impex.domain.group import Arrival, Ready
from impex.files.disk import Found
from impex.files.keys import key_fault

_UNFINISHED = (".part", ".tmp", ".filepart")
# What a sender lays beside a package when it is whole.
_COMPANIONS = {Ready.MARKER: ".done", Ready.MANIFEST: ".manifest"}


def companion(key: str, ready: Ready) -> str | None:
    """Return the key of the file that says that a package is whole, where there is to be one."""
    suffix = _COMPANIONS.get(ready)
    return f"{key}{suffix}" if suffix else None


def whole(found: Sequence[Found], arrival: Arrival, clock: Callable[[], datetime]) -> list[Found]:
    """Return the packages among the files of an inbox that can be taken, in any order.

    Args:
        found: All files of the inbox.
        arrival: How the sender tells that a file is whole.
        clock: Tells the time by the clock that also dates the files; asked at most once.
    """
    packages = [file for file in found if _is_package(file.name, arrival.ready)]
    if arrival.ready is Ready.STABLE:
        return _unchanged(packages, arrival.stable_seconds, clock)
    if arrival.ready not in _COMPANIONS:
        return packages
    # An empty manifest is still to be written; a marker is meant to be empty.
    least = 1 if arrival.ready is Ready.MANIFEST else 0
    there = {file.name for file in found if file.size >= least}
    return [file for file in packages if companion(file.name, arrival.ready) in there]


def _unchanged(packages: list[Found], seconds: int, clock: Callable[[], datetime]) -> list[Found]:
    """Keep the files that nobody has written to for a while."""
    if not packages:
        return []
    now = clock()
    return [file for file in packages if (now - file.modified).total_seconds() >= seconds]


def _is_package(name: str, ready: Ready) -> bool:
    """Tell by the name whether a file can be a package: neither hidden, unfinished nor a sign."""
    suffixes = (*_UNFINISHED, _COMPANIONS.get(ready, ".part"))
    return not (name.startswith(".") or name.casefold().endswith(suffixes) or key_fault(name))
