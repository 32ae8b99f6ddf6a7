"""Names of files inside a package: data that is matched and shown, never a path to write to."""

import re
import unicodedata

LONGEST = 255

_DRIVE = re.compile(r"[A-Za-z]:")
_INVISIBLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def name_fault(name: str) -> str:
    """Say what is wrong with a name, as the end of a sentence; empty if nothing is.

    Args:
        name: A normal one; those of directories end with ``/``.
    """
    if any(unicodedata.category(character) in _INVISIBLE for character in name):
        return "contains a control character"
    if "::" in name:
        return "contains `::`"
    if name.startswith("/") or _DRIVE.match(name):
        return "is an absolute path"
    if any(part in {"", ".", ".."} for part in name.removesuffix("/").split("/")):
        return "has an empty, `.` or `..` part"
    if len(name.encode()) > LONGEST:
        return f"is longer than {LONGEST} bytes"
    return ""


def normal_name(name: str) -> str:
    """Return the name with ``/`` between folders and in Unicode's composed form.

    One spelling then means one name. Some programs of Windows write a backslash between folders.
    """
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def collision_key(name: str) -> str:
    """Return what two names share that some system takes for the same name."""
    return normal_name(normal_name(name).casefold()).removesuffix("/")
