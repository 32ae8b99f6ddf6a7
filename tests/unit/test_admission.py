"""How large a package may be."""

import pytest

from impex.domain.group import Arrival
from impex.formats.archive import DEFAULT_LIMITS
from impex.services.admission import limits, too_large

USUAL = DEFAULT_LIMITS.total_bytes


@pytest.mark.parametrize(
    ("most", "size", "refused"),
    [
        (None, USUAL, False),
        (None, USUAL + 1, True),
        (500_000_000, 500_000_000, False),
        (500_000_000, 500_000_001, True),
        (10_000_000_000, USUAL + 1, False),
    ],
)
def test_a_package_is_too_large_beyond_what_its_group_takes(
    most: int | None, size: int, *, refused: bool
) -> None:
    """Or beyond what any package may be, where the group does not say."""
    assert bool(too_large("a.zip", size, Arrival(max_bytes=most))) == refused


def test_the_refusal_has_both_numbers() -> None:
    """And says what to do."""
    assert too_large("a.zip", 500_000_001, Arrival(max_bytes=500_000_000)) == (
        "a.zip has 500,000,001 bytes, and the group takes at most 500,000,000; "
        "split it, or raise max_size under arrival"
    )


def test_a_group_that_takes_more_may_unpack_more() -> None:
    """A smaller one may still unpack to what is usual: its size is the packed one."""
    assert limits(Arrival(max_bytes=10_000_000_000)).member_bytes == 10_000_000_000
    assert limits(Arrival(max_bytes=1000)) == limits(Arrival()) == DEFAULT_LIMITS
