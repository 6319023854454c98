"""Who saw one person's record, when and why: for the case's supervisor by name, for the person in their own language."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
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
from amparo.desk.cases.models import BreakGlass, Case, LeaveCover, TeamMember

from .watching import watch_of

ABOUT = timedelta(hours=14)
MOST = 5000
"""So many of the newest events are gathered for the office's page, which says so where there are more."""
GROUNDS: dict[str, Promise] = {
    "team": gettext_lazy("works on the case"),
    "cover": gettext_lazy("stood in for somebody who works on the case"),
    "emergency": gettext_lazy("opened the record in an emergency"),
    "supervision": gettext_lazy("supervises the office’s cases"),
    "outside": gettext_lazy("did not work on the case"),
}
"""Why somebody could see the record, as the office reads it."""
GROUNDS_FOR_THEM: dict[str, Promise] = {
    "team": gettext_lazy("because they work on your case"),
    "cover": gettext_lazy("because they stood in for somebody who works on your case"),
    "emergency": gettext_lazy("because of an emergency; you can ask which"),
    "supervision": gettext_lazy("because they answer for how cases are handled here"),
    "outside": gettext_lazy("without working on your case; you can ask why"),
}
"""The same, as the person reads it."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act upon the record: when, whose, what part, whether it changed something."""

    at: datetime
    member_id: uuid.UUID
    part: str
    is_change: bool


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
    """Return every event about a case's person that a member caused, newest first."""
    found: QuerySet[Event] = chain.of_subject(case).filter(actor_id__isnull=False)
    return found


def acts(case: Case, most: int | None = None) -> list[Act]:
    """Return the acts upon a record, the newest first, so many at most."""
    rows = events_about(case).values_list("at", "actor_id", "action", "details")[:most]
    return [Act(at, who, _part(action, details), not wording.is_look(action)) for at, who, action, details in rows]


def _part(action: str, details: Mapping[str, object]) -> str:
    return str(details.get("part", "")) if action == "case.read" else action.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Staff:
    """Who the members were, and where they stood to the case on a day."""

    members: Mapping[uuid.UUID, Member]
    places: tuple[tuple[uuid.UUID, date, date | None], ...]
    covers: tuple[tuple[uuid.UUID, uuid.UUID, date, date], ...] = ()
    emergencies: tuple[tuple[uuid.UUID, datetime, datetime], ...] = ()

    def ground(self, member_id: uuid.UUID, day: date) -> str:
        """Return why a member could see the record on a day."""
        if member_id in self._team(day):
            return "team"
        if any(
            who == member_id and absent in self._team(day) and since <= day <= until for who, absent, since, until in self.covers
        ):
            return "cover"
        if Role.SUPERVISOR in self.roles(member_id):
            return "supervision"
        return "emergency" if any(self._broke(one, member_id, day) for one in self.emergencies) else "outside"

    def _team(self, day: date) -> set[uuid.UUID]:
        return {who for who, since, until in self.places if since <= day and (until is None or day <= until)}

    @staticmethod
    def _broke(one: tuple[uuid.UUID, datetime, datetime], member_id: uuid.UUID, day: date) -> bool:
        """Say whether an emergency access ran on a day of any zone."""
        who, taken_at, ends_at = one
        return who == member_id and (taken_at - ABOUT).date() <= day <= (ends_at + ABOUT).date()

    def roles(self, member_id: uuid.UUID) -> frozenset[Role]:
        """Return the roles that a member holds."""
        held = self.members.get(member_id)
        return held.facts.roles if held else frozenset()

    def name(self, member_id: uuid.UUID) -> str:
        """Return a member's name; of somebody unknown nothing."""
        held = self.members.get(member_id)
        return held.user.name if held else "–"

    def role(self, member_id: uuid.UUID) -> str:
        """Return what a member does, in words: the role that lets them see cases."""
        held = sorted(self.roles(member_id) & INSIDE) or sorted(self.roles(member_id))
        return str(ROLES[held[0]]) if held else _("somebody who no longer works here")


def staff_of(case: Case, ids: Iterable[uuid.UUID]) -> Staff:
    """Return the members who acted, and who worked on the person's cases from when to when."""
    ids = set(ids)
    found = Member.objects.filter(pk__in=ids, organisation_id=case.organisation_id).select_related("user")
    places = TeamMember.objects.filter(case__person=case.person_id).values_list("member_id", "since", "until")
    ours = {"organisation_id": case.organisation_id, "covering__in": ids}
    covers = LeaveCover.objects.filter(**ours).values_list("covering_id", "absent_id", "since", "until")
    broken = BreakGlass.objects.filter(case__person=case.person_id).values_list("taken_by_id", "taken_at", "ends_at")
    return Staff({member.pk: member for member in found}, tuple(places), tuple(covers), tuple(broken))


def visits(case: Case) -> list[Visit]:
    """Return who was at a record, day by day, the newest first."""
    zone, held = ZoneInfo(watch_of(case.organisation).zone), acts(case, MOST)
    staff = staff_of(case, (act.member_id for act in held))
    days: dict[tuple[date, uuid.UUID], list[Act]] = {}
    for act in held:
        days.setdefault((act.at.astimezone(zone).date(), act.member_id), []).append(act)
    return [_visit(day, who, some, staff, zone) for (day, who), some in days.items()]


def _visit(day: date, who: uuid.UUID, some: Sequence[Act], staff: Staff, zone: ZoneInfo) -> Visit:
    ground = staff.ground(who, day)
    return Visit(
        day=day,
        first=some[-1].at.astimezone(zone).time(),
        last=some[0].at.astimezone(zone).time(),
        name=staff.name(who),
        role=staff.role(who),
        ground=GROUNDS[ground],
        is_outside=ground == "outside",
        looks=sum(not act.is_change for act in some),
        changes=sum(act.is_change for act in some),
        parts=parts_in_words(act.part for act in some),
    )


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

    Nobody is pushed off its end by much reading after them. Members are named by what they do,
    unless the office names them; nobody else's record is touched on.
    """
    watch, held = watch_of(case.organisation), acts(case)
    zone, staff = ZoneInfo(watch.zone), staff_of(case, (act.member_id for act in held))
    months: dict[tuple[int, int], dict[tuple[str, str], list[tuple[date, Act]]]] = {}
    for act in held:
        day = act.at.astimezone(zone).date()
        who = staff.name(act.member_id) if watch.names_staff else staff.role(act.member_id)
        group = months.setdefault((day.year, day.month), {}).setdefault((who, staff.ground(act.member_id, day)), [])
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
