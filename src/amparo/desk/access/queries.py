"""Reading who has a place, for the one organisation of who asks."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from allauth.mfa.models import Authenticator
from django.db.models import F, QuerySet
from django.http import Http404
from django.utils import timezone

from amparo.desk.core import scope

from . import policies
from .models import AccessReview, Member, Organisation, User
from .policies import Facts, PlaceFacts, Verdict
from .roles import INSIDE, Purpose, Role


def place_of(user: User | None) -> Member | None:
    """Return the place of somebody who is not signed in yet, or is just signing in or out."""
    if user is None:
        return None
    with scope.acting(scope.Scope(user_id=user.pk)):
        return Member.objects.filter(user=user, left_at=None).order_by("recorded_at").first()


def members_for(member: Member) -> QuerySet[Member]:
    """Return the members of the asking member's organisation, those present first."""
    places = Member.objects.filter(organisation_id=member.organisation_id).select_related("user", "organisation")
    return places.order_by(F("left_at").asc(nulls_first=True), "user__name", "recorded_at")


def proven(members: Iterable[Member]) -> frozenset[object]:
    """Return the users among some members who have set a second proof up: an app or a key."""
    proofs = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    found = Authenticator.objects.filter(type__in=proofs, user__in=[one.user_id for one in members])
    return frozenset(found.values_list("user_id", flat=True))


def get_member(member: Member, member_id: uuid.UUID) -> Member:
    """Return one member of the same organisation; another organisation's looks like none."""
    found = members_for(member).filter(pk=member_id).first()
    if found is None:
        raise Http404
    return found


def organisations_with(rule: Callable[[Facts], Verdict]) -> list[Organisation]:
    """Return the organisations of the site in which somebody works whom a rule allows; of the people nothing is told."""
    found = []
    for organisation in Organisation.objects.order_by("name"):
        with scope.of(organisation.pk):
            places = list(
                Member.objects.filter(organisation=organisation, left_at=None, user__is_active=True).select_related("user")
            )
        if any(rule(place.facts) for place in places):
            found.append(organisation)
    return found


def successors(member: Member, leaver: Member) -> list[Member]:
    """Return who of the office could take over from somebody who leaves: whose role works on cases, and not who records it."""
    able = members_for(member).filter(left_at=None, user__is_active=True).exclude(pk__in=[leaver.pk, member.pk])
    return [one for one in able if one.facts.roles & INSIDE and policies.may_serve(one.facts, Purpose.CASEWORK)]


@dataclass(frozen=True, slots=True)
class Place:
    """A member's place as the review of access shows it: since when, the last confirmation, and by when the next."""

    member: Member
    last: AccessReview | None
    due_on: date
    is_overdue: bool


def reviewed(member: Member, *, today: date) -> list[Place]:
    """Return who has a place in the office with the last confirmation of each, the longest overdue first."""
    places = members_for(member).filter(left_at=None).order_by("user__name")
    latest: dict[uuid.UUID, AccessReview] = {}
    for row in AccessReview.objects.filter(member__in=places).select_related("confirmed_by__user").order_by("recorded_at"):
        latest[row.member_id] = row
    return sorted((_place(one, latest.get(one.pk), today) for one in places), key=lambda place: place.due_on)


def _place(member: Member, last: AccessReview | None, today: date) -> Place:
    due_on = _due(member.recorded_at, member.roles, (last.recorded_at, last.roles) if last is not None else None)
    return Place(member, last, min(due_on, today) if member.resting else due_on, bool(member.resting) or due_on < today)


def _due(since: datetime, roles: Iterable[str], last: tuple[datetime, Iterable[str]] | None) -> date:
    """Return by when a place is to be confirmed: since when it is there, its roles, and the last confirmation with its roles."""
    confirmed = policies.Confirmed(timezone.localtime(last[0]).date(), _roles(last[1])) if last is not None else None
    return policies.review_due(since=timezone.localtime(since).date(), roles=_roles(roles), last=confirmed)


def _roles(codes: Iterable[str]) -> frozenset[Role]:
    return frozenset(Role(code) for code in codes)


def overdue_for(member: Member, *, today: date) -> int:
    """Count the places that are overdue and that this member may confirm, as `reviewed` lists them; no row is made of any."""
    here = members_for(member).filter(left_at=None).select_related(None).order_by()
    reviews = AccessReview.objects.filter(member__in=here.values("pk")).order_by("recorded_at")
    latest = {one: (at, roles) for one, at, roles in reviews.values_list("member_id", "recorded_at", "roles")}
    found = 0
    for pk, since, roles, resting, rested_by in here.values_list("pk", "recorded_at", "roles", "resting", "rested_by_id"):
        if resting or _due(since, roles, latest.get(pk)) < today:
            place = PlaceFacts(pk, member.organisation_id, has_left=False, rests=bool(resting), rested_by=rested_by)
            found += bool(policies.may_confirm(member.facts, place))
    return found
