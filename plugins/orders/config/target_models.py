"""The options of the targets of exporters; as ``orders.config.exporter_models``."""

from pydantic import Field

from impex.config.export_fields import Target
from impex.config.fields import Connection, Flag, TableName
from impex.config.options import Options
from orders.config.exporter_fields import (
    Address,
    HttpPath,
    Mailboxes,
    Pattern,
    ProbePath,
    Sender,
    Some,
)
from orders.config.fields import Class, Duration
from orders.domain.destination import Method


class FileModel(Options):
    """A file for each message."""

    place: Target = Field(
        description="Where files are put: a path, with a slash, a URL (`s3://`, `sftp://` …) without "
        "a password, or the name of an Airflow connection. A path that does not begin with `/` is a "
        "folder of the file store.",
        examples=["sftp-of-acme"],
    )
    name: Pattern = Field(
        description="Name of the file; see Names.", examples=["{order}-{flag}-{seq}.csv"]
    )


class EmailModel(Options):
    """A mail for each message."""

    connection: Connection = Field(
        description="Airflow connection of the mail server.", examples=["mail"]
    )
    sender: Sender = Field(
        description="Address of the sender, with or without the name that people see.",
        examples=["Shop 10 <orders@example.com>"],
    )
    to: Some[Address] = Field(
        default=(),
        description="Who gets every message, one or a list.",
        examples=[["purchase@example.com"]],
    )
    suppliers: Mailboxes = Field(
        default={},
        description="Who gets the messages about a supplier, one or a list. Without `to`, only "
        "deliveries of these suppliers are taken.",
        examples=[{"ACME": ["orders@acme.example"]}],
    )
    subject: Pattern = Field(
        description="What the mail is about; may have the fields of Names.",
        examples=["Order {order}"],
    )
    attach: Flag = Field(
        default=False,
        description="Whether what is said is a file of the mail instead of its text.",
        examples=[True],
    )


class HttpModel(Options):
    """A request for each message."""

    connection: Connection = Field(
        description="Airflow connection with the beginning of the address, and with the secret that "
        "messages are signed with.",
        examples=["warehouse"],
    )
    path: HttpPath = Field(
        description="What follows the beginning of the address.", examples=["/orders"]
    )
    method: Method = Field(
        default=Method.POST, description="Of the request: `POST` or `PUT`.", examples=["PUT"]
    )
    timeout: Duration = Field(
        default="30 s",
        description="How long an answer is waited for, 10 to 60 seconds.",
        examples=["60 s"],
    )
    repeatable: Flag = Field(
        default=False,
        description="Whether the receiver honours our `Idempotency-Key`: a message that is sent "
        "twice has one effect.",
        examples=[True],
    )
    probe: ProbePath | None = Field(
        default=None,
        description="Path that is asked with `{key}` whether a message was taken, if its answer was "
        "lost.",
        examples=["/orders/by-key/{key}"],
    )


class TableModel(Options):
    """A row for each message."""

    name: TableName = Field(
        description="The table, with its schema.", examples=["erp.incoming_order"]
    )
    connection: Connection | None = Field(
        default=None,
        description="Airflow connection of its database. Left out, it is ours.",
        examples=["erp"],
    )


class TargetModel(Options):
    """Where messages go: one of these."""

    file: FileModel | None = Field(
        default=None,
        description="A file for each.",
        examples=[{"place": "exports/orders", "name": "{order}-{seq}.csv"}],
    )
    email: EmailModel | None = Field(
        default=None,
        description="A mail for each.",
        examples=[
            {
                "connection": "mail",
                "sender": "orders@example.com",
                "to": "purchase@example.com",
                "subject": "Order {order}",
            }
        ],
    )
    http: HttpModel | None = Field(
        default=None,
        description="A request to a web service for each.",
        examples=[{"connection": "warehouse", "path": "/orders"}],
    )
    table: TableModel | None = Field(
        default=None, description="A row for each.", examples=[{"name": "erp.incoming_order"}]
    )
    python: Class | None = Field(
        default=None,
        description="A class of your own in `config/targets` sends them.",
        examples=["warehouse.py:Terminal"],
    )
    manual: Flag = Field(
        default=False,
        description="Nothing is sent: only a person is waited for, then `next_flag` is raised.",
        examples=[True],
    )
