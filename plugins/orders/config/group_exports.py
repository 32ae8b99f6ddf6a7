"""What messages say where an exporter names an export of a data group."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from impex.config import load_group
from impex.config.findings import shown
from impex.config.suggestions import suggest
from impex.domain.errors import ConfigError, Problem
from impex.domain.group import Group
from impex.domain.nesting import Nest, nests


@dataclass(frozen=True, slots=True)
class Pattern:
    """An export that messages are written as.

    Attributes:
        group: Name of its group.
        nest: The export, with those within its records.
        params: What filters and queries are given: the usual values.
    """

    group: str
    nest: Nest
    params: Mapping[str, str]

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.group}/{self.nest.export.name}"


def group_file(groups: Path, name: str) -> Path:
    """Return the file of a group.

    Raises:
        ConfigError: There is none.
    """
    path = groups / f"{name}.yaml"
    if not path.is_file():
        hint = suggest(name, sorted(other.stem for other in groups.glob("*.yaml")))
        raise ConfigError([Problem(str(path), f"There is no group {shown(name)}.", hint)])
    return path


def pattern_of(group: Group, name: str) -> Pattern:
    """Return an export of a group as a pattern of messages.

    Raises:
        ConfigError: There is none, or no message can be made of it; all that is wrong.
    """
    where = f"group {group.name}"
    by_name = {nest.export.name: nest for nest in nests(group.exports)}
    nest = by_name.get(name)
    if nest is None:
        outer = next((n for n, nest in by_name.items() if name in _names(nest)), None)
        what = f"The group {shown(group.name)} has no export {shown(name)}."
        hint = suggest(name, by_name)
        if outer is not None:
            what = f"{shown(name)} writes what stands within {shown(outer)}."
            hint = f"Write `export: {outer}`."
        raise ConfigError([Problem(where, what, hint)])
    problems = [Problem(where, *fault) for fault in _faults(group, nest)]
    if problems:
        raise ConfigError(problems)
    return Pattern(group.name, nest, dict(group.publication.params))


def load_pattern(groups: Path, group: str, export: str) -> Pattern:
    """Load the export that an exporter names.

    Args:
        groups: Directory of the groups; only the file of this one is read.
        group: Its name.
        export: Of its descriptor.

    Raises:
        ConfigError: There is none, or no message can be made of it; all that is wrong.
    """
    return pattern_of(load_group(group_file(groups, group)), export)


def _names(nest: Nest) -> set[str]:
    return {inner.export.name for inner in nest.all()}


def _faults(group: Group, nest: Nest) -> Iterator[tuple[str, str]]:
    """Yield what messages cannot have, and what to do."""
    if group.connection is not None:
        what = f"The group {shown(group.name)} has a database of its own; orders are in ours."
        yield what, "Remove its `connection`, or name an export of another group."
    for export in (inner.export for inner in nest.all()):
        if export.increment:
            what = f"{shown(export.name)} leaves out what was published before; a message must not."
            yield what, "Remove `watermark` and `changed_rows`."
        if export.transform or any(column.transform for column in export.columns):
            what = f"{shown(export.name)} has a `transform`, which is not called for messages."
            yield what, "Let a view or a query do it, or write a template."
        if any(column.explode for column in export.columns):
            what = (
                f"{shown(export.name)} has an `explode`, which may make one row of several orders."
            )
            yield what, "Let a view or a query do it."
