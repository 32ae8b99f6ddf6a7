"""Checks a column's regex and the template that is filled from its groups."""

import re
from typing import Final

import re2

_REFERENCE: Final = re.compile(r"\$\{([^}]*)\}")
_QUIET: Final = re2.Options()
_QUIET.log_errors = False


def pattern_fault(pattern: str) -> str | None:
    """Say why RE2 does not take the pattern; None where it does."""
    try:
        re2.compile(pattern, _QUIET)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return None


def group_count(pattern: str) -> int:
    """Return how many groups a valid pattern has."""
    return int(re2.compile(pattern, _QUIET).groups)


def missing_references(pattern: str, template: str) -> list[str]:
    """Name the groups that the template uses and the valid pattern does not have."""
    compiled = re2.compile(pattern, _QUIET)
    known = {str(number) for number in range(compiled.groups + 1)} | set(compiled.groupindex)
    return [name for name in _REFERENCE.findall(template) if name not in known]
