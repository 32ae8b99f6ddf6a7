"""One Airflow DAG for every file of config/groups; a broken file becomes a DAG that explains itself."""

import os
from pathlib import Path

from airflow.sdk import get_parsing_context

from impex.orchestration.group_dags import group_dags

GROUPS = Path(os.environ.get("IMPEX_GROUPS") or Path(__file__).parents[1] / "config" / "groups")

for dag in group_dags(GROUPS, only=get_parsing_context().dag_id):
    globals()[dag.dag_id] = dag
