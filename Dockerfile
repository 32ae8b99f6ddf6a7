# Airflow with the project's packages and its code, for docker-compose.yaml.
FROM apache/airflow:3.3.2-python3.11

COPY requirements.lock /opt/airflow/
RUN pip install --no-cache-dir --require-hashes -r /opt/airflow/requirements.lock

COPY --chown=airflow:0 dags /opt/airflow/dags
COPY --chown=airflow:0 plugins /opt/airflow/plugins
COPY --chown=airflow:0 config /opt/airflow/config
COPY --chown=airflow:0 db /opt/airflow/db

# Volumes take these permissions over: any user id may write, as long as its group is 0.
RUN mkdir -p /opt/airflow/files /opt/airflow/logs && chmod g+rwX /opt/airflow/files /opt/airflow/logs
