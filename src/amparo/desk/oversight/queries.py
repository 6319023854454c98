"""What the audit record of one organisation holds, for its auditor: codes and counts, members, never a person."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.models import Member
from amparo.desk.audit import chain, wording
from amparo.desk.audit.models import Checkpoint, Event, Head

from .watching import watch_of

VERIFIED = "audit.verified"
DAYS = 7
LIFE = ("closing", "transfer", "relative", "paper", "document")
KINDS: dict[str, tuple[Promise, tuple[str, ...]]] = {
    "cases": (_("cases and persons"), ("case", "cases", "person", "people", "note", "team", "same", *LIFE)),
    "identification": (_("screenings and both tracks"), ("screening", "formal", "age", "help")),
    "journeys": (_("journeys"), ("leg", "journey")),
    "answers": (_("further questions"), ("answers",)),
    "questions": (_("forms of the country"), ("questions",)),
    "consent": (_("consents and excerpts"), ("consent", "rights", "excerpt", "excerpts")),
    "emergencies": (_("emergencies, leave and conflicts"), ("emergency", "cover", "conflict")),
    "signals": (_("signals, batches and caseloads"), ("signal", "signals", "batch", "batches", "caseload", "caseloads")),
    "pool": (_("contributions and the pool"), ("contribution", "contributions", "pool")),
    "releases": (_("releases and the budget"), ("release", "releases", "budget")),
    "members": (_("members and signing in"), ("member", "session", "password", "organisation", "site", "factor", "provider")),
    "access": (_("refusals"), ("access",)),
    "audit": (_("the audit record itself"), ("audit",)),
    "unusual": (_("unusual reading"), ("unusual",)),
    "keeping": (_("keeping, forgetting and requests"), ("hold", "restriction", "retention", "disposal", "request", "processing")),
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


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list of events is narrowed to."""

    kind: str = ""
    action: str = ""
    actor: uuid.UUID | None = None
    since: date | None = None
    until: date | None = None
    pseudonym: str = ""

    @property
    def narrowed(self) -> list[str]:
        """The names of what is narrowed; their values stay out of the audit record."""
        return sorted(item.name for item in fields(self) if getattr(self, item.name))

    @property
    def order(self) -> tuple[str, ...]:
        """Newest first; by time where days are asked, so that an old day is found as quickly as today."""
        return ("-at", "-sequence") if self.since or self.until else ("-sequence",)


NOTHING = Asked()


def events_of(member: Member, asked: Asked = NOTHING) -> QuerySet[Event]:
    """Return the events of the member's own organisation, narrowed to what is asked; list them in `asked.order`."""
    events: QuerySet[Event] = Event.objects.filter(organisation_id=member.organisation_id)
    if asked.actor is not None:
        events = events.filter(actor_id=asked.actor)
    if asked.pseudonym:
        events = events.filter(subject=asked.pseudonym)
    if asked.action or asked.kind:
        events = events.filter(action__in=[asked.action] if asked.action else actions_of(asked.kind))
    return _between(events, member, asked.since, asked.until)


def actions_of(kind: str) -> list[str]:
    """Return every action of a kind that the program can say."""
    firsts = KINDS[kind][1] if kind in KINDS else ()
    return sorted(action for action in wording.known() if action.partition(".")[0] in firsts)


def _between(events: QuerySet[Event], member: Member, since: date | None, until: date | None) -> QuerySet[Event]:
    zone = ZoneInfo(watch_of(member.organisation).zone)
    if since is not None:
        events = events.filter(at__gte=datetime.combine(since, time(), zone))
    if until is not None:
        events = events.filter(at__lt=datetime.combine(until + timedelta(days=1), time(), zone))
    return events


def standing(member: Member) -> Standing:
    """Return the state of the member's own chain."""
    mine = events_of(member)
    last = mine.filter(action=VERIFIED).order_by("-sequence").first()
    names = _names([last]) if last else {}
    return Standing(
        events=Head.objects.filter(pk=member.organisation_id).values_list("sequence", flat=True).first() or 0,
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


def verify(member: Member) -> list[Any]:
    """Read every chain and checkpoint back; record when, by whom and with how many flaws; return the flaws.

    Flaws of other organisations' chains are theirs to hear of; flaws of checkpoints concern all.
    """
    own = str(member.organisation_id)
    held = standing(member).events
    _read, flaws = chain.verify()
    mine = [flaw for flaw in flaws if flaw.organisation_id in (own, "")]
    codes = sorted({flaw.code for flaw in mine})
    chain.record(VERIFIED, by=member, details={"events": held, "flaws": len(mine), "codes": codes})
    return mine


@dataclass(frozen=True, slots=True)
class Place:
    """One flaw in the reader's words: where, and what."""

    sequence: int
    is_of_all: bool
    words: Promise


FLAWS: dict[str, Promise] = {
    "changed": _("this event was changed, or another stands in its place"),
    "removed": _("an event is missing here"),
    "inserted": _("an event was put in here"),
    "end_missing": _("the end of the chain is missing or was replaced"),
    "key_missing": _("the organisation’s key is missing: its chain cannot be read"),
    "more": _("from here on there are more flaws"),
    "rolled_back": _("what was recorded here is gone: the record was put back to an earlier state"),
    "checkpoint_changed": _("this checkpoint was changed"),
    "checkpoint_removed": _("a checkpoint is missing here"),
    "witness_missing": _("the witness file lacks this checkpoint"),
    "witness_unreadable": _("this line of the witness file cannot be read"),
}
"""What a flaw means."""


def places(flaws: Sequence[Any]) -> list[Place]:
    """Return flaws as they are shown."""
    return [Place(flaw.sequence, not flaw.organisation_id, FLAWS[flaw.code]) for flaw in flaws]
