"""Feeds and messages for all tiers."""

import base64
import hmac
import json
import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from impex.domain.errors import ConfigError
from orders.config import load_feed
from orders.domain.feed import Feed
from orders.domain.update import DeliveryUpdate
from orders.messages.reader import read_message

FEEDS = Path(__file__).parents[1] / "config" / "feeds"
TRACKING = Path(__file__).parent / "tracking"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)

PUSHED = """\
source:
  push: {connection: courier}
"""


def load(directory: Path, text: str, name: str = "parcels") -> Feed:
    """Load a feed from its text."""
    path = directory / f"{name}.yaml"
    path.write_text(textwrap.dedent(text), "utf-8")
    return load_feed(path)


def faults(directory: Path, text: str) -> list[str]:
    """Return the problems of a feed's text as ``line: what hint``; none if it loads."""
    try:
        load(directory, text)
    except ConfigError as error:
        start = f"{directory / 'parcels.yaml'}:"
        return [str(problem).removeprefix(start).strip() for problem in error.problems]
    return []


def shipped(name: str) -> Feed:
    """Return a feed that comes with the project."""
    return load_feed(FEEDS / f"{name}.yaml")


def read(feed: Feed, message: object) -> list[tuple[str, DeliveryUpdate]]:
    """Return the events of a message; it must be one that the feed wants."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    told = read_message(feed, body, NOW)
    assert told is not None
    return [tuple(event) for event in told]


def update(feed: Feed, message: object) -> DeliveryUpdate:
    """Return what the only event of a message says."""
    ((_, said),) = read(feed, message)
    return said


def signed(
    body: bytes, secret: str, *, at: datetime | None = None, number: str = "msg_1"
) -> dict[str, str]:
    """Return the headers of a message that is signed as Standard Webhooks say."""
    seconds = int((at or datetime.now(UTC)).timestamp())
    content = f"{number}.{seconds}.".encode() + body
    digest = hmac.digest(secret.encode(), content, sha256)
    return {
        "webhook-id": number,
        "webhook-timestamp": str(seconds),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        "content-type": "application/json",
    }


def event(number: str = "e1", order: str = "O1", **fields: Any) -> Mapping[str, Any]:
    """Return a message of the feed ``courier``."""
    return {"event_id": number, "order_number": order, **fields}
