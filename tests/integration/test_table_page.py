"""The page about the tables is what the migrations make."""

import os
import subprocess
import sys

from local.settings import REPOSITORY


def test_the_page_about_the_tables_is_up_to_date(dsn: str) -> None:
    """`IMPEX_DSN=… python docs/table_page.py > docs/reference/tables.md` has been run."""
    page = subprocess.run(
        [sys.executable, str(REPOSITORY / "docs" / "table_page.py")],
        env={**os.environ, "IMPEX_DSN": dsn},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert page == (REPOSITORY / "docs" / "reference" / "tables.md").read_text("utf-8")
