"""From files of descriptors to one group, and what is to be known of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from impex.config.loader import text_problems
from impex.config.yaml_files import read_file
from impex.config.yaml_source import SIZE_LIMIT
from impex.domain.errors import ConfigError, FileFaultError, Problem
from impex.moving.drafts import Draft
from impex.moving.exports import export_draft
from impex.moving.group_file import group_text
from impex.moving.imports import import_drafts
from impex.moving.notes import Kind, Note, Notes, shown
from impex.moving.outlines import (
    IMAGE,
    document_export,
    document_import,
    image_export,
    image_import,
)
from impex.moving.source import Node, read_descriptor
from impex.moving.tables import Tables, slug

_KINDS: Final = ("import-descriptor", "export-descriptor")


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of descriptors.

    Attributes:
        text: The group; empty if there was no descriptor.
        count: Number of descriptors in it.
        notes: All that is to be known, by file and line.
    """

    text: str
    count: int
    notes: tuple[Note, ...]


def convert(
    paths: Sequence[Path], tables: Tables, name: str, out: Path | None = None
) -> Conversion:
    """Translate descriptors into one group.

    Args:
        paths: Files, and directories of which all files are taken that end with ``.xml``.
        tables: Which table an entity is.
        name: Of the group.
        out: Where it will be kept, if that is known.

    Raises:
        ConfigError: A file or directory cannot be read, or there is none.
    """
    files = _expand(paths)
    notes = Notes()
    drafts: list[Draft] = []
    for file in files:
        root = _read(file, notes)
        if root is not None:
            drafts += _translate(root, slug(file.stem), tables)
    _name_apart(drafts)
    _order(drafts)
    for draft in drafts:
        notes += draft.notes
        notes += (note for column in draft.columns for note in column.notes)
    text = group_text(name, drafts) if drafts else ""
    order = {str(file): number for number, file in enumerate(files)}
    told = sorted(dict.fromkeys(notes), key=lambda note: (order[note.file], note.line))
    place = out or Path(f"{slug(name)}.yaml")
    faults = [_fault(p) for p in text_problems(text, place)] if text else []
    return Conversion(text, len(drafts), (*told, *faults))


def _expand(paths: Sequence[Path]) -> list[Path]:
    """Return the files themselves, and those of directories by name."""
    files: dict[Path, None] = {}
    for path in paths:
        within = sorted(path.rglob("*.xml")) if path.is_dir() else [path]
        found = [file for file in within if not file.name.startswith(".")]
        if not found:
            raise ConfigError([Problem(str(path), "has no file that ends with .xml.")])
        files |= dict.fromkeys(found)
    return list(files)


def _read(file: Path, notes: Notes) -> Node | None:
    """Return the root of a file; None, with a note, if it is no descriptor."""
    data = read_file(file)
    if len(data) > SIZE_LIMIT:
        notes.append(Note(Kind.OPEN, str(file), 0, "the file is larger than 1 MB.", "Split it."))
        return None
    try:
        root = read_descriptor(data, str(file))
    except FileFaultError as fault:
        for issue in fault.issues:
            note = Note(Kind.OPEN, str(file), issue.line, f"{issue.message}.", "Mend the file.")
            notes.append(note)
        return None
    if root.name not in _KINDS:
        what = f"<{root.name}> is no descriptor; the file is left out."
        notes.open(root, what, f"Descriptors begin with <{'> or <'.join(_KINDS)}>.")
        return None
    return root


def _translate(root: Node, name: str, tables: Tables) -> list[Draft]:
    """Return the descriptors of a group that a file becomes, the outer one first."""
    imports = root.name == "import-descriptor"
    if root.said("entity-type") == IMAGE:
        drafts = [(image_import if imports else image_export)(root, name, tables)]
    elif root.one("xml-handler") is not None:
        drafts = [(document_import if imports else document_export)(root, name, tables)]
    else:
        drafts = (
            import_drafts(root, name, tables) if imports else [export_draft(root, name, tables)]
        )
    drafts[0].comments = root.told()
    for node, left in root.unread():
        what = f"{shown(left)} has no counterpart, or no effect where it stands."
        drafts[0].notes.open(node, what, "Look whether it is needed.")
    named = dict(pair for draft in drafts for pair in draft.scope.named())
    if named:
        told = (old if old == new else f"{old} is {new}" for old, new in named.items())
        what = f"named by the rule: {', '.join(told)}."
        where = root.one("entity-type") or root
        drafts[0].notes.assumed(where, what, "Say otherwise in a file for `--tables`.")
    return drafts


def _name_apart(drafts: Sequence[Draft]) -> None:
    """Give descriptors names that a group can have, each another one."""
    taken: set[str] = set()
    for draft in drafts:
        name, number = draft.name, 2
        while name in taken:
            name, number = f"{draft.name}-{number}", number + 1
        draft.name = name
        taken.add(name)


def _order(drafts: Sequence[Draft]) -> None:
    """Keep the order of descriptors that fill the same table; lookups take care of the others."""
    last: dict[str, Draft] = {}
    for draft in drafts:
        if "files" not in draft.options:
            continue
        before = last.get(draft.table.name)
        if before is not None:
            draft.options["after"] = [before.name]
            what = f"it comes after {before.name}, as given: both fill {draft.table.name}."
            draft.notes.assumed(draft.node, what)
        last[draft.table.name] = draft


def _fault(problem: Problem) -> Note:
    return Note(Kind.OPEN, problem.where, 0, problem.what, problem.hint)
