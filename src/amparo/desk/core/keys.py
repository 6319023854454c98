"""The key store: master key in memory, organisation keys under it, one key per person under those.

Erasing a person is destroying their key: `destroy` forgets the wrapped key, and every identifier,
narrative, file and audit link sealed under it can never be read again, backups apart.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable
from contextvars import ContextVar
from functools import partial

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from . import scope, sealing
from .ids import uuid7

PATIENCE_MILLISECONDS = 250
"""How long a request waits for readers before it leaves emptying the journal to the worker."""

_master: bytes | None = None
_organisations: dict[uuid.UUID, bytes] = {}
_persons: ContextVar[dict[uuid.UUID, bytes | None] | None] = ContextVar("person_keys", default=None)


class Locked(Exception):
    """The site's master key is not in memory: nothing sealed can be read or written."""


class KeyDestroyed(Exception):
    """The person's key was destroyed: what it sealed is gone for good."""


class KeyMissing(Exception):
    """The key store does not know this key: the database is damaged or of another site."""


def unlock(master: bytes) -> None:
    """Hold the site's master key (32 bytes) in this process."""
    global _master
    if len(master) != 32:
        raise ValueError("a master key has 32 bytes")
    _master = master
    _organisations.clear()
    forget_opened()


def is_unlocked() -> bool:
    """Say whether this process can open sealed values."""
    return _master is not None


def master() -> bytes:
    """Return the master key, or raise `Locked`."""
    if _master is None:
        raise Locked("the site is locked: it was started without its master key")
    return _master


def site_key(purpose: str) -> bytes:
    """Return a key of the whole site for one purpose (drafts, checkpoints, files in transit)."""
    return sealing.derive(master(), "site/" + purpose)


def forget_opened() -> None:
    """Drop the person keys opened so far; called at the start of every request and task."""
    _persons.set({})


def _opened() -> dict[uuid.UUID, bytes | None]:
    held = _persons.get()
    if held is None:
        held = {}
        _persons.set(held)
    return held


def organisation_key(organisation_id: uuid.UUID) -> bytes:
    """Return the organisation's own key, made on first use.

    It is remembered only after commit: a key whose making was rolled back must never seal anything.
    """
    from .models import OrganisationKey

    held = _organisations.get(organisation_id)
    if held is None:
        place = f"organisation/{organisation_id}"
        with scope.of(organisation_id):
            row = OrganisationKey.objects.filter(organisation_id=organisation_id).first()
            if row is None:
                fresh = sealing.seal(master(), uuid.UUID(int=0), os.urandom(32), place)
                row, _ = OrganisationKey.objects.get_or_create(organisation_id=organisation_id, defaults={"wrapped": fresh})
        held = sealing.unseal(master(), bytes(row.wrapped), place)
        transaction.on_commit(partial(_organisations.__setitem__, organisation_id, held))
    return held


def organisation_purpose(organisation_id: uuid.UUID, purpose: str) -> bytes:
    """Return the organisation's key for one purpose: blind index, audit, pool pseudonyms."""
    return sealing.derive(organisation_key(organisation_id), purpose)


def new_person_key(organisation_id: uuid.UUID) -> uuid.UUID:
    """Make and store a data key for one person; return its id."""
    return new_person_keys(organisation_id, 1)[0]


def new_person_keys(organisation_id: uuid.UUID, count: int) -> list[uuid.UUID]:
    """Make and store many person keys at once; return their ids."""
    from .models import PersonKey

    above, rows = organisation_key(organisation_id), []
    for _ in range(count):
        key_id, plain = uuid7(), os.urandom(32)
        _opened()[key_id] = plain
        wrapped = sealing.seal(above, key_id, plain, _place(organisation_id, key_id))
        rows.append(PersonKey(id=key_id, organisation_id=organisation_id, wrapped=wrapped))
    PersonKey.objects.bulk_create(rows)
    return [row.id for row in rows]


def _place(organisation_id: uuid.UUID, key_id: uuid.UUID) -> str:
    return f"person/{organisation_id}/{key_id}"


def open_many(key_ids: Iterable[uuid.UUID]) -> None:
    """Open the keys of a whole page with one query, before its rows are read."""
    from .models import PersonKey

    opened = _opened()
    wanted = {key_id for key_id in key_ids if key_id and key_id not in opened}
    above: dict[uuid.UUID, bytes] = {}
    for row in PersonKey.objects.filter(id__in=wanted) if wanted else ():
        owner = row.organisation_id
        if owner not in above:
            above[owner] = organisation_key(owner)
        opened[row.id] = sealing.unseal(above[owner], bytes(row.wrapped), _place(owner, row.id)) if row.wrapped else None


def person_key(key_id: uuid.UUID) -> bytes:
    """Return a person's data key; raise `KeyDestroyed` where it was destroyed, `KeyMissing` where there never was one."""
    if key_id not in _opened():
        open_many([key_id])
    try:
        key = _opened()[key_id]
    except KeyError:
        raise KeyMissing(str(key_id)) from None
    if key is None:
        raise KeyDestroyed(str(key_id))
    return key


def destroy(key_id: uuid.UUID) -> None:
    """Forget a person's key for good; on SQLite its bytes leave the journal as well as the file.

    While somebody still reads an older state the journal cannot be emptied: the worker tries again
    at every round until it is (`empty_journal`).
    """
    from .models import PersonKey

    lies = connection.vendor == "sqlite"
    PersonKey.objects.filter(id=key_id).update(wrapped=None, destroyed_at=timezone.now(), is_in_journal=lies)
    _opened()[key_id] = None
    transaction.on_commit(empty_journal)


def empty_journal() -> bool:
    """Empty SQLite's journal when a destroyed key may still lie in it; say whether none does any more."""
    from .models import PersonKey

    lying = list(PersonKey.objects.filter(is_in_journal=True).values_list("id", flat=True))
    if lying and not _is_emptied():
        return False
    for key_id in lying:
        PersonKey.objects.filter(id=key_id).update(is_in_journal=False)
    return True


def _is_emptied() -> bool:
    """Move the journal into the file and cut it to nothing; False where a reader or writer stands in the way."""
    if connection.vendor != "sqlite":
        return True
    with connection.cursor() as cursor:
        patience = int(cursor.execute("PRAGMA busy_timeout").fetchone()[0])
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_MILLISECONDS}")
        try:
            busy: int = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except OperationalError:
            return False
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {patience}")
    return busy == 0
