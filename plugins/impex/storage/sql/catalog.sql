-- columns --
-- The columns of a table; numeric's type modifier holds the scale in its low bits.
SELECT a.attname AS name,
       format_type(a.atttypid, NULL) AS type,
       CASE WHEN a.attcollation <> 0 THEN ARRAY[n.nspname::text, k.collname::text] END AS collation,
       CASE WHEN a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 4
            THEN a.atttypmod - 4 END AS length,
       CASE WHEN a.atttypid = 'numeric'::regtype AND a.atttypmod > 4
            THEN (a.atttypmod - 4) & 2047 END AS scale,
       pg_get_serial_sequence(quote_ident(%(schema)s) || '.' || quote_ident(%(table)s), a.attname)
           AS sequence
  FROM pg_attribute a
  LEFT JOIN pg_collation k ON k.oid = a.attcollation
  LEFT JOIN pg_namespace n ON n.oid = k.collnamespace
 WHERE a.attrelid = to_regclass(quote_ident(%(schema)s) || '.' || quote_ident(%(table)s))
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum

-- unique_keys --
-- The sets of columns that a full unique index covers.
SELECT array_agg(a.attname::text)
  FROM pg_index i
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])
 WHERE i.indrelid = to_regclass(quote_ident(%(schema)s) || '.' || quote_ident(%(table)s))
   AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
 GROUP BY i.indexrelid
