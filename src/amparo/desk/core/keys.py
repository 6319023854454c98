"""The key store: master key in memory, organisation keys under it, one key per person under those.

Erasing a person is destroying their key: `destroy` forgets the wrapped key, and every identifier,
narrative, file and audit link sealed under it can never be read again, backups apart.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from . import scope, sealing
from .ids import uuid7
from .rings import FIRST, Ring, unpacked
from .written import written

PATIENCE_MILLISECONDS = 250
"""How long a request waits for readers before it leaves emptying the journal to the worker."""

Follow = Callable[[Ring], tuple[Ring, Ring] | None]
"""Asked when the folder of keys has changed: returns the present master and site rings, or None where it cannot follow."""

_master: Ring | None = None
_site: Ring | None = None
_watched: Path | None = None
_follow: Follow | None = None
_seen: int | None = None
_organisations: dict[uuid.UUID, Ring] = {}
_persons: ContextVar[dict[uuid.UUID, Ring | None] | None] = ContextVar("person_keys", default=None)


class Locked(Exception):
    """The site's master key is not in memory: nothing sealed can be read or written."""


class KeyDestroyed(Exception):
    """The person's key was destroyed: what it sealed is gone for good."""


class KeyMissing(Exception):
    """The key store does not know this key: the database is damaged or of another site."""


def unlock(master: bytes | Ring, site: Ring | None = None, *, watched: Path | None = None, follow: Follow | None = None) -> None:
    """Hold the site's master key (32 bytes, or a ring of such keys) in this process.

    Without `site` the site's keys are derived from the master, as in the first sites. `watched` is the folder whose
    change says that keys were renewed.
    """
    global _master, _site, _watched, _follow, _seen
    ring = master if isinstance(master, Ring) else Ring.of(master)
    if any(len(key) != 32 for key in ring.held.values()):
        raise ValueError("a master key has 32 bytes")
    _master, _site, _watched, _follow = ring, site or ring, watched, follow
    _seen = _stamp()
    _organisations.clear()
    forget_opened()


def is_unlocked() -> bool:
    """Say whether this process can open sealed values."""
    return _master is not None


def master_ring() -> Ring:
    """Return the ring of the master key, or raise `Locked`."""
    if _master is None:
        raise Locked("the site is locked: it was started without its master key")
    return _master


def master() -> bytes:
    """Return the master key, or raise `Locked`."""
    return master_ring().key


def site_ring() -> Ring:
    """Return the ring of the site's own key, or raise `Locked`."""
    return _site if _site is not None and _master is not None else master_ring()


def site_key(purpose: str) -> bytes:
    """Return a key of the whole site for one purpose (drafts, checkpoints, files in transit)."""
    return site_ring().purpose("site/" + purpose)


def seal_at_site(purpose: str, plain: bytes, place: str) -> bytes:
    """Seal under the site's present key for a purpose."""
    return site_ring().seal(plain, place, "site/" + purpose)


def unseal_at_site(purpose: str, sealed: bytes, place: str) -> bytes:
    """Open what was sealed under the site's present key, or the one before it while that lasts."""
    if not site_ring().knows(sealed):
        look_again()
    return site_ring().unseal(sealed, place, "site/" + purpose)


def forget_opened() -> None:
    """Drop the person keys opened so far; called at the start of every request and task, which also sees renewed keys."""
    _persons.set({})
    if _watched is not None and _stamp() != _seen:
        look_again()


def _stamp() -> int | None:
    with suppress(OSError):
        return _watched.stat().st_mtime_ns if _watched is not None else None
    return None


def look_again() -> None:
    """Follow the folder of keys to the present ones, and read the organisations' anew when they are next asked for."""
    global _master, _site, _seen
    _seen = _stamp()
    _organisations.clear()
    found = _follow(_master) if _follow is not None and _master is not None else None
    if found is not None:
        _master, _site = found


def tell_others() -> None:
    """Let every process of the site see that keys were renewed: the folder changes, and they look again."""
    if _watched is not None:
        mark = _watched / f".renewed-{os.getpid()}"
        mark.touch(mode=0o600)
        mark.unlink()
    _organisations.clear()


def _opened() -> dict[uuid.UUID, Ring | None]:
    held = _persons.get()
    if held is None:
        held = {}
        _persons.set(held)
    return held


def forget_one(key_id: uuid.UUID) -> None:
    """Drop one opened person key, so that the next use reads it anew."""
    _opened().pop(key_id, None)


def organisation_ring(organisation_id: uuid.UUID) -> Ring:
    """Return the ring of the organisation's own key, made on first use.

    It is remembered only after commit: a key whose making was rolled back must never seal anything.
    """
    held = _organisations.get(organisation_id)
    if held is None:
        with scope.of(organisation_id):
            held = _organisation_ring(organisation_id)
        transaction.on_commit(partial(_organisations.__setitem__, organisation_id, held))
    return held


def _organisation_ring(organisation_id: uuid.UUID) -> Ring:
    from .models import OrganisationKey

    row = OrganisationKey.objects.filter(organisation_id=organisation_id).first()
    if row is None:
        place = organisation_place(organisation_id, FIRST)
        fresh = master_ring().seal(os.urandom(32), place)
        row, _ = OrganisationKey.objects.get_or_create(organisation_id=organisation_id, defaults={"wrapped": fresh})
    return row.ring()


def organisation_place(organisation_id: uuid.UUID, key_id: uuid.UUID) -> str:
    """Return the place of an organisation's wrapped key."""
    return f"organisation/{organisation_id}" + (f"/{key_id}" if key_id != FIRST else "")


def organisation_key(organisation_id: uuid.UUID) -> bytes:
    """Return the organisation's own present key."""
    return organisation_ring(organisation_id).key


def organisation_purpose(organisation_id: uuid.UUID, purpose: str) -> bytes:
    """Return the organisation's key for one purpose; `purposes` says what a renewal does to it."""
    return organisation_ring(organisation_id).purpose(purpose)


def seal_under(organisation_id: uuid.UUID, purpose: str, plain: bytes, place: str) -> bytes:
    """Seal under the organisation's present key for a purpose."""
    return organisation_ring(organisation_id).seal(plain, place, purpose)


def unseal_under(organisation_id: uuid.UUID, purpose: str, sealed: bytes, place: str, *, own: uuid.UUID = FIRST) -> bytes:
    """Open what was sealed under the organisation's present key, or the one before it while that lasts."""
    return _ring_for(organisation_id, sealed, own=own).unseal(sealed, place, purpose, own=own)


def purpose_under(organisation_id: uuid.UUID, purpose: str, sealed: bytes) -> bytes:
    """Return the key that opens what was sealed for a purpose under the same key as this: made once for many values."""
    return _ring_for(organisation_id, sealed, own=FIRST).purpose_of(sealed, purpose)


def _ring_for(organisation_id: uuid.UUID, sealed: bytes, *, own: uuid.UUID) -> Ring:
    """Return the organisation's ring, read anew where it lacks the key that a value names."""
    ring = organisation_ring(organisation_id)
    if ring.knows(sealed, own=own):
        return ring
    look_again()
    return organisation_ring(organisation_id)


def new_person_key(organisation_id: uuid.UUID) -> uuid.UUID:
    """Make and store a data key for one person; return its id."""
    return new_person_keys(organisation_id, 1)[0]


def new_person_keys(organisation_id: uuid.UUID, count: int) -> list[uuid.UUID]:
    """Make and store many person keys at once; return their ids."""
    from .models import PersonKey

    above, rows = organisation_ring(organisation_id), []
    for _ in range(count):
        key_id, plain = uuid7(), os.urandom(32)
        _opened()[key_id] = Ring.of(plain, key_id)
        wrapped = above.seal(plain, person_place(organisation_id, key_id))
        rows.append(PersonKey(id=key_id, organisation_id=organisation_id, wrapped=wrapped))
    PersonKey.objects.bulk_create(rows)
    return [row.id for row in rows]


def person_place(organisation_id: uuid.UUID, key_id: uuid.UUID) -> str:
    """Return the place of a person's wrapped key."""
    return f"person/{organisation_id}/{key_id}"


def open_many(key_ids: Iterable[uuid.UUID]) -> None:
    """Open the keys of a whole page with one query, before its rows are read.

    One that was damaged is passed over, and raises when its own row is read: it keeps no other from being read.
    """
    opened = _opened()
    wanted = {key_id for key_id in key_ids if key_id and key_id not in opened}
    open_read(_wrapped(wanted), passing_over=len(wanted) > 1)


@written
def _wrapped(key_ids: Collection[uuid.UUID]) -> Any:
    from .models import PersonKey

    return PersonKey.objects.filter(id__in=key_ids).values_list(*COLUMNS)


COLUMNS = ("id", "organisation_id", "wrapped", "sealed_kept")
"""What of a person's key `open_read` takes, in this order."""


def open_read(rows: Iterable[tuple[Any, ...]], *, passing_over: bool = True) -> None:
    """Open keys whose `COLUMNS` a query of the persons has brought along; with `passing_over` not the damaged ones."""
    opened, above = _opened(), dict[uuid.UUID, Ring]()
    for key_id, owner, wrapped, kept in rows:
        try:
            opened[key_id] = _person_ring(key_id, owner, bytes(wrapped), kept, above) if wrapped else None
        except sealing.Unopenable:
            if not passing_over:
                raise


def _person_ring(key_id: uuid.UUID, owner: uuid.UUID, wrapped: bytes, sealed_kept: bytes, above: dict[uuid.UUID, Ring]) -> Ring:
    place = person_place(owner, key_id)
    if owner not in above or not above[owner].knows(wrapped, own=key_id):
        above[owner] = _ring_for(owner, wrapped, own=key_id)
    plain = above[owner].unseal(wrapped, place, own=key_id)
    kept = unpacked(sealing.unseal(plain, bytes(sealed_kept), place + "/kept")) if sealed_kept else {}
    return Ring.of(plain, key_id, kept)


def person_ring(key_id: uuid.UUID) -> Ring:
    """Return the ring of a person's key; raise `KeyDestroyed` where it was destroyed, `KeyMissing` where there never was one."""
    if key_id not in _opened():
        open_many([key_id])
    try:
        ring = _opened()[key_id]
    except KeyError:
        raise KeyMissing(str(key_id)) from None
    if ring is None:
        raise KeyDestroyed(str(key_id))
    return ring


def person_key(key_id: uuid.UUID) -> bytes:
    """Return a person's data key; raise `KeyDestroyed` where it was destroyed, `KeyMissing` where there never was one."""
    return person_ring(key_id).key


def person_purpose(key_id: uuid.UUID, purpose: str) -> bytes:
    """Return a person's key for one purpose: audit, drafts, files."""
    return person_ring(key_id).purpose(purpose)


def destroy(key_id: uuid.UUID) -> None:
    """Forget a person's key for good, and the keys it took the place of; what was destroyed is written beside the database.

    On SQLite its bytes leave the journal as well as the file.

    While somebody still reads an older state the journal cannot be emptied: the worker tries again
    at every round until it is (`empty_journal`).
    """
    destroy_many([key_id])


def destroy_many(key_ids: Iterable[uuid.UUID]) -> None:
    """Forget the keys of many persons as `destroy` does one: the journals are written and emptied once for all."""
    from . import destroyed
    from .models import PersonKey, Renewal

    lies, gone = connection.vendor == "sqlite", destroyed.lines_of(key_ids)
    rows = PersonKey.objects.filter(id__in=gone)
    rows.update(wrapped=None, sealed_kept=b"", destroyed_at=timezone.now(), is_in_journal=lies)
    Renewal.objects.filter(from_id__in=gone, finished_at=None).update(finished_at=timezone.now(), left=0)
    _opened().update(dict.fromkeys(gone))
    transaction.on_commit(partial(destroyed.append, gone))
    transaction.on_commit(empty_journal)


def empty_journal() -> bool:
    """Empty SQLite's journal when a destroyed key may still lie in it; say whether none does any more."""
    from .models import PersonKey, Renewal

    lying: list[tuple[Any, uuid.UUID]] = [
        (model, pk)
        for model in (PersonKey, Renewal)
        for pk in model._default_manager.filter(is_in_journal=True).values_list("id", flat=True)
    ]
    if lying and not _is_emptied():
        return False
    for start in range(0, len(lying), 500):
        some = lying[start : start + 500]
        for model in {model for model, _pk in some}:
            model._default_manager.filter(id__in=[pk for one, pk in some if one is model]).update(is_in_journal=False)
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
