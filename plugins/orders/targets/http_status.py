"""What the status of an HTTP answer says of a message: taken, never, later, or nobody knows.

Source: RFC 9110 section 15, RFC 6585 section 4 (429), RFC 8470 section 5.2 (425), and the draft
draft-ietf-httpapi-idempotency-key-header, section 2.7 (409, 422).
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from orders.domain.outbox import Outcome

_OUTCOMES: Final[Mapping[int, Outcome]] = {
    # The answer to the message is somewhere else: it may be anything.
    HTTPStatus.SEE_OTHER: Outcome.UNKNOWN,
    # By their definition, these say that nothing was done.
    HTTPStatus.REQUEST_TIMEOUT: Outcome.UNREACHED,
    HTTPStatus.TOO_EARLY: Outcome.UNREACHED,
    HTTPStatus.TOO_MANY_REQUESTS: Outcome.UNREACHED,
    HTTPStatus.SERVICE_UNAVAILABLE: Outcome.UNREACHED,
}
# 500, 502 and 504 come from those who do not know themselves how far the message came.
_CLASSES: Final[Mapping[int, Outcome]] = {
    2: Outcome.SENT,
    3: Outcome.REFUSED,
    4: Outcome.REFUSED,
    5: Outcome.UNKNOWN,
}


def outcome_of(status: int, *, keyed: bool) -> Outcome:
    """Return what a status says of a message.

    Args:
        status: Of the answer.
        keyed: Whether the receiver honours keys. It then says with 409 that it is still busy with
            an earlier attempt; any other says so of a message that it does not want.
    """
    if status == HTTPStatus.CONFLICT and keyed:
        return Outcome.UNKNOWN
    return _OUTCOMES.get(status) or _CLASSES.get(status // 100, Outcome.UNKNOWN)
