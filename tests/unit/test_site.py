"""The site of the pages for people: how it is built, its pictures, and what is typed on its pages."""

import ast
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from impex.cli.arguments import parser as impex_parser
from local.__main__ import parser as local_parser
from local.settings import REPOSITORY
from orders.cli.arguments import parser as orders_parser

DOCS = REPOSITORY / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
GUIDES = "integration/test_guides.py"
RUN_BY = {
    "acknowledgements.md": "integration/test_acknowledgement_ways.py",
    "catalogue.md": "integration/test_catalogue.py",
    "exports.md": "integration/test_documented_exports.py",
    "feeds.md": "integration/test_pushed_events.py",
    "groups.md": "integration/test_documented_examples.py",
    "how-to/courier-push.md": GUIDES,
    "how-to/csv-supplier.md": GUIDES,
    "how-to/exporter-with-approval.md": GUIDES,
    "how-to/xml-feed.md": GUIDES,
    "moving.md": "unit/test_moving_docs.py",
    "operations.md": GUIDES,
    "order-pages.md": "e2e/test_order_pages.py",
    "pages.md": "e2e/test_upload_pages.py",
    "scaling.md": "scaling_guide.py",
    "targets.md": "integration/test_target_docs.py",
    "tutorial.md": GUIDES,
}
"""Which test runs what can be run on a page."""

CALL = re.compile(r"^(?:\w+=[^\s(]+)? *(?:\.venv/bin/)?python -m (\w+) (.*)$", re.MULTILINE)
PARSERS = {"impex": impex_parser, "local": local_parser, "orders": orders_parser}


def _typed() -> Iterator[tuple[str, str, str]]:
    """Yield page, program and arguments of each call of our programs that has a line of its own."""
    for page in PAGES:
        text = page.read_text("utf-8").replace("\\\n", "") if page.name != "cli.md" else ""
        for program, arguments in CALL.findall(text):
            if program in PARSERS:
                yield page.name, program, re.split(r" [|>] ", arguments)[0]


def test_every_picture_is_taken_by_a_test_that_is_marked() -> None:
    """So none shows what the pages do not look like any more."""
    taken = {
        constant.value
        for path in (REPOSITORY / "tests" / "e2e").glob("test_*.py")
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef)
        and "pytest.mark.pictures" in map(ast.unparse, function.decorator_list)
        for constant in ast.walk(function)
        if isinstance(constant, ast.Constant) and str(constant.value).endswith(".png")
    }

    assert taken == {picture.name for picture in (DOCS / "images").iterdir()}


def test_the_site_is_built_without_a_warning_and_needs_nothing_else(tmp_path: Path) -> None:
    """Every page has its place, every link of it leads somewhere, and no page loads from elsewhere."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)],
        cwd=REPOSITORY,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    loaded = re.compile(r"<(?:link|script|img|iframe)\b[^>]*(?:href|src)=\"?(?:https?:)?//[^>]*>")
    linked = re.compile(r'href="(?!https?:|/|#)([^"#]+)')
    pages = {path: path.read_text("utf-8") for path in tmp_path.rglob("*.html")}
    assert len(pages) > len(PAGES)
    assert [found for text in pages.values() for found in loaded.findall(text)] == []
    del pages[tmp_path / "404.html"]  # its links begin at the root of a server
    for path, text in pages.items():
        assert [to for to in linked.findall(text) if not (path.parent / to).exists()] == []


def test_what_can_be_run_on_a_page_is_run_by_a_test() -> None:
    """Pages of which nobody runs anything have nothing to run; make is not run by its own tests."""
    runnable = re.compile(r"^```(?:sh|python|sql)\b", re.MULTILINE)
    found = {str(p.relative_to(DOCS)) for p in PAGES if runnable.search(p.read_text("utf-8"))}

    assert found == set(RUN_BY)
    for page, test in RUN_BY.items():
        assert page in (REPOSITORY / "tests" / test).read_text("utf-8")


@pytest.mark.parametrize(("page", "program", "arguments"), list(_typed()))
def test_every_command_of_a_page_is_one(page: str, program: str, arguments: str) -> None:
    """With its options and the words that they take, also where no test can run it."""
    del page

    assert PARSERS[program]().parse_args(shlex.split(arguments, comments=True)).command


def test_the_page_about_the_command_line_is_up_to_date() -> None:
    """`python docs/command_page.py > docs/reference/cli.md` has been run."""
    command = [sys.executable, str(DOCS / "command_page.py")]

    page = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert page == (DOCS / "reference" / "cli.md").read_text("utf-8")
