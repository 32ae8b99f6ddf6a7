"""The manifest that a sender lays beside a package: what ``sha256sum`` prints."""

import re
from posixpath import basename

_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](.+)")


def promised_sha256(manifest: bytes, name: str) -> str | None:
    """Return the SHA-256 of the file of that name, in lower case; None if no line has it."""
    for line in manifest.decode(errors="replace").split("\n"):
        match = _LINE.fullmatch(line.strip())
        if match and basename(match[2]) == name:
            return match[1].lower()
    return None
