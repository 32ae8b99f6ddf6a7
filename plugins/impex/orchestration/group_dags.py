"""The DAGs of a directory of group files."""

from collections.abc import Iterator
from pathlib import Path

from airflow.sdk import DAG

from impex.config import load_group
from impex.domain.errors import ConfigError
from impex.orchestration.dag_factory import broken_group_dag, group_dag
from impex.orchestration.export_dag import export_dag


def group_dags(directory: Path, *, only: str | None = None) -> Iterator[DAG]:
    """Yield the DAGs of group files, in the order of their names: one for imports, one for exports.

    A group with ``dag: false`` has none, unless its file is broken.

    Args:
        directory: With ``*.yaml`` files, one group each.
        only: Build just this one: a starting task needs no other.
    """
    for path in sorted(directory.glob("*.yaml")):
        if only is not None and path.stem != only.partition(".")[0]:
            continue
        try:
            group = load_group(path)
        except ConfigError as fault:
            yield broken_group_dag(path, fault)
            continue
        if group.dag and group.descriptors:
            yield group_dag(group, path)
        if group.dag and group.exports:
            yield export_dag(group, path)
