"""Rules between the options of one column."""

from collections.abc import Callable, Iterator
from typing import Final

from impex.config.drafts import ColumnDraft, Complaints
from impex.config.findings import shown
from impex.config.literals import literal_fault
from impex.config.models import ColumnModel
from impex.config.patterns import group_count, missing_references
from impex.domain.group import ColumnType, OnEmpty

# option, what is wrong, what to do
Fault = tuple[str, str, str]

_SOURCES: Final = ("from", "position", "constant")

_TYPES_OF_OPTION: Final = {
    "language": (ColumnType.TEXT,),
    "max_length": (ColumnType.TEXT,),
    "scale": (ColumnType.DECIMAL,),
    "format": (ColumnType.DATE, ColumnType.TIMESTAMP),
}

_NOT_FOR_CONSTANTS: Final = (
    "required",
    "on_empty",
    "default",
    "trim",
    "regex",
    "max_length",
    "format",
)


def check_column(draft: ColumnDraft, complaints: Complaints) -> None:
    """Complain about options that do not go together."""
    if draft.model is None:
        return
    for rule in _RULES:
        for option, what, hint in rule(draft.model):
            complaints.add((*draft.location, option), what, hint, key=True)


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
    for option in _NOT_FOR_CONSTANTS:
        if option in written(column):
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
    if column.lookup is not None and column.language is not None:
        yield "lookup", "A translated text cannot be looked up.", "Remove `lookup` or `language`."


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


def _literals(column: ColumnModel) -> Iterator[Fault]:
    for option, text, form in (
        ("constant", column.constant, None),
        ("default", column.default, column.format),
    ):
        if text is None:
            continue
        wanted = literal_fault(text, column.type, scale=column.scale, form=form)
        if wanted is not None:
            yield option, f"`{option}` must be {wanted}, not {shown(text)}.", ""
        elif column.max_length is not None and len(text) > column.max_length:
            what = f"`{option}` is longer than `max_length` {column.max_length}: {shown(text)}."
            yield option, what, "Shorten it."


_RULES: Final[tuple[Callable[[ColumnModel], Iterator[Fault]], ...]] = (
    _one_source,
    _options_of_the_type,
    _constants_are_bare,
    _empties,
    _lookups,
    _pattern,
    _literals,
)
