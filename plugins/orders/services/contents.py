"""What messages say: from the template or the export of a group that their exporter names."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from xml.parsers import expat

from psycopg import Connection

from impex.config.user_files import UserFiles
from impex.domain.errors import DataError
from orders.config import templates
from orders.config.group_exports import load_pattern
from orders.domain.content import Content, Unwritable, content_type
from orders.domain.export_item import Item, Part
from orders.domain.exporter import Batch, GroupExport, Template
from orders.services.group_contents import group_contents
from orders.storage.documents import documents


def contents(
    connection: Connection, files: UserFiles, parts: Sequence[Part]
) -> list[Content | Unwritable]:
    """Return what messages say, or why one of them cannot be made, in the order of the parts.

    Args:
        connection: In the transaction that has locked the orders; stays usable.
        files: Groups and templates.
        parts: Of one exporter, which has a format.

    Raises:
        ConfigError: There is no such template, group or export, or it does not fit the database.
    """
    if not parts:
        return []
    match parts[0].exporter.format:
        case Template(file):
            return _filled_in(connection, templates.load_template(files.templates, file), parts)
        case GroupExport(group, export):
            pattern = load_pattern(files.groups, group, export)
            return group_contents(connection, files, pattern, parts)
        case None:
            raise ValueError(f"the exporter {parts[0].exporter.name} sends nothing")


def _filled_in(
    connection: Connection, template: templates.Template, parts: Sequence[Part]
) -> list[Content | Unwritable]:
    """Return what a template makes of each part."""
    orders = documents(connection, {number for part in parts for number in part.orders})
    return [_text(template, part, orders) for part in parts]


def _text(
    template: templates.Template, part: Part, orders: Mapping[int, dict[str, Any]]
) -> Content | Unwritable:
    ending = PurePath(template.name).suffix
    try:
        body = template.render(_values(part, orders)).encode()
        _check_form(template.name, ending, body)
    except DataError as fault:
        return Unwritable(str(fault), _to_blame(template, part, orders))
    return Content(body, content_type(ending), ending)


def _to_blame(
    template: templates.Template, part: Part, orders: Mapping[int, dict[str, Any]]
) -> frozenset[int]:
    """Return the orders of a part that cannot be written alone either; all if each of them can."""
    if len(part.orders) == 1:
        return frozenset(part.orders)
    alone = {number: _text(template, part.about(number), orders) for number in part.orders}
    bad = frozenset(number for number, text in alone.items() if isinstance(text, Unwritable))
    return bad or frozenset(part.orders)


def _values(part: Part, orders: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    """Return what a template sees."""
    items: defaultdict[int, list[Item]] = defaultdict(list)
    for item in part.items:
        items[item.order_id].append(item)
    about = {number: _deliveries(orders[number], some) for number, some in items.items()}
    values: dict[str, Any] = {"flag": part.exporter.flag}
    if part.exporter.batch is Batch.PER_RUN:
        each = ({**orders[number], "deliveries": found} for number, found in about.items())
        return values | {"orders": list(each)}
    [(number, found)] = about.items()
    return values | {"order": orders[number], "deliveries": found}


def _deliveries(order: Mapping[str, Any], items: Sequence[Item]) -> list[Any]:
    """Return the deliveries that some items of an order are about."""
    wanted = {item.delivery_id for item in items}
    return [each for each in order["deliveries"] if None in wanted or each["id"] in wanted]


def _check_form(name: str, ending: str, body: bytes) -> None:
    """Refuse what is not what its ending says; that happens to values that were put in bare.

    Raises:
        DataError: It is no JSON, or no XML.
    """
    try:
        if ending == ".json":
            json.loads(body)
        elif ending == ".xml":
            expat.ParserCreate().Parse(body, True)
    except (ValueError, expat.ExpatError) as fault:
        raise DataError(f"{name} makes no {ending[1:].upper()} of it: {fault}") from fault
