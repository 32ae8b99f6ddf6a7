"""An SFTP server: ``python -m tests.sftp_process PORT ROOT HOST_KEY``."""

import asyncio
import sys

import asyncssh

from local.ports import HOST
from tests.file_servers import PASSWORD, USER, wait_for_orphanhood


class OneUser(asyncssh.SSHServer):
    """Lets one user in, by password."""

    def password_auth_supported(self) -> bool:
        """Ask for it."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Compare both."""
        return (username, password) == (USER, PASSWORD)


async def serve(port: str, root: str, host_key: str) -> None:
    """Serve a directory as if it were the whole disk."""

    def files(channel: "asyncssh.SSHServerChannel[bytes]") -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=root.encode())

    await asyncssh.create_server(
        OneUser, HOST, int(port), server_host_keys=[host_key], sftp_factory=files
    )
    await asyncio.to_thread(wait_for_orphanhood)


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
