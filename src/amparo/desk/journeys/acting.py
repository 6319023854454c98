"""Writing who is told of: an actor under a key of its own, the link from the case, and what they did in each leg."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.cases import erasing, policies
from amparo.desk.cases.actions import lock, put, require_same, save
from amparo.desk.cases.models import Case
from amparo.desk.core import keys, locking, withholding
from amparo.desk.core.ids import uuid7

from .choices import ActorKind
from .models import Actor, CaseActor, Leg, Likeness, Part

ACTOR_FIELDS = ("kind", "name", "aliases", "phones", "accounts", "agency", "description")
LINK_FIELDS = ("relation", "called", "told")


def split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what belongs to the actor, and what to the link from the case."""
    actor = {name: value for name, value in values.items() if name in ACTOR_FIELDS}
    return actor, {name: value for name, value in values.items() if name not in ACTOR_FIELDS}


@transaction.atomic
def add_actor(*, case: Case, by: Member, values: Mapping[str, Any], row_id: uuid.UUID | None = None) -> CaseActor:
    """Record somebody who is told of: a new actor and the case's link to it; posted twice it is one.

    Nothing is looked up: a case that tells of an actor learns nothing of another that does.
    """
    require(policies.may_change(by.facts, case.facts))
    lock(case)
    existing: CaseActor | None = CaseActor.objects.select_related("actor").filter(pk=row_id).first() if row_id else None
    about, told = split(values)
    if existing is not None:
        if existing.case_id != case.pk:
            raise Denied("posted_otherwise")
        withholding.admit([existing.actor.key_id])
        require_same(existing.actor, about)
        require_same(existing, told)
        return existing
    actor = Actor(organisation_id=case.organisation_id, key_id=keys.new_person_key(case.organisation_id))
    withholding.admit([actor.key_id])
    put(actor, about, ACTOR_FIELDS)
    save(actor, by=by)
    last = CaseActor.objects.filter(case=case).aggregate(last=Max("number"))["last"] or 0
    link = CaseActor(id=row_id or uuid7(), organisation_id=case.organisation_id, key_id=case.key_id, case=case, number=last + 1)
    link.actor = actor
    put(link, told, LINK_FIELDS)
    save(link, by=by)
    audit.record("leg.actor_added", case, by=by)
    return link


@transaction.atomic
def change_actor(*, link: CaseActor, by: Member, values: Mapping[str, Any], version: int, actor_version: int) -> list[str]:
    """Change what a case tells of an actor; return the names of the changed fields. Raises `Stale` on an older version."""
    require(policies.may_change(by.facts, link.case.facts))
    about, told = split(values)
    changed_actor, changed_link = put(link.actor, about, ACTOR_FIELDS), put(link, told, LINK_FIELDS)
    if changed_actor:
        save(link.actor, by=by, version=actor_version)
    elif link.actor.version != actor_version:
        raise locking.Stale
    if changed_link:
        save(link, by=by, version=version)
    elif link.version != version:
        raise locking.Stale
    if changed_actor or changed_link:
        audit.record("leg.actor_changed", link.case, by=by, details={"fields": sorted([*changed_actor, *changed_link])})
    return [*changed_actor, *changed_link]


@transaction.atomic
def remove_actor(*, link: CaseActor, by: Member, version: int) -> None:
    """Take an actor out of a case, recorded by mistake; with the last case that led there its words end."""
    require(policies.may_change(by.facts, link.case.facts))
    save(link, by=by, version=version)
    actor = link.actor
    link.delete()
    audit.record("leg.actor_removed", link.case, by=by)
    end_if_alone(actor)


@transaction.atomic
def take_part(*, leg: Leg, link: CaseActor, by: Member, roles: Sequence[str], seen: Sequence[str] | None = None) -> Part | None:
    """Say what an actor did in a leg; nothing takes them out of it.

    `seen` are the roles that stood there when somebody began to say it; raises `Stale` where others stand there now.
    """
    require(policies.may_change(by.facts, leg.case.facts))
    if link.case_id != leg.case_id:
        raise Denied("posted_otherwise")
    lock(leg.case)
    row: Part | None = Part.objects.filter(leg=leg, link=link).first()
    now = set(row.roles) if row is not None else set()
    if seen is not None and now != set(seen) and now != set(roles):
        raise locking.Stale
    if not roles:
        if row is not None:
            row.delete()
            audit.record("leg.part_removed", leg.case, by=by, details={"position": leg.position})
        return None
    row = row or Part(organisation_id=leg.organisation_id, key_id=leg.key_id, leg=leg, link=link)
    if row._state.adding or row.roles != list(roles):
        row.roles = list(roles)
        row.save()
        audit.record("leg.part_recorded", leg.case, by=by, details={"position": leg.position})
    return row


def end_if_alone(actor: Actor, *, at: datetime | None = None) -> bool:
    """End an actor's words where no case leads to it any more; say whether they ended."""
    locked = Actor.objects.select_for_update(of=("self",)).get(pk=actor.pk)
    if locked.ended_at is not None or CaseActor.objects.filter(actor_id=actor.pk).exists():
        return False
    end(locked, at=at or timezone.now())
    return True


def end(actor: Actor, *, at: datetime) -> None:
    """Destroy an actor's key and cut what it sealed, in every version; nothing says any more that two were one."""
    Likeness.objects.filter(one_id=actor.pk).delete()
    Likeness.objects.filter(other_id=actor.pk).delete()
    history: Any = Actor.history.model  # type: ignore[attr-defined]
    for model in (Actor, history):
        erasing.hollow(model, [actor.key_id])
        model._base_manager.filter(key_id=actor.key_id).update(kind=ActorKind.UNKNOWN, code_editions={})
    Actor.objects.filter(pk=actor.pk).update(ended_at=at)
    audit.record("leg.actor_ended", organisation_id=actor.organisation_id)
    keys.destroy(actor.key_id)
