"""Text that people wrote, in Markdown: it can neither break the Markdown nor mean anything to Jinja."""

import re
from typing import Final

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>()#!|&~$%+=])")
# What would end the code, the cell of a table or the line, or would start something in Jinja.
_NO_CODE: Final = re.compile(r"[`|\x00-\x1f\x7f-\x9f\u2028\u2029]|\{[{%#]|[}%#]\}|^\s|\s$|^$")


def escape(text: str) -> str:
    """Return text that Markdown shows as it is, in one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """Return text as Markdown code, or escaped where code could not hold it."""
    return escape(text) if _NO_CODE.search(text) else f"`{text}`"
