"""Descriptors that say too little to be translated: what is left for a person to fill in."""

from typing import Final

from impex.moving.columns import Column
from impex.moving.drafts import Draft
from impex.moving.exports import choose_rows, export_start, file_name
from impex.moving.files import masks
from impex.moving.notes import shown
from impex.moving.references import Scope
from impex.moving.source import Node
from impex.moving.tables import Table, Tables

IMAGE: Final = "IMAGE"
_STAND_IN: Final = "guid"
_RECORD: Final = "/things/thing"
_HANDLER: Final = "Write `record`, and a column for each path, as docs/groups.md has it."
_IMAGES: Final = "Remove the descriptor, or let it be about a file that tells where images are."


def document_import(node: Node, name: str, tables: Tables) -> Draft:
    """Outline the import of XML documents: which elements are read stands in a program elsewhere."""
    entity = node.said("entity-type")
    scope = Scope(tables, {})
    draft = Draft(node, name, scope.entity(entity or name), scope)
    file = node.one("import-file-descriptor") or node
    draft.options["files"] = masks(file, name, draft.notes)
    _fill_in(draft)
    _tell_of_handler(draft)
    return draft


def document_export(node: Node, name: str, tables: Tables) -> Draft:
    """Outline the export of XML documents."""
    draft = export_start(node, name, tables)
    file = node.one("export-file-descriptor") or node
    draft.options["export"]["file"] = file_name(draft, file, ".xml")
    choose_rows(draft)
    _fill_in(draft)
    _tell_of_handler(draft)
    return draft


def image_import(node: Node, name: str, tables: Tables) -> Draft:
    """Outline the import of images, which are no rows."""
    scope = Scope(tables, {})
    draft = Draft(node, name, scope.entity(IMAGE), scope, {"files": [f"{name}*.csv"]})
    _fill_in(draft, of_documents=False)
    return _tell_of_images(draft)


def image_export(node: Node, name: str, tables: Tables) -> Draft:
    """Outline the export of images."""
    draft = export_start(node, name, tables)
    draft.options["export"]["file"] = f"{name}.csv"
    _fill_in(draft, of_documents=False)
    return _tell_of_images(draft)


def _fill_in(draft: Draft, *, of_documents: bool = True) -> None:
    """Give the descriptor a key, and no other columns."""
    draft.options["key"] = list(draft.table.key or (_STAND_IN,))
    if of_documents:
        draft.layout = {"format": "xml", "record": _RECORD}
    for to in draft.options["key"]:
        known = _known(draft.table, to)
        source = {"from": f"@{to}"} if of_documents else {}
        draft.columns.append(Column({**source, **known}, draft.node))


def _known(table: Table, to: str) -> dict[str, object]:
    fields = (table.columns or {}).values()
    return next((dict(options) for options in fields if options["to"] == to), {"to": to})


def _tell_of_handler(draft: Draft) -> None:
    node = draft.node
    handler = node.one("xml-handler")
    name = handler.read().strip() if handler else ""
    what = (
        f"xml-handler {shown(name)}: what it does with which element is not told by the descriptor."
    )
    draft.notes.open(handler or node, what, _HANDLER)
    # The platform reads these documents in UTF-8 and without any query, whatever is written there.
    for part in ("import-file-descriptor", "export-file-descriptor"):
        file = node.one(part)
        if file is not None:
            file.pass_over_children("file-encoding")
    node.pass_over_children("mode", "select-sql", "select-cmd", "context")


def _tell_of_images(draft: Draft) -> Draft:
    node = draft.node
    query = node.said("select-sql", "select-cmd")
    what = f"images of {shown(query)} are files, not rows; none is copied."
    draft.notes.open(node, what, _IMAGES)
    for child in node.children:
        child.pass_over()
    return draft
