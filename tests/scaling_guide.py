"""What docs/scaling.md tells people to write, so that tests run what the page says."""

import re
from collections.abc import Mapping

from local.settings import REPOSITORY

_PAGE = (REPOSITORY / "docs" / "scaling.md").read_text()


def told(language: str, values: Mapping[str, str]) -> str:
    """Return all that stands in blocks of a language, with values in place of the page's."""
    text = "".join(re.findall(rf"```{language}\n(.*?)```", _PAGE, re.DOTALL))
    for name, value in values.items():
        assert name in text
        text = text.replace(name, value)
    return text
