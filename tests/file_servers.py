"""Real servers of files for tests, each in a process of its own: an S3 API and SFTP."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import quote

import asyncssh
import pytest
from fsspec import get_filesystem_class

from local.ports import HOST
from local.settings import REPOSITORY
from tests.waiting import wait_for_port

BUCKET = "files"
USER, PASSWORD = "partner", "p@ss:word"


class FileServer:
    """One server; it can be stopped and started again at the same address."""

    def __init__(self, module: str, *arguments: str) -> None:
        """Choose its port; nothing starts yet."""
        self.port = _free_port()
        self._command = (sys.executable, "-m", module, str(self.port), *arguments)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The root of a file store on it."""
        raise NotImplementedError

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables by which clients find it and trust it."""
        raise NotImplementedError

    def lead_to(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the clients of this process find it."""
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        # fsspec would go on with a connection to the server of an earlier test.
        get_filesystem_class(self.url.partition("://")[0]).clear_instance_cache()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and return when it answers."""
        self._process = subprocess.Popen(
            self._command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for_port(self.port)

    def stop(self) -> None:
        """Kill it, connections and all."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class S3Server(FileServer):
    """An S3 API with one bucket, which forgets everything when it stops."""

    def __init__(self, crowd: int) -> None:
        """Describe it; so many files wait in the inbox of the group ``crowded``."""
        super().__init__("tests.s3_process", str(crowd))

    @property
    def url(self) -> str:
        """The bucket."""
        return f"s3://{BUCKET}"

    @property
    def environment(self) -> Mapping[str, str]:
        """Its address, any login, and one attempt only where a client would be patient."""
        return {
            "AWS_ENDPOINT_URL": f"http://{HOST}:{self.port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",
        }


class SftpServer(FileServer):
    """SFTP to a directory for one user with a password."""

    def __init__(self, place: Path) -> None:
        """Make its key, its files in ``place/files``, and a home whose account knows the key."""
        self.root = place / "files"
        super().__init__("tests.sftp_process", str(self.root), str(place / "host_key"))
        self._home = place / "home"
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(place / "host_key")
        self.root.mkdir()
        (self._home / ".ssh").mkdir(parents=True)
        entry = f"[{HOST}]:{self.port} {key.export_public_key().decode()}"
        (self._home / ".ssh" / "known_hosts").write_text(entry)

    @property
    def url(self) -> str:
        """The directory's own root."""
        return f"sftp://{USER}:{quote(PASSWORD)}@{HOST}:{self.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """The home of an account that knows the server."""
        return {"HOME": str(self._home)}


def wait_for_orphanhood() -> None:
    """Return when the process that has started this one is gone."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(1)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])
