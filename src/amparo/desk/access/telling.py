"""Recorded events with the names of the members who acted: what every page shows that tells what was done."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone

from amparo.desk.audit import wording
from amparo.desk.audit.models import Event
from amparo.desk.core.written import written

from .models import Member


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it is shown: when it was recorded, what, by whom; `on` is the day it happened, where that is another."""

    at: datetime
    on: date | None
    words: str
    actor: str
    place: int = 0
    pseudonym: str = ""


def told(events: Iterable[Event], organisation_id: uuid.UUID) -> list[Told]:
    """Put events into words, with the names of the members who acted."""
    events = list(events)
    acted = {str(event.actor_id) for event in events if event.actor_id}
    names = member_names(acted.union(*(wording.people_in(event.details) for event in events)), organisation_id)
    return [_told(event, names) for event in events]


def _told(event: Event, names: Mapping[str, str]) -> Told:
    words = wording.say(event.action, event.details, names)
    return Told(event.at, _happened_on(event), words, names.get(str(event.actor_id), ""), event.sequence, event.subject)


def _happened_on(event: Event) -> date | None:
    """Return the day of what is told, unless it was recorded on that very day."""
    try:
        day = date.fromisoformat(event.details["on"])
    except (KeyError, TypeError, ValueError):
        return None
    return day if day != timezone.localtime(event.at).date() else None


def member_names(ids: Iterable[str], organisation_id: uuid.UUID) -> dict[str, str]:
    """Return the names of an organisation's members, also of those who left; of others with the body that they come from.

    Others stand in an organisation's events only where they read an excerpt or handed a signal in.
    """
    members = _members({uuid.UUID(one) for one in ids})
    return {str(member.pk): _called(member, organisation_id) for member in members}


@written
def _members(ids: Collection[uuid.UUID]) -> QuerySet[Member]:
    return Member.objects.filter(pk__in=ids).select_related("user", "organisation")


def _called(member: Member, organisation_id: uuid.UUID) -> str:
    is_own = member.organisation_id == organisation_id
    return member.user.name if is_own else f"{member.user.name} ({member.organisation.name})"
