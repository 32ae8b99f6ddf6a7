"""Names of files in the store: relative, plain, and the same on every file system."""

import unicodedata

from impex.domain.errors import DataError

_INVISIBLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def key_fault(key: str) -> str:
    """Say what is wrong with a key, as the end of a sentence; empty if nothing is."""
    if any(unicodedata.category(character) in _INVISIBLE for character in key):
        return "contains a control character"
    if "\\" in key or "::" in key:
        return "contains a backslash or `::`"
    if any(part in {"", ".", ".."} for part in key.split("/")):
        return "has an empty, `.` or `..` part"
    return ""


def checked_key(key: str) -> str:
    """Return the key unless it could mean a file outside the store.

    Raises:
        DataError: It could, or some file system cannot hold it.
    """
    if fault := key_fault(key):
        raise DataError(f"The file name {key!r} {fault}. Rename the file.")
    return key
