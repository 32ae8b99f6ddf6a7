-- job_report --
-- One run.
SELECT id, group_name, package_name, state, dry_run, messages, created_at, finished_at
  FROM impex.job
 WHERE id = %(id)s

-- file_reports --
-- The files of a run with the fates of their rows; zeros while they are not known.
SELECT f.name, f.descriptor, f.state, f.message, f.absent AS absent_columns, f.notes,
       coalesce(l.read, f.rows_read, 0) AS read,
       coalesce(l.inserted, 0) AS inserted, coalesce(l.updated, 0) AS updated,
       coalesce(l.unchanged, 0) AS unchanged, coalesce(l.deleted, 0) AS deleted,
       coalesce(l.skipped, 0) AS skipped, coalesce(l.rejected, 0) AS rejected,
       coalesce(l.absent, 0) AS absent
  FROM impex.file f
  LEFT JOIN impex.ledger l ON l.file_id = f.id
 WHERE f.job_id = %(id)s
 ORDER BY f.id

-- recent_jobs --
-- The newest runs, newest first, of one group or of all.
SELECT id
  FROM impex.job
 WHERE %(group_name)s::text IS NULL OR group_name = %(group_name)s
 ORDER BY id DESC
 LIMIT %(limit)s

-- run_of_job --
-- What runs a job.
SELECT run_ref FROM impex.job WHERE id = %(id)s

-- rows_so_far --
-- How far the files are that are being read.
SELECT name, descriptor, rows_so_far AS rows
  FROM impex.file
 WHERE job_id = %(id)s AND state = 'planned' AND rows_so_far > 0
 ORDER BY id

-- causes --
-- The faults of a run by their cause, the commonest first, with a few of the values.
SELECT f.name AS file, f.descriptor, i.code, i.column_name AS column, i.effect, min(i.message) AS message,
       count(*) AS rows, min(i.line) AS first_line,
       (array_agg(DISTINCT left(i.value, 80)) FILTER (WHERE i.value <> ''))[1:%(samples)s] AS samples
  FROM impex.issue i
  JOIN impex.file f ON f.id = i.file_id
 WHERE f.job_id = %(id)s
 GROUP BY f.id, f.name, f.descriptor, i.code, i.column_name, i.effect,
          regexp_replace(i.message, '[0-9]+|''[^'']*''|"[^"]*"', '#', 'g')
 ORDER BY rows DESC, f.id, first_line
 LIMIT %(limit)s

-- issues --
-- The faults of a run, file by file, in line order.
SELECT f.name AS file, f.descriptor, i.effect, i.code, i.line, i.column_name AS column,
       i.value, i.message, i.record_key AS key
  FROM impex.issue i
  JOIN impex.file f ON f.id = i.file_id
 WHERE f.job_id = %(id)s
 ORDER BY f.id, i.line, i.id

-- change_counts --
-- How many rows of which tables a run changed.
SELECT c.table_name AS table,
       count(*) FILTER (WHERE c.action = 'INSERT') AS inserted,
       count(*) FILTER (WHERE c.action = 'UPDATE') AS updated,
       count(*) FILTER (WHERE c.action = 'DELETE') AS deleted
  FROM impex.change c
  JOIN impex.file f ON f.id = c.file_id
 WHERE f.job_id = %(id)s
 GROUP BY c.table_name
 ORDER BY c.table_name

-- changed_columns --
-- In how many rows a run changed which columns, with the first few of each.
WITH changed AS (
    SELECT c.table_name, k.name, count(*) AS rows, array_agg(DISTINCT c.file_id) AS files
      FROM impex.change c
      JOIN impex.file f ON f.id = c.file_id
     CROSS JOIN LATERAL jsonb_object_keys(c.changes) k (name)
     WHERE f.job_id = %(id)s AND c.action = 'UPDATE'
     GROUP BY c.table_name, k.name
)
SELECT n.table_name AS table, n.name AS column, n.rows, s.samples
  FROM changed n
 CROSS JOIN LATERAL (
       SELECT jsonb_agg(jsonb_build_object('key', c.record_key, 'before', c.changes -> n.name -> 0,
                                           'after', c.changes -> n.name -> 1)
                        ORDER BY c.file_id, c.id) AS samples
         FROM (SELECT *
                 FROM impex.change
                WHERE file_id = ANY (n.files) AND table_name = n.table_name
                  AND action = 'UPDATE' AND changes ? n.name
                ORDER BY file_id, id
                LIMIT %(samples)s) c
       ) s
 ORDER BY n.table_name, n.name

-- changes --
-- What a run changed, in the order in which it was changed.
SELECT f.name AS file, c.line, c.table_name AS table, c.record_key AS key, c.action, c.changes
  FROM impex.change c
  JOIN impex.file f ON f.id = c.file_id
 WHERE f.job_id = %(id)s
 ORDER BY c.id
