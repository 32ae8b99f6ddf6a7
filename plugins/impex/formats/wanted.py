"""What a descriptor asks of the records of a document, which tells of no header."""

from dataclasses import dataclass
from typing import Self

from impex.domain.group import Descriptor
from impex.domain.layout import Format, Layout
from impex.domain.xml_path import record_path


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of records of one kind.

    Attributes:
        layout: Where they stand.
        fields: Paths, each once.
        repeated: Those of the paths that may lead to several elements of a record.
    """

    layout: Layout
    fields: tuple[str, ...]
    repeated: frozenset[str] = frozenset()

    @classmethod
    def by(cls, descriptor: Descriptor) -> Self:
        """Return what a descriptor asks for."""
        columns = descriptor.columns
        paths = [str(source) for column in columns for source in column.sources]
        paths += [path for path, _ in descriptor.only]
        several = {str(s) for column in columns if column.repeated for s in column.sources}
        return cls(descriptor.layout, tuple(dict.fromkeys(paths)), frozenset(several))


def root_of(layout: Layout) -> str:
    """Return the name of the root that documents of a layout have; empty if it is not of XML."""
    if layout.format is not Format.XML:
        return ""
    return record_path(layout.record or "", dict(layout.namespaces))[0]
