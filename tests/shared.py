"""Real data that lies beside the checkout on some machines."""

from pathlib import Path

import pytest

_SHARED = Path(__file__).parents[2] / "shared" / "data"


def shared(name: str) -> Path:
    """Return a file or directory of the shared data; skip the test where it is absent."""
    path = _SHARED / name
    if not path.exists():
        pytest.skip(f"the shared data has no {name} on this machine")
    return path
