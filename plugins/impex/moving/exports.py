"""From an export descriptor to a descriptor of a group."""

from typing import Final

from impex.domain.file_name import pattern_fault
from impex.moving.columns import Column, Options, cell, described
from impex.moving.drafts import Draft
from impex.moving.files import delimited
from impex.moving.notes import shown
from impex.moving.queries import Condition, Literal, QueryError, read_select
from impex.moving.references import Scope
from impex.moving.source import Node
from impex.moving.tables import ADD_COLUMN, Tables, snake

# Options of a known column that say something about what is written.
_WRITTEN: Final = ("to", "type", "language", "lookup")
_FILTERED: Final = ("to", "language", "lookup")
_LINE_ENDS: Final = {"": "lf", "\\n": "lf", "\\r\\n": "crlf"}
# Values that are computed, and are no columns of the row.
_COMPUTED: Final = ("AVC", "LVC", "PRICE")
# Fields that are part of the row, though their names have a point.
_PART_OF_THE_ROW: Final = "seo."
_QUERY: Final = "Give it an export of its own, or write SQL into a file, and its name into `query`."
_SQL: Final = "Write the SQL that finds the rows into a file, and its name into `query`."


def export_draft(node: Node, name: str, tables: Tables) -> Draft:
    """Return the descriptor of what is written."""
    draft = export_start(node, name, tables)
    file = node.one("export-file-descriptor") or node
    header = file.said("print-header").lower() == "true"
    draft.layout = delimited(file, draft.notes) | ({} if header else {"header": False})
    export = draft.options["export"]
    export |= {"file": file_name(draft, file), "quoting": "all"}
    end = file.one("line-end")
    text = end.read() if end else ""
    written = text.strip(" ").replace("\r", "\\r").replace("\n", "\\n")
    if end and written not in _LINE_ENDS:
        draft.notes.open(end, f"line-end {shown(written)} is none that is written.", "Use `lf`.")
    if _LINE_ENDS.get(written) == "crlf":
        export["line_end"] = "crlf"
    for column in node.columns("export-columns"):
        _add_column(draft, column, header=header)
    if not draft.columns:
        draft.notes.open(node, "no column is left.", "Write the columns.")
        draft.columns.append(Column({"position": 1, "to": "fill_in"}, node))
    choose_rows(draft)
    return draft


def export_start(node: Node, name: str, tables: Tables) -> Draft:
    """Return a descriptor of an export that has its table only."""
    entity = node.said("entity-type")
    scope = Scope(tables, {})
    draft = Draft(node, name, scope.entity(entity or name), scope)
    if not entity:
        draft.notes.open(node, "entity-type is missing.", "Write the table.")
    draft.options |= {"direction": "export", "export": {}}
    if draft.table.key:
        draft.options["key"] = list(draft.table.key)
    context = node.one("context")
    if context is not None and context.said("shop-code"):
        what = f"the shop {shown(context.said('shop-code'))} of the context chooses no rows."
        draft.notes.assumed(context, what, "Write it into `where` if it should.")
    return draft


def file_name(draft: Draft, file: Node, ending: str = ".csv") -> str:
    """Return the pattern of the name of the file that is written."""
    node = file.one("file-name")
    written = node.read().strip() if node else ""
    pattern = written.replace("{timestamp}", "{date:%Y%m%d%H%M%S}").removeprefix("{root}")
    folder, _, name = pattern.rpartition("/")
    where = node or file
    if folder:
        draft.notes.open(
            where, f"file-name {shown(written)}: files have no folder.", "Use `to` of `publish`."
        )
    if name.lower().endswith(".zip"):
        what = f"file-name {shown(written)} is a zip."
        draft.notes.open(
            where, what, f'Add `publish: {{zip: "{name}"}}`: it takes all files of the group.'
        )
        name = name[:-4] + ending
    fault = pattern_fault(name) if name else "is missing"
    if fault is None:
        return name
    what = f"file-name {shown(written)} {fault}" if name else "file-name is missing"
    stand_in = f"{draft.name}{ending}"
    draft.notes.open(where, f"{what}; {stand_in} stands in.", "Write the `file`.")
    return stand_in


def choose_rows(draft: Draft) -> None:
    """Say which rows are written."""
    query = draft.node.one("select-sql", "select-cmd")
    text = query.read().strip() if query else ""
    if query is None or not text:
        draft.notes.open(query or draft.node, "select-sql is missing; all rows are written.")
        return
    try:
        conditions = _conditions(text)
    except QueryError as fault:
        draft.notes.open(query, f"{shown(text)}: {fault}; all rows are written.", _SQL)
        return
    for condition in conditions:
        try:
            _filter(draft, query, condition)
        except QueryError as fault:
            path = ".".join(condition.path)
            what = f"{shown(text)}: {fault}; rows are written whatever their {path} is."
            draft.notes.open(query, what, _SQL)


def _conditions(text: str) -> tuple[Condition, ...]:
    """Return what a query asks of rows.

    Raises:
        QueryError: It does more than that.
    """
    select = read_select(text)
    if select.wanted:
        raise QueryError(f"it takes {'.'.join(select.wanted)} only")
    return select.conditions


def _filter(draft: Draft, query: Node, condition: Condition) -> None:
    """Write only rows of which a condition holds.

    Raises:
        QueryError: No filter says it.
    """
    first, *rest = condition.path
    if not isinstance(condition.value, Literal) or len(rest) > 1:
        raise QueryError(f"{'.'.join(condition.path)} is compared with no plain value")
    text = condition.value.text
    known = draft.scope.reference(draft.table, first, rest[0]) if rest else draft.table.field(first)
    if known is None:
        raise QueryError(f"{draft.table.name} has no column for {first}")
    if text is not None and ("lookup" in known or "language" in known):
        options: Options = {name: known[name] for name in _FILTERED if name in known}
        draft.columns.append(Column({**options, "constant": text}, query))
    else:
        where = draft.options["export"].setdefault("where", {})
        where[known["to"]] = "~" if text is None else text


def _add_column(draft: Draft, node: Node, *, header: bool) -> None:
    name, title = node.said("name"), node.said("column-header")
    kind, data = node.said("field-type").upper(), node.said("data-type").upper()
    column, told = Column({}, node, comments=node.told()), f"{shown(name)}, header {shown(title)}"
    if node.one("export-descriptor") is not None or kind.startswith("SLAVE") or data in _COMPUTED:
        whose = f"a value of data-type {data} is" if data in _COMPUTED else "rows in a cell are"
        draft.notes.open(node, f"{told}: {whose} no column; it is left out.", _QUERY)
        node.pass_over()
        return
    try:
        column.options = _written(draft, node, name, column)
    except QueryError as fault:
        draft.notes.open(node, f"{told}: {fault}; it is left out.", ADD_COLUMN)
        node.pass_over()
        return
    # What a reference refers to is told by the path here.
    node.pass_over_children("entity-type")
    if header:
        column.options = {"from": title or name, **column.options}
        if not title:
            draft.notes.assumed(node, f"{shown(name)} has no column-header; its name is written.")
    else:
        column.options = {"position": len(draft.columns) + 1, **column.options}
    draft.columns.append(column)


def _written(draft: Draft, node: Node, name: str, column: Column) -> Options:
    """Return the options of what is written into a column.

    Raises:
        QueryError: The row has no such value.
    """
    if node.one("value-constant") is not None:
        source = cell(node, column.notes) or {}
        return {**source, "to": snake(name, "constant")}
    regex = node.one("value-regex")
    if regex is not None:
        column.notes.open(regex, f"value-regex {shown(regex.read())}: the whole value is written.")
        node.pass_over_children("value-regex-group", "value-regex-template")
    known = {n: v for n, v in _known(draft, name).items() if n in _WRITTEN}
    options = described(node, {}, known, column.notes)
    if "type" not in known and "%H" in "".join(options.get("format", ())):
        options["type"] = "timestamp"
    return options


def _known(draft: Draft, name: str) -> Options:
    """Return the options of the column that a path leads to.

    Raises:
        QueryError: There is none.
    """
    first, *rest = name.split(".")
    own = draft.table.columns is not None or not rest or name.startswith(_PART_OF_THE_ROW)
    known = draft.table.field(name) if own else None
    if known is None and len(rest) == 1 and not name.startswith(_PART_OF_THE_ROW):
        return draft.scope.reference(draft.table, first, rest[0])
    if known is None:
        raise QueryError(f"{draft.table.name} has no column for it")
    return known
