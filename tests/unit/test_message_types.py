"""What messages are, as receivers are told."""

import pytest

from orders.domain.content import content_type


@pytest.mark.parametrize(
    ("ending", "charset", "expected"),
    [
        (".txt", "utf-8", "text/plain; charset=utf-8"),
        (".CSV", "UTF-8-SIG", "text/csv; charset=utf-8"),
        (".csv", "cp1252", "text/csv; charset=windows-1252"),
        (".csv", "latin-1", "text/csv; charset=iso-8859-1"),
        (".json", "utf-8", "application/json"),
        (".dat", "utf-8", "application/octet-stream"),
        ("", "utf-8", "application/octet-stream"),
    ],
)
def test_texts_tell_their_charset(ending: str, charset: str, expected: str) -> None:
    """Without it, receivers would guess."""
    assert content_type(ending, charset) == expected
