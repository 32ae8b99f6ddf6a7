"""A preview as an archive: a list, and each message as a file."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from impex.domain.formulas import no_formula
from impex.formats.zip_writer import zipped
from orders.services.preview import MOST, Preview

PREVIEWS: Final = "previews"
"""The folder of the file store in which they are."""

_COLUMNS: Final = (
    "orders",
    "flag",
    "exporter",
    "target",
    "recipient",
    "would be",
    "file",
    "reason",
)
_ORDERS: Final = 20


def archive(preview: Preview, moment: datetime) -> Iterator[bytes]:
    """Yield the bytes of a zip: ``preview.csv`` for people, and a file for each message.

    Args:
        preview: What a run would do.
        moment: When it was made.
    """
    names = [
        f"messages/{number:04d}-{shown.exporter}{shown.ending}"
        for number, shown in enumerate(preview.messages, 1)
    ]
    bodies = ((name, [shown.body]) for name, shown in zip(names, preview.messages, strict=True))
    return zipped([("preview.csv", [_listed(preview, names)]), *bodies], moment)


def _listed(preview: Preview, names: Sequence[str]) -> bytes:
    """Return a line for each message and for each flag that would not go on."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for name, shown in zip(names, preview.messages, strict=True):
        fate = "held for approval" if shown.approval else "sent"
        what = (shown.flag, shown.exporter, shown.kind, shown.recipient, fate, name, "")
        writer.writerow(map(no_formula, (_some(shown.orders), *what)))
    for left in preview.left:
        writer.writerow(
            map(no_formula, (left.order, left.flag, "", "", "", left.state, "", left.reason))
        )
    if preview.orders == MOST:
        writer.writerow((*[""] * 7, f"Only the first {MOST} orders are shown."))
    return out.getvalue().encode("utf-8-sig")


def _some(orders: Sequence[str]) -> str:
    more = f" and {len(orders) - _ORDERS} more" if len(orders) > _ORDERS else ""
    return " ".join(orders[:_ORDERS]) + more
