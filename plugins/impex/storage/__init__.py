"""PostgreSQL: jobs, staging, merge, ledger and journal."""
