"""Rules about what a descriptor exports, and about what a group publishes."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from impex.config.assembly import assemble_exports, direction_of, merged_layout
from impex.config.column_rules import written
from impex.config.complaints import Complaints
from impex.config.drafts import DescriptorDraft, GroupDraft
from impex.config.export_models import PublishModel
from impex.config.findings import shown
from impex.config.layout_models import LayoutModel
from impex.config.models import DescriptorOutline
from impex.config.suggestions import suggest
from impex.config.user_files import UserFiles, file_fault
from impex.config.wording import missing
from impex.config.yaml_source import has_key
from impex.domain.constants import pieces
from impex.domain.export import Direction, Empty
from impex.domain.file_name import FIELDS, fields, pattern_fault
from impex.domain.layout import DETECT, Escape, Format
from impex.domain.nesting import Nest, nests
from impex.domain.params import named

# The option, what is wrong with it, and what to do.
_Fault = tuple[str, str, str]

_SPREADSHEET: Final = ".xlsx"


def check_direction(draft: DescriptorDraft, group: GroupDraft, complaints: Complaints) -> None:
    """Complain about what the direction of a descriptor needs, or has no use for."""
    outline = draft.outline
    if outline is None:
        return
    direction = direction_of(outline)
    for option in _needed(outline, direction):
        place = (*draft.location, option)
        if not has_key(complaints.root, place):
            complaints.add(place, *missing(DescriptorOutline, option))
    for option, what, hint in _contradictions(outline, direction):
        complaints.add((*draft.location, option), what, hint, key=True)
    if outline.export is None or direction is Direction.IMPORT:
        return
    _check_export(outline, draft, group, complaints)
    _check_reversible(draft, merged_layout(outline, group.shared), complaints)


def check_publication(group: GroupDraft, complaints: Complaints) -> None:
    """Complain about names of files, and about records that stand within others."""
    outline = group.outline
    if outline is None:
        return
    publish = outline.publish
    exports = assemble_exports(group)
    if "publish" in outline.model_fields_set and not exports:
        what = "`publish` has no effect: no descriptor exports anything."
        complaints.add(("publish",), what, "Write `direction: export` in one.", key=True)
    for name in (name for name in publish.params if name in FIELDS):
        what = f"{shown('{' + name + '}')} stands for something else in the names of files."
        complaints.add(("publish", "params", name), what, "Give it another name.", key=True)
    if publish.zip is not None and (fault := _zip_fault(publish)):
        complaints.add(("publish", "zip"), f"{shown(publish.zip)} {fault}.")
    try:
        _check_files(nests(exports), complaints)
    except ValueError as fault_of_nesting:
        complaints.add(("descriptors",), f"{fault_of_nesting}.")


def _check_export(
    outline: DescriptorOutline, draft: DescriptorDraft, group: GroupDraft, complaints: Complaints
) -> None:
    layout = merged_layout(outline, group.shared)
    for rule in _RULES:
        for option, what, hint in rule(outline, layout, group):
            complaints.add((*draft.location, *_place(draft, option)), what, hint, key=True)
    _check_query(draft, complaints)
    _check_constants(draft, complaints)


def _zip_fault(publish: PublishModel) -> str | None:
    name = publish.zip or ""
    fault = pattern_fault(name, publish.params)
    return fault or (None if name.lower().endswith(".zip") else "must end with .zip")


def _check_files(found: Sequence[Nest], complaints: Complaints) -> None:
    seen: dict[str, str] = {}
    for nest in found:
        other = seen.setdefault(nest.export.file, nest.export.name)
        if other != nest.export.name:
            what = f"{shown(other)} and {shown(nest.export.name)} write the same file."
            complaints.add(("descriptors",), what, "Give one of them another name.")


def _needed(outline: DescriptorOutline, direction: Direction) -> Iterator[str]:
    """Yield the options that are missing."""
    if direction is not Direction.EXPORT:
        for option in ("files", "table", "key"):
            if not getattr(outline, option):
                yield option
    if direction is not Direction.IMPORT and outline.export is None:
        yield "export"


def _contradictions(outline: DescriptorOutline, direction: Direction) -> Iterator[_Fault]:
    service = outline.service or ""
    export = outline.export
    if direction is Direction.IMPORT:
        if export is not None:
            hint = "Write `direction: both`, or remove it."
            yield "export", "`export` has no effect on an import.", hint
        if service.endswith("-export"):
            what = f"`service: {service}` contradicts `direction: import`."
            yield "service", what, "Remove one of them."
        return
    if direction is Direction.EXPORT:
        if service.endswith("-import"):
            what = f"`service: {service}` contradicts `direction: export`."
            yield "service", what, "Remove one of them."
        if outline.files:
            yield "files", "`files` has no effect on an export.", "Remove it."
    if export is not None and bool(export.query) == bool(outline.table):
        both = "`table` and `query` exclude each other." if export.query else "`table` is missing."
        yield "export", both, "Name a table, or a file with a query."


def _place(draft: DescriptorDraft, option: str) -> tuple[str, ...]:
    """Return where an option stands in the descriptor: of the export, of the layout, or its own."""
    export = draft.outline.export if draft.outline else None
    if export is not None and option in type(export).model_fields:
        return ("export", option)
    layout = draft.outline.layout if draft.outline else None
    if layout is not None and option in layout.model_fields_set:
        return ("layout", option)
    return (option,)


def _names(outline: DescriptorOutline, layout: LayoutModel, group: GroupDraft) -> Iterator[_Fault]:
    export = outline.export
    if export is None:
        return
    fault = pattern_fault(export.file, group.shared.publish.params)
    if fault is not None:
        yield "file", f"{shown(export.file)} {fault}.", ""
        return
    if export.split_rows is not None and "part" not in fields(export.file):
        what = "The names of several files need a number."
        yield "split_rows", what, "Write {part} in `file`."
    sheet = export.file.lower().endswith(_SPREADSHEET)
    if sheet and layout.format is not Format.TEXT:
        yield "file", f"A file with {layout.format} is no spreadsheet.", "Give it another ending."
    if outline.service == "xlsx-export" and not sheet:
        yield "file", "The name of a spreadsheet ends with .xlsx.", "Give it that ending."


def _layouts(_: DescriptorOutline, layout: LayoutModel, __: GroupDraft) -> Iterator[_Fault]:
    if layout.widths:
        yield "widths", "Files of fixed width cannot be written.", "Remove `widths`."
    if layout.encoding == DETECT:
        yield "encoding", "There is nothing to detect in what is written.", "Name an encoding."
    if layout.format is not Format.TEXT and layout.encoding != "utf-8":
        yield "encoding", f"{layout.format} is written in UTF-8.", "Remove `encoding`."


def _choices(outline: DescriptorOutline, layout: LayoutModel, _: GroupDraft) -> Iterator[_Fault]:
    """Complain about which rows are written, and how many into one document."""
    export = outline.export
    if export is None:
        return
    record = layout.record or ""
    alone = export.split_rows == 1 and export.empty is Empty.SKIP
    if layout.format is Format.XML and record.count("/") == 1 and not alone:
        what = f"A document has one root, and each record is {shown(record)}."
        yield "record", what, "Write `split_rows: 1` and `empty: skip`, or a longer path."
    if export.watermark is not None and export.changed_rows:
        what = "`watermark` and `changed_rows` exclude each other."
        yield "changed_rows", what, "Keep one of them."
    if export.changed_rows and not outline.key:
        yield "changed_rows", "`changed_rows` needs a `key`.", "Say which columns identify a row."


def _functions(outline: DescriptorOutline, layout: LayoutModel, _: GroupDraft) -> Iterator[_Fault]:
    """Complain where functions of the user have no place."""
    export = outline.export
    if outline.transform is None or export is None:
        return
    if layout.format is not Format.TEXT or export.file.lower().endswith(_SPREADSHEET):
        yield "transform", "Functions change text files only.", "Remove `transform`."
    if layout.escape is Escape.BACKSLASH:
        yield "transform", "`transform` does not go with `escape: backslash`.", "Remove one."


def _params(outline: DescriptorOutline, _: LayoutModel, group: GroupDraft) -> Iterator[_Fault]:
    known = list(group.shared.publish.params)
    texts = outline.export.where.values() if outline.export else ()
    for name in (name for some in texts for text in some for name in named(text)):
        if name not in known:
            what = f"There is no parameter {shown(name)}."
            yield (
                "where",
                what,
                suggest(name, known) if known else "Add it to `params` of `publish`.",
            )


def _check_constants(draft: DescriptorDraft, complaints: Complaints) -> None:
    """Complain about constants that tell of a file that is read, but are written."""
    for column in draft.columns:
        constant = column.model.constant if column.model and column.model.source else None
        if constant is not None and len(found := pieces(constant)) > 1:
            what = f"{shown('${' + found[1] + '}')} is known when a file is read, not in an export."
            complaints.add((*column.location, "constant"), what, "Write a text.")


def _check_query(draft: DescriptorDraft, complaints: Complaints) -> None:
    export = draft.outline.export if draft.outline else None
    if export is None or export.query is None:
        return
    directory = UserFiles.beside(complaints.directory).queries
    fault = file_fault(export.query, directory, ".sql")
    if fault is not None:
        complaints.add((*draft.location, "export", "query"), *fault)


def _check_reversible(draft: DescriptorDraft, layout: LayoutModel, complaints: Complaints) -> None:
    """Complain about what an import of the same file could not undo."""
    if draft.outline is None or direction_of(draft.outline) is not Direction.BOTH:
        return
    for option in ("skip_lines", "total_row"):
        if getattr(layout, option):
            what = f"`{option}` is nothing that an export writes."
            location = (*draft.location, *_place(draft, option))
            complaints.add(location, what, "Remove it, or write `direction: import`.", key=True)
    outline = draft.outline
    for option in ("only", "transform"):
        if getattr(outline, option):
            what = f"`{option}` works in one direction."
            complaints.add((*draft.location, option), what, "Make two descriptors.", key=True)
    for column in draft.columns:
        used = written(column.model) if column.model else set()
        for option in sorted(used & {"transform", "regex"}):
            what = f"`{option}` works in one direction."
            location = (*column.location, option)
            complaints.add(location, what, "Make two descriptors.", key=True)


_Rule = Callable[[DescriptorOutline, LayoutModel, GroupDraft], Iterator[_Fault]]
_RULES: Final[Sequence[_Rule]] = (_names, _layouts, _choices, _functions, _params)
