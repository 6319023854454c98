"""Reading releases, scoped to who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from amparo.desk.access.models import Member
from amparo.desk.access.roles import Role
from amparo.desk.publication import policies
from amparo.desk.publication.models import Release, Review
from amparo.desk.publication.rules import ASKED, State

REVIEWERS_SEE = [state.value for state in State if state not in (State.DRAFT, State.DROPPED)]


def releases_for(member: Member) -> QuerySet[Release]:
    """Return what a member may see: stewards their organisation's, reviewers what was ever sent to them; in two roles, both."""
    roles = member.facts.roles
    every = Release.objects.select_related("author__user", "organisation", "spend").order_by("-recorded_at")
    seen = Q(pk__in=[])
    if roles & {Role.DATA_STEWARD, Role.COORDINATOR}:
        seen |= Q(organisation_id=member.organisation_id)
    if Role.REVIEWER in roles:
        seen |= Q(state__in=REVIEWERS_SEE)
    return every.filter(seen)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The verdicts of one attempt and round, and whether the asking member may read them yet."""

    attempt: int
    round: str
    given: tuple[Review, ...]
    count: int


def verdicts_for(member: Member, one: Release) -> list[Verdicts]:
    """Return all rounds; in the open one the verdicts stay closed to those who have not given theirs."""
    rounds: dict[tuple[int, str], list[Review]] = {}
    for review in one.reviews.select_related("reviewer__user").order_by("recorded_at"):
        rounds.setdefault((review.attempt, review.round), []).append(review)
    open_round = (one.attempt, one.round.value) if one.round else None
    may_see = bool(policies.may_see_verdicts(member.facts, member.user_id, one.facts))
    return [
        Verdicts(attempt, round_, tuple(given) if (attempt, round_) != open_round or may_see else (), len(given))
        for (attempt, round_), given in rounds.items()
    ]


def waiting_for(member: Member) -> list[Any]:
    """Return the releases that wait for this member's verdict."""
    asked = [state.value for state in ASKED]
    waiting = releases_for(member).filter(state__in=asked) if Role.REVIEWER in member.facts.roles else Release.objects.none()
    return [one for one in waiting if policies.may_judge(member.facts, member.user_id, one.facts)]
