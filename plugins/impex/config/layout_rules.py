"""Rules between the options of a layout, and between a layout and the columns of its files."""

from collections.abc import Iterator

from impex.config.assembly import merged_layout
from impex.config.column_models import ColumnModel
from impex.config.column_rules import written
from impex.config.complaints import Complaints
from impex.config.drafts import DescriptorDraft, GroupDraft
from impex.config.findings import shown
from impex.config.layout_models import LayoutModel
from impex.config.user_files import UserFiles, file_fault
from impex.config.yaml_source import Location
from impex.domain.layout import Escape, Format
from impex.domain.xml_path import field_path, record_path


def check_marks(layout: LayoutModel, location: Location, complaints: Complaints) -> None:
    """Complain about a layout in which one character means two things."""
    marks = [("delimiter", layout.delimiter), ("quote", layout.quote)]
    if layout.escape is Escape.BACKSLASH:
        marks.append(("escape", "\\"))
    for index, (option, mark) in enumerate(marks):
        for other, same in marks[:index]:
            if mark == same:
                what = f"`{other}` and `{option}` are the same character: {shown(mark)}."
                complaints.add(location, what, "Choose different ones.")


def check_layout(draft: DescriptorDraft, group: GroupDraft, complaints: Complaints) -> None:
    """Complain about a layout, and about columns that it cannot have."""
    if draft.outline is None:
        return
    layout = merged_layout(draft.outline, group.shared)
    if draft.outline.layout:
        check_marks(layout, (*draft.location, "layout"), complaints)
    if layout.format is Format.XML:
        _check_xml(draft, layout, complaints)
    else:
        _check_no_xml(draft, layout, complaints)
    if layout.format is Format.TEXT:
        _check_text(draft, layout, complaints)
    else:
        _check_paths(draft, layout, complaints)


def _check_xml(draft: DescriptorDraft, layout: LayoutModel, complaints: Complaints) -> None:
    """Complain about paths that cannot be followed."""
    depth = _check_record(draft, layout, complaints)
    _check_schema(draft, layout, complaints)
    for column in draft.columns:
        if column.model is None:
            continue
        for text in _paths(column.model):
            if fault := _path_fault(text, layout, depth):
                hint = "For example `name`, `price/@currency`, `../@id`."
                complaints.add(column.location, f"The path {shown(text)} {fault}.", hint)


def _check_record(draft: DescriptorDraft, layout: LayoutModel, complaints: Complaints) -> int:
    """Complain about the path to the records; return how many elements it has, if it is right."""
    hint = "For example `record: /catalog/product`."
    if layout.record is None:
        location = _place(draft, "format")
        complaints.add(location, "`format: xml` needs the path to the records.", hint)
        return 0
    try:
        return len(record_path(layout.record, layout.namespaces))
    except ValueError as fault:
        what = f"`record` {fault}: {shown(layout.record)}."
        complaints.add(_place(draft, "record"), what, hint)
        return 0


def _check_schema(draft: DescriptorDraft, layout: LayoutModel, complaints: Complaints) -> None:
    if layout.schema_file is None:
        return
    directory = UserFiles.beside(complaints.directory).schemas
    fault = file_fault(layout.schema_file, directory, "")
    if fault is not None:
        complaints.add(_place(draft, "schema_file"), *fault)


def _check_no_xml(draft: DescriptorDraft, layout: LayoutModel, complaints: Complaints) -> None:
    if layout.record is not None:
        what = "`record` is a path into XML documents."
        complaints.add(_place(draft, "record"), what, "Write `format: xml`, or remove `record`.")


def _check_paths(draft: DescriptorDraft, layout: LayoutModel, complaints: Complaints) -> None:
    """Complain about columns that are not told by one path, or take it in two ways."""
    models = [(column.location, column.model) for column in draft.columns if column.model]
    several = {path for _, model in models if model.repeated for path in _paths(model)}
    for location, model in models:
        for option in sorted(written(model) & {"position", "aliases"}):
            what = f"`{option}` does not go with {layout.format.upper()}."
            complaints.add((*location, option), what, "Write the path in `from`.", key=True)
        for path in several.intersection(_paths(model)) if not model.repeated else ():
            what = f"{shown(path)} is `repeated` in another column."
            complaints.add(location, what, "Write `repeated: true` in both, or in none.")


def _check_text(draft: DescriptorDraft, layout: LayoutModel, complaints: Complaints) -> None:
    """Complain about what only records with paths have, and about names where there are none."""
    models = [(column.location, column.model) for column in draft.columns if column.model]
    for location, model in models:
        if model.repeated:
            what = "`repeated` is for elements of XML documents and arrays in JSON."
            hint = "Write `split`, or the `format` in the layout."
            complaints.add((*location, "repeated"), what, hint, key=True)
        if not layout.header and model.position is None and model.constant is None:
            what = f"{shown((model.source or (model.to,))[0])} is a header name, but the file has no header."
            complaints.add(location, what, "Give its `position`, or write `header: true`.")
    if not layout.header and draft.outline and draft.outline.only:
        what = "`only` names headers, but the file has no header."
        complaints.add((*draft.location, "only"), what, "Write `header: true`.", key=True)


def _place(draft: DescriptorDraft, option: str) -> Location:
    """Return where an option of the layout stands: in the descriptor, or else in the group."""
    own = draft.outline.layout if draft.outline else None
    if own is not None and option in own.model_fields_set:
        return (*draft.location, "layout", option)
    return ("layout", option)


def _paths(column: ColumnModel) -> Iterator[str]:
    own = (column.to,) if column.constant is None else ()
    yield from (str(source) for source in column.source or own)


def _path_fault(text: str, layout: LayoutModel, depth: int) -> str:
    """Say what is wrong with the path of a field; empty if nothing is."""
    try:
        path = field_path(text, layout.namespaces)
    except ValueError as fault:
        return str(fault)
    if depth and path.up >= depth:
        return f"goes up {path.up} elements, and there are {depth - 1} around a record"
    return ""
