"""What one message says, from the rows that PostgreSQL has composed for it."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePath
from typing import Any, Final

from impex.config.user_files import UserFiles
from impex.domain.layout import Format
from impex.formats.conformity import violations
from impex.formats.gzip_stream import gzipped, is_gzipped, name_inside
from impex.formats.text_writer import Tally
from impex.services.export_content import Divisible
from orders.config.group_exports import Pattern
from orders.domain.content import Content, Unwritable, content_type
from orders.domain.export_item import Part

Explain = Callable[[], Mapping[int, Sequence[str]]]
"""Tells why rows were left out, by order; asks the database when it is needed."""

_MOST_REASONS: Final = 3


@dataclass(slots=True)
class Rows:
    """The rows of a message, each beside its order."""

    orders: list[int] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)

    def add(self, order: int, message: Any) -> None:
        """Add a row as PostgreSQL has given it."""
        self.orders.append(order)
        self.messages.append(message)


@dataclass(frozen=True, slots=True)
class Rendering:
    """Makes messages of rows.

    Attributes:
        files: Where schemas are.
        content: What rows become.
    """

    pattern: Pattern
    files: UserFiles
    content: Divisible

    def render(self, part: Part, rows: Rows, explain: Explain) -> Content | Unwritable:
        """Return what a message says; nothing of an order may be missing in it."""
        name = self.pattern.name
        if missing := set(part.orders).difference(rows.orders):
            return Unwritable(f"{name} has no row of it", frozenset(missing))
        most, count = self.pattern.nest.export.split_rows, len(rows.messages)
        if most is not None and count > most:
            reason = (
                f"{name} writes {count} rows of it, {most} into a file, and a message is one file"
            )
            return Unwritable(reason, frozenset(part.orders))
        tally = Tally()
        body = self._body(rows.messages, tally)
        if tally.rejected:
            return self._refused(rows, tally, explain())
        if fault := self._violation(body):
            return Unwritable(fault, frozenset(part.orders))
        return self._content(body, count)

    def _body(self, messages: Sequence[Any], tally: Tally) -> bytes:
        return b"".join(self.content.data(self.content.lines(iter(messages), tally)))

    def _refused(
        self, rows: Rows, tally: Tally, explained: Mapping[int, Sequence[str]]
    ) -> Unwritable:
        """Return why rows were left out, and of which orders they are."""
        to_blame = frozenset(
            order
            for order, message in zip(rows.orders, rows.messages, strict=True)
            if self._is_left_out(message)
        )
        reasons = [issue.message for issue in tally.issues]
        reasons += [reason for order in sorted(to_blame) for reason in explained.get(order, ())]
        told = "; ".join([*dict.fromkeys(reasons)][:_MOST_REASONS])
        return Unwritable(f"{self.pattern.name} cannot write it: {told}", to_blame)

    def _is_left_out(self, message: Any) -> bool:
        tally = Tally()
        self._body([message], tally)
        return tally.rejected > 0

    def _violation(self, body: bytes) -> str:
        """Say what the schema does not allow; empty if it allows all, or there is none."""
        export = self.pattern.nest.export
        if export.layout.schema_file is None:
            return ""
        found = violations(io.BytesIO(body), export.file, export.layout, self.files.schemas)
        if not found:
            return ""
        schema = export.layout.schema_file
        return f"{self.pattern.name} does not keep to {schema}: {found[0].message}"

    def _content(self, body: bytes, count: int) -> Content:
        export = self.pattern.nest.export
        file, charset = export.file, export.layout.encoding
        ending = _ending(file)
        if is_gzipped(file):
            return Content(b"".join(gzipped([body])), "application/gzip", ending)
        if export.layout.format is Format.JSON:
            return Content(body, content_type(".json" if count == 1 else ".jsonl"), ending)
        return Content(body, content_type(ending, charset), ending)


@cache
def _ending(file: str) -> str:
    """Return the ending of a file's name; both of them where it is packed."""
    packed = PurePath(name_inside(file)).suffix if is_gzipped(file) else ""
    return packed + PurePath(file).suffix
