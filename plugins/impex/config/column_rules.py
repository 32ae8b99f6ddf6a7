"""Rules between the options of one column."""

from collections.abc import Callable, Iterator
from typing import Final

from babel.numbers import list_currencies

from impex.config.column_models import ColumnModel
from impex.config.complaints import Complaints
from impex.config.drafts import ColumnDraft
from impex.config.findings import shown
from impex.config.literal_rules import LITERAL_RULES, NUMBERS, Fault
from impex.config.literals import format_fault
from impex.config.patterns import group_count, missing_references
from impex.config.suggestions import suggest
from impex.config.user_files import UserFiles, transform_fault
from impex.config.yaml_source import Location
from impex.domain.column import ColumnType, OnEmpty

_SOURCES: Final = ("from", "position", "constant")

_MOMENTS: Final = (ColumnType.DATE, ColumnType.TIME, ColumnType.TIMESTAMP)
_TYPES_OF_OPTION: Final = {
    "language": (ColumnType.TEXT,),
    "min_length": (ColumnType.TEXT,),
    "max_length": (ColumnType.TEXT,),
    "pattern": (ColumnType.TEXT,),
    "scale": (ColumnType.DECIMAL, ColumnType.MONEY),
    "locale": NUMBERS,
    "min": (*NUMBERS, *_MOMENTS),
    "max": (*NUMBERS, *_MOMENTS),
    "format": _MOMENTS,
    "timezone": (ColumnType.TIMESTAMP,),
    "yes": (ColumnType.BOOLEAN,),
    "no": (ColumnType.BOOLEAN,),
    "values": (ColumnType.ENUM,),
    "currency": (ColumnType.MONEY,),
    "currency_to": (ColumnType.MONEY,),
}

# Python knows these too; they mean another time on every machine, or none.
_NO_ZONES: Final = ("localtime", "Factory")

_FOR_CONSTANTS: Final = ("to", "constant", "type", "language", "lookup", "insert_only",
                         "update_only", "pii")  # fmt: skip


def check_column(draft: ColumnDraft, complaints: Complaints, *, exported: bool = False) -> None:
    """Complain about options that do not go together.

    Args:
        draft: The column.
        complaints: About the group file.
        exported: Whether it is only written, so that a constant may have a name in the file.
    """
    if draft.model is None:
        return
    for rule in _RULES:
        if exported and rule is _one_source:
            continue
        for option, what, hint in rule(draft.model):
            complaints.add((*draft.location, option), what, hint, key=True)
    check_transform(draft.model.transform, draft.location, complaints)


def check_transform(name: str | None, location: Location, complaints: Complaints) -> None:
    """Complain about a function that does not exist.

    Args:
        name: ``file.py:function``, if there is one.
        location: Of the options that name it.
        complaints: About the group file; functions stand in a directory beside that of the groups.
    """
    if name is None:
        return
    fault = transform_fault(name, UserFiles.beside(complaints.directory).transforms)
    if fault is not None:
        complaints.add((*location, "transform"), *fault, key=True)


def written(column: ColumnModel) -> set[str]:
    """Return the options that the file names, as people write them."""
    return {"from" if name == "source" else name for name in column.model_fields_set}


def _one_source(column: ColumnModel) -> Iterator[Fault]:
    named = [option for option in _SOURCES if option in written(column)]
    if len(named) > 1:
        both = " and ".join(f"`{option}`" for option in named)
        yield named[-1], f"{both} exclude each other.", "Keep the one the value comes from."


def _options_of_the_type(column: ColumnModel) -> Iterator[Fault]:
    for option, types in _TYPES_OF_OPTION.items():
        if option in written(column) and column.type not in types:
            wanted = " or ".join(f"`type: {kind}`" for kind in types)
            what = f"`{option}` does not go with type {column.type}."
            yield option, what, f"Remove it, or write {wanted}."


def _constants_are_bare(column: ColumnModel) -> Iterator[Fault]:
    if column.constant is None:
        return
    for option in sorted(written(column).difference(_FOR_CONSTANTS, _SOURCES)):
        yield option, f"`{option}` has no effect on a constant.", "Remove it."


def _empties(column: ColumnModel) -> Iterator[Fault]:
    named = [f"`{option}`" for option in ("on_empty", "default") if option in written(column)]
    has_default = column.default is not None
    if len(named) > 1 and column.on_empty is not OnEmpty.DEFAULT:
        what = f"`default` and `on_empty: {column.on_empty}` contradict each other."
        yield "on_empty", what, "Remove one of them."
    elif column.on_empty is OnEmpty.DEFAULT and not has_default:
        what = "`on_empty: default` needs a `default`."
        yield "on_empty", what, "For example `default: 1`."
    if column.required and column.on_empty is not OnEmpty.ERROR and named:
        what = f"A required column is never empty: {' and '.join(named)} has no effect."
        yield "required", what, "Remove one or the other."


def _lookups(column: ColumnModel) -> Iterator[Fault]:
    names = column.source or (column.to,)
    if column.lookup is None:
        if len(names) > 1:
            yield "from", "Several header names need a `lookup`.", "Keep one of them."
        return
    for option in ("default", "split", "repeated", "transform") if len(names) > 1 else ():
        if option in written(column):
            what = f"`{option}` does not go with several header names."
            yield option, what, "Remove it, or keep one name."
    if column.language is not None:
        yield "lookup", "A translated text cannot be looked up.", "Remove `lookup` or `language`."
    if len(column.lookup.by) != len(names):
        what = f"`by` names {len(column.lookup.by)} columns, `from` names {len(names)}."
        yield "lookup", what, "Name one header for each column of `by`."


def _lists(column: ColumnModel) -> Iterator[Fault]:
    option = "repeated" if column.repeated else "split"
    if column.split is None and not column.repeated:
        if column.explode:
            yield "explode", "`explode` needs a `split`.", 'For example `split: "|"`.'
        return
    if column.split is not None and column.repeated:
        yield "split", "`split` and `repeated` exclude each other.", "Keep one of them."
    if column.language is not None:
        yield option, "A translated text cannot be a list.", f"Remove `{option}` or `language`."
    if not column.explode and (column.type is not ColumnType.TEXT or column.lookup is not None):
        what = "A list becomes a JSON array of texts."
        yield option, what, "Write `explode: true`, or remove `type` and `lookup`."
    for option in ("min_length", "max_length", "pattern") if not column.explode else ():
        if option in written(column):
            what = f"`{option}` does not check the elements of a list."
            yield option, what, "Write `explode: true`, or remove it."


def _names(column: ColumnModel) -> Iterator[Fault]:
    if column.aliases and (column.position is not None or len(column.source or "?") > 1):
        yield "aliases", "`aliases` are for a single header name.", "Remove them."


def _one_kind_of_row(column: ColumnModel) -> Iterator[Fault]:
    if column.insert_only and column.update_only:
        what = "`insert_only` and `update_only` exclude each other."
        yield "update_only", what, "Keep one of them."


def _enums(column: ColumnModel) -> Iterator[Fault]:
    if column.type is ColumnType.ENUM and not column.values:
        yield "type", "`type: enum` needs `values`.", "For example `values: [new, used]`."


def _money(column: ColumnModel) -> Iterator[Fault]:
    if column.currency is not None and column.currency not in list_currencies():
        what = f"`currency` names no currency that is known here: {shown(column.currency)}."
        yield "currency", what, suggest(column.currency, sorted(list_currencies()))
    if column.type is not ColumnType.MONEY or column.constant is not None or column.currency:
        return
    if column.currency_to is None:
        what = "`type: money` needs a `currency`, or a column for it."
        yield "type", what, "For example `currency: EUR` or `currency_to: currency`."
    elif column.default is not None:
        what = "`default` is in no currency."
        yield "default", what, "Add one, for example `currency: EUR`."


def _booleans(column: ColumnModel) -> Iterator[Fault]:
    if bool(column.yes) != bool(column.no):
        yield "yes" if column.yes else "no", "`yes` and `no` need each other.", "Write both."
    for word in {word.lower() for word in column.yes} & {word.lower() for word in column.no}:
        yield "no", f"{shown(word)} means true and false.", "Keep one of them."


def _formats(column: ColumnModel) -> Iterator[Fault]:
    for form in column.format if column.type in _MOMENTS else ():
        fault = format_fault(form, column.type)
        if fault is not None:
            yield "format", f"{shown(form)} {fault}.", ""


def _zones(column: ColumnModel) -> Iterator[Fault]:
    if column.timezone in _NO_ZONES:
        what = f"`timezone` names no place: {shown(column.timezone)}."
        yield "timezone", what, "For example `timezone: Europe/Berlin`."


def _pattern(column: ColumnModel) -> Iterator[Fault]:
    if column.regex is None:
        for option in ("group", "template"):
            if option in written(column):
                yield option, f"`{option}` needs a `regex`.", "Add one, or remove it."
        return
    count = group_count(column.regex)
    has = f"the regex has {count} brackets" if count != 1 else "the regex has 1 bracket"
    if column.template is not None and column.group is not None:
        yield "template", "`group` and `template` exclude each other.", "Keep one of them."
    for name in missing_references(column.regex, column.template or ""):
        yield "template", f"{shown('${' + name + '}')} does not exist; {has}.", ""
    if (column.group or 0) > count:
        yield "group", f"Bracket {column.group} does not exist; {has}.", ""


_RULES: Final[tuple[Callable[[ColumnModel], Iterator[Fault]], ...]] = (
    _one_source,
    _options_of_the_type,
    _constants_are_bare,
    _empties,
    _lookups,
    _lists,
    _names,
    _one_kind_of_row,
    _enums,
    _money,
    _booleans,
    _formats,
    _zones,
    _pattern,
    *LITERAL_RULES,
)
