"""The page about issues is the one that the program prints."""

from impex.cli.issue_catalogue import issue_page
from impex.domain.issue_codes import Code
from impex.domain.issues import CATALOGUE
from local.settings import REPOSITORY


def test_the_page_about_issues_is_up_to_date() -> None:
    """Who changes a hint changes the page: `python -m impex issues > docs/issues.md`."""
    assert (REPOSITORY / "docs" / "issues.md").read_text("utf-8") == issue_page()


def test_every_code_is_explained() -> None:
    """No report carries a code that the catalogue does not know."""
    assert set(CATALOGUE) == set(Code)
