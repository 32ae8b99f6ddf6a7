"""Parameters of a group: what a person may set for one run, ``${name}`` in its filters."""

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\$\{([a-z_][a-z0-9_]*)\}")


def named(text: str) -> list[str]:
    """Return the names of the parameters in a text, in their order."""
    return _PLACEHOLDER.findall(text)


def filled(text: str, params: Mapping[str, str]) -> str:
    """Return a text with its parameters.

    Raises:
        KeyError: There is no parameter of that name.
    """
    return _PLACEHOLDER.sub(lambda found: params[found[1]], text)
