"""From ``config/targets`` to a target of the user's own."""

from collections.abc import Callable
from pathlib import Path

from impex.domain.errors import ConfigError, Problem
from impex.mapping.transforms import load_function
from orders.targets.own import OwnTarget, Sender
from orders.targets.wording import printable


def load_target(directory: Path, name: str) -> OwnTarget:
    """Load a class from a file of the directory, and make one.

    Args:
        directory: ``config/targets`` of the installation.
        name: ``file.py:class``.

    Raises:
        ConfigError: There is no such file or class, it cannot be made, or lacks ``repeatable``.
    """
    make: Callable[..., Sender] = load_function(directory, name)
    try:
        sender = make()
    except Exception as fault:
        what = f"cannot be made: {type(fault).__name__}: {printable(str(fault))}"
        raise ConfigError([Problem(name, what)]) from fault
    return OwnTarget(name, sender)
