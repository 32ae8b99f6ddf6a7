-- old_jobs --
-- Of some jobs, those that ended longer ago than so many days.
SELECT id
  FROM impex.job
 WHERE id = ANY (%(ids)s) AND finished_at < clock_timestamp() - make_interval(days => %(days)s)
 ORDER BY id

-- jobs_with_history --
-- Jobs of a group that ended longer ago than so many days and still have issues or changes.
SELECT j.id
  FROM impex.job j
 WHERE j.group_name = %(group_name)s
   AND j.finished_at < clock_timestamp() - make_interval(days => %(days)s)
   AND EXISTS (SELECT FROM impex.file f
                WHERE f.job_id = j.id
                  AND (EXISTS (SELECT FROM impex.issue i WHERE i.file_id = f.id)
                       OR EXISTS (SELECT FROM impex.change c WHERE c.file_id = f.id)))
 ORDER BY j.id
 LIMIT %(limit)s

-- remove_issues --
-- Remove some of the issues of a job.
DELETE FROM impex.issue i
 USING (SELECT i.file_id, i.id
          FROM impex.file f
          JOIN impex.issue i ON i.file_id = f.id
         WHERE f.job_id = %(job_id)s
         ORDER BY i.file_id, i.id
         LIMIT %(limit)s) batch
 WHERE i.file_id = batch.file_id AND i.id = batch.id

-- remove_changes --
-- Remove some of the journal of a job.
DELETE FROM impex.change c
 USING (SELECT c.file_id, c.id
          FROM impex.file f
          JOIN impex.change c ON c.file_id = f.id
         WHERE f.job_id = %(job_id)s
         ORDER BY c.file_id, c.id
         LIMIT %(limit)s) batch
 WHERE c.file_id = batch.file_id AND c.id = batch.id

-- stalled_jobs --
-- Jobs that are not at their end, or whose package is not, and of which nothing was heard for a day.
SELECT j.id, j.run_ref
  FROM impex.job j
 WHERE j.id > %(after)s
   AND (j.state IN ('claimed', 'planned')
        OR NOT (starts_with(j.package_key, 'archive/') OR starts_with(j.package_key, 'failed/')))
   AND greatest(j.created_at, j.finished_at,
                (SELECT max(l.at)
                   FROM impex.file f
                   JOIN impex.ledger l ON l.file_id = f.id
                  WHERE f.job_id = j.id)) < clock_timestamp() - interval '1 day'
 ORDER BY j.id
 LIMIT %(limit)s

-- owned_keys --
-- Of some files of the store, those that a job has as its package.
SELECT package_key FROM impex.job WHERE package_key = ANY (%(keys)s)

-- orphaned_staging --
-- Staging tables that no run will read: their job is at its end, or there is no such file.
SELECT t.tablename
  FROM pg_tables t
  LEFT JOIN impex.file f ON f.id = substring(t.tablename FROM '^f([0-9]+)_')::bigint
  LEFT JOIN impex.job j ON j.id = f.job_id
 WHERE t.schemaname = 'impex_stage' AND t.tablename ~ '^f[0-9]{1,18}_[0-9]+$'
   AND (f.id IS NULL OR j.state NOT IN ('claimed', 'planned'))
 ORDER BY t.tablename
