-- Creates the two databases, each with its own owner; repeating it changes nothing.
-- Read by psql: by `make up`, and by the PostgreSQL image on its first start (docker-compose.yaml).
\set ON_ERROR_STOP on
\getenv airflow_password AIRFLOW_DB_PASSWORD
\getenv impex_password IMPEX_DB_PASSWORD

SELECT format('CREATE ROLE %I LOGIN CREATEDB', owner)
FROM unnest(ARRAY['airflow', 'impex']) AS owner
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = owner)
\gexec

ALTER ROLE airflow PASSWORD :'airflow_password';
ALTER ROLE impex PASSWORD :'impex_password';

SELECT format('CREATE DATABASE %I OWNER %I', owner, owner)
FROM unnest(ARRAY['airflow', 'impex']) AS owner
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = owner)
\gexec
