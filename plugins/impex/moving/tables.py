"""Which table an entity is, and which column a field: as a file says, else by a rule of names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from impex.config.column_models import ColumnModel
from impex.config.complaints import Complaints
from impex.config.fields import Identifier, Identifiers, Line, Settings, TableName, matching
from impex.config.findings import Findings
from impex.config.options import Options
from impex.config.yaml_files import read_file
from impex.config.yaml_source import parse

SHIPPED: Final = Path(__file__).with_name("tables.yaml")
ADD_COLUMN: Final = "Name one in a file for `--tables`, or leave it out."
"""What to do about a field that a table has no column for."""

_LONGEST: Final = 63
_LONGEST_SLUG: Final = 58
_SCHEMA: Final = r"[a-z_][a-z0-9_]{0,62}"


class EntityModel(Options):
    """What an entity is here; see the head of ``tables.yaml``."""

    table: TableName | None = None
    sql: Line | None = None
    key: Identifiers = ()
    columns: dict[Line, ColumnModel] = Field(default_factory=dict)
    translations: dict[Line, Identifier] = Field(default_factory=dict)
    constants: Settings = Field(default_factory=dict)


class TablesModel(Options):
    """A file of tables."""

    schema_name: Annotated[
        str, AfterValidator(matching(_SCHEMA, "must be the name of a schema", "As in `shop`."))
    ] = Field(default="", alias="schema")
    entities: dict[Line, EntityModel] = Field(default_factory=dict)


@dataclass(slots=True)
class Table:
    """A table.

    Attributes:
        name: Schema and table.
        stem: The name of its rows, as ``sku_price``.
        columns: Options of the column that each field is; None where a rule makes the names.
        named: Fields and tables that a rule has given a name, with the name.
    """

    name: str
    stem: str
    key: tuple[str, ...] = ()
    columns: Mapping[str, Mapping[str, Any]] | None = None
    translations: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)

    def field(self, name: str) -> dict[str, Any] | None:
        """Return the options of the column that a field is; None if it has none."""
        if self.columns is not None:
            plain = {_plain(field): field for field in self.columns}
            known = name if name in self.columns else plain.get(_plain(name))
            return dict(self.columns[known]) if known is not None else None
        return {"to": self.named.setdefault(name, snake(name, "field"))}

    def reference(self, name: str) -> dict[str, Any] | None:
        """Return the options of the column that refers to what a field does; None if it has none."""
        if self.columns is not None:
            return self.field(name)
        column = snake(name, "field")
        column = column if column.endswith("_id") else f"{column[: _LONGEST - 3]}_id"
        return {"to": self.named.setdefault(name, column)}

    def is_called(self, name: str) -> bool:
        """Tell whether a table of SQL statements, such as ``TSKUPRICE``, has the name of its rows."""
        return _plain(self.stem) in {_plain(name), _plain(name).removeprefix("t")}

    def is_number(self, name: str) -> bool:
        """Tell whether a field is the number by which the platform knows the row."""
        words = {"", _plain(self.stem), self.stem.rpartition("_")[2]}
        return _plain(name) in {f"{word}id" for word in words}


class Tables:
    """All that is known of tables."""

    def __init__(self, *models: TablesModel) -> None:
        """Take files, of which a later one counts more."""
        self._schema = next(filter(None, (m.schema_name for m in reversed(models))), "public")
        self._entities: dict[str, EntityModel] = {}
        for model in models:
            for name, entity in model.entities.items():
                known = self._entities.get(simple(name), EntityModel())
                self._entities[simple(name)] = _merged(known, entity)
        self._by_sql = {e.sql.lower(): n for n, e in self._entities.items() if e.sql}

    def of_entity(self, name: str) -> Table:
        """Return the table of an entity, with or without its package, or as a query calls it."""
        plain = simple(name)
        model = self._entities.get(plain)
        stem = snake(plain, "entity")
        rule = f"{self._schema}.{stem}"
        if model is None:
            return Table(rule, stem, named={plain: rule})
        columns = {name: _options(column) for name, column in model.columns.items()}
        return Table(
            model.table or rule,
            stem,
            model.key,
            columns or None,
            model.translations,
            model.constants,
            {} if model.table else {plain: rule},
        )

    def of_statement(self, name: str) -> Table:
        """Return the table that an SQL statement calls by its name, such as ``TPRODUCT``."""
        plain = name.lower()
        stripped = plain.removeprefix("t")
        same = (known for known in self._entities if known.lower() == stripped)
        return self.of_entity(self._by_sql.get(plain) or next(same, stripped))

    def called(self, name: str) -> Table | None:
        """Return the table of that schema and name, if an entity is known to be it."""
        found = (e for e, model in self._entities.items() if model.table == name)
        entity = next(found, None)
        return self.of_entity(entity) if entity else None


def load_tables(own: Path | None = None) -> Tables:
    """Load the tables of the shop, and those of a file of the user's.

    Raises:
        ConfigError: A file has faults.
    """
    return Tables(*(_load(path) for path in (SHIPPED, own) if path is not None))


def simple(entity: str) -> str:
    """Return the name of an entity without its package, and without the word Entity."""
    name = entity.rpartition(".")[2]
    return name.replace("Entity", "") or name


def snake(name: str, otherwise: str) -> str:
    """Return a name as a database has it: ``displayName`` is ``display_name``.

    Args:
        name: Any text.
        otherwise: What to call it if nothing is left.
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    plain = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    if not plain or plain[0].isdigit():
        plain = f"{otherwise}_{plain}".rstrip("_")
    return plain[:_LONGEST].rstrip("_")


def slug(name: str) -> str:
    """Return a name as groups and descriptors have it: ``brand-names``."""
    return snake(name, "data")[:_LONGEST_SLUG].rstrip("_").replace("_", "-")


def _plain(name: str) -> str:
    """Return a name so that ``displayVal`` and ``DISPLAY_VAL`` are the same."""
    return name.replace("_", "").lower()


def _load(path: Path) -> TablesModel:
    findings = Findings(str(path))
    root = parse(read_file(path), findings)
    model = Complaints(root, findings).validate(TablesModel, root) if root is not None else None
    if model is None or findings:
        raise findings.error()
    return model


def _merged(known: EntityModel, changes: EntityModel) -> EntityModel:
    """Change an entity: columns, translations and constants one by one, the rest as a whole."""
    update = {name: getattr(changes, name) for name in changes.model_fields_set}
    for name in ("columns", "translations", "constants"):
        if name in update:
            update[name] = {**getattr(known, name), **update[name]}
    return known.model_copy(update=update)


def _options(column: ColumnModel) -> dict[str, Any]:
    """Return what a column says, as it is written in a group."""
    written = column.model_dump(mode="json", by_alias=True, exclude_unset=True)
    lookup = written.get("lookup")
    if lookup is not None and len(lookup["by"]) == 1:
        lookup["by"] = lookup["by"][0]
    return written
