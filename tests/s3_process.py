"""An S3 API: ``python -m tests.s3_process PORT CROWD``."""

import sys

from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.s3.models import s3_backends

from local.ports import HOST
from tests.file_servers import BUCKET, wait_for_orphanhood


def serve(port: str, crowd: str) -> None:
    """Serve a bucket; the crowd is put in behind the API, as by requests it would take a minute."""
    backend = s3_backends["123456789012"]["aws"]
    backend.create_bucket(BUCKET, "us-east-1")
    for number in range(int(crowd)):
        backend.put_object(BUCKET, f"inbox/crowded/{number:05}.csv", b"x")
    ThreadedMotoServer(HOST, int(port), verbose=False).start()
    wait_for_orphanhood()


if __name__ == "__main__":
    serve(*sys.argv[1:])
