"""What stands in a freshly laid database, so that two can be compared: all that decides how it works, and every row."""

import contextlib
import sqlite3

import psycopg

from amparo.cli import sites

EMBEDDED = "SELECT type, tbl_name, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'"
"""All but what the database remembers of how its tables are filled."""
SERVED = """
SELECT 'relation', relname::text, relkind::text, relpersistence::text, coalesce(reloptions::text, ''), relrowsecurity::text
  FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT 'column', attrelid::regclass::text, row_number() OVER (PARTITION BY attrelid ORDER BY attnum) || ' ' || attname,
       format_type(atttypid, atttypmod) || ' ' || attcollation, attnotnull::text || attidentity::text || attgenerated::text,
       coalesce(pg_get_expr(adbin, adrelid), '')
  FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND attnum > 0 AND NOT attisdropped
UNION ALL SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), contype::text, convalidated::text
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index', tablename::text, indexname::text, indexdef, '', '' FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname::text, pg_get_triggerdef(oid), tgenabled::text, ''
  FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'policy', tablename::text, policyname::text, coalesce(qual, ''), coalesce(with_check, ''), cmd || roles::text
  FROM pg_policies WHERE schemaname = 'public'
UNION ALL SELECT 'function', proname::text, pg_get_functiondef(oid), '', '', '' FROM pg_proc
 WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'sequence', seqrelid::regclass::text, seqtypid::regtype::text, seqstart || ' ' || seqincrement,
       refobjid::regclass || '.' || attname, deptype::text
  FROM pg_sequence JOIN pg_depend ON objid = seqrelid AND classid = 'pg_class'::regclass AND deptype IN ('a', 'i')
  JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
"""


def in_site(folder, url):
    """Return a site's shape and rows; the list of what was applied without its moments and its order.

    SQLite's tables are read as sets of columns: the steps leave a changed column at the end, and nothing depends on it,
    as no statement of the program names a value by its place and a backup of this database is its file.
    """
    if not url:
        with contextlib.closing(sqlite3.connect(sites.load(folder).database_file)) as connection:
            told = connection.execute(EMBEDDED).fetchall()
            shape = {(kind, table, name, _parts(sql) if kind == "table" else sql) for kind, table, name, sql in told}
            return shape, {name: _rows(connection, name) for kind, _, name, _ in told if kind == "table"}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET amparo.migrating TO 'yes'")
        shape = set(connection.execute(SERVED).fetchall())
        return shape, {name: _rows(connection, name) for kind, name, what, *_ in shape if (kind, what) == ("relation", "r")}


def _rows(connection, table):
    if table == "django_migrations":
        return sorted(connection.execute("SELECT app, name FROM django_migrations").fetchall())
    never = " WHERE seq > 0" if table == "sqlite_sequence" else ""  # a table made anew has its number 0 there, another none
    found = connection.execute(f'SELECT * FROM "{table}"{never}')
    names = [one[0] for one in found.description]
    return sorted(sorted(zip(names, map(repr, row), strict=True)) for row in found.fetchall())


def _parts(sql):
    """Return a table's statement with its columns and constraints as a set: it is cut at the commas outside brackets."""
    head, body = sql[: sql.index("(")], sql[sql.index("(") + 1 : sql.rindex(")")]
    parts, depth = [""], 0
    for sign in body:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return head, frozenset(part.strip() for part in parts), sql[sql.rindex(")") :]
