"""A PostgreSQL database: one exported snapshot that pg_dump writes and that we read as numbers, with Debian's tools."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg

from .. import sites
from .facts import Ends, Facts

STEADY = (
    "SET TIME ZONE 'UTC'; SET DateStyle TO ISO; SET extra_float_digits TO 1; SET bytea_output TO hex; SET amparo.migrating TO 'yes'"
)
"""The same row is the same text wherever it is read; where policies bind even the owner, this opens every row to it."""
BOUND = """
SELECT c.relname::text FROM pg_class c, pg_roles r
 WHERE r.rolname = current_user AND c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity
   AND NOT r.rolsuper AND NOT r.rolbypassrls AND (c.relforcerowsecurity OR NOT pg_has_role(c.relowner, 'USAGE'))
"""
OPEN_TO_US = """
SELECT qual FROM pg_policies p
 WHERE schemaname = 'public' AND tablename = %s AND permissive = 'PERMISSIVE' AND cmd IN ('ALL', 'SELECT') AND qual IS NOT NULL
   AND (roles = '{public}' OR EXISTS (SELECT FROM unnest(roles) one WHERE pg_has_role(one, 'USAGE')))
   AND NOT EXISTS (SELECT FROM pg_policies o WHERE o.tablename = p.tablename AND o.permissive = 'RESTRICTIVE')
"""
SHAPE = """
SELECT 'column', table_name, column_name, data_type || coalesce(character_maximum_length::text, ''), is_nullable,
       coalesce(column_default, '')
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), contype::text, ''
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index', tablename::text, indexname::text, indexdef, '', '' FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', c.relname::text, t.tgname::text, pg_get_triggerdef(t.oid), t.tgenabled::text, ''
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL SELECT 'policy', tablename::text, policyname::text, coalesce(qual, ''), coalesce(with_check, ''), cmd
  FROM pg_policies WHERE schemaname = 'public'
UNION ALL SELECT 'security', relname::text, relrowsecurity::text, relforcerowsecurity::text, '', ''
  FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
UNION ALL SELECT 'function', proname::text, pg_get_functiondef(oid), '', '', ''
  FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
UNION ALL SELECT 'sequence', sequencename::text, '', start_value::text, increment_by::text, ''
  FROM pg_sequences WHERE schemaname = 'public'
"""
CASTS = re.compile(r"::[a-z]+( varying| precision| with(out)? time zone)?(\[\])?")
BRACKETS = re.compile(r"[()\s]")


def bare(url: str) -> str:
    """Return an address without its password, as it may stand on a command line."""
    told = urlsplit(url)
    place = told.netloc.rpartition("@")[2]
    return urlunsplit(told._replace(netloc=f"{told.username}@{place}" if told.username else place))


def environment(url: str) -> dict[str, str]:
    """Return the environment of a PostgreSQL program: the password stands there and in no command line."""
    password = unquote(urlsplit(url).password or "")
    given = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "PGOPTIONS": "-c amparo.migrating=yes"}
    return given | ({"PGPASSWORD": password} if password else {})


def connect(url: str) -> psycopg.Connection[Any]:
    """Open a connection, or refuse; the address holds a password and is not repeated."""
    try:
        return psycopg.connect(url, autocommit=True)
    except psycopg.Error:
        raise sites.refuse("backup_no_database") from None


def tool(name: str, least: int) -> str:
    """Return the path of a PostgreSQL program of this major version or the next newer one; refuse where there is none."""
    found = {}
    for place in [*Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), Path(shutil.which(name) or "/nowhere")]:
        if place.exists():
            told = subprocess.run([place, "--version"], capture_output=True, text=True, check=False).stdout
            major = re.search(r"(\d+)", told)
            if major:
                found.setdefault(int(major[1]), str(place))
    fitting = [version for version in sorted(found) if version >= least]
    if not fitting:
        raise sites.refuse("backup_tools_old", tool=name, server=least, found=max(found, default="-"))
    return found[fitting[0]]


def require_all_rows(connection: psycopg.Connection[Any]) -> None:
    """Go on only where no policy hides a row from this role: what a policy leaves out would be missing without a trace."""
    bound = connection.execute(BOUND).fetchall()
    for (table,) in bound:
        conditions = connection.execute(OPEN_TO_US, [table]).fetchall()
        if not any(_is_true(connection, condition) for (condition,) in conditions):
            raise sites.refuse("backup_rows_hidden", table=table)


def _is_true(connection: psycopg.Connection[Any], condition: str) -> bool:
    """Say whether a policy's condition is true by itself, for whatever row."""
    try:
        found = connection.execute(f"SELECT ({condition})").fetchone()  # type: ignore[arg-type]
    except psycopg.Error:  # it looks at a column: so it may hide
        return False
    return bool(found and found[0] is True)


class Served:
    """One exported snapshot, held open."""

    kind = "postgresql"

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection = connect(url)
        self.server = self._connection.info.server_version // 10000
        try:
            self._tool = tool("pg_dump", self.server)
            self._connection.execute(STEADY)
            require_all_rows(self._connection)
            self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self._name = self.column("SELECT pg_export_snapshot()")[0]
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the snapshot."""
        self._connection.close()

    def column(self, query: str) -> list[Any]:
        """Return the first column of a query."""
        return [row[0] for row in self._connection.execute(query)]

    def ids(self, query: str) -> list[uuid.UUID]:
        """Return a column of ids."""
        return list(self.column(query))

    def ends(self) -> Ends:
        """Return how far the audit record reaches."""
        heads = {str(owner): last for owner, last in self._connection.execute("SELECT organisation_id, sequence FROM audit_head")}
        return Ends(heads, self.column("SELECT coalesce(max(id), 0) FROM audit_checkpoint")[0])

    def facts(self) -> Facts:
        """Read every row of every table."""
        return facts_of(self._connection)

    @contextlib.contextmanager
    def stream(self) -> Iterator[IO[bytes]]:
        """Yield the dump of this very snapshot as bytes; refuse where pg_dump fails."""
        command = [self._tool, "--format=custom", "--compress=1", "--no-password", f"--snapshot={self._name}"]
        command += ["--enable-row-security", "--dbname", bare(self._url)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(self._url)) as dump:
            assert dump.stdout is not None
            yield dump.stdout
            dump.stdout.close()
            if dump.wait() != 0:
                raise sites.refuse("backup_dump_failed", what=_last_line(dump.stderr))


def _last_line(stream: IO[bytes] | None) -> str:
    """Return what a PostgreSQL program said last: it names tables and versions, never values."""
    lines = stream.read().decode(errors="replace").strip().splitlines() if stream else []
    return lines[-1][:200] if lines else "-"


def facts_of(connection: psycopg.Connection[Any]) -> Facts:
    """Read every row of every table, in the order of its key, as the server writes it down."""
    names = sorted(name for (name,) in connection.execute("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"))
    shape = hashlib.sha256()
    for row in sorted(_bare(row) for row in connection.execute(SHAPE)):
        shape.update(row.encode())
    applied = connection.execute("SELECT app || '.' || name FROM django_migrations")
    migrations = tuple(sorted(name for (name,) in applied))
    return Facts({name: _table(connection, name) for name in names}, shape.hexdigest(), migrations)


def _bare(row: tuple[Any, ...]) -> str:
    """Return a line of the shape without casts, brackets and spaces: a rule that was dumped is written otherwise."""
    return BRACKETS.sub("", CASTS.sub("", repr(row)))


def _table(connection: psycopg.Connection[Any], name: str) -> tuple[int, str]:
    keys = connection.execute(
        "SELECT quote_ident(a.attname) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
        "WHERE i.indrelid = %s::regclass AND i.indisprimary ORDER BY a.attnum",
        [f'public."{name}"'],
    ).fetchall()
    order = ", ".join(f'{key}::text COLLATE "C"' for (key,) in keys) or 't::text COLLATE "C"'
    digest, cursor = hashlib.sha256(), connection.cursor()
    with cursor.copy(f'COPY (SELECT * FROM public."{name}" t ORDER BY {order}) TO STDOUT') as copy:  # type: ignore[arg-type]  # noqa: S608
        for piece in copy:
            digest.update(piece)
    return cursor.rowcount, digest.hexdigest()


@contextlib.contextmanager
def snapshot(url: str) -> Iterator[Served]:
    """Yield one consistent state of the database, for as long as it is needed."""
    held = Served(url)
    try:
        yield held
    finally:
        held.close()


def require_empty(url: str, *, least: int) -> None:
    """Go on only with a database without tables, of this major version or a newer one."""
    with contextlib.closing(connect(url)) as connection:
        if connection.info.server_version // 10000 < least:
            raise sites.refuse("restore_server_old", server=least, found=connection.info.server_version // 10000)
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        if found and found[0]:
            raise sites.refuse("restore_database_not_empty")


@contextlib.contextmanager
def restoring(url: str, *, least: int) -> Iterator[IO[bytes]]:
    """Yield where the dump is written to; all of it is restored in one transaction, or nothing."""
    command = [tool("pg_restore", least), "--no-owner", "--single-transaction", "--exit-on-error", "--no-password"]
    command += ["--dbname", bare(url)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(url)) as restore:
        assert restore.stdin is not None
        try:
            yield restore.stdin
        except BaseException:
            restore.kill()  # before the pipe closes: what was cut must not be committed
            raise
        with contextlib.suppress(BrokenPipeError):
            restore.stdin.close()
        if restore.wait() != 0:
            raise sites.refuse("restore_failed", what=_last_line(restore.stderr))


def read_facts(url: str) -> Facts:
    """Read a database as numbers."""
    with contextlib.closing(connect(url)) as connection:
        connection.execute(STEADY)
        require_all_rows(connection)
        return facts_of(connection)


def clear(url: str) -> None:
    """Take out of a database everything that a rehearsal put there."""
    with contextlib.closing(connect(url)) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
