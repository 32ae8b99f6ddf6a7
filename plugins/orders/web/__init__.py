"""The pages of orders, behind Airflow's login."""
