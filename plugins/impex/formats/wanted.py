"""What a descriptor asks of the records of a document, which tells of no header."""

from dataclasses import dataclass
from pathlib import Path
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
        schema: What they are compared with, if with anything.
    """

    layout: Layout
    fields: tuple[str, ...]
    repeated: frozenset[str] = frozenset()
    schema: Path | None = None

    @classmethod
    def by(cls, descriptor: Descriptor, schemas: Path) -> Self:
        """Return what a descriptor asks for.

        Args:
            descriptor: Its columns count.
            schemas: Directory of the user's schemas.
        """
        columns = descriptor.columns
        paths = [str(source) for column in columns for source in column.sources]
        paths += [path for path, _ in descriptor.only]
        several = {str(s) for column in columns if column.repeated for s in column.sources}
        name = descriptor.layout.schema_file
        schema = schemas / name if name else None
        return cls(descriptor.layout, tuple(dict.fromkeys(paths)), frozenset(several), schema)


def pass_of(layout: Layout) -> tuple[str, str | None] | None:
    """Return what documents must have in common to be read in one pass; None if it is no XML."""
    if layout.format is not Format.XML:
        return None
    root, *_ = record_path(layout.record or "", dict(layout.namespaces))
    return root, layout.schema_file
