"""The DAGs of a directory of group files."""

from collections.abc import Iterator
from pathlib import Path

from airflow.sdk import DAG

from impex.config import load_group
from impex.domain.errors import ConfigError
from impex.orchestration.dag_factory import broken_group_dag, group_dag


def group_dags(directory: Path, *, only: str | None = None) -> Iterator[DAG]:
    """Yield one DAG per group file, in the order of their names.

    Args:
        directory: With ``*.yaml`` files, one group each.
        only: Build just this one: a starting task needs no other.
    """
    for path in sorted(directory.glob("*.yaml")):
        if only is not None and path.stem != only:
            continue
        try:
            yield group_dag(load_group(path), path)
        except ConfigError as fault:
            yield broken_group_dag(path, fault)
