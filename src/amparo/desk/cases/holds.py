"""Placing and lifting what stands against erasing or using a person's record; each locks the person, as erasing does."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.core import changes, withholding
from amparo.desk.core.models import PersonKey

from . import joined, policies
from .actions import require_same
from .keeping import LegalHold, Restriction
from .models import Case, Conflict, Person

RESTRICTED = "person.restricted"


def of(person_id: uuid.UUID) -> QuerySet[LegalHold]:
    """Return every hold on the person, on whichever of their records it was placed."""
    return LegalHold.objects.filter(person_id__in=joined.ids(person_id))


def is_held(person_id: uuid.UUID) -> bool:
    """Say whether something keeps everything about a person, on whichever of their records it was placed."""
    return LegalHold.objects.filter(person_id__in=joined.ids(person_id), lifted_at=None).exists()


def is_restricted(person_id: uuid.UUID) -> bool:
    """Say whether a person's record may go into evidence and to others."""
    return Restriction.objects.filter(person_id__in=joined.ids(person_id), lifted_at=None).exists()


def restricted(organisation_id: uuid.UUID) -> Any:
    """Return the ids of the persons of an organisation whose record stays where it is."""
    return joined.widened(Restriction.objects.filter(organisation_id=organisation_id, lifted_at=None).values("person_id"))


def locked(person_id: uuid.UUID) -> Person:
    """Wait for whoever erases this person or adds to one of their cases, and open nothing with a key that was read before."""
    return next(person for person in joined.locked([person_id]) if person.pk == person_id)


def living(person_id: uuid.UUID) -> Person:
    """Return a person so locked; raise `Denied` where somebody erased them first."""
    person = locked(person_id)
    # A statement of its own: what is joined to a row that was waited for is read as it was before the wait.
    if PersonKey.objects.filter(pk=person.key_id).exclude(destroyed_at=None).exists():
        raise Denied("erased")
    return person


@transaction.atomic
def place(*, case: Case, by: Member, authority: str, reference: str, reason: str, row_id: uuid.UUID) -> LegalHold:
    """Keep everything about a person from now on, whoever wants it erased."""
    require(policies.may_hold(by.facts, case.facts, authority=authority, reason=reason))
    person = living(case.person_id)
    before: LegalHold | None = LegalHold.objects.filter(pk=row_id, person=person).first()
    told = {"authority": authority, "reference": reference, "reason": reason}
    if before is not None:
        require_same(before, told)
        return before
    owner = {"organisation_id": case.organisation_id, "key_id": person.key_id, "person": person, "placed_by": by}
    hold: LegalHold = LegalHold.objects.create(id=row_id, **owner, **told)
    audit.record("hold.placed", case, by=by)
    return hold


@transaction.atomic
def lift(*, hold: LegalHold, case: Case, by: Member, reason: str) -> None:
    """Let a record be erased again; never the member who placed the hold."""
    living(case.person_id)
    hold = LegalHold.objects.select_for_update().get(pk=hold.pk, person_id__in=joined.ids(case.person_id))
    require(
        policies.may_lift_hold(
            by.facts, case.facts, policies.HoldFacts(hold.placed_by_id, hold.lifted_at is not None), reason=reason
        )
    )
    hold.lifted_by, hold.lifted_at, hold.lift_reason = by, timezone.now(), reason
    hold.save()
    audit.record("hold.lifted", case, by=by)


PLACED = (LegalHold, Restriction, Conflict)
"""What holds for every record of a person, on whichever it was placed."""


def standing_on(person_ids: Iterable[uuid.UUID], *, since: datetime) -> list[LegalHold | Restriction | Conflict]:
    """Return what was placed on these records since a moment and stands still."""
    placed = {"person_id__in": list(person_ids), "recorded_at__gte": since, "key__destroyed_at": None}
    rows = [model.objects.filter(**placed) for model in PLACED]
    held, restricted, conflicts = rows
    today = timezone.localdate()
    return [*held.filter(lifted_at=None), *restricted.filter(lifted_at=None), *conflicts.filter(Q(until=None) | Q(until__gt=today))]


def copy_to(row: LegalHold | Restriction | Conflict, person: Person) -> None:
    """Place the same on another record, sealed under its own key, unless it stands there."""
    model = type(row)
    stands = model.objects.filter(person=person)
    if model is Restriction and stands.filter(lifted_at=None).exists():
        return
    if isinstance(row, Conflict) and stands.filter(member=row.member_id, until=None).exists():
        return
    own = {"id", "key", "person", "recorded_at", "version"}
    names = [field.name for field in model._meta.concrete_fields if field.name not in own]
    with withholding.as_the_office():
        model.objects.create(key_id=person.key_id, person=person, **{name: getattr(row, name) for name in names})


@transaction.atomic
def restrict(*, case: Case, by: Member) -> None:
    """Stop every use of a person's record for evidence and every passing on, from now on; the rooms above are told."""
    require(policies.may_note(by.facts, case.facts))
    person = living(case.person_id)
    if is_restricted(person.pk):
        return
    Restriction.objects.create(organisation_id=case.organisation_id, key_id=person.key_id, person=person, placed_by=by)
    for one in joined.cases_of(person.pk):
        changes.announce(RESTRICTED, one.pk, organisation_id=one.organisation_id)
    audit.record("restriction.placed", case, by=by)


@transaction.atomic
def lift_restriction(*, case: Case, by: Member) -> None:
    """Let the consents count again; a supervisor decides it."""
    require(policies.may_staff(by.facts, case.facts))
    living(case.person_id)
    rows = Restriction.objects.filter(person_id__in=joined.ids(case.person_id), lifted_at=None)
    if rows.update(lifted_by=by, lifted_at=timezone.now()):
        audit.record("restriction.lifted", case, by=by)
