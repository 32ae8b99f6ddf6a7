"""How webhooks are signed, beside the vector of Standard Webhooks; and what people are shown."""

import pytest

from orders.domain.webhooks import key_of, signature
from orders.targets.wording import SHOWN, printable


def test_the_example_of_standard_webhooks_is_signed_like_theirs() -> None:
    """The vector that their libraries are tested with."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(("secret", "key"), [("text", b"text"), ("whsec_YQ==", b"a")])
def test_a_secret_stands_for_its_bytes(secret: str, key: bytes) -> None:
    """Base64 only behind the prefix."""
    assert key_of(secret) == key


@pytest.mark.parametrize("secret", ["whsec_%", "whsec_YQ", "whsec_Y Q=="])
def test_a_secret_that_is_not_base64_is_told_and_not_shown(secret: str) -> None:
    """Half of it would be another key."""
    with pytest.raises(ValueError, match=r"^What follows whsec_ must be base64\.$"):
        key_of(secret)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("  a\n b\t c ", "a b c"),
        ("a\x1b[31mb\u202e", "a\N{REPLACEMENT CHARACTER}[31mb\N{REPLACEMENT CHARACTER}"),
        ("x" * 10_000, "x" * SHOWN),
        ("\n" * 10_000, ""),
        ("Größe", "Größe"),
    ],
)
def test_what_others_say_is_one_short_line(said: str, shown: str) -> None:
    """Nobody moves the cursor of whoever reads a log."""
    assert printable(said) == shown
