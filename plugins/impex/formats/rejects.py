"""What a reject file adds to the original records."""

from collections.abc import Sequence

Rejected = tuple[int, Sequence[str], str]
"""Line, issue codes and message of a rejected record."""


def appended(rejected: Rejected) -> tuple[str, str, str]:
    """Return the texts that stand under the appended names."""
    line, codes, message = rejected
    return str(line), " ".join(codes), message
