"""From the root URL of a store to the place that holds its files."""

from pathlib import Path
from pkgutil import resolve_name
from urllib.parse import unquote

from fsspec import AbstractFileSystem, get_filesystem_class
from fsspec.core import url_to_fs
from fsspec.utils import infer_storage_options

from impex.domain.errors import ConfigError, Problem, TransientError
from impex.files.disk import Disk
from impex.files.local_disk import LocalDisk
from impex.files.remote_disk import RemoteDisk

SCHEMES = ("file", "s3", "gs", "abfs", "sftp", "memory")

# What the client libraries raise beside OSErrors; named, as most are not installed anywhere.
_FAULTS = {
    "s3": ("botocore.exceptions:BotoCoreError", "aiohttp:ClientError"),
    "gs": (
        "gcsfs.retry:HttpError",
        "google.auth.exceptions:GoogleAuthError",
        "aiohttp:ClientError",
    ),
    "abfs": ("azure.core.exceptions:AzureError",),
    "sftp": ("paramiko:SSHException", "builtins:EOFError"),
    "memory": (),
}


def open_disk(root_url: str) -> Disk:
    """Open the place; error texts leave out the URL, as it may hold a secret.

    Raises:
        ConfigError: The URL is not one of ``SCHEMES``, or its package is not installed.
        TransientError: The place cannot be reached.
    """
    scheme, colon, _ = root_url.partition("://")
    if not colon:
        scheme = "file"
    if scheme not in SCHEMES or "::" in root_url or not root_url:
        raise _refused(f"Its root has to be a path or a URL with one of {', '.join(SCHEMES)}.")
    if scheme != "file":
        return _open_remote(scheme, root_url)
    path = root_url.removeprefix("file://")
    if colon and not path.startswith("/"):
        raise _refused("Its root names a host. Write file:/// and the absolute path.")
    return LocalDisk(Path(path))


def _open_remote(scheme: str, root_url: str) -> RemoteDisk:
    """Open a file system of fsspec, on a connection that is open already if there is one."""
    faults = _faults(scheme)
    unreachable: tuple[type[Exception], ...] = (OSError, *faults)
    try:
        system, root = _open_sftp(root_url) if scheme == "sftp" else url_to_fs(root_url)
    except unreachable as fault:
        reason = str(fault) or "the connection was lost"
        raise TransientError(f"The file store {scheme}:// cannot be reached: {reason}") from fault
    return RemoteDisk(system, root, has_folders=scheme == "sftp", faults=faults)


def _faults(scheme: str) -> tuple[type[Exception], ...]:
    """Return what the client library of a scheme raises beside OSErrors."""
    try:
        get_filesystem_class(scheme)
        return tuple(resolve_name(name) for name in _FAULTS[scheme])
    except ImportError as fault:
        raise _refused(f"{scheme}:// needs a package that is not installed: {fault}.") from fault


def _open_sftp(root_url: str) -> tuple[AbstractFileSystem, str]:
    """Connect to an SFTP server; in the URL, user and password are percent-encoded."""
    options = infer_storage_options(root_url)
    del options["protocol"]
    root = options.pop("path")
    login = {
        name: unquote(options.pop(name)) for name in ("username", "password") if name in options
    }
    return resolve_name("impex.files.sftp:KnownHostSftp")(**options, **login), root


def _refused(what: str) -> ConfigError:
    """Say why the store cannot be opened."""
    return ConfigError([Problem("the file store (IMPEX_FILES)", what)])
