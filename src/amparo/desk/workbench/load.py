"""What one member carries: the counts beside the rooms of the left rail, and own open cases week by week."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from amparo.desk.access import policies as access
from amparo.desk.access.models import Member
from amparo.desk.access.roles import Purpose
from amparo.desk.cases import queries as cases
from amparo.desk.cases.choices import TeamRole
from amparo.desk.cases.models import TeamMember
from amparo.desk.cases.stages import ARRIVING
from amparo.desk.core.once import once

from . import rules

WEEKS = 13
"""The ends of so many weeks: today, and what was twelve weeks ago."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Of a member's own open cases: how many there are, and of how many the next step is due by today."""

    own: int = 0
    due: int = 0


def counts(member: Member) -> Counts:
    """Count what stands in the rail, with as many queries for one case as for all; only of what the member may read."""
    if not access.may_serve(member.facts, Purpose.CASEWORK):
        return Counts()
    return once(("rail", member.pk), lambda: Counts(*cases.own_counts(member)))


@dataclass(frozen=True, slots=True)
class Load:
    """How many cases were the member's at the end of each week, the last one now; and the bars that draw it."""

    weeks: tuple[rules.Week, ...]

    HEIGHT, STEP = 72, 22

    @property
    def now(self) -> int:
        """How many there are now."""
        return self.weeks[-1].cases

    @property
    def more(self) -> int:
        """How many more there are than at first; fewer are below zero."""
        return self.now - self.weeks[0].cases

    @property
    def fewer(self) -> int:
        """How many fewer there are than at first."""
        return -self.more

    @property
    def bars(self) -> list[dict[str, int]]:
        """Return the bars of the picture, as wide and high as it is drawn."""
        most = max(week.cases for week in self.weeks)
        heights = [round(self.HEIGHT * week.cases / most) if most else 0 for week in self.weeks]
        return [{"x": self.STEP * at, "y": self.HEIGHT - height, "height": height} for at, height in enumerate(heights)]


def load(member: Member) -> Load | None:
    """Return what the member carried in the last weeks as case manager; None where they meet nobody."""
    today = timezone.localdate()
    first = rules.weeks_back(today, WEEKS)[0]
    places = TeamMember.objects.filter(member=member, role=TeamRole.CASE_MANAGER, since__lte=today)
    places = places.filter(Q(until=None) | Q(until__gt=first), Q(case__closed_on=None) | Q(case__closed_on__gt=first))
    places = places.exclude(case__status=ARRIVING).exclude(case__person_id__in=cases.shut_out_from(member)).order_by()
    spans = [rules.Place(*row) for row in places.values_list("case_id", "since", "until", "case__closed_on")]
    weeks = rules.carried(spans, today=today, weeks=WEEKS)
    return Load(weeks) if any(week.cases for week in weeks) else None
