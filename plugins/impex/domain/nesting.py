"""Which exports write one document together: records, and other records within them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from impex.domain.column import Column
from impex.domain.export import Export
from impex.domain.layout import Format
from impex.domain.xml_path import field_path, record_path


@dataclass(frozen=True, slots=True)
class Link:
    """How the rows within a row are found.

    Attributes:
        inner: The column of the inner rows.
        outer: The column of the outer row that is equal to it.
    """

    inner: str
    outer: str


@dataclass(frozen=True, slots=True)
class Nest:
    """An export with those whose records stand within its own.

    Attributes:
        link: None for the outermost.
        children: In the order of the group.
    """

    export: Export
    children: tuple["Nest", ...] = ()
    link: Link | None = None

    def all(self) -> Iterator["Nest"]:
        """Yield this one and all within it."""
        yield self
        for child in self.children:
            yield from child.all()


def nests(exports: Sequence[Export]) -> list[Nest]:
    """Return what is written into a file each, in the order of the group.

    Raises:
        ValueError: Records stand within others, and nothing says within which; the text says where.
    """
    found = []
    for export in exports:
        others = [e for e in exports if e.file == export.file and _is_document(e)]
        if not _is_document(export) or _outer(export, others) is None:
            found.append(_nest(export, others, None))
    return found


def _nest(export: Export, others: Sequence[Export], link: Link | None) -> Nest:
    if not _is_document(export):
        return Nest(export)
    children = tuple(
        _nest(other, others, _link(other, export))
        for other in others
        if _outer(other, others) is export
    )
    return Nest(export, children, link)


def _is_document(export: Export) -> bool:
    return export.layout.format is Format.XML


def _path(export: Export) -> tuple[str, ...]:
    return record_path(export.layout.record or "", dict(export.layout.namespaces))


def _outer(export: Export, others: Sequence[Export]) -> Export | None:
    """Return the export whose records are the nearest around those of another."""
    path = _path(export)
    around = [o for o in others if len(_path(o)) < len(path) and path[: len(_path(o))] == _path(o)]
    return max(around, key=lambda other: len(_path(other)), default=None)


def _link(inner: Export, outer: Export) -> Link:
    """Find the column that refers to the row around."""
    up = len(_path(inner)) - len(_path(outer))
    names = dict(inner.layout.namespaces)
    for column in inner.columns:
        for source in column.sources:
            path = field_path(str(source), names)
            if path.up != up:
                continue
            for other in outer.columns:
                if _leads_to(other, path.steps, path.attribute, outer):
                    return _linked(column, other, inner, outer)
    raise ValueError(
        f"{inner.name} stands within {outer.name}, and no column of it leads there. "
        f"Add one from `{'../' * up}…`"
    )


def _leads_to(column: Column, steps: object, attribute: str | None, export: Export) -> bool:
    names = dict(export.layout.namespaces)
    paths = (field_path(str(source), names) for source in column.sources)
    return any(p.up == 0 and p.steps == steps and p.attribute == attribute for p in paths)


def _linked(column: Column, other: Column, inner: Export, outer: Export) -> Link:
    lookup = column.lookup
    if lookup is None:
        return Link(column.to, other.to)
    if lookup.table == outer.table and lookup.by == (other.to,):
        return Link(column.to, lookup.value)
    raise ValueError(
        f"{inner.name} stands within {outer.name}, but {column.to} looks up {lookup.table} by "
        f"{', '.join(lookup.by)}, and not {outer.table} by {other.to}"
    )
