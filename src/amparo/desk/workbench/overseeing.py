"""What the audit record of one organisation holds, for its auditor: codes and counts, members, never a person.

The room for oversight is a later issue; until it stands, its first page lives here.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member
from amparo.desk.audit import chain
from amparo.desk.audit.models import Checkpoint, Event

VERIFIED = "audit.verified"
DAYS = 7
KINDS: dict[str, tuple[Promise, tuple[str, ...]]] = {
    "cases": (_("cases and persons"), ("case", "cases", "person", "people", "note", "team")),
    "identification": (_("screenings"), ("screening",)),
    "journeys": (_("journeys"), ("leg", "journey")),
    "consent": (_("consents"), ("consent",)),
    "pool": (_("contributions and the pool"), ("contribution", "contributions", "pool")),
    "releases": (_("releases and the budget"), ("release", "releases", "budget")),
    "members": (_("members and signing in"), ("member", "session", "password", "organisation")),
    "access": (_("refusals"), ("access",)),
    "audit": (_("the audit record itself"), ("audit",)),
    "keys": (_("keys"), ("key",)),
}
"""What events are about: its words, and the first words of their actions."""
KIND_OF = {first: kind for kind, (_words, firsts) in KINDS.items() for first in firsts}


@dataclass(frozen=True, slots=True)
class Verification:
    """When the chain was read back last, by whom, and how many flaws were found."""

    at: datetime
    by: str
    events: int
    flaws: int


@dataclass(frozen=True, slots=True)
class Day:
    """How many events one day holds, by what they are about, the most frequent first."""

    day: date
    total: int
    kinds: tuple[tuple[Promise, int], ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of an organisation's chain: its length, the last verification, the last checkpoint."""

    events: int
    verification: Verification | None
    checkpoint: Checkpoint | None
    checkpoints: int


def events_of(member: Member, *, kind: str = "", actor: uuid.UUID | None = None) -> QuerySet[Event]:
    """Return the events of the member's own organisation, narrowed to a kind or to who acted."""
    events: QuerySet[Event] = Event.objects.filter(organisation_id=member.organisation_id)
    if actor is not None:
        events = events.filter(actor_id=actor)
    if kind in KINDS:
        firsts = "|".join(KINDS[kind][1])
        events = events.filter(action__regex=rf"^({firsts})\.")
    return events


def standing(member: Member) -> Standing:
    """Return the state of the member's own chain."""
    mine = events_of(member)
    last = mine.filter(action=VERIFIED).order_by("-sequence").first()
    names = _names([last]) if last else {}
    return Standing(
        events=mine.count(),
        verification=_verification(last, names) if last else None,
        checkpoint=Checkpoint.objects.order_by("-id").first(),
        checkpoints=Checkpoint.objects.count(),
    )


def _verification(event: Event, names: Mapping[str, str]) -> Verification:
    told = event.details
    return Verification(event.at, names.get(str(event.actor_id), ""), told.get("events", 0), told.get("flaws", 0))


def days(member: Member) -> list[Day]:
    """Return the last days on which something was recorded, the latest first."""
    since = timezone.now() - timedelta(days=DAYS)
    rows = events_of(member).filter(at__gte=since).annotate(day=TruncDate("at")).values_list("day", "action")
    counted: dict[date, Counter[str]] = {}
    for day, action, times in rows.annotate(times=Count("id")).order_by():
        counted.setdefault(day, Counter())[KIND_OF.get(action.partition(".")[0], "audit")] += times
    return [_day(day, kinds) for day, kinds in sorted(counted.items(), reverse=True)]


def _day(day: date, kinds: Counter[str]) -> Day:
    return Day(day, kinds.total(), tuple((KINDS[kind][0], times) for kind, times in kinds.most_common()))


def members_of(member: Member) -> list[tuple[str, str]]:
    """Return the organisation's members, also those who left, by name."""
    places = Member.objects.filter(organisation_id=member.organisation_id).select_related("user")
    return sorted(((str(place.pk), place.user.name) for place in places), key=lambda pair: pair[1].casefold())


def _names(events: Sequence[Any]) -> dict[str, str]:
    ids = {event.actor_id for event in events if event.actor_id}
    return {str(place.pk): place.user.name for place in Member.objects.filter(pk__in=ids).select_related("user")}


def verify(member: Member) -> int:
    """Read every chain and checkpoint back; record when, by whom and with how many flaws; return the number of flaws.

    Flaws of other organisations' chains are theirs to hear of; flaws of checkpoints concern all.
    """
    own = str(member.organisation_id)
    held = events_of(member).count()
    _read, flaws = chain.verify()
    mine = [flaw for flaw in flaws if flaw.organisation_id in (own, "")]
    codes = sorted({flaw.code for flaw in mine})
    chain.record(VERIFIED, by=member, details={"events": held, "flaws": len(mine), "codes": codes})
    return len(mine)
