-- job_report --
-- One run.
SELECT id, group_name, package_name, state, dry_run, messages, created_at, finished_at
  FROM impex.job
 WHERE id = %(id)s

-- file_reports --
-- The files of a run with the fates of their rows; zeros while they are not known.
SELECT f.name, f.descriptor, f.state, f.message, f.absent,
       coalesce(l.read, f.rows_read, 0) AS read,
       coalesce(l.inserted, 0) AS inserted, coalesce(l.updated, 0) AS updated,
       coalesce(l.unchanged, 0) AS unchanged, coalesce(l.deleted, 0) AS deleted,
       coalesce(l.skipped, 0) AS skipped, coalesce(l.rejected, 0) AS rejected
  FROM impex.file f
  LEFT JOIN impex.ledger l ON l.file_id = f.id
 WHERE f.job_id = %(id)s
 ORDER BY f.id

-- recent_jobs --
-- The newest runs, newest first.
SELECT id FROM impex.job ORDER BY id DESC LIMIT %(limit)s

-- issues --
-- The faults of a run, file by file, in line order.
SELECT f.name AS file, f.descriptor, i.effect, i.code, i.line, i.column_name AS column,
       i.value, i.message, i.record_key AS key
  FROM impex.issue i
  JOIN impex.file f ON f.id = i.file_id
 WHERE f.job_id = %(id)s
 ORDER BY f.id, i.line, i.id

-- changes --
-- What a run changed, in the order in which it was changed.
SELECT f.name AS file, c.line, c.table_name AS table, c.record_key AS key, c.action, c.changes
  FROM impex.change c
  JOIN impex.file f ON f.id = c.file_id
 WHERE f.job_id = %(id)s
 ORDER BY c.id
