"""Writing to and reading from the ordered change log."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable

from django.db import connection, transaction
from django.db.models import Max

from . import keys
from .models import Change, Cursor

LOCK = 0x616D6368
"""The advisory lock of the log (PostgreSQL), shared by those who announce."""


def announce(kind: str, subject_id: uuid.UUID, *, organisation_id: uuid.UUID) -> None:
    """Tell upper rooms of a change, in the transaction that makes it."""
    with transaction.atomic():
        _lock("pg_advisory_xact_lock_shared")
        Change.objects.create(kind=kind, subject_id=subject_id, organisation_id=organisation_id)


def _lock(how: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {how}(%s)", [LOCK])


def _settled() -> int:
    """Return the place up to which every change is committed or was given up.

    PostgreSQL gives out places before commit, so a later place may become visible first; waiting
    once for all who are announcing keeps the slower one from being skipped. SQLite has one writer.
    """
    with transaction.atomic():
        _lock("pg_advisory_xact_lock")
        return Change.objects.aggregate(last=Max("sequence"))["last"] or 0


def follow(reader: str, kinds: Iterable[str], act: Callable[[Change], None], *, most: int = 500) -> int:
    """Hand each new change of these kinds to `act`, in order, once per reader; return how many were handed on.

    Each change and the reader's place in the log commit together, so that a process killed in
    between repeats nothing and skips nothing. `act` must check the present state again, and must do
    all it does in this transaction. A change whose `act` raises is handed on again next time.
    """
    wanted = Change.objects.filter(kind__in=list(kinds)).order_by("sequence")
    place, _ = Cursor.objects.get_or_create(reader=reader)
    if not wanted.filter(sequence__gt=place.sequence).exists():
        return 0
    wanted, done = wanted.filter(sequence__lte=_settled()), 0
    while done < most:
        with transaction.atomic():
            cursor = Cursor.objects.select_for_update().get(reader=reader)
            change = wanted.filter(sequence__gt=cursor.sequence).first()
            if change is None:
                return done
            keys.forget_opened()
            act(change)
            cursor.sequence = change.sequence
            cursor.save(update_fields=["sequence"])
        done += 1
    return done
