-- begin --
-- Note that somebody uploads.
INSERT INTO impex.upload (group_name, uploaded_by) VALUES (%(group_name)s, %(person)s)
RETURNING id

-- lock --
-- An upload, while nobody else changes it.
SELECT id, group_name, uploaded_by, uploaded_at, package_name, size_bytes, sha256
  FROM impex.upload
 WHERE id = %(id)s AND group_name = %(group_name)s
   FOR UPDATE

-- upload --
-- The same for reading.
SELECT id, group_name, uploaded_by, uploaded_at, package_name, size_bytes, sha256
  FROM impex.upload
 WHERE id = %(id)s AND group_name = %(group_name)s

-- finish --
-- All files are there.
UPDATE impex.upload
   SET package_name = %(package_name)s, size_bytes = %(size_bytes)s, sha256 = %(sha256)s
 WHERE id = %(id)s

-- recent --
-- What a person has uploaded for a group, the newest first.
SELECT id, group_name, uploaded_by, uploaded_at, package_name, size_bytes, sha256
  FROM impex.upload
 WHERE group_name = %(group_name)s AND uploaded_by = %(person)s AND package_name IS NOT NULL
 ORDER BY uploaded_at DESC
 LIMIT %(limit)s

-- tried --
-- The upload whose bytes a job has had, the newest first.
SELECT u.id, u.group_name, u.uploaded_by, u.uploaded_at, u.package_name, u.size_bytes, u.sha256
  FROM impex.upload u
  JOIN impex.job j ON j.group_name = u.group_name AND j.package_name = u.package_name
                  AND j.sha256 = u.sha256
 WHERE j.id = %(job)s
 ORDER BY u.uploaded_at DESC
