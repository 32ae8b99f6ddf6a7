"""The generated passwords and keys of one stack."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from local.exclusive import exclusive


def _password() -> str:
    return secrets.token_urlsafe(18)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _long_key() -> str:
    return secrets.token_hex(64)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Secrets that are generated once and then stay; each can stand in a URL unquoted."""

    superuser_password: str = field(default_factory=_password, repr=False)
    airflow_db_password: str = field(default_factory=_password, repr=False)
    impex_db_password: str = field(default_factory=_password, repr=False)
    admin_password: str = field(default_factory=_password, repr=False)
    reader_password: str = field(default_factory=_password, repr=False)
    fernet_key: str = field(default_factory=_fernet_key, repr=False)
    jwt_secret: str = field(default_factory=_long_key, repr=False)
    api_secret_key: str = field(default_factory=_long_key, repr=False)
    courier_secret: str = field(default_factory=_password, repr=False)

    @classmethod
    def of(cls, file: Path) -> "Credentials":
        """Read the secrets of a stack; what is missing is generated and written, mode 0600."""
        with exclusive(file.with_suffix(".lock")):
            known = json.loads(file.read_text()) if file.exists() else {}
            found = cls(**known)
            if asdict(found) != known:
                write_private(file, json.dumps(asdict(found), indent=1))
            return found


def write_private(file: Path, text: str, owner: int | None = None) -> None:
    """Replace a file at once, readable only by its owner from its first byte on.

    Args:
        file: The file to replace.
        text: Its whole content.
        owner: A user id to hand the file to; needs root.
    """
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    if owner is not None:
        os.chown(fresh, owner, -1)
    fresh.replace(file)
