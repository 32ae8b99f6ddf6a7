"""What messages say, made in tests from files of their own."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from impex.config.user_files import UserFiles
from orders.domain.content import Content, Unwritable
from orders.domain.destination import Table
from orders.domain.export_item import Item, Part, parts_of
from orders.domain.exporter import Exporter, GroupExport, Template
from orders.services.contents import contents
from tests.order_book import OrderBook

HOSTILE = (
    "=1+1 \"quoted\" 'so' , ; \r\nnew line \t {{ 7 * 7 }} {% raw %} ${x} "
    "'); DROP TABLE orders.parcel; -- <b>&amp;</b> ]]> \\x \u2028 \u2603"
)
"""Means something else to whoever does not take it for a text."""


def sender(format_: GroupExport | Template, **options: Any) -> Exporter:
    """Return an exporter that sends what a format says."""
    return Exporter("one", "INITPAID", Table("erp.incoming"), format=format_, **options)


def parts(exporter: Exporter, items: Iterable[Item]) -> list[Part]:
    """Return what there is one message for."""
    return list(parts_of(exporter, items))


def made(
    book: OrderBook, config: Path, exporter: Exporter, items: Iterable[Item]
) -> list[Content | Unwritable]:
    """Return what the messages about some items say."""
    with book.database.transaction() as connection:
        return contents(connection, UserFiles(config), parts(exporter, items))


def bodies(found: Iterable[Content | Unwritable]) -> list[bytes]:
    """Return what is said; fail where something cannot be said."""
    written = []
    for each in found:
        assert isinstance(each, Content), each
        written.append(each.body)
    return written


def group(config: Path, text: str, name: str = "feed") -> GroupExport:
    """Write a group with one export, ``lines``, whose options are given."""
    groups = config / "groups"
    groups.mkdir(parents=True, exist_ok=True)
    head = "descriptors:\n  - name: lines\n    direction: export\n"
    indented = "".join(f"    {line}\n" for line in text.strip().splitlines())
    (groups / f"{name}.yaml").write_text(f"{head}{indented}", "utf-8")
    return GroupExport(name, "lines")


def template(config: Path, name: str, text: str) -> Template:
    """Write a template."""
    (config / "templates").mkdir(parents=True, exist_ok=True)
    (config / "templates" / name).write_text(text, "utf-8")
    return Template(name)


def element(document: bytes) -> ET.Element:
    """Return the root of a document."""
    return ET.fromstring(document)  # noqa: S314 - the project has written it
