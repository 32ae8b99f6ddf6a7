"""The pages of data groups, which Airflow's API server shows."""
