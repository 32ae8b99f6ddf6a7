"""Messages as signed webhooks: POST or PUT to a receiver.

Source: Standard Webhooks, https://www.standardwebhooks.com; the Idempotency-Key header,
draft-ietf-httpapi-idempotency-key-header-07; RFC 9457 for what receivers say of faults.
"""

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal
from urllib.parse import quote

import httpx

from impex.domain.errors import ConfigError, Problem
from orders.domain.outbox import Answer, Message, Outcome, Target
from orders.domain.webhooks import signature
from orders.targets.addresses import url_fault
from orders.targets.exchange import Exchange, ExchangeError, Reply, Request
from orders.targets.http_status import outcome_of
from orders.targets.wording import printable

KEY: Final = re.compile(r"[!-\-/-~]{1,255}")
"""Keys that can be sent: visible ASCII without full stops, which signatures need as separators."""

_HEADER: Final = re.compile(r"[!-~]([ -~]*[!-~])?")


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who receives webhooks, and what is agreed with them.

    Attributes:
        url: Where to; ``{key}`` in it stands for the key of the message.
        method: ``PUT`` only goes well with a URL that holds the key.
        repeatable: Whether the receiver honours Idempotency-Key.
        probe: Path and query on the same host, with ``{key}``, that answers 200 where the message
            was taken and 404 where it was not; None if there is none.
        echo: Path of members, with full stops between, to what must be the key in a good answer
            of JSON; None if the status tells enough.
        private: Whether the receiver may be in the own network, and without TLS.
        within_s: How long a message may take.
    """

    url: str
    method: Literal["POST", "PUT"] = "POST"
    repeatable: bool = False
    probe: str | None = None
    echo: str | None = None
    private: bool = False
    within_s: float = 60


class WebhookTarget(Target):
    """Sends webhooks to one receiver; each has a connection of its own."""

    def __init__(self, receiver: Receiver, keys: Sequence[bytes]) -> None:
        """Prepare; nothing is opened yet.

        Args:
            receiver: To whom.
            keys: Each signs, so that one can replace the other without a gap; see
                ``orders.domain.webhooks.key_of``.

        Raises:
            ConfigError: The receiver cannot be reached that way, or there is no key.
        """
        if problems := _problems(receiver, keys):
            raise ConfigError(problems)
        self._receiver = receiver
        self._keys = keys
        self._exchange = Exchange(private=receiver.private, within_s=receiver.within_s)

    @property
    def repeatable(self) -> bool:
        """As the receiver has promised."""
        return self._receiver.repeatable

    def send(self, message: Message) -> Answer:
        """Send a message; the answer tells nothing of its body, and little of what came back."""
        if fault := _message_fault(message):
            return Answer(Outcome.REFUSED, fault)
        headers = {
            "Content-Type": message.content_type,
            "Idempotency-Key": _quoted(message.key),
            **self._signed(message.key, message.body),
        }
        url = httpx.URL(_filled(self._receiver.url, message.key))
        reads = self._receiver.echo is not None
        try:
            reply = self._exchange.run(
                Request(self._receiver.method, url, headers, message.body, reads=reads)
            )
        except ExchangeError as error:
            return Answer(error.outcome, str(error))
        return self._judge(reply, message.key)

    def probe(self, message: Message) -> Answer | None:
        """Ask the receiver for the key, signed as a message without a body."""
        path = self._receiver.probe
        if path is None or not KEY.fullmatch(message.key):
            return None
        target = _filled(path, message.key).encode("ascii")
        url = httpx.URL(_filled(self._receiver.url, message.key)).copy_with(raw_path=target)
        try:
            reply = self._exchange.run(Request("GET", url, self._signed(message.key, b"")))
        except ExchangeError:
            return None
        if reply.status == HTTPStatus.OK:
            return Answer(Outcome.SENT, f"{url.host} has the message.")
        if reply.status == HTTPStatus.NOT_FOUND:
            return Answer(Outcome.UNREACHED, f"{url.host} does not have the message.")
        return None

    def close(self) -> None:
        """Nothing stays open."""

    def _signed(self, key: str, body: bytes) -> Mapping[str, str]:
        """Return the headers of Standard Webhooks."""
        now = str(int(time.time()))
        signatures = [signature(each, key, now, body) for each in self._keys]
        return {
            "Webhook-Id": key,
            "Webhook-Timestamp": now,
            "Webhook-Signature": " ".join(signatures),
        }

    def _judge(self, reply: Reply, key: str) -> Answer:
        outcome = outcome_of(reply.status, keyed=self.repeatable)
        if outcome is not Outcome.SENT:
            return Answer(outcome, _told(reply))
        echo = self._receiver.echo
        if echo is not None and _member(reply.body, echo) != key:
            text = f"It was answered {reply.status}, but {echo} in the answer is not the key."
            return Answer(Outcome.UNKNOWN, text)
        return Answer(Outcome.SENT, f"It was answered {reply.status}.")


def _problems(receiver: Receiver, keys: Sequence[bytes]) -> list[Problem]:
    fault = url_fault(receiver.url, private=receiver.private)
    problems = [Problem("the URL of the receiver", fault)] if fault else []
    path = receiver.probe
    if path is not None and not (re.fullmatch(r"/(?!/)[!-~]*", path) and "{key}" in path):
        what = "It must be a path that begins with one slash and holds {key}."
        problems.append(Problem("the probe of the receiver", what, "For instance: /orders/{key}"))
    if not keys or not all(keys):
        problems.append(Problem("the secret of the receiver", "It is missing or empty."))
    return problems


def _message_fault(message: Message) -> str:
    """Return why a message cannot be sent over HTTP; empty if it can."""
    if not KEY.fullmatch(message.key):
        return "The key must be 1 to 255 visible ASCII characters without full stops."
    if not _HEADER.fullmatch(message.content_type):
        return "The content type must be a line of ASCII characters."
    return ""


def _quoted(key: str) -> str:
    """Return a key as a string of RFC 9651, section 3.3.3, as the draft demands."""
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _filled(template: str, key: str) -> str:
    """Put a key into a URL: it stays one segment, whatever it holds."""
    return template.replace("{key}", quote(key, safe=""))


def _told(reply: Reply) -> str:
    """Say what was answered, without what could repeat our message."""
    text = f"It was answered {reply.status}"
    if title := _title(reply):
        text += f" ({title})"
    if httpx.codes.is_redirect(reply.status):
        return f"{text}; redirects are not followed: give the target its new URL."
    if after := reply.headers.get("Retry-After"):
        text += f"; Retry-After: {printable(after)}"
    return f"{text}."


def _title(reply: Reply) -> str:
    """Return the title of a fault, which by RFC 9457 does not change with the message."""
    if not reply.headers.get("Content-Type", "").startswith("application/problem+json"):
        return ""
    title = _member(reply.body, "title")
    return printable(title) if isinstance(title, str) else ""


def _member(body: bytes, path: str) -> object:
    """Return what stands at a path of members in JSON; None if there is nothing."""
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found
