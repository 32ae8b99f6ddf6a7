"""The command line imports through a file store on another machine: an S3 API, SFTP."""

import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from impex.files.store import FileStore
from local.settings import REPOSITORY
from tests.file_servers import S3Server, SftpServer
from tests.gate import BRANDS

DATA = "name,text\nAcme,Tools\n\nBeko,Ovens,and more\n"


@pytest.mark.parametrize("kind", ["s3", "sftp"])
@pytest.mark.parametrize("package", ["brands.csv", "brands.zip"])
def test_a_package_is_imported_through_a_remote_store(
    kind: str, package: str, dsn: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """It is uploaded, read where it lies, and archived; its reject file is written there, too."""
    server: S3Server | SftpServer = request.getfixturevalue(kind)
    url = f"{server.url}/{tmp_path.name}"
    (tmp_path / "brands.yaml").write_text(BRANDS)
    (tmp_path / "brands.csv").write_text(DATA)
    with ZipFile(tmp_path / "brands.zip", "w") as archive:
        archive.write(tmp_path / "brands.csv", "brands.csv")

    done = subprocess.run(
        [sys.executable, "-m", "impex", "run", "brands", str(tmp_path / package), "--json"],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "IMPEX_DSN": dsn,
            "IMPEX_FILES": url,
            "IMPEX_GROUPS": str(tmp_path),
            "PYTHONPATH": "plugins",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    report = json.loads(done.stdout)
    assert (done.returncode, report["state"]) == (1, "rejected"), done.stderr
    assert (report["totals"]["inserted"], report["totals"]["rejected"]) == (1, 1)
    store = FileStore(url)
    assert store.exists(f"archive/brands/{report['run']}/{package}")
    assert store.exists(f"rejects/{report['run']}/brands/brands.csv")
    assert store.folders("work/brands") == store.folders("uploads") == []
