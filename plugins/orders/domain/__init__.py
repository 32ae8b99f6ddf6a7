"""Orders, deliveries and what moves them: plain objects, without a database and without Airflow."""
