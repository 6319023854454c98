"""Renewing a key while people work: what the old key sealed is found by its header, moved in small steps, and counted to nothing.

Nothing remembers how far a renewal has come: what is still to do is asked of the database, so a process
killed at any point leaves nothing half, and the next one goes on. A value is exchanged only while it still
is what was read, so a writer in between wins. Both keys open until the end; the old one is destroyed when
nothing has referred to it for `GRACE`, longer than any request or task lasts that may still hold it.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from logging import getLogger
from typing import Any, Protocol

from django.db import connection, models, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Substr
from django.utils import timezone

from . import keys, sealing
from .fields import Sealed, SealedTextField
from .ids import uuid7
from .models import OrganisationKey, PersonKey, Renewal
from .purposes import KEPT_BY_ORGANISATION, KEPT_BY_PERSON
from .rings import Ring, packed

BATCH = 100
"""Rows a step, on SQLite a transaction: a few milliseconds, so that nobody waits."""
GRACE = timedelta(hours=1)
PASSES = 3
"""How often a step begins anew for rows in which a writer won."""
log = getLogger(__name__)


class UnderWay(Exception):
    """This key is being renewed already."""


class Mover(Protocol):
    """One kind of thing that is sealed straight under a key that can be renewed."""

    scope: str

    def waiting(self, renewal: Renewal) -> QuerySet[Any]:
        """Return the rows that still refer to another key than the new one."""

    def move(self, row: Any, renewal: Renewal) -> None:
        """Seal what a row holds under the new key, unless it changed since it was read."""


def header(field: str) -> Substr:
    """Return the id of the key that a sealed column names, as bytes."""
    return Substr(field, 2, 16, output_field=models.BinaryField())


class Column:
    """A binary column sealed under the ring of an organisation or of the site."""

    def __init__(
        self,
        model: type[models.Model],
        field: str,
        *,
        purpose: str,
        place: Callable[[Any], str],
        scope: str = Renewal.Scope.ORGANISATION,
        ring: Callable[[Renewal], Ring] | None = None,
        where: Q | None = None,
        names_itself: bool = False,
    ) -> None:
        self.model, self.field, self.purpose, self.place, self.scope = model, field, purpose, place, scope
        self.where, self.names_itself = where or Q(), names_itself
        self.ring = ring or (lambda renewal: keys.organisation_ring(renewal.subject_id))

    def waiting(self, renewal: Renewal) -> QuerySet[Any]:
        """Return the rows whose header names another key than the present one."""
        owned = Q(organisation_id=renewal.subject_id) if self.scope == Renewal.Scope.ORGANISATION else Q()
        filled = self.model._base_manager.filter(owned, self.where).exclude(**{self.field: b""}).exclude(**{self.field: None})
        current = self.ring(renewal).current.bytes
        return filled.annotate(named=header(self.field)).exclude(named=current)

    def move(self, row: Any, renewal: Renewal) -> None:
        """Open under the ring, seal under its present key, and exchange."""
        held, place = bytes(getattr(row, self.field)), self.place(row)
        own = {"own": row.pk} if self.names_itself else {}
        ring = self.ring(renewal)
        fresh = ring.seal(ring.unseal(held, place, self.purpose, **own), place, self.purpose)
        self.model._base_manager.filter(pk=row.pk, **{self.field: held}).update(**{self.field: fresh})


class PersonRows:
    """A model's rows about a person, its history too: every sealed field, and the key that the row names."""

    scope = Renewal.Scope.PERSON

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        self.fields = [field for field in model._meta.concrete_fields if isinstance(field, SealedTextField)]

    def waiting(self, renewal: Renewal) -> QuerySet[Any]:
        """Return the rows that name the old key, or hold a value that does."""
        old, rows = renewal.subject_id, self.model._base_manager.filter(key_id__in=(renewal.subject_id, renewal.to_id))
        rows = rows.annotate(**{f"named_{field.attname}": header(field.attname) for field in self.fields})
        mixed = (Q(**{f"named_{field.attname}": old.bytes}) for field in self.fields)
        found = Q(key_id=old)
        for one in mixed:
            found |= one
        return rows.filter(found)

    def move(self, row: Any, renewal: Renewal) -> None:
        """Seal every field of a row under the new key and exchange them together with the key it names.

        Raise `Unopenable` where one of them does not open, or names another key: the row stays, and with it the old key.
        """
        old, new = keys.person_ring(renewal.subject_id), keys.person_ring(renewal.to_id)
        held: dict[str, bytes] = {}
        fresh: dict[str, Any] = {"key_id": renewal.to_id}
        for field in self.fields:
            value = row.__dict__.get(field.attname)
            if isinstance(value, Sealed):
                held[field.attname] = bytes(value)
                named = sealing.key_id_of(value)
                if named not in (renewal.subject_id, renewal.to_id):
                    raise sealing.Unopenable("names no key of this person")
                if named == renewal.subject_id:
                    place = field.place(row)
                    fresh[field.attname] = new.seal(old.unseal(value, place), place)
        self.model._base_manager.filter(pk=row.pk, key_id=row.key_id, **held).update(**fresh)


def person_rows(models_of_the_site: Iterable[type[models.Model]]) -> list[PersonRows]:
    """Return a mover for every model whose rows name a person's key."""
    return [PersonRows(model) for model in models_of_the_site if names_a_key(model)]


def names_a_key(model: type[models.Model]) -> bool:
    """Say whether a model's rows are about a person, under their key."""
    return any(field.name == "key" and field.related_model is PersonKey for field in model._meta.concrete_fields)


@transaction.atomic
def begin_organisation(organisation_id: uuid.UUID) -> Renewal:
    """Make the organisation a new key; from the commit on it seals, and both open."""
    keys.organisation_ring(organisation_id)
    row = OrganisationKey.objects.select_for_update().get(organisation_id=organisation_id)
    _refuse_twice(Renewal.Scope.ORGANISATION, organisation_id)
    ring, key_id, key = row.ring(), uuid7(), os.urandom(32)
    row.before_id, row.key_id = row.key_id, key_id
    row.wrapped = keys.master_ring().seal(key, row.place)
    row.sealed_before = sealing.seal(key, key_id, ring.key, f"{row.place}/before/{row.before_id}")
    row.sealed_kept = sealing.seal(key, key_id, packed(ring.carried(KEPT_BY_ORGANISATION)), row.place + "/kept")
    row.save()
    transaction.on_commit(keys.tell_others)
    return Renewal.objects.create(scope=Renewal.Scope.ORGANISATION, subject_id=organisation_id, from_id=row.before_id, to_id=key_id)


@transaction.atomic
def begin_person(key_id: uuid.UUID) -> Renewal:
    """Make a person a new key; from the commit on the worker moves what the old one sealed."""
    old = PersonKey.objects.select_for_update(no_key=True).get(id=key_id)  # rows that name it may be written meanwhile
    if Renewal.objects.filter(scope=Renewal.Scope.PERSON, to_id=key_id, finished_at=None).exists():
        raise UnderWay
    _refuse_twice(Renewal.Scope.PERSON, key_id)
    ring = keys.person_ring(key_id)
    new_id = keys.new_person_key(old.organisation_id)
    place = keys.person_place(old.organisation_id, new_id) + "/kept"
    kept = sealing.seal(keys.person_key(new_id), new_id, packed(ring.carried(KEPT_BY_PERSON)), place)
    PersonKey.objects.filter(id=new_id).update(sealed_kept=kept)
    keys.forget_one(new_id)
    return Renewal.objects.create(scope=Renewal.Scope.PERSON, subject_id=key_id, from_id=key_id, to_id=new_id)


def begin_site(before_id: uuid.UUID, key_id: uuid.UUID) -> Renewal:
    """Write down that the master key's file names a new key; the file is what counts, this is how it is followed."""
    found, _ = Renewal.objects.get_or_create(
        scope=Renewal.Scope.SITE, subject_id=uuid.UUID(int=0), finished_at=None, defaults={"from_id": before_id, "to_id": key_id}
    )
    return found


def _refuse_twice(scope: str, subject_id: uuid.UUID) -> None:
    if Renewal.objects.filter(scope=scope, subject_id=subject_id, finished_at=None).exists():
        raise UnderWay


def advance(renewal: Renewal, movers: Sequence[Mover], *, seconds: float = 3.0, batch: int = BATCH) -> bool:
    """Move what still refers to the old key, for some seconds; say whether nothing does any more."""
    until = time.monotonic() + seconds
    mine = [mover for mover in movers if mover.scope == renewal.scope]
    done = [_moved_all(mover, renewal, until, batch) for mover in mine]  # every one has its turn, also after one that is stuck
    is_done = all(done)
    left = 0 if is_done else sum(mover.waiting(renewal).count() for mover in mine)
    moved_at = (renewal.moved_at or timezone.now()) if not left else None
    Renewal.objects.filter(pk=renewal.pk).update(left=left, total=max(renewal.total, left), moved_at=moved_at)
    renewal.refresh_from_db()
    return not left


def measure(renewal: Renewal, movers: Sequence[Mover]) -> int:
    """Count what refers to the old key, as the whole of which `left` is a part."""
    left = sum(mover.waiting(renewal).count() for mover in movers if mover.scope == renewal.scope)
    Renewal.objects.filter(pk=renewal.pk).update(left=left, total=left)
    renewal.refresh_from_db()
    return left


def _moved_all(mover: Mover, renewal: Renewal, until: float, batch: int) -> bool:
    for _pass in range(PASSES):
        last: Any = None
        while rows := list(_next(mover.waiting(renewal), last, batch)):
            keys.forget_opened()
            with _together():
                for row in rows:
                    _move(mover, row, renewal)
            last = rows[-1].pk
            if time.monotonic() > until:
                break
        if last is None:
            return True
    return not mover.waiting(renewal).exists()


def _together() -> AbstractContextManager[Any]:
    """One transaction for some rows on SQLite, which has one writer; each row its own on PostgreSQL.

    Whoever holds no row while waiting for another can be in no deadlock.
    """
    return transaction.atomic() if connection.vendor == "sqlite" else nullcontext()


def _move(mover: Mover, row: Any, renewal: Renewal) -> None:
    """Move one row; what does not open is told and left, so that it neither stops the others nor loses its key."""
    try:
        mover.move(row, renewal)
    except sealing.Unopenable:
        log.error("renewal: %s %s does not open", row._meta.label, row.pk)


def _next(waiting: QuerySet[Any], last: Any, batch: int) -> QuerySet[Any]:
    after = waiting.filter(pk__gt=last) if last is not None else waiting
    return after.order_by("pk")[:batch]


def is_due(renewal: Renewal, *, now: datetime, grace: timedelta = GRACE) -> bool:
    """Say whether nothing has referred to the old key for long enough to destroy it."""
    return renewal.moved_at is not None and now - renewal.moved_at >= grace


def finish(renewal: Renewal, movers: Sequence[Mover], *, now: datetime, grace: timedelta = GRACE) -> bool:
    """Ask once more whether anything refers to the old key; if nothing does, destroy it. Say whether it was destroyed.

    A renewal of the site ends with its file (`config.renewals`), which calls this last.
    """
    with transaction.atomic():
        renewal = Renewal.objects.select_for_update().get(pk=renewal.pk)
        if renewal.finished_at or not is_due(renewal, now=now, grace=grace):
            return False
        left = sum(mover.waiting(renewal).count() for mover in movers if mover.scope == renewal.scope)
        if left:
            Renewal.objects.filter(pk=renewal.pk).update(left=left, moved_at=None)
            return False
        _destroy_old(renewal)
        Renewal.objects.filter(pk=renewal.pk).update(finished_at=now, left=0, is_in_journal=connection.vendor == "sqlite")
        transaction.on_commit(keys.tell_others)
        transaction.on_commit(keys.empty_journal)
    return True


def _destroy_old(renewal: Renewal) -> None:
    match renewal.scope:
        case Renewal.Scope.ORGANISATION:
            wanted = OrganisationKey.objects.filter(organisation_id=renewal.subject_id, key_id=renewal.to_id)
            wanted.update(before_id=None, sealed_before=b"")
        case Renewal.Scope.PERSON:
            # Not emptied but taken away: a row that still named it would be refused by the database.
            PersonKey.objects.filter(id=renewal.subject_id).delete()
