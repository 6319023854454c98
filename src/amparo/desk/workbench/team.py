"""The team and its load, for its supervisor: who has which cases, what is late, who is away, and how it could be shared anew.

It counts cases and what waits on them, nothing of how anybody works: no page that was opened, no hour, no speed.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from amparo.desk.access.models import Member
from amparo.desk.access.roles import Role
from amparo.desk.cases import queries, staffing
from amparo.desk.cases.choices import Risk
from amparo.desk.cases.filters import contacts_of
from amparo.desk.cases.models import LeaveCover, TeamMember

from . import rules

QUIET = timedelta(days=30)
"""A person of whom no contact was written down for so long is looked at."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one colleague has today: open cases by risk, and what waits on them. Away and standing in as covers say."""

    member: Member
    high: int = 0
    medium: int = 0
    low: int = 0
    not_assessed: int = 0
    late: int = 0
    without_step: int = 0
    quiet: int = 0
    away_until: date | None = None
    covers: tuple[str, ...] = ()

    @property
    def open(self) -> int:
        """How many open cases."""
        return self.high + self.medium + self.low + self.not_assessed


@dataclass(frozen=True, slots=True)
class Team:
    """The office as its supervisor sees it."""

    loads: tuple[Load, ...]
    covers: tuple[LeaveCover, ...]
    open: int
    high: int
    late: int
    without_step: int
    nobody: int
    nobody_high: int
    suggestion: rules.Suggestion[Load] | None

    @property
    def most(self) -> int:
        """How many cases whoever has most of them has."""
        return max((load.open for load in self.loads), default=0)


def team_of(member: Member) -> Team:
    """Return the team for a supervisor, in the order of names; nothing of cases that shut them out is counted."""
    covers = tuple(staffing.covers_of(member))
    loads = tuple(_loads(member, covers))
    whole = queries.counts(member)
    nobody = staffing.nobody_has(member).order_by().aggregate(every=Count("pk"), high=Count("pk", filter=Q(risk=Risk.HIGH)))
    here = [load for load in loads if load.away_until is None and Role.CASEWORKER in load.member.facts.roles]
    return Team(
        loads=loads,
        covers=covers,
        open=whole["open"],
        high=whole["high_risk"],
        late=whole["overdue"],
        without_step=whole["without_step"],
        nobody=nobody["every"],
        nobody_high=nobody["high"],
        suggestion=rules.balance([(load, load.open) for load in here]),
    )


def _loads(member: Member, covers: tuple[LeaveCover, ...]) -> list[Load]:
    """Return who may have cases or has some, each with their numbers, by name."""
    numbers = _numbers(member)
    people = {one.pk: one for one in staffing.colleagues(member)}
    gone = [pk for pk in numbers if pk not in people]
    people |= {one.pk: one for one in Member.objects.filter(pk__in=gone).select_related("user", "organisation")}
    today, away, standing_in = timezone.localdate(), {}, {pk: [] for pk in people}
    for cover in covers:
        if cover.since <= today <= cover.until:
            away[cover.absent_id] = max(cover.until, away.get(cover.absent_id, cover.until))
            standing_in.setdefault(cover.covering_id, []).append(cover.absent.user.name)
    loads = [
        Load(one, **numbers.get(pk, {}), away_until=away.get(pk), covers=tuple(standing_in.get(pk, ())))
        for pk, one in people.items()
    ]
    shown = [load for load in loads if load.open or load.covers or Role.CASEWORKER in load.member.held]
    return sorted(shown, key=lambda load: load.member.user.name.casefold())


def _numbers(member: Member) -> dict[uuid.UUID, dict[str, int]]:
    """Return each colleague's numbers by one query; a supervisor's own place on a team is none to meet the person."""
    today = timezone.localdate()
    since = today - QUIET
    places = staffing.open_places(member).filter(TeamMember.meeting_on(today))
    places = places.alias(has_contact=Exists(contacts_of(OuterRef("case_id"), since=since)))

    def cases(**conditions: object) -> Count:
        return Count("case_id", distinct=True, filter=Q(**conditions))

    counted = places.values("member_id").annotate(
        high=cases(case__risk=Risk.HIGH),
        medium=cases(case__risk=Risk.MEDIUM),
        low=cases(case__risk=Risk.LOW),
        not_assessed=cases(case__risk=Risk.NOT_ASSESSED),
        late=cases(case__next_step_on__lt=today),
        without_step=cases(case__next_step_on=None),
        quiet=cases(has_contact=False, case__opened_on__lt=since),
    )
    return {row.pop("member_id"): row for row in counted.order_by()}
