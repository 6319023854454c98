"""The embedded database: copied in one consistent state while the office writes, and read as numbers."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .facts import Ends, Facts

WORKING = ".backup-"
PATIENCE_SECONDS = 60


class Embedded:
    """A copy of the database that nobody writes to."""

    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.server = sqlite3.sqlite_version_info[0] * 10000 + sqlite3.sqlite_version_info[1] * 100
        self._connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def column(self, query: str) -> list[Any]:
        """Return the first column of a query."""
        return [row[0] for row in self._connection.execute(query)]

    def ids(self, query: str) -> list[uuid.UUID]:
        """Return a column of ids."""
        return [uuid.UUID(value) for value in self.column(query)]

    def ends(self) -> Ends:
        """Return how far the audit record reaches."""
        heads = {
            str(uuid.UUID(owner)): last
            for owner, last in self._connection.execute("SELECT organisation_id, sequence FROM audit_head")
        }
        return Ends(heads, self.column("SELECT coalesce(max(id), 0) FROM audit_checkpoint")[0])

    def facts(self) -> Facts:
        """Read every row of every table."""
        shape = hashlib.sha256()
        tables = {}
        for kind, name, sql in self._connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall():
            shape.update(repr((kind, name, sql)).encode())
            if kind == "table":
                tables[name] = self._table(name)
        applied = self._connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
        return Facts(tables, shape.hexdigest(), tuple(name for (name,) in applied))

    def _table(self, name: str) -> tuple[int, str]:
        rows, digest = 0, hashlib.sha256()
        for row in self._connection.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - a name of the database's own
            rows += 1
            digest.update(repr(row).encode("utf-8", "surrogatepass"))
        return rows, digest.hexdigest()

    @contextlib.contextmanager
    def stream(self) -> Iterator[Any]:
        """Yield the whole database as bytes."""
        with self.path.open("rb") as file:
            yield file


@contextlib.contextmanager
def snapshot(database: Path, work: Path) -> Iterator[Embedded]:
    """Yield a copy of one committed state, made beside the database; writers go on meanwhile."""
    copy = work / f"{WORKING}{secrets.token_hex(8)}"
    try:
        source = sqlite3.connect(database, timeout=PATIENCE_SECONDS)
        with contextlib.closing(source), contextlib.closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
        held = Embedded(copy)
        try:
            yield held
        finally:
            held.close()
    finally:
        for left in work.glob(copy.name + "*"):
            left.unlink(missing_ok=True)


def sweep(work: Path) -> None:
    """Remove what a killed backup left beside the database."""
    for left in work.glob(WORKING + "*"):
        left.unlink(missing_ok=True)
