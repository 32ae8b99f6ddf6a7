"""The catalogue of issues as a page for people."""

from collections.abc import Iterator

from impex.domain.issues import CATALOGUE, WHOLE_FILE

_INTRODUCTION = """\
# Issues

What can be wrong with a row or a file, by the code that reports and reject files carry. Codes do
not change. This page is made from the program: `python -m impex issues`.

| code | what is wrong | what to do | reaches |
|---|---|---|---|"""


def issue_page() -> str:
    """Return the page in Markdown, one line for each code in the order of the code."""
    return "\n".join([_INTRODUCTION, *_rows(), ""])


def _rows() -> Iterator[str]:
    for code, explanation in CATALOGUE.items():
        reach = "the whole file" if code in WHOLE_FILE else "its row"
        hint = explanation.hint.replace("|", "\\|")
        yield f"| `{code}` | {explanation.title} | {hint} | {reach} |"
