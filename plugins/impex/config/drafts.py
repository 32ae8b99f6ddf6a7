"""Validates a group piece by piece, so that one fault does not hide the others.

A draft is what could be understood of a group, a descriptor or a column. The rules work on drafts
and skip what is missing.
"""

from dataclasses import dataclass

from impex.config.column_models import ColumnModel
from impex.config.complaints import Complaints
from impex.config.models import DescriptorOutline, GroupOutline
from impex.config.yaml_source import Block, Items, Location, Value


@dataclass(frozen=True, slots=True)
class ColumnDraft:
    """A column.

    Attributes:
        location: Where it stands in the group.
        to: Its target column as far as it can be read, even if ``model`` is None.
        language: The same of its language.
        model: None where the column has faults.
    """

    location: Location
    to: str | None
    language: str | None
    model: ColumnModel | None


@dataclass(frozen=True, slots=True)
class DescriptorDraft:
    """A descriptor.

    Attributes:
        location: Where it stands in the group.
        name: As far as it can be read, even if ``outline`` is None.
        key: The same of its key columns.
        after: The same of its predecessors.
        outline: None where something beside the columns has faults.
        columns: Those of them that could be found.
    """

    location: Location
    name: str | None
    key: tuple[str, ...]
    after: tuple[str, ...]
    outline: DescriptorOutline | None
    columns: tuple[ColumnDraft, ...]


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """A group; ``outline`` is None where something beside the descriptors has faults."""

    outline: GroupOutline | None
    descriptors: tuple[DescriptorDraft, ...]

    @property
    def shared(self) -> GroupOutline:
        """What the group says for all descriptors; the defaults where it has faults."""
        return self.outline or GroupOutline.model_construct()


def draft_group(complaints: Complaints) -> GroupDraft:
    """Validate every piece of the group that the complaints are about."""
    outline = complaints.validate(GroupOutline, complaints.root)
    entries = _entries(complaints.root, "descriptors", ())
    return GroupDraft(outline, tuple(_descriptor(raw, at, complaints) for raw, at in entries))


def _descriptor(raw: Value, location: Location, complaints: Complaints) -> DescriptorDraft:
    outline = complaints.validate(DescriptorOutline, raw, location)
    entries = _entries(raw, "columns", location)
    columns = tuple(_column(entry, at, complaints) for entry, at in entries)
    return DescriptorDraft(
        location,
        name=_text(raw, "name"),
        key=_texts(raw, "key"),
        after=_texts(raw, "after"),
        outline=outline,
        columns=columns,
    )


def _column(raw: Value, location: Location, complaints: Complaints) -> ColumnDraft:
    to = raw if isinstance(raw, str) else _text(raw, "to")
    model = complaints.validate(ColumnModel, raw, location)
    return ColumnDraft(location, to, _text(raw, "language"), model)


def _entries(raw: Value, option: str, location: Location) -> list[tuple[Value, Location]]:
    listed = raw.get(option) if isinstance(raw, Block) else None
    if not isinstance(listed, Items):
        return []
    return [(entry, (*location, option, index)) for index, entry in enumerate(listed)]


def _text(raw: Value, option: str) -> str | None:
    value = raw.get(option) if isinstance(raw, Block) else None
    return value if isinstance(value, str) else None


def _texts(raw: Value, option: str) -> tuple[str, ...]:
    """Return the texts of an option that holds one or a list."""
    value = raw.get(option, "") if isinstance(raw, Block) else ""
    entries = value if isinstance(value, Items) else [value]
    return tuple(entry for entry in entries if isinstance(entry, str) and entry)
