-- columns --
-- The columns of some tables; numeric's type modifier holds the scale in its low bits. A trigger
-- that runs before each inserted row (bits 1, 2 and 4) may fill what must not be null.
SELECT t.schema, t.name AS table, a.attname AS name,
       format_type(a.atttypid, NULL) AS type,
       CASE WHEN a.attcollation <> 0 THEN ARRAY[n.nspname::text, k.collname::text] END AS collation,
       CASE WHEN a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 4
            THEN a.atttypmod - 4 END AS length,
       CASE WHEN a.atttypid = 'numeric'::regtype AND a.atttypmod > 4
            THEN (a.atttypmod - 4) & 2047 END AS scale,
       CASE WHEN a.attidentity <> '' OR a.atthasdef
            THEN pg_get_serial_sequence(format('%%I.%%I', t.schema, t.name), a.attname)
            END AS sequence,
       CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS default_value,
       a.attgenerated <> '' OR a.attidentity = 'a' AS generated,
       NOT a.attnotnull OR EXISTS
           (SELECT FROM pg_trigger g
             WHERE g.tgrelid = a.attrelid AND g.tgtype & 7 = 7 AND NOT g.tgisinternal
               AND g.tgenabled <> 'D') AS nullable
  FROM unnest(%(schemas)s::text[], %(tables)s::text[]) t (schema, name)
  JOIN pg_attribute a ON a.attrelid = to_regclass(format('%%I.%%I', t.schema, t.name))
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN pg_collation k ON k.oid = a.attcollation
  LEFT JOIN pg_namespace n ON n.oid = k.collnamespace
 WHERE a.attnum > 0 AND NOT a.attisdropped
 ORDER BY t.schema, t.name, a.attnum

-- tables --
-- The names of all tables, for suggesting one.
SELECT schemaname || '.' || tablename
  FROM pg_tables
 WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'impex', 'impex_stage')
 ORDER BY 1

-- has_versions --
-- Whether each row of a table tells the transaction that has written it: those of views do not.
SELECT relkind IN ('r', 'p') FROM pg_class WHERE oid = to_regclass(%(name)s)

-- types --
-- PostgreSQL's names of some types.
SELECT oid::integer, format_type(oid, NULL) FROM pg_type WHERE oid = ANY (%(oids)s::oid[])

-- unique_keys --
-- The sets of columns that a full unique index covers, table by table.
SELECT t.schema, t.name, array_agg(a.attname::text)
  FROM unnest(%(schemas)s::text[], %(tables)s::text[]) t (schema, name)
  JOIN pg_index i ON i.indrelid = to_regclass(format('%%I.%%I', t.schema, t.name))
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])
 WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
 GROUP BY t.schema, t.name, i.indexrelid

-- misfits --
-- Texts that are no values of the columns they are meant for.
SELECT w.schema, w.name, w.column, w.text
  FROM unnest(%(schemas)s::text[], %(tables)s::text[], %(columns)s::text[], %(texts)s::text[])
       w (schema, name, "column", text)
  JOIN pg_attribute a ON a.attrelid = to_regclass(format('%%I.%%I', w.schema, w.name))
                     AND a.attname = w.column AND a.attnum > 0 AND NOT a.attisdropped
 WHERE NOT pg_input_is_valid(w.text, format_type(a.atttypid, a.atttypmod))
