"""One process at a time works on something long; a process that dies lets it go."""

from __future__ import annotations

import contextlib
import fcntl
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from . import vault


def _lock_path(work_id: uuid.UUID) -> Path:
    folder = vault.root() / "runs"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder / f"{work_id}.lock"


@contextlib.contextmanager
def working_on(work_id: uuid.UUID) -> Iterator[bool]:
    """Hold a piece of work; yields False when another process has it in hand.

    The operating system drops the lock when the process ends, however it ends.
    """
    path = _lock_path(work_id)
    with path.open("a") as held:
        if not _is_locked(held, path):
            yield False
            return
        yield True
        path.unlink(missing_ok=True)


def _is_locked(held: IO[str], path: Path) -> bool:
    """Take the lock; one whose file was removed meanwhile by its last holder keeps nobody out and does not count."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return path.stat().st_ino == os.fstat(held.fileno()).st_ino
    except (BlockingIOError, FileNotFoundError):
        return False
