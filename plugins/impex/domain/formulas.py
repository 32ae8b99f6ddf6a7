"""Texts that a spreadsheet takes for formulas: OWASP, "CSV Injection", and ASVS 1.2.10."""

import re
from typing import Final

_STARTS = "[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"

FORMULA = f"^'*{_STARTS}"
"""Such a text, with apostrophes or without: a regular expression of PostgreSQL, RE2 and Polars."""

ESCAPED = f"^'+{_STARTS}"
"""A text that has got an apostrophe so that it is none, or that looks as if it had."""

_FORMULA: Final = re.compile(FORMULA)


def no_formula(text: str) -> str:
    """Return a text with an apostrophe in front if a spreadsheet would take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text
