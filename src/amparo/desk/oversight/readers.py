"""Who saw one person's record, when and why: for the case's supervisor by name, for the person in their own language."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from amparo.desk.access.models import Member
from amparo.desk.access.roles import INSIDE, Role
from amparo.desk.access.words import ROLES
from amparo.desk.audit import chain, wording
from amparo.desk.audit.models import Event
from amparo.desk.cases import joined
from amparo.desk.cases.models import BreakGlass, Case, LeaveCover, Person, TeamMember
from amparo.desk.core import keys

from .watching import watch_of

MOST = 5000
"""So many of the newest events are gathered for the office's page, which says so where there are more."""
GROUNDS: dict[str, Promise] = {
    "team": gettext_lazy("works on the case"),
    "cover": gettext_lazy("stood in for a colleague who works on the case"),
    "supervision": gettext_lazy("supervises the office’s cases"),
    "emergency": gettext_lazy("opened it in an emergency"),
    "consent": gettext_lazy("an excerpt, on the person’s consent"),
    "legal_basis": gettext_lazy("an excerpt, on a legal basis"),
    "outside": gettext_lazy("did not work on the case"),
}
"""Why somebody could see the record, as the office reads it."""
GROUNDS_FOR_THEM: dict[str, Promise] = {
    "team": gettext_lazy("because they work on your case"),
    "cover": gettext_lazy("in the place of a colleague who works on your case and was away"),
    "supervision": gettext_lazy("because they answer for how cases are handled here"),
    "emergency": gettext_lazy("in an emergency; a supervisor looks at each of these, and you can ask why"),
    "consent": gettext_lazy("because you agreed that this is passed on"),
    "legal_basis": gettext_lazy("because a law or an order required it; you can ask which"),
    "outside": gettext_lazy("without working on your case; you can ask why"),
}
"""The same, as the person reads it."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act upon the record: when, whose, what part, whether it changed something; of an excerpt, on what it rested."""

    at: datetime
    member_id: uuid.UUID
    part: str
    is_change: bool
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """One member's day at a record: from when to when, how often they looked, what they saw and changed, and on what ground."""

    day: date
    first: time
    last: time
    name: str
    role: str
    ground: Promise
    is_outside: bool
    looks: int
    changes: int
    parts: tuple[str, ...]


def events_about(case: Case) -> QuerySet[Event]:
    """Return every event about a case's person that a member caused, newest first: those of joined records are the person's too."""
    records = list(Person.objects.filter(pk__in=joined.ids(case.person_id)))
    keys.open_many(one.key_id for one in records)
    found: QuerySet[Event] = chain.of_subjects(records).filter(actor_id__isnull=False)
    return found


def acts(case: Case, most: int | None = None) -> list[Act]:
    """Return the acts upon a record, the newest first, so many at most."""
    rows = events_about(case).values_list("at", "actor_id", "action", "details")[:most]
    return [
        Act(at, who, _part(action, details), not wording.is_look(action), details["ground"] if action == "excerpt.read" else "")
        for at, who, action, details in rows
    ]


def _part(action: str, details: Mapping[str, object]) -> str:
    return str(details.get("part", "")) if action == "case.read" else action.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Staff:
    """Who acted, and where they stood to the case: on its team, covering for it, or by emergency, from when to when."""

    organisation_id: uuid.UUID
    members: Mapping[uuid.UUID, Member]
    places: tuple[tuple[uuid.UUID, date, date | None], ...]
    covers: tuple[tuple[uuid.UUID, uuid.UUID, date, date], ...] = ()
    emergencies: tuple[tuple[uuid.UUID, datetime, datetime], ...] = ()

    def ground(self, act: Act, day: date) -> str:
        """Return why a member could see the record when they did."""
        if act.excerpt:
            return act.excerpt
        if self.stands(act.member_id, day):
            return "team"
        covered = (absent for who, absent, since, until in self.covers if who == act.member_id and since <= day <= until)
        if any(self.stands(absent, day) for absent in covered):
            return "cover"
        if Role.SUPERVISOR in self.roles(act.member_id):
            return "supervision"
        hours = ((since, until) for who, since, until in self.emergencies if who == act.member_id)
        return "emergency" if act.part == "emergency" or any(since <= act.at < until for since, until in hours) else "outside"

    def stands(self, member_id: uuid.UUID, day: date) -> bool:
        """Say whether a member has a place on the team on a day, that on which it ends included."""
        return any(who == member_id and since <= day and (until is None or day <= until) for who, since, until in self.places)

    def roles(self, member_id: uuid.UUID) -> frozenset[Role]:
        """Return the roles that a member of the office holds; of others none."""
        held = self.members.get(member_id)
        return held.facts.roles if held and held.organisation_id == self.organisation_id else frozenset()

    def name(self, member_id: uuid.UUID) -> str:
        """Return a member's name; of somebody unknown nothing."""
        held = self.members.get(member_id)
        return held.user.name if held else "–"

    def role(self, member_id: uuid.UUID) -> str:
        """Return what a member does, in words: the role that lets them see cases; of somebody elsewhere the body they are from."""
        member = self.members.get(member_id)
        if member and member.organisation_id != self.organisation_id:
            return member.organisation.name
        held = sorted(self.roles(member_id) & INSIDE) or sorted(self.roles(member_id))
        return str(ROLES[held[0]]) if held else _("somebody who no longer works here")


def staff_of(case: Case, ids: Iterable[uuid.UUID]) -> Staff:
    """Return who acted, and who worked on the person's cases, how and from when to when."""
    found = Member.objects.filter(pk__in=set(ids)).select_related("user", "organisation")
    records = joined.ids(case.person_id)
    places = tuple(TeamMember.objects.filter(case__person__in=records).values_list("member_id", "since", "until"))
    covers = LeaveCover.objects.filter(absent__in={who for who, _since, _until in places})
    taken = BreakGlass.objects.filter(case__person__in=records)
    return Staff(
        case.organisation_id,
        {member.pk: member for member in found},
        places,
        tuple(covers.values_list("covering_id", "absent_id", "since", "until")),
        tuple(taken.values_list("taken_by_id", "taken_at", "ends_at")),
    )


def visits(case: Case) -> list[Visit]:
    """Return who was at a record, day by day and on what ground, the newest first."""
    zone, held = ZoneInfo(watch_of(case.organisation).zone), acts(case, MOST)
    staff = staff_of(case, (act.member_id for act in held))
    days: dict[tuple[date, uuid.UUID, str], list[Act]] = {}
    for act in held:
        day = act.at.astimezone(zone).date()
        days.setdefault((day, act.member_id, staff.ground(act, day)), []).append(act)
    return [_visit(*key, some, staff, zone) for key, some in days.items()]


def _visit(day: date, who: uuid.UUID, ground: str, some: Sequence[Act], staff: Staff, zone: ZoneInfo) -> Visit:
    return Visit(
        day=day,
        first=_minute(some[-1].at, zone),
        last=_minute(some[0].at, zone),
        name=staff.name(who),
        role=staff.role(who),
        ground=GROUNDS[ground],
        is_outside=ground == "outside",
        looks=sum(not act.is_change for act in some),
        changes=sum(act.is_change for act in some),
        parts=parts_in_words(act.part for act in some),
    )


def _minute(at: datetime, zone: ZoneInfo) -> time:
    return at.astimezone(zone).time().replace(second=0, microsecond=0)


def parts_in_words(parts: Iterable[str]) -> tuple[str, ...]:
    """Return parts of the record in words, each once, in the order of the alphabet."""
    return tuple(sorted({str(wording.part(one)) for one in parts if one}))


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the person's own copy: whole sentences."""

    label: str
    sentences: tuple[str, ...]


def for_the_person(case: Case) -> list[Month]:
    """Return who saw and changed the record, month by month, in sentences for the person in the language spoken.

    Nobody is pushed off its end by much reading after them. Members are named by what they do, unless the office
    names them, and an outside body by its own name, never who of it read an excerpt; nobody else's record is touched on.
    """
    watch, held = watch_of(case.organisation), acts(case)
    zone, staff = ZoneInfo(watch.zone), staff_of(case, (act.member_id for act in held))
    months: dict[tuple[int, int], dict[tuple[str, str], list[tuple[date, Act]]]] = {}
    for act in held:
        day = act.at.astimezone(zone).date()
        is_named = watch.names_staff and not act.excerpt
        who = staff.name(act.member_id) if is_named else staff.role(act.member_id)
        group = months.setdefault((day.year, day.month), {}).setdefault((who, staff.ground(act, day)), [])
        group.append((day, act))
    return [
        Month(date_format(date(year, month, 1), "YEAR_MONTH_FORMAT"), tuple(_sentence(*key, some) for key, some in groups.items()))
        for (year, month), groups in months.items()
    ]


def _sentence(who: str, ground: str, some: Sequence[tuple[date, Act]]) -> str:
    days = sorted({day for day, _act in some})
    parts = parts_in_words(act.part for _day, act in some)
    people = len({act.member_id for _day, act in some})
    said = {
        "who": who,
        "people": people,
        "days": ", ".join(date_format(day, "MONTH_DAY_FORMAT") for day in days),
        "parts": ", ".join(parts) or _("the record"),
        "ground": str(GROUNDS_FOR_THEM[ground]),
    }
    wrote = any(act.is_change for _day, act in some)
    several = ngettext("%(who)s (%(people)s person)", "%(who)s (%(people)s persons)", people) % said if people > 1 else who
    said["who"] = several
    if wrote:
        return _("%(who)s – read and wrote in your record on %(days)s (%(parts)s), %(ground)s.") % said
    return _("%(who)s – read your record on %(days)s (%(parts)s), %(ground)s.") % said
