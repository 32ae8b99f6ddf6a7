"""Where the messages of an exporter go, as its file says; ``orders.domain.outbox`` sends there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Method(StrEnum):
    """How a web service takes messages."""

    POST = "POST"
    PUT = "PUT"


@dataclass(frozen=True, slots=True)
class File:
    """A file for each message.

    Attributes:
        place: A path, a URL or an Airflow connection; a relative path is one of the file store.
        name: Pattern of its name, see ``impex.domain.file_name``.
    """

    place: str
    name: str


@dataclass(frozen=True, slots=True)
class Email:
    """A mail for each message.

    Attributes:
        connection: Airflow connection of the mail server.
        sender: Address, with or without the name that people see.
        subject: Pattern, with the fields of a name.
        to: Who gets every message.
        suppliers: Who gets those of a supplier, beside ``to``.
        attach: Whether the content is a file of the mail instead of its text.
    """

    connection: str
    sender: str
    subject: str
    to: tuple[str, ...] = ()
    suppliers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attach: bool = False

    def recipients(self, supplier: str) -> tuple[str, ...]:
        """Return who gets a message about a supplier, each address once."""
        return tuple(dict.fromkeys((*self.to, *self.suppliers.get(supplier, ()))))


@dataclass(frozen=True, slots=True)
class Http:
    """A request for each message.

    Attributes:
        connection: Airflow connection with the beginning of the address, and the secret.
        path: What follows it.
        method: Of the request.
        timeout: Longer is not waited for an answer.
        repeatable: Whether one message that comes twice under its key has one effect.
        probe: Path that tells whether the message of ``{key}`` was taken; empty if there is none.
    """

    connection: str
    path: str
    method: Method = Method.POST
    timeout: timedelta = timedelta(seconds=30)
    repeatable: bool = False
    probe: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A row for each message.

    Attributes:
        name: With its schema.
        connection: Airflow connection of its database; empty for ours.
    """

    name: str
    connection: str = ""


@dataclass(frozen=True, slots=True)
class Python:
    """A class of the installation.

    Attributes:
        name: ``file.py:class``, in ``config/targets``.
    """

    name: str


@dataclass(frozen=True, slots=True)
class Manual:
    """Nowhere: only a person is waited for."""


Destination = File | Email | Http | Table | Python | Manual


def kind(destination: Destination) -> str:
    """Return the word for it, as in the file of its exporter."""
    return type(destination).__name__.lower()
