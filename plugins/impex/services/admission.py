"""Admission: what is asked of a package before it becomes a job."""

from dataclasses import replace

from impex.domain.errors import TransientError
from impex.domain.group import Arrival, Ready
from impex.files.manifest import promised_sha256
from impex.files.readiness import companion
from impex.formats.archive import DEFAULT_LIMITS, Limits
from impex.services.resources import FileStore

# Reject files may repeat every row, with the reasons beside it.
SPACE_FACTOR = 2
_MANIFEST_BYTES = 1 << 20


def limits(arrival: Arrival) -> Limits:
    """Return how much a package may contain: what is usual, or what the group takes if that is more."""
    most = max(DEFAULT_LIMITS.total_bytes, arrival.max_bytes or 0)
    return replace(DEFAULT_LIMITS, member_bytes=most, total_bytes=most)


def too_large(name: str, size: int, arrival: Arrival) -> str:
    """Say that a package is larger than its group takes; empty if it is not."""
    most = arrival.max_bytes or DEFAULT_LIMITS.total_bytes
    if size <= most:
        return ""
    return (
        f"{name} has {size:,} bytes, and the group takes at most {most:,}; "
        "split it, or raise max_size under arrival"
    )


def require_space(store: FileStore, name: str, size: int) -> None:
    """Make sure that work on a package will not fill the file store.

    Raises:
        TransientError: It might; the package stays where it is.
    """
    needed = SPACE_FACTOR * size
    free = store.free_bytes("work")
    if free is not None and free < needed:
        raise TransientError(
            f"{name} waits: the file store has {free:,} bytes free, and its import may need "
            f"{needed:,}. Free some space."
        )


def sign_of(key: str, arrival: Arrival) -> str | None:
    """Return the key of the file that says that a package of the inbox is whole, if there is one."""
    return companion(key, arrival.ready) if key.startswith("inbox/") else None


def broken_promise(store: FileStore, key: str, arrival: Arrival, sha256: str) -> str:
    """Say what is wrong between a package and its manifest; empty if nothing is."""
    manifest = sign_of(key, arrival)
    if arrival.ready is not Ready.MANIFEST or manifest is None:
        return ""
    name = key.rpartition("/")[2]
    with store.open(manifest) as stream:
        promised = promised_sha256(stream.read(_MANIFEST_BYTES), name)
    if promised is None:
        return (
            f"{name}.manifest has no line for {name}; write what `sha256sum {name}` prints, "
            "and send both again"
        )
    if promised != sha256:
        return (
            f"{name} is not what its manifest promises: sha256 {sha256} instead of {promised}; "
            "send both again"
        )
    return ""
