"""From an import descriptor to descriptors of a group."""

from impex.moving.drafts import Draft
from impex.moving.files import delimited, masks
from impex.moving.inner import inner_drafts
from impex.moving.notes import Notes, shown
from impex.moving.references import Scope
from impex.moving.rows import read_rows
from impex.moving.source import Node
from impex.moving.tables import Tables


def import_drafts(node: Node, name: str, tables: Tables) -> list[Draft]:
    """Return the descriptor of the rows, then one for each kind of rows within them."""
    notes = Notes()
    draft = read_rows(node, name, Scope(tables, {}, _shop(node, notes)))
    draft.notes += notes
    file = node.one("import-file-descriptor")
    if file is None:
        draft.notes.open(node, "import-file-descriptor is missing.", "Write `files` and `layout`.")
        file = node
    draft.options["files"] = masks(file, name, draft.notes)
    draft.layout = {**delimited(file, draft.notes), "escape": "backslash", "ragged": "pad"}
    if file.said("ignore-first-line").lower() != "true":
        draft.layout["header"] = False
    drafts = [draft, *inner_drafts(draft)]
    asked = {name for each in drafts for name in each.scope.used}
    context = node.one("context")
    if draft.scope.shop and context and not any(name.startswith("contextShop") for name in asked):
        what = "no query asks for the shop of the context; it is left out."
        draft.notes.assumed(context, what, "A `scope` keeps a group to the rows of one shop.")
    return drafts


def _shop(node: Node, notes: Notes) -> str | Node:
    """Return the code of the shop, or the column that has it."""
    context = node.one("context")
    if context is None:
        return ""
    code, name = context.said("shop-code"), context.said("shop-code-column")
    columns = node.columns("import-columns")
    found = next((c for c in columns if name and c.said("name") == name), None)
    if name and found is None:
        notes.open(context, f"shop-code-column {shown(name)} names no column.", "Add the column.")
    return found or code
