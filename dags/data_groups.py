"""One Airflow DAG for every file of config/groups; a broken file becomes a DAG that explains itself."""

from airflow.sdk import get_parsing_context

from impex.config import groups_directory
from impex.orchestration.group_dags import group_dags

for dag in group_dags(groups_directory(), only=get_parsing_context().dag_id):
    globals()[dag.dag_id] = dag
