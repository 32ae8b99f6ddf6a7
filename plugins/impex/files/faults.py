"""From a file system's fault to an error that says what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from impex.domain.errors import DataError, ImpexError, TransientError

# A person mends the file; every other fault may pass.
_DATA_FAULTS = {
    errno.ENOENT: "is not there; it was moved or deleted",
    errno.EISDIR: "is a folder, not a file",
    errno.ENOTDIR: "lies below something that is a file, not a folder",
    errno.ELOOP: "is a link; replace it by the file itself",
    errno.ENAMETOOLONG: "has a name that is too long; shorten it",
}
_PASSING_FAULTS = {
    errno.ENOSPC: "no space is left; free some",
    errno.EDQUOT: "no space is left; free some",
    errno.EACCES: "permission denied; let the account that runs the tasks read and write there",
    errno.EPERM: "permission denied; let the account that runs the tasks read and write there",
    errno.EROFS: "the file system is read-only; mount it for writing",
}
# fsspec raises these without a number.
_NUMBERS = {
    FileNotFoundError: errno.ENOENT,
    IsADirectoryError: errno.EISDIR,
    NotADirectoryError: errno.ENOTDIR,
    PermissionError: errno.EACCES,
}


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn OSErrors of the block into errors about the file of that name.

    Raises:
        DataError: The file is missing or is no file.
        TransientError: The store failed; the same call may succeed later.
    """
    try:
        yield
    except OSError as fault:
        raise _explain(name, fault) from fault


def _explain(name: str, fault: OSError) -> ImpexError:
    """Put a fault into words."""
    number = fault.errno or _NUMBERS.get(type(fault), 0)
    if number in _DATA_FAULTS:
        return DataError(f"The file {name!r} {_DATA_FAULTS[number]}.")
    reason = _PASSING_FAULTS.get(number) or fault.strerror or str(fault)
    return TransientError(f"The file {name!r} could not be read or written: {reason}.")
