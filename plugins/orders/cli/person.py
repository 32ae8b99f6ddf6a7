"""Who works at the command line."""

import getpass

from orders.domain.order import Cause


def me(reason: str = "") -> Cause:
    """Return what is noted of what this person does."""
    return Cause(getpass.getuser(), reason=reason)
