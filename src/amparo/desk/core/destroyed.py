"""The journal of destroyed keys, beside the database: what an old backup brings back is destroyed again before anybody is let in.

A backup from before an erasure holds the person's wrapped key. The journal does not forget: it is appended
when a key is destroyed, and `apply` destroys whatever of it a restored database believes to be alive. Keep
its newest copy apart from the backups; restoring puts it back last. A line names a key's id, which without
the key store opens nothing, and is sealed, so that nobody can have a living person destroyed by writing one.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db.models import Q

from . import keys
from .models import PersonKey, Renewal


def place() -> Path:
    """Return where the journal lies."""
    return Path(settings.SITE_FOLDER) / "keys" / "destroyed.txt"


def _seal(key_id: uuid.UUID) -> str:
    return hmac.digest(keys.site_key("destroyed-keys"), key_id.bytes, hashlib.sha256).hex()


def read(path: Path | None = None) -> set[uuid.UUID]:
    """Return the ids of every key that was destroyed on this site; a line that is cut or forged tells nothing."""
    found = set()
    try:
        lines = (path or place()).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return set()
    for line in lines:
        with suppress(ValueError):
            told, seal = line.split(" ")
            if hmac.compare_digest(seal.encode(), _seal(uuid.UUID(told)).encode()):
                found.add(uuid.UUID(told))
    return found


def append(key_ids: Iterable[uuid.UUID]) -> None:
    """Add keys that were destroyed; they are on the disk before this returns."""
    path = place()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        start = b"" if not size or file.read(1) == b"\n" else b"\n"
        file.write(start + "".join(f"{key_id} {_seal(key_id)}\n" for key_id in key_ids).encode())
        file.flush()
        os.fsync(file.fileno())


def line_of(key_id: uuid.UUID) -> set[uuid.UUID]:
    """Return the ids of all keys a person has had, by any one of them: a backup may hold each, and a renewal two at once."""
    return lines_of([key_id])


def lines_of(key_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Return the ids of all keys that some persons have had."""
    found = set(key_ids)
    renewals = Renewal.objects.filter(scope=Renewal.Scope.PERSON)
    while True:
        pairs = renewals.filter(Q(to_id__in=found) | Q(from_id__in=found)).values_list("from_id", "to_id")
        more = {one for pair in pairs for one in pair} - found
        if not more:
            return found
        found |= more


def catch_up() -> int:
    """Write down what was destroyed and, by a cut, not written; return how many. For the worker."""
    known = read()
    missing = [
        one
        for key_id in PersonKey.objects.filter(destroyed_at__isnull=False).values_list("id", flat=True)
        for one in line_of(key_id) - known
    ]
    if missing:
        append(missing)
    return len(missing)


def apply() -> int:
    """Destroy again every key of the journal that the database believes to be alive; return how many. Before anybody is let in."""
    alive = PersonKey.objects.filter(id__in=list(read()), wrapped__isnull=False).values_list("id", flat=True)
    back = list(alive)
    for key_id in back:
        keys.destroy(key_id)
    return len(back)
