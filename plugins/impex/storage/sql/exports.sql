-- insert_export --
-- Begin a run; nothing if it has begun already.
INSERT INTO impex.export (group_name, run_ref, requested_by, audience, complete, params, frozen)
VALUES (%(group_name)s, %(run_ref)s, %(requested_by)s, %(audience)s, %(complete)s, %(params)s,
        %(frozen)s)
ON CONFLICT (run_ref) DO NOTHING
RETURNING id

-- export_of_run --
-- The export that a run has begun.
SELECT id FROM impex.export WHERE run_ref = %(run_ref)s

-- insert_file --
-- Plan what is written of one export of the group.
INSERT INTO impex.export_file (export_id, export) VALUES (%(export_id)s, %(export)s)

-- export --
-- One run.
SELECT id, group_name, requested_by, audience, complete, params, frozen::text AS frozen, state,
       epoch, snapshot, archive, messages, created_at, published_at, finished_at
  FROM impex.export
 WHERE id = %(id)s

-- lock_export --
-- Hold a run until the transaction ends.
SELECT id FROM impex.export WHERE id = %(id)s AND state = 'running' AND epoch = %(epoch)s FOR UPDATE

-- files --
-- The files of a run, in the order of their plan.
SELECT id, export_id, export, state, epoch, rows, rejected, watermark, horizon, pieces, message
  FROM impex.export_file
 WHERE export_id = %(export_id)s
 ORDER BY id

-- begin_snapshot --
-- From now on, files count only if they tell this snapshot.
UPDATE impex.export
   SET epoch = epoch + 1, snapshot = %(snapshot)s
 WHERE id = %(id)s AND state = 'running'
RETURNING epoch

-- end_snapshot --
-- The snapshot is not held any more.
UPDATE impex.export SET snapshot = NULL WHERE id = %(id)s AND epoch = %(epoch)s

-- begin_file --
-- A transaction sees the snapshot and will write the file.
UPDATE impex.export_file f
   SET state = 'reading', epoch = %(epoch)s
  FROM impex.export e
 WHERE f.id = %(id)s AND e.id = f.export_id AND e.epoch = %(epoch)s AND e.state = 'running'
RETURNING f.id

-- forget_issues --
-- Forget what an earlier attempt has found.
DELETE FROM impex.export_issue WHERE file_id = %(file_id)s

-- insert_issue --
-- What is wrong with rows.
COPY impex.export_issue (file_id, code, line, column_name, value, message, record_key) FROM STDIN

-- finish_file --
-- The file is written, unless another snapshot counts by now.
UPDATE impex.export_file f
   SET state = %(state)s, rows = %(rows)s, rejected = %(rejected)s, watermark = %(watermark)s,
       horizon = %(horizon)s, pieces = %(pieces)s, message = %(message)s
  FROM impex.export e
 WHERE f.id = %(id)s AND f.epoch = %(epoch)s AND e.id = f.export_id AND e.epoch = %(epoch)s
   AND e.state = 'running'
RETURNING f.id

-- publish_file --
-- Where the files lie now.
UPDATE impex.export_file SET pieces = %(pieces)s WHERE id = %(id)s

-- publish_export --
-- The files are published.
UPDATE impex.export
   SET state = 'published', published_at = clock_timestamp(), archive = %(archive)s,
       snapshot = NULL
 WHERE id = %(id)s AND state = 'running' AND epoch = %(epoch)s
RETURNING id

-- move_mark --
-- Remember how far was published; a run that read earlier than another does not take it back.
INSERT INTO impex.export_mark AS m (group_name, export, watermark, horizon, export_id)
VALUES (%(group_name)s, %(export)s, %(watermark)s, %(horizon)s, %(export_id)s)
ON CONFLICT (group_name, export) DO UPDATE
   SET watermark = excluded.watermark, horizon = excluded.horizon, export_id = excluded.export_id
 WHERE m.horizon::xid8 <= excluded.horizon::xid8

-- mark --
-- How far an export was published.
SELECT watermark, horizon
  FROM impex.export_mark
 WHERE group_name = %(group_name)s AND export = %(export)s

-- finish_export --
-- End the run; one that is published ends otherwise once it is delivered after all.
UPDATE impex.export
   SET state = %(state)s, finished_at = clock_timestamp(), snapshot = NULL,
       messages = %(messages)s
 WHERE id = %(id)s AND (state = 'running' OR published_at IS NOT NULL)

-- deliver --
-- A target has got all files.
INSERT INTO impex.export_delivery (export_id, target) VALUES (%(export_id)s, %(target)s)
ON CONFLICT DO NOTHING

-- delivered --
-- The targets that have got all files.
SELECT target FROM impex.export_delivery WHERE export_id = %(export_id)s

-- issues --
-- What is wrong with the rows of a run.
SELECT f.export, i.code, i.line, i.column_name AS "column", i.value, i.message, i.record_key AS key
  FROM impex.export_file f
  JOIN impex.export_issue i ON i.file_id = f.id
 WHERE f.export_id = %(export_id)s
 ORDER BY i.file_id, i.id

-- recent --
-- The newest runs, of all groups or of one.
SELECT id
  FROM impex.export
 WHERE (%(before)s::bigint IS NULL OR id < %(before)s)
   AND (%(group_name)s::text IS NULL OR group_name = %(group_name)s)
 ORDER BY id DESC
 LIMIT %(limit)s

-- old_exports --
-- Runs of a group that ended longer ago than so many days and whose files are in the store.
SELECT id
  FROM impex.export
 WHERE group_name = %(group_name)s
   AND finished_at < clock_timestamp() - make_interval(days => %(days)s)
   AND id = ANY (%(ids)s)
 ORDER BY id

-- take_turn --
-- One attempt after the other; behind a pooler as well, as the lock ends with the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('impex.export', %(id)s))

-- stalled --
-- Runs that began more than a day ago and are not at their end.
SELECT id, run_ref
  FROM impex.export
 WHERE state IN ('running', 'published') AND created_at < clock_timestamp() - interval '1 day'
 ORDER BY id

-- orphaned_rows --
-- Tables of rows kept aside whose run is at its end, or that are of no file.
SELECT t.tablename
  FROM pg_tables t
  LEFT JOIN impex.export_file f ON f.id = substring(t.tablename FROM '^x([0-9]+)_')::bigint
  LEFT JOIN impex.export e ON e.id = f.export_id
 WHERE t.schemaname = 'impex_stage' AND t.tablename ~ '^x[0-9]{1,18}_[0-9]+$'
   AND (f.id IS NULL OR e.state NOT IN ('running', 'published'))
 ORDER BY t.tablename
