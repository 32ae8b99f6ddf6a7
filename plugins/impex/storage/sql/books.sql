-- planned --
-- A job and its files as JSON; where it works, nobody asks for its run or its bytes.
SELECT (to_jsonb(j) || '{"run_ref": null, "imported": false}')::text,
       (SELECT coalesce(jsonb_agg(to_jsonb(f)), '[]') FROM impex.file f WHERE f.job_id = j.id)::text
  FROM impex.job j
 WHERE j.id = %(id)s

-- open_job --
-- The job, where it works.
INSERT INTO impex.job OVERRIDING SYSTEM VALUE
SELECT * FROM jsonb_populate_record(NULL::impex.job, %(job)s::jsonb)
    ON CONFLICT (id) DO NOTHING

-- open_files --
-- Its files, where it works.
INSERT INTO impex.file OVERRIDING SYSTEM VALUE
SELECT * FROM jsonb_populate_recordset(NULL::impex.file, %(files)s::jsonb)
    ON CONFLICT (id) DO NOTHING

-- hold_open --
-- The job, where it works, if its books are not brought home yet.
SELECT id FROM impex.job WHERE id = %(id)s AND state = 'planned' FOR UPDATE

-- done --
-- What became of the files of a job, and their counts, as JSON.
SELECT (SELECT coalesce(jsonb_agg(to_jsonb(f)), '[]') FROM impex.file f
         WHERE f.job_id = %(id)s)::text,
       (SELECT coalesce(jsonb_agg(to_jsonb(l)), '[]') FROM impex.ledger l
          JOIN impex.file f ON f.id = l.file_id WHERE f.job_id = %(id)s)::text

-- bring_files --
-- What became of the files; their staging stays where it is.
UPDATE impex.file f
   SET state = p.state, message = p.message, rows_read = p.rows_read,
       rows_staged = p.rows_staged, rows_skipped = p.rows_skipped, absent = p.absent,
       notes = p.notes
  FROM jsonb_populate_recordset(NULL::impex.file, %(files)s::jsonb) p
 WHERE f.id = p.id

-- bring_counts --
-- The fates of their rows.
INSERT INTO impex.ledger
SELECT * FROM jsonb_populate_recordset(NULL::impex.ledger, %(counts)s::jsonb)
    ON CONFLICT (file_id) DO NOTHING

-- close_files --
-- Files that are not finished: what still works on them cannot commit any more.
UPDATE impex.file
   SET state = 'rejected', epoch = epoch + 1, staged_as = NULL,
       message = 'the run has ended before the file was done'
 WHERE job_id = %(id)s AND state IN ('planned', 'staged')
RETURNING old.staged_as

-- close_job --
-- The books are brought home; they stay closed, whoever opens them again.
UPDATE impex.job SET state = 'done', finished_at = clock_timestamp() WHERE id = %(id)s
