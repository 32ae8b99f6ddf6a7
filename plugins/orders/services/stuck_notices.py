"""Tells the staff by mail of exports that stand still, many in one mail, each once."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from impex.storage.connection import Database
from orders.config.templates import Template, load_template
from orders.domain.notice import Mailing, Stuck, StuckNotice
from orders.services.notices import mail
from orders.storage import notices as book
from orders.storage import outbox
from orders.storage.outbox import Draft

_LISTED: Final = 100
"""So many of each shop and state stand in a mail at most; it says how many there are."""


def write_stuck_notices(database: Database, mailing: Mailing, templates: Path) -> Counter[str]:
    """Write a mail of what stands still since the last time, and one of what people are reminded of.

    What was told is noted in the transaction that writes the mail.

    Args:
        database: With the orders.
        mailing: What is told, and to whom.
        templates: The directory of the words.

    Returns:
        How many mails were ``written`` or are ``failed``.

    Raises:
        ConfigError: A template has faults.
        TransientError: The database failed; what was committed stays.
    """
    tally: Counter[str] = Counter()
    words = {rule.template: load_template(templates, rule.template) for rule in mailing.stuck}
    for again in (False, True):
        rules = [rule for rule in mailing.stuck if rule.overdue is again]
        states = {state for rule in rules for state in rule.states}
        with database.transaction() as connection:
            stuck = book.tell_stuck(connection, states, mailing.limit_s, again=again, limit=_LISTED)
            drafts = [
                draft
                for rule in rules
                for draft in _drafts(mailing, rule, words[rule.template], stuck)
            ]
            outbox.put(connection, drafts)
        tally.update("failed" if draft.fault else "written" for draft in drafts)
    return tally


def _drafts(
    mailing: Mailing, rule: StuckNotice, template: Template, stuck: Sequence[Stuck]
) -> Iterator[Draft]:
    """Yield a mail for each recipient."""
    told: defaultdict[tuple[str, str], list[Stuck]] = defaultdict(list)
    for each in stuck:
        head = mailing.letterhead(each.shop)
        for recipient in head.staff if each.state in rule.states else ():
            told[head.sender, recipient].append(each)
    for addresses, mine in told.items():
        first = mine[0]
        what = f"{first.state}-{first.item}-{first.told_at.timestamp()}"
        key = f"notice/{what}/{rule.template}/{addresses[1]}"
        yield mail(key, addresses, template, _values(rule, mine))


def _values(rule: StuckNotice, stuck: Sequence[Stuck]) -> dict[str, Any]:
    """Return what a template sees."""
    totals = {(each.shop, each.state): each.total for each in stuck}
    return {
        "overdue": rule.overdue,
        "total": sum(totals.values()),
        "exports": [
            {
                "state": each.state.value,
                "shop": each.shop,
                "order": each.order,
                "orders": each.orders,
                "delivery": each.delivery,
                "flag": each.flag,
                "exporter": each.exporter,
                "gate": each.gate,
                "since": _moment(each.since),
                "rejected_at": _moment(each.rejected_at) if each.rejected_at else None,
                "reason": each.reason,
            }
            for each in stuck
        ],
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
