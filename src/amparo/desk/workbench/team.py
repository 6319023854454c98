"""The team and its load, for its supervisor: who has which cases, what is late, who is away, and how it could be shared anew.

It counts cases and what waits on them, nothing of how anybody works: no page that was opened, no hour, no speed.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
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
    most: int
    """How many cases whoever has most of them has."""
    suggestion: rules.Suggestion[Load] | None


URGENT_FIRST = ("-late", "-high", "-open", "id")
"""Whose steps are late, then who has persons at high risk, then who has most cases: where help is needed stands first."""
Page = Callable[[QuerySet[Member]], Iterable[Any]]


def team_of(member: Member, *, page: Page = list) -> Team:
    """Return the team for a supervisor, where help is needed first; nothing of cases that shut them out is counted.

    `page` takes some of the colleagues; it is given the query.
    """
    covers = tuple(staffing.covers_of(member))
    whole = queries.counts(member)
    nobody = staffing.nobody_has(member).order_by().aggregate(every=Count("pk"), high=Count("pk", filter=Q(risk=Risk.HIGH)))
    today = timezone.localdate()
    standing = [cover for cover in covers if cover.since <= today <= cover.until]
    able, opened = _able(member), _open_by(member)
    return Team(
        loads=tuple(_loads(member, standing, page(_colleagues(member, [*able, *(cover.covering_id for cover in standing)])))),
        covers=covers,
        open=whole["open"],
        high=whole["high_risk"],
        late=whole["overdue"],
        without_step=whole["without_step"],
        nobody=nobody["every"],
        nobody_high=nobody["high"],
        most=max(opened.values(), default=0),
        suggestion=_suggested([pk for pk in able if pk not in {cover.absent_id for cover in standing}], opened),
    )


def _able(member: Member) -> list[uuid.UUID]:
    """Return the caseworkers who are here, by name."""
    here = Member.objects.filter(organisation_id=member.organisation_id, left_at=None, user__is_active=True)
    rows = sorted(here.values_list("user__name", "pk", "roles", "resting"), key=lambda row: row[0].casefold())
    return [pk for _name, pk, roles, resting in rows if Role.CASEWORKER in roles and Role.CASEWORKER not in resting]


def _open_by(member: Member) -> dict[uuid.UUID, int]:
    """Return how many open cases each colleague has who has some."""
    places = staffing.open_places(member).filter(TeamMember.meeting_on(timezone.localdate()))
    counted = places.values("member_id").annotate(cases=Count("case_id", distinct=True)).order_by()
    return dict(counted.values_list("member_id", "cases"))


def _suggested(able: list[uuid.UUID], opened: Mapping[uuid.UUID, int]) -> rules.Suggestion[Load] | None:
    found = rules.balance([(pk, opened.get(pk, 0)) for pk in able])
    if found is None:
        return None
    both = Member.objects.select_related("user", "organisation").in_bulk([found.giver, found.taker])
    giver, taker = (Load(both[pk], not_assessed=opened.get(pk, 0)) for pk in (found.giver, found.taker))
    return rules.Suggestion(giver, taker, found.cases)


def _colleagues(member: Member, besides: list[uuid.UUID]) -> QuerySet[Member]:
    """Return who has open cases, and some besides who have none, where help is needed first."""
    late = Q(place__case__next_step_on__lt=timezone.localdate())
    meets = staffing.MEETS
    found = staffing.with_counts(member, open=meets, high=meets & Q(place__case__risk=Risk.HIGH), late=meets & late)
    return found.filter(Q(pk__in=besides) | Q(open__gt=0)).order_by(*URGENT_FIRST)


def _loads(member: Member, standing: Iterable[LeaveCover], people: Iterable[Member]) -> list[Load]:
    """Return the numbers of some colleagues, in their order; who is away and who stands in as the covers of today say."""
    shown = list(people)
    numbers = _numbers(member, [one.pk for one in shown])
    away: dict[uuid.UUID, date] = {}
    covering: dict[uuid.UUID, list[str]] = defaultdict(list)
    for cover in standing:
        away[cover.absent_id] = max(cover.until, away.get(cover.absent_id, cover.until))
        covering[cover.covering_id].append(cover.absent.user.name)
    return [
        Load(one, **numbers.get(one.pk, {}), away_until=away.get(one.pk), covers=tuple(covering.get(one.pk, ()))) for one in shown
    ]


def _numbers(member: Member, shown: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, int]]:
    """Return the numbers of those who are shown by one query; a supervisor's own place on a team is none to meet the person."""
    today = timezone.localdate()
    since = today - QUIET
    places = staffing.open_places(member).filter(TeamMember.meeting_on(today), member_id__in=shown)
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
