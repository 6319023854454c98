"""Whether it was the disk that had no more room, whoever said so: the system, SQLite or PostgreSQL."""

from __future__ import annotations

import errno
import sqlite3

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
POSTGRES_FULL = "53100"


def is_full(error: BaseException | None) -> bool:
    """Say whether an exception, or one that it came from, tells of a full disk."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return True
        if isinstance(error, sqlite3.Error) and _is_full(getattr(error, "sqlite_errorcode", 0)):
            return True
        if getattr(error, "sqlstate", None) == POSTGRES_FULL:
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_full(code: int) -> bool:
    return code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_TRUNCATE, sqlite3.SQLITE_IOERR_SHMSIZE)
