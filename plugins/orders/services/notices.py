"""Writes what people are told of orders into the outbox."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from psycopg import Connection

from impex.domain.errors import DataError
from impex.storage.connection import Database
from orders.config.templates import Template, load_template
from orders.domain.notice import Audience, Mailing, Move, Notice
from orders.services.letters import CONTENT_TYPE, Words, letter
from orders.storage import notices as book
from orders.storage import outbox
from orders.storage.documents import documents
from orders.storage.outbox import Draft

TARGET: Final = "notices"
"""Under this name notices wait in the outbox."""

_AT_ONCE: Final = 1000


def write_notices(database: Database, mailing: Mailing, templates: Path) -> Counter[str]:
    """Write a mail for each move that is to be told and each stay that is too long, once.

    What has no recipient is counted and forgotten; a mail that cannot be written fails in the
    outbox, with the reason, and keeps no other one waiting.

    Args:
        database: With the orders.
        mailing: What is told, and to whom.
        templates: The directory of the words.

    Returns:
        How many were ``written``, had ``no recipient``, or are ``failed``.

    Raises:
        ConfigError: A template has faults.
        TransientError: The database failed; what was committed stays.
    """
    writer = _Writer(mailing, templates)
    states = {
        (notice.machine, state)
        for notice in mailing.notices
        if not notice.overdue
        for state in notice.states
    }
    with database.transaction() as connection:
        last = book.last_move(connection)
    upto = 0
    while upto < last:
        with database.transaction() as connection:
            past = book.lock_cursor(connection)
            upto = min(past + _AT_ONCE, last)
            writer.write(connection, book.moves(connection, (past, upto), states, mailing.limit_s))
            book.move_cursor(connection, max(past, upto))
    more = True
    while more:
        with database.transaction() as connection:
            stays = book.untold_stays(connection, mailing.limit_s, _AT_ONCE)
            writer.write(connection, stays)
            book.tell_stays(connection, stays)
        more = len(stays) == _AT_ONCE
    return writer.tally


class _Writer:
    """Writes the mails about moves, and counts them."""

    def __init__(self, mailing: Mailing, templates: Path) -> None:
        self.tally: Counter[str] = Counter()
        self._mailing = mailing
        names = {notice.template for notice in mailing.notices}
        self._templates = {name: load_template(templates, name) for name in sorted(names)}

    def write(self, connection: Connection, moves: Sequence[Move]) -> None:
        """Write the mails about some moves, in their order."""
        told = [
            (move, notice)
            for move in moves
            for notice in self._mailing.notices
            if notice.tells(move)
        ]
        orders = documents(connection, {move.order_id for move, _ in told})
        drafts = [draft for move, notice in told for draft in self._drafts(move, notice, orders)]
        outbox.put(connection, drafts)

    def _drafts(
        self, move: Move, notice: Notice, orders: Mapping[int, dict[str, Any]]
    ) -> Iterator[Draft]:
        """Yield the mails that tell of a move, one for each recipient."""
        order = orders[move.order_id]
        head = self._mailing.letterhead(order["shop"])
        customer = [order["customer_email"]] if order["customer_email"] else []
        recipients = customer if notice.audience is Audience.CUSTOMER else head.staff
        if not recipients:
            self.tally["no recipient"] += 1
        template = self._templates[notice.template]
        for recipient in recipients:
            key = f"notice/{move.id}/{notice.template}/{recipient}"
            draft = mail(key, (head.sender, recipient), template, _values(move, order))
            self.tally["failed" if draft.fault else "written"] += 1
            yield replace(draft, order_id=move.order_id)


def mail(
    key: str, addresses: tuple[str, str], template: Template, values: Mapping[str, Any]
) -> Draft:
    """Return a mail for the outbox; one that cannot be written says why.

    Args:
        key: Names it.
        addresses: Of sender and recipient.
        template: Has the words.
        values: That it sees.
    """
    sender, recipient = addresses
    try:
        words = Words(*template.render_letter(values))
        body = letter(key, sender, recipient, words, datetime.now(UTC))
    except DataError as error:
        return Draft(key, TARGET, recipient, CONTENT_TYPE, b"", fault=str(error))
    return Draft(key, TARGET, recipient, CONTENT_TYPE, body)


def _values(move: Move, order: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a template sees."""
    return {
        "order": order,
        "delivery": next((d for d in order["deliveries"] if d["id"] == move.delivery_id), None),
        "event": {
            "machine": move.machine.value,
            "trigger": move.trigger,
            "source": move.source,
            "dest": move.dest,
            "at": move.at.isoformat(timespec="seconds"),
            "reason": move.reason,
        },
    }
