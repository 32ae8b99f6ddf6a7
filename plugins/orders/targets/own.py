"""Targets of the user's own: a class in ``config/targets`` that is given messages."""

import traceback
from pathlib import Path
from typing import Protocol

from impex.domain.errors import ConfigError, Problem
from orders.domain.outbox import Answer, Message, Outcome, RefusedError, Target, UnreachedError
from orders.targets.wording import printable


class Sender(Protocol):
    """What a class must have; it is made without arguments.

    It may also have ``probe(key) -> bool | None``, which tells whether a message was taken and None
    where it cannot know, and ``close()``. ``orders.testing.target_contract`` has tests for a class
    to inherit.
    """

    @property
    def repeatable(self) -> bool:
        """Whether a message that comes twice under one key has one effect."""

    def send(self, key: str, recipient: str, content_type: str, body: bytes) -> str:
        """Send a message, and return the receipt: a text that people see.

        Raises:
            RefusedError: It was not taken, and never will be.
            UnreachedError: It was not taken, and may be later. After every other exception it
                counts as perhaps taken.
        """


class OwnTarget(Target):
    """Gives messages to a class, and judges what comes of it."""

    def __init__(self, name: str, sender: Sender) -> None:
        """Send with this one.

        Args:
            name: ``file.py:class``, for what is told of it.
            sender: An instance.

        Raises:
            ConfigError: It does not say whether it is repeatable.
        """
        repeatable: object = getattr(sender, "repeatable", None)
        if not isinstance(repeatable, bool):
            hint = "Set it to True only if a key that comes twice has one effect, else to False."
            raise ConfigError([Problem(name, "has no `repeatable` that is True or False.", hint)])
        self._repeatable = repeatable
        self._name = name
        self._sender = sender

    @property
    def repeatable(self) -> bool:
        """As the class says."""
        return self._repeatable

    def send(self, message: Message) -> Answer:
        """Let the class send; what it raises is judged by its type."""
        given = (message.key, message.recipient, message.content_type, message.body)
        try:
            receipt: object = self._sender.send(*given)
        except RefusedError as fault:
            return Answer(Outcome.REFUSED, self._said(fault))
        except UnreachedError as fault:
            return Answer(Outcome.UNREACHED, self._said(fault))
        except Exception as fault:  # noqa: BLE001 - the user's code raises what it likes
            return Answer(Outcome.UNKNOWN, f"{self._name} failed: {self._place(fault)}.")
        if not isinstance(receipt, str):
            what = f"{self._name} returned a {type(receipt).__name__} instead of a receipt."
            return Answer(Outcome.UNKNOWN, what)
        return Answer(Outcome.SENT, printable(receipt))

    def probe(self, message: Message) -> Answer | None:
        """Ask the class, if it can tell."""
        probe = getattr(self._sender, "probe", None)
        try:
            taken = probe(message.key) if probe else None
        except Exception:  # noqa: BLE001 - the same; who fails does not know
            return None
        if taken is True:
            return Answer(Outcome.SENT, f"{self._name} says that it was taken.")
        if taken is False:
            return Answer(Outcome.UNREACHED, f"{self._name} says that it was not taken.")
        return None

    def close(self) -> None:
        """Let the class close what it has, if it wants to."""
        close = getattr(self._sender, "close", None)
        if close:
            close()

    def _said(self, fault: Exception) -> str:
        return f"{self._name}: {printable(str(fault)) or 'no reason given'}"

    def _place(self, fault: Exception) -> str:
        """Say where in the user's file; messages of exceptions like to hold what was sent."""
        file = self._name.partition(":")[0]
        frames = traceback.extract_tb(fault.__traceback__)
        lines = [frame.lineno for frame in frames if Path(frame.filename).name == file]
        return f"{type(fault).__name__} in line {lines[-1]}" if lines else type(fault).__name__
