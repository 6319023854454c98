"""The worker's watch: reads the newest audit events, tells looks from them, and flags what is unusual.

An event names a record by a pseudonym under the person's key. Only here, in the unlocked worker, and
only for the records that somebody has just looked at, is the pseudonym tied to a case, to ask
whether the reader works on it; nothing of that is stored.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import repeat
from typing import cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from amparo.desk.access.models import Member, Organisation
from amparo.desk.access.roles import Role
from amparo.desk.audit import chain, wording
from amparo.desk.audit.models import Event
from amparo.desk.cases import names
from amparo.desk.cases.models import Case, LeaveCover
from amparo.desk.core import blind_index, damage, keys
from amparo.desk.core.rounds import each

from . import actions, rules
from .models import BusyHour, Flag, Watch
from .records import PIECE, pieces
from .rules import DAYS_OF_A_HABIT, Act, Habit, Look, Sign, Thresholds

SEARCHES = ("cases.searched", "people.compared")
REFUSAL = "access.refused"
REGISTERED = "batch.registered"
TYPED_FOR = timedelta(hours=2)
"""For so long questions of a table may wait for the people to be registered; after that they count as searches."""
Seen = tuple[uuid.UUID, datetime, str, str]
"""Who acted, when, what, upon whose record."""


def watch_all() -> int:
    """Watch over every organisation; return how many occasions were flagged. The worker's, every ten minutes.

    A record that does not open is passed over: who reads the others is watched all the same.
    """
    with damage.passing_over():
        return each(Organisation.objects.all(), lambda organisation: watch(organisation, now=timezone.now()))


def watch_of(organisation: Organisation) -> Watch:
    """Return what an office calls unusual; the defaults, and the site's time zone, where it has not said."""
    row: Watch = Watch.objects.get_or_create(organisation=organisation, defaults={"zone": settings.TIME_ZONE})[0]
    return row


def watch(organisation: Organisation, *, now: datetime) -> int:
    """Look at what was recorded since the last time; return how many occasions were flagged anew.

    Questions of a table that is still typed are looked at again the next time, until its people are registered or the time for
    that is over.
    """
    own = watch_of(organisation)
    thresholds = own.thresholds
    last = Event.objects.filter(organisation_id=organisation.pk).aggregate(last=Max("sequence"))["last"] or 0
    if last <= own.read_to:
        return 0
    learn(organisation, thresholds, now=now)
    since = _midnight(_today(thresholds, now) - timedelta(days=1), thresholds)
    fresh = set(_acts(organisation).filter(sequence__gt=own.read_to).values_list("actor_id", flat=True))
    seen, waits_from = _seen(_acts(organisation).filter(at__gte=since, actor_id__in=fresh), waits_since=now - TYPED_FOR)
    members = {member.pk: member for member in Member.objects.filter(organisation=organisation).select_related("user")}
    flagged = 0
    for member_id, looks in _looks(organisation, members, seen, thresholds).items():
        found = rules.unusual(looks, habit_of(members[member_id], members), thresholds)
        flagged += sum(actions.flag(members[member_id], finding) for finding in found)
    Watch.objects.filter(pk=own.pk).update(read_to=last if waits_from is None else waits_from - 1)
    return flagged


def _acts(organisation: Organisation) -> QuerySet[Event]:
    """Return the events of reading, searching and being refused, and those that say whom a table was about."""
    looking = Q(action__in=[*SEARCHES, REFUSAL, REGISTERED])
    for verb in wording.LOOKING:
        looking |= Q(action__endswith=f".{verb}", subject__gt="", kind__startswith="cases.")
    return Event.objects.filter(looking, organisation_id=organisation.pk, actor_id__isnull=False).order_by("sequence")


def _seen(acts: QuerySet[Event], *, waits_since: datetime | None = None) -> tuple[list[Seen], int | None]:
    """Return what was done, and the number of the first event of a table that may still be typed, if there is one.

    A table of many persons counts as often as it asked about one, for each is a comparison of a name. Once it is registered
    its last questions, one for each of its people who was compared, are settled: they had people behind them. What was asked
    and taken out again stays.
    """
    found: list[Seen] = []
    asked: dict[uuid.UUID, list[tuple[int, Seen]]] = defaultdict(list)
    for sequence, *row, details in acts.values_list("sequence", "actor_id", "at", "action", "subject", "details"):
        act = cast(Seen, tuple(row))
        who, _at, action, _subject = act
        if action == REGISTERED:
            settled = min(details.get("compared", 0), len(asked[who]))
            del asked[who][len(asked[who]) - settled :]
            continue
        if action in SEARCHES and "asked" in details:
            asked[who] += repeat((sequence, act), details["asked"])
            found += repeat(act, details.get("refused", 0))
            continue
        found.append(act)
    left = [one for some in asked.values() for one in some]
    waiting = [sequence for sequence, act in left if waits_since is not None and act[1] > waits_since]
    found += [act for _sequence, act in left if waits_since is None or act[1] <= waits_since]
    return sorted(found, key=lambda act: act[1]), min(waiting, default=None)


def _today(thresholds: Thresholds, now: datetime) -> date:
    return now.astimezone(ZoneInfo(thresholds.zone)).date()


def _midnight(day: date, thresholds: Thresholds) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(thresholds.zone))


def _act(action: str) -> Act:
    if action == REFUSAL:
        return Act.REFUSED
    return Act.SEARCHED if action in SEARCHES else Act.READ


@dataclass(frozen=True, slots=True)
class _Known:
    """What the watch may know of a record for a moment: who works on it when, its names, how long it has ended."""

    places: tuple[tuple[uuid.UUID, date, date | None], ...]
    words: frozenset[str]
    closed_on: date | None

    def works(self, member_id: uuid.UUID, day: date) -> bool:
        """Say whether somebody has a place on the team on a day, that on which it ends included."""
        return any(who == member_id and since <= day and (until is None or day <= until) for who, since, until in self.places)


def _looks(
    organisation: Organisation, members: Mapping[uuid.UUID, Member], seen: list[Seen], thresholds: Thresholds
) -> dict[uuid.UUID, list[Look]]:
    known = _records(organisation, {subject for _who, _at, action, subject in seen if _act(action) is Act.READ})
    looks: dict[uuid.UUID, list[Look]] = defaultdict(list)
    for who, at, action, subject in seen:
        if who in members:
            looks[who].append(_look(members[who], at, _act(action), subject, known.get(subject), thresholds))
    return looks


def _look(member: Member, at: datetime, act: Act, subject: str, record: _Known | None, thresholds: Thresholds) -> Look:
    if act is not Act.READ or record is None:  # an erased person's record belongs to nobody any more
        return Look(at, act, subject)
    day = _today(thresholds, at)
    return Look(
        at,
        act,
        subject,
        works_on_it=record.works(member.pk, day),
        supervises=Role.SUPERVISOR in member.facts.roles,
        bears_the_name=bool(record.words & set(blind_index.fold(member.user.name).split())),
        days_closed=(day - record.closed_on).days if record.closed_on else None,
    )


def _records(organisation: Organisation, wanted: set[str]) -> dict[str, _Known]:
    """Return what is known of the records behind some pseudonyms; the newest cases are tried first."""
    persons: dict[uuid.UUID, str] = {}
    left = set(wanted)
    for piece in pieces(organisation) if left else ():
        for case in piece:
            found = chain.pseudonym("cases.case", case)
            if found in left:
                persons[case.person_id] = found
        left -= set(persons.values())
        if not left:
            break
    keys.forget_opened()
    held: dict[str, list[Case]] = defaultdict(list)
    ids = list(persons)
    for start in range(0, len(ids), PIECE):
        cases = Case.objects.filter(organisation=organisation, person_id__in=ids[start : start + PIECE])
        for case in cases.select_related("person").prefetch_related("team").opened():
            held[persons[case.person_id]].append(case)
    return {pseudonym: _known(cases) for pseudonym, cases in held.items()}


def _known(cases: list[Case]) -> _Known:
    places = tuple((place.member_id, place.since, place.until) for case in cases for place in case.team.all())
    covers = LeaveCover.objects.filter(absent_id__in={member_id for member_id, _since, _until in places})
    places += tuple(covers.values_list("covering_id", "since", "until"))
    ended = [case.closed_on for case in cases]
    latest = None if None in ended else max(day for day in ended if day is not None)
    return _Known(places, _family(cases[0]), latest)


def _family(case: Case) -> frozenset[str]:
    """Return the words of the family name; of the whole name where none is given apart."""
    try:
        said = case.person.family_name or names.spoken(case.person)
    except keys.KeyDestroyed:
        return frozenset()
    return frozenset(word for word in blind_index.fold(said).split() if len(word) > 2)


def learn(organisation: Organisation, thresholds: Thresholds, *, now: datetime) -> int:
    """Keep the busiest hour of every finished day that is not kept yet, and forget days too old; return how many were kept."""
    today = _today(thresholds, now)
    oldest = today - timedelta(days=DAYS_OF_A_HABIT)
    BusyHour.objects.filter(organisation=organisation, day__lt=oldest).delete()
    last = BusyHour.objects.filter(organisation=organisation).aggregate(last=Max("day"))["last"]
    day, rows = max(last + timedelta(days=1), oldest) if last else oldest, []
    while day < today:
        rows += _busy_hours(organisation, day, thresholds)
        day += timedelta(days=1)
    BusyHour.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _busy_hours(organisation: Organisation, day: date, thresholds: Thresholds) -> list[BusyHour]:
    begin, end = _midnight(day, thresholds), _midnight(day + timedelta(days=1), thresholds)
    held: dict[uuid.UUID, list[Look]] = defaultdict(list)
    acts = _acts(organisation).filter(at__gte=begin, at__lt=end).exclude(action=REFUSAL).order_by("at")
    for who, at, action, subject in _seen(acts)[0]:
        held[who].append(Look(at, _act(action), subject))
    places = set(Member.objects.filter(organisation=organisation, pk__in=held).values_list("pk", flat=True))
    days = ((who, rules.day_of(looks, day)) for who, looks in held.items() if who in places)
    return [
        BusyHour(organisation=organisation, member_id=who, day=day, records=one.records, searches=one.searches) for who, one in days
    ]


def habit_of(member: Member, members: Mapping[uuid.UUID, Member]) -> Habit:
    """Return what is usual for a member, and for the others who hold one of the same roles."""
    roles = member.facts.roles
    alike = [other.pk for other in members.values() if other.pk != member.pk and other.facts.roles & roles]
    rows = BusyHour.objects.filter(member_id__in=[member.pk, *alike]).exclude(_judged(member))
    own, role = [], []
    for row in rows:
        (own if row.member_id == member.pk else role).append(rules.Day(row.day, row.records, row.searches))
    return Habit(tuple(own), tuple(role))


def _judged(member: Member) -> Q:
    """Return the condition of days that were flagged and not explained: what looks like misuse becomes no habit."""
    odd = Flag.objects.filter(organisation=member.organisation, sign__in=(Sign.BULK, Sign.NAMES)).exclude(opinion="explained")
    condition, zone = Q(pk=None), ZoneInfo(watch_of(member.organisation).zone)
    for who, at in odd.values_list("member_id", "first_at"):
        condition |= Q(member_id=who, day=at.astimezone(zone).date())
    return condition
