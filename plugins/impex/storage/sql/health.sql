-- open_jobs --
-- Imports that are not at their end, and since when nothing was heard of the quietest.
SELECT j.group_name, count(*), min(greatest(j.created_at,
           (SELECT max(l.at)
              FROM impex.file f
              JOIN impex.ledger l ON l.file_id = f.id
             WHERE f.job_id = j.id)))
  FROM impex.job j
 WHERE j.state IN ('claimed', 'planned')
 GROUP BY j.group_name
 ORDER BY j.group_name

-- failed_jobs --
-- Imports of the last day that ended badly.
SELECT group_name, state, count(*), min(finished_at)
  FROM impex.job
 WHERE state IN ('refused', 'failed') AND finished_at > clock_timestamp() - interval '1 day'
 GROUP BY group_name, state
 ORDER BY group_name, state

-- exports --
-- Exports that are not at their end, and those of the last day that failed.
SELECT group_name, state, count(*), min(created_at)
  FROM impex.export
 WHERE state IN ('running', 'published')
    OR (state = 'failed' AND finished_at > clock_timestamp() - interval '1 day')
 GROUP BY group_name, state
 ORDER BY group_name, state

-- database --
-- How large the database is, its version, and that of the tables.
SELECT pg_database_size(current_database()), current_setting('server_version'),
       (SELECT version_num FROM impex.alembic_version)
