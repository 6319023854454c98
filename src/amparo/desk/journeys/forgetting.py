"""After an erasure: the links from the person's cases go, and with the last link an actor's words. For the worker.

The erasure itself has destroyed the person's key by then: what the person told of anybody can be read no more. What
is left to do here is that nothing says any longer to whom the erased cases led.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from amparo.desk.cases.erasing import ERASED
from amparo.desk.core import changes
from amparo.desk.core.models import Change

from . import acting
from .models import Actor, Amount, CaseActor, HeldDocument, Part

READER = "journeys"


def follow() -> int:
    """Act on every new erasure; return how many were read."""
    return changes.follow(READER, (ERASED,), _act)


def _act(change: Change) -> None:
    unlink(change.subject_id)


def unlink(person_id: uuid.UUID) -> int:
    """Take away every link from a person's cases, and end the actors to which no other case leads; return how many ended."""
    links = CaseActor.objects.filter(case__person_id=person_id)
    actors = list(Actor.objects.filter(pk__in=links.values("actor_id")))
    _cut(list(links.values_list("pk", flat=True)))
    return sum(acting.end_if_alone(actor) for actor in actors)


def _cut(link_ids: list[uuid.UUID]) -> None:
    """Take links away without a version of it: the key under which a version would be sealed is gone."""
    Part.objects.filter(link_id__in=link_ids).delete()
    for model in (HeldDocument, Amount):
        model.objects.filter(link_id__in=link_ids).update(link=None)
    rows: Any = CaseActor.objects.filter(pk__in=link_ids)
    rows._raw_delete(rows.db)


def finish_all() -> int:
    """End every actor whose key is gone or to which nothing leads, as after a restored backup; return how many."""
    left = list(Actor.objects.filter(ended_at=None, key__destroyed_at__isnull=False))
    for actor in left:
        with transaction.atomic():
            acting.end(actor, at=timezone.now())
    alone = list(Actor.objects.filter(ended_at=None, links=None))
    done = 0
    for actor in alone:
        with transaction.atomic():
            done += acting.end_if_alone(actor)
    return len(left) + done
