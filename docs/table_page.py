"""Makes the page about the tables from a migrated database, the one that ``IMPEX_DSN`` names.

``IMPEX_DSN=… python docs/table_page.py > docs/reference/tables.md`` writes it anew.
"""

import os
from itertools import groupby

import psycopg

_INTRODUCTION = """\
# Tables

What the migrations in `db/versions` make. Schema `impex` has the books of imports and exports
([what they hold](../architecture.md#what-the-tables-hold)), `shop` the catalogue, `orders` the orders
and what others say and are told of them. This page is made from the database:
`python docs/table_page.py`. A table may have columns of yours besides.
"""
_COLUMNS = """
    SELECT n.nspname, c.relname, c.relkind = 'v', coalesce(obj_description(c.oid, 'pg_class'), ''),
           a.attname, format_type(a.atttypid, a.atttypmod)
           || CASE WHEN a.attnotnull OR c.relkind = 'v' THEN '' ELSE ' or null' END,
           coalesce(col_description(c.oid, a.attnum), '')
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE n.nspname IN ('impex', 'shop', 'orders') AND c.relkind IN ('r', 'v')
       AND c.relname <> 'alembic_version'
     ORDER BY array_position(ARRAY['impex', 'shop', 'orders'], n.nspname::text), c.relname COLLATE "C",
           a.attnum
"""


def table_page(dsn: str) -> str:
    """Return the page in Markdown: each table and view, each of its columns."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(_COLUMNS).fetchall()
    lines = [_INTRODUCTION]
    for schema, in_schema in groupby(rows, lambda row: row[0]):
        lines.append(f"## Schema {schema}\n")
        for (name, is_view, comment), columns in groupby(in_schema, lambda row: row[1:4]):
            lines += [f"### {schema}.{name}\n", f"{'View: ' if is_view else ''}{comment}.\n"]
            lines += ["| column | type | means |", "|---|---|---|"]
            lines += [f"| `{column}` | {kind} | {told} |" for *_, column, kind, told in columns]
            lines += [""]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table_page(os.environ["IMPEX_DSN"]), end="")
