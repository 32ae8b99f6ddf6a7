-- insert_job --
-- Register a package; unique indexes let only one unforced job have the bytes, and a run one job.
INSERT INTO impex.job
       (group_name, package_name, package_key, size_bytes, sha256,
        run_ref, requested_by, forced, dry_run)
VALUES (%(group_name)s, %(package_name)s, %(package_key)s, %(size_bytes)s, %(sha256)s,
        %(run_ref)s, %(requested_by)s, %(forced)s, %(dry_run)s)
    ON CONFLICT DO NOTHING
RETURNING id

-- insert_refused_job --
-- Record a package whose bytes are imported already; asked again, it returns the same job.
INSERT INTO impex.job
       (group_name, package_name, package_key, size_bytes, sha256, run_ref, requested_by,
        forced, dry_run, state, imported, messages, finished_at)
VALUES (%(group_name)s, %(package_name)s, %(package_key)s, %(size_bytes)s, %(sha256)s,
        %(run_ref)s, %(requested_by)s, %(forced)s, %(dry_run)s,
        'refused', false, %(messages)s, clock_timestamp())
    ON CONFLICT (run_ref) DO UPDATE SET run_ref = excluded.run_ref
RETURNING id

-- imported_before --
-- The job that holds the same bytes.
SELECT id, package_name, state, run_ref, requested_by, created_at
  FROM impex.job
 WHERE group_name = %(group_name)s AND sha256 = %(sha256)s
   AND imported AND NOT forced AND NOT dry_run

-- job --
-- One job by its id.
SELECT id, group_name, package_name, package_key, size_bytes, state, epoch, dry_run,
       created_at AS created, descriptors::text AS frozen, messages
  FROM impex.job
 WHERE id = %(id)s

-- job_of_run --
-- The job that a run has claimed before.
SELECT id FROM impex.job WHERE run_ref = %(run_ref)s

-- adopt_job --
-- Give a job that was left behind to another run.
UPDATE impex.job SET run_ref = %(run_ref)s WHERE id = %(id)s

-- begin_job --
-- Start an attempt at a step of the job: older attempts can no longer write.
UPDATE impex.job SET epoch = epoch + 1 WHERE id = %(id)s RETURNING epoch

-- fence_job --
-- Hold the job for the rest of the transaction, if the attempt is still the newest.
SELECT id FROM impex.job WHERE id = %(id)s AND epoch = %(epoch)s FOR UPDATE

-- move_package --
-- Remember where the package lies.
UPDATE impex.job SET package_key = %(package_key)s WHERE id = %(id)s

-- plan_job --
-- Freeze the group for this run.
UPDATE impex.job
   SET state = 'planned', descriptors = %(frozen)s::jsonb, messages = %(messages)s
 WHERE id = %(id)s

-- finish_job --
-- End the job; its bytes count as imported only if something of it was applied.
UPDATE impex.job
   SET state = %(state)s,
       messages = messages || %(messages)s,
       imported = EXISTS (SELECT FROM impex.file f WHERE f.job_id = job.id AND f.state = 'merged'),
       finished_at = clock_timestamp()
 WHERE id = %(id)s

-- insert_file --
-- Plan one file for one descriptor.
INSERT INTO impex.file (job_id, descriptor, name, member)
VALUES (%(job_id)s, %(descriptor)s, %(name)s, %(member)s)
    ON CONFLICT (job_id, descriptor, member) DO NOTHING

-- files --
-- The files of a job, in the order of its descriptors' plan.
SELECT id, job_id, descriptor, name, member, state, epoch, staged_as, rows_read, rows_staged,
       coalesce(rows_skipped, 0) AS rows_skipped, absent, message
  FROM impex.file
 WHERE job_id = %(job_id)s
 ORDER BY id

-- file --
-- One planned file.
SELECT id, job_id, descriptor, name, member, state, epoch, staged_as, rows_read, rows_staged,
       coalesce(rows_skipped, 0) AS rows_skipped, absent, message
  FROM impex.file
 WHERE id = %(id)s

-- lock_file --
-- One planned file, held until the transaction ends.
SELECT id, job_id, descriptor, name, member, state, epoch, staged_as, rows_read, rows_staged,
       coalesce(rows_skipped, 0) AS rows_skipped, absent, message
  FROM impex.file
 WHERE id = %(id)s
   FOR UPDATE

-- begin_file --
-- Start an attempt at a file: older attempts can no longer write.
UPDATE impex.file SET epoch = epoch + 1 WHERE id = %(id)s RETURNING epoch

-- note_rows --
-- How many rows of files were read so far.
UPDATE impex.file f
   SET rows_so_far = t.rows
  FROM unnest(%(ids)s::bigint[], %(rows)s::bigint[]) AS t (id, rows)
 WHERE f.id = t.id

-- begin_merge --
-- Start an attempt at merging a file, if none has finished it meanwhile.
UPDATE impex.file SET epoch = epoch + 1 WHERE id = %(id)s AND state = 'staged' RETURNING epoch

-- fence_file --
-- Hold the file for the rest of the transaction, if the attempt is still the newest.
SELECT id FROM impex.file WHERE id = %(id)s AND epoch = %(epoch)s FOR UPDATE

-- stage_file --
-- The file is staged.
UPDATE impex.file
   SET state = 'staged', staged_as = %(staged_as)s,
       rows_read = %(rows_read)s, rows_staged = %(rows_staged)s,
       rows_skipped = %(rows_skipped)s, absent = %(absent)s, notes = %(notes)s
 WHERE id = %(id)s

-- finish_file --
-- The file is merged or rejected; its staging table is gone.
UPDATE impex.file
   SET state = %(state)s, message = %(message)s, staged_as = NULL, rows_read = %(rows_read)s
 WHERE id = %(id)s

-- write_ledger --
-- What became of the rows of a file.
INSERT INTO impex.ledger
       (file_id, read, inserted, updated, unchanged, deleted, skipped, rejected, absent)
VALUES (%(file_id)s, %(read)s, %(inserted)s, %(updated)s, %(unchanged)s,
        %(deleted)s, %(skipped)s, %(rejected)s, %(absent)s)

-- add_notes --
-- More sentences for the report on a file.
UPDATE impex.file SET notes = notes || %(notes)s WHERE id = %(id)s

-- forget_issues --
-- An earlier attempt at the file is void.
DELETE FROM impex.issue WHERE file_id = %(file_id)s

-- insert_issue --
-- One fault.
COPY impex.issue (file_id, effect, code, line, column_name, value, message, record_key) FROM STDIN

-- rejected_lines --
-- Lines of a file that carry an issue which rejects the row.
SELECT line, array_agg(DISTINCT code ORDER BY code) AS codes,
       string_agg(DISTINCT concat_ws(': ', nullif(column_name, ''), message), '; ') AS messages
  FROM impex.issue
 WHERE file_id = %(file_id)s AND effect = 'rejected' AND line > 0
 GROUP BY line
 ORDER BY line
