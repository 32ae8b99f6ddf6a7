"""A first look at a package: what each file is, and its first rows, before anything is imported."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from posixpath import basename
from typing import Any
from zoneinfo import ZoneInfo

from impex.config import describe_layout
from impex.domain.constants import Facts
from impex.domain.errors import DataError, FileFaultError
from impex.domain.group import Descriptor, Group
from impex.domain.issues import MASK, Issue
from impex.domain.layout import Format
from impex.formats.archive import Limits, Member, is_archive, list_members, open_member
from impex.formats.readers import Reader, is_spreadsheet, open_document, open_reader
from impex.formats.wanted import Wanted
from impex.mapping.binding import Binding, bind
from impex.mapping.compiled import CompiledMapping
from impex.services.admission import limits
from impex.services.plan import leftovers, match
from impex.services.resources import Resources

ROWS = 50
ISSUES = 20
_ENOUGH = 1000


@dataclass(frozen=True, slots=True)
class Look:
    """One file as one descriptor would read it.

    Attributes:
        member: Name of the file within the package.
        descriptor: Which takes it.
        layout: How it is read, in Markdown.
        fields: Each field of the file with the columns that it goes to; none where it is not imported.
        columns: Names of the descriptor's columns that the file has.
        absent: Those that it does not have; they keep what they hold.
        rows: The first good rows, typed, in the order of ``columns``; empty cells are None.
        issues: The first faults, of the rows that were looked at, or of the file.
        notes: What was detected, and what is ignored, in sentences.
        looked_at: How many rows were read for this.
    """

    member: str
    descriptor: str
    layout: str
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    columns: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    issues: tuple[Issue, ...] = ()
    notes: tuple[str, ...] = ()
    looked_at: int = 0


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What a package is to a group.

    Attributes:
        files: In the order of the group's descriptors.
        notes: Files that no descriptor takes, and descriptors without a file, in sentences.
        fault: Why the package would be refused as a whole; empty if it would not.
    """

    files: list[Look] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    fault: str = ""


def first_look(resources: Resources, group: Group, key: str, moment: datetime) -> FirstLook:
    """Return what a run would find at the beginning of each file of a package.

    Nothing is written. What only the tables know, such as missing parents, is not found.

    Args:
        resources: File store; the database is not asked.
        group: Which is to import it.
        key: Where the package lies.
        moment: What constants take for the time of the run.

    Raises:
        ConfigError: A function of the user cannot be used.
        TransientError: The file store failed.
    """
    name, most = basename(key), limits(group.arrival)
    found = FirstLook()
    try:
        with resources.store.open(key) as package:
            members = list_members(package, name, most)
        matched = match(group, members)
    except DataError as fault:
        return FirstLook(fault=str(fault))
    found.notes.extend(leftovers(group, members, matched, archive=is_archive(name)))
    by_index = {member.index: member for member in members}
    for descriptor, _, index in matched:
        facts = Facts(0, group.name, name, basename(by_index[index].name), _zoned(group, moment))
        looked = _Looked(resources, key, by_index[index], group.descriptor(descriptor), most, facts)
        found.files.append(looked.look())
    return found


@dataclass(frozen=True, slots=True)
class _Looked:
    """A file to be looked at."""

    resources: Resources
    key: str
    member: Member
    descriptor: Descriptor
    most: Limits
    facts: Facts

    def look(self) -> Look:
        """Read its beginning."""
        try:
            with self._opened() as reader:
                return self._read(reader)
        except FileFaultError as fault:
            return self._look(issues=fault.issues)
        except DataError as fault:
            return self._look(notes=(str(fault),))

    def _look(self, **found: Any) -> Look:
        name, layout = self.member.name, self.descriptor.layout
        told = "a spreadsheet" if is_spreadsheet(name) else describe_layout(layout)
        return Look(name, self.descriptor.name, told, **found)

    @contextmanager
    def _opened(self) -> Iterator[Reader]:
        package_name, layout = basename(self.key), self.descriptor.layout
        with (
            self.resources.store.open(self.key) as package,
            open_member(package, package_name, self.member, self.most) as stream,
        ):
            if layout.format is Format.TEXT:
                yield open_reader(stream, self.member.name, layout, self.most)
            else:
                wanted = [Wanted.by(self.descriptor, self.resources.user_files.schemas)]
                yield open_document(stream, self.member.name, wanted, self.most)

    def _read(self, reader: Reader) -> Look:
        [(header, width)] = reader.heads
        binding = bind(self.descriptor, header, width)
        descriptor = self.descriptor.without(binding.absent)
        transforms = self.resources.user_files.transforms
        mapping = CompiledMapping(descriptor, binding, self.facts, transforms)
        reader.needed = width
        columns = tuple(column.name for column in descriptor.columns)
        rows: list[tuple[str | None, ...]] = []
        issues: list[Issue] = []
        looked_at = 0
        for batch in reader.batches():
            mapped = mapping.apply(batch.frame)
            looked_at += batch.read
            cells = mapped.frame.select([f"c{n}" for n in range(1, len(columns) + 1)]).head(ROWS)
            rows += [tuple(_text(cell) for cell in row) for row in cells.iter_rows()]
            issues += [*map(mapping.masked, batch.issues), *mapped.issues]
            if looked_at >= _ENOUGH:
                break
        return self._look(
            fields=_fields(header, width, binding),
            columns=columns,
            absent=tuple(binding.absent),
            rows=_hidden(rows[:ROWS], descriptor),
            issues=tuple(sorted(issues, key=lambda issue: issue.line)[:ISSUES]),
            notes=(*reader.notes, *binding.notes),
            looked_at=looked_at,
        )


def _fields(
    header: Sequence[str], width: int, binding: Binding
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what the fields are called and where each goes; without a header they have numbers."""
    names = header or [f"field {number}" for number in range(1, width + 1)]
    return tuple(
        (name, tuple(column for column, numbers in binding.fields.items() if number in numbers))
        for number, name in enumerate(names, 1)
    )


def _hidden(
    rows: Sequence[tuple[str | None, ...]], descriptor: Descriptor
) -> tuple[tuple[str | None, ...], ...]:
    """Return rows without personal data."""
    personal = [column.pii for column in descriptor.columns]
    return tuple(
        tuple(MASK if hide and cell else cell for hide, cell in zip(personal, row, strict=True))
        for row in rows
    )


def _text(cell: object) -> str | None:
    return None if cell is None else str(cell)


def _zoned(group: Group, moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(group.timezone))
