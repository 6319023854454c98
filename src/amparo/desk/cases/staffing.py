"""Who works on which case, and for how long: leave covers, handing over, conflicts of interest, and what nobody has."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, FilteredRelation, OuterRef, Q, QuerySet
from django.utils import timezone

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member, User
from amparo.desk.audit import chain as audit

from . import policies, queries
from .choices import TeamRole
from .models import Case, Conflict, LeaveCover, TeamMember, records_of
from .policies import Cover
from .stages import Stage


def colleagues(member: Member) -> list[Member]:
    """Return who of the office can be given a case, by name."""
    places = Member.objects.filter(organisation_id=member.organisation_id, left_at=None, user__is_active=True)
    able = [place for place in places.select_related("user") if policies.may_have_cases(place.facts)]
    for place in able:
        place.organisation = member.organisation
    return sorted(able, key=lambda place: place.user.name.casefold())


def colleague_names(member: Member) -> list[tuple[str, str]]:
    """Return the same as ids with names, for a list to choose from."""
    here = Member.objects.filter(organisation_id=member.organisation_id).exclude(_has_none(member.organisation_id))
    able = here.order_by().values_list("pk", "user__name")
    return [(str(pk), name) for pk, name in sorted(able, key=lambda one: one[1].casefold())]


def _has_none(organisation_id: uuid.UUID) -> Q:
    """Return the condition that a member of an office cannot be given a case: who left, or whose roles have none.

    An office has hundreds of members and few sets of roles: these are asked about, and no row is made of anybody.
    """
    here = Member.objects.filter(organisation_id=organisation_id)
    found = Q(left_at__isnull=False) | Q(user__is_active=False)
    for roles, resting in here.order_by().values_list("roles", "resting").distinct():
        about = Member(organisation_id=organisation_id, user=User(), roles=roles, resting=resting)
        if not policies.may_have_cases(about.facts):
            found |= Q(roles=roles, resting=resting)
    return found


@transaction.atomic
def cover(*, by: Member, absent: Member, covering: Member, since: date, until: date) -> LeaveCover:
    """Let one colleague stand in for another on every case of theirs, until the last day; both days included."""
    require(policies.may_cover(by.facts, Cover(absent.facts, covering.facts, since, until), today=timezone.localdate()))
    row, made = LeaveCover.objects.get_or_create(
        organisation_id=by.organisation_id, absent=absent, covering=covering, since=since, until=until, defaults={"entered_by": by}
    )
    if made:
        told = {"member": str(covering.id), "absent": str(absent.id), "on": since.isoformat(), "until": until.isoformat()}
        audit.record("cover.entered", absent, by=by, details=told)
    return row


@transaction.atomic
def end_cover(*, cover: LeaveCover, by: Member) -> None:
    """End a leave cover at once: today counts no more."""
    require(policies.may_lead(by.facts))
    row = LeaveCover.objects.select_for_update(of=("self",)).select_related("absent__user").get(pk=cover.pk)
    if row.organisation_id != by.organisation_id:
        raise Denied("other_organisation")
    yesterday = timezone.localdate() - timedelta(days=1)
    if row.until > yesterday:
        LeaveCover.objects.filter(pk=row.pk).update(until=yesterday)
        audit.record("cover.ended", row.absent, by=by, details={"member": str(row.covering_id)})


def covers_of(member: Member) -> list[LeaveCover]:
    """Return the leave covers of the office that hold today or will, the first to begin first."""
    rows = LeaveCover.objects.filter(organisation_id=member.organisation_id, until__gte=timezone.localdate())
    return list(rows.select_related("absent__user", "covering__user").order_by("since", "recorded_at"))


def covered_by(member: Member) -> list[LeaveCover]:
    """Return for whom a member stands in today."""
    rows = LeaveCover.objects.filter(LeaveCover.on(timezone.localdate()), covering=member)
    return list(rows.select_related("absent__user").order_by("until"))


def covers_on(case: Case) -> list[LeaveCover]:
    """Return who stands in today for somebody on a case's team."""
    team = [place.member_id for place in case.current_team]
    rows = LeaveCover.objects.filter(LeaveCover.on(timezone.localdate()), absent__in=team)
    return list(rows.exclude(covering__in=case.facts.shut_out).select_related("absent__user", "covering__user").order_by("until"))


@transaction.atomic
def hand_over(*, by: Member, cases: Iterable[Case], to: Member, giver: Member | None = None) -> int:
    """Give cases to a colleague from today on, in the role that the giver had on each; return how many changed hands.

    Without a giver the colleague becomes case manager, for a case that nobody has. A case from which a
    relation shuts the colleague out is not given to them and stays where it is.
    """
    require(policies.may_lead(by.facts))
    if to.organisation_id != by.organisation_id:
        raise Denied("other_organisation")
    if not policies.may_have_cases(to.facts):
        raise Denied("role_has_no_cases")
    wanted = queries.cases_for(by).filter(pk__in=[case.pk for case in cases])
    done = sum(_hand_over(case, by, to, giver) for case in wanted.select_for_update(of=("self",)).order_by("pk"))
    if not done:
        raise Denied("nothing_to_hand_over")
    return done


def _hand_over(case: Case, by: Member, to: Member, giver: Member | None) -> bool:
    today = timezone.localdate()
    if to.pk in case.facts.shut_out:
        return False
    places = list(case.team.filter(TeamMember.on(today), member=giver)) if giver is not None else []
    if giver is not None and not places:
        return False
    for role in {place.role for place in places} or {TeamRole.CASE_MANAGER.value}:
        join(case, by, to, role, today)
    for place in places:
        leave(place, by, today)
    return True


def join(case: Case, by: Member, member: Member, role: str, since: date) -> None:
    """Give a member a place on a team, for whoever decided it."""
    _place, made = TeamMember.objects.get_or_create(
        case=case, member=member, role=role, until=None, defaults={"organisation_id": case.organisation_id, "since": since}
    )
    if made:
        audit.record("team.joined", case, by=by, details={"role": str(role), "member": str(member.id), "on": since.isoformat()})


def leave(place: TeamMember, by: Member, until: date) -> None:
    """End a place on a team, for whoever decided it."""
    last = max(until, place.since)
    TeamMember.objects.filter(pk=place.pk).update(until=last)
    told = {"role": place.role, "member": str(place.member_id), "on": last.isoformat()}
    audit.record("team.left", place.case, by=by, details=told)


def after_leaving(*, member: Member, by: Member, successor: Member | None = None) -> int:
    """A member has left: every place of theirs on a team ends today and goes to the successor, where one is named.

    Called by the action that ends a place in the organisation, in its transaction; who does that opens no case.
    What nobody has then stands on every supervisor's Today. Return how many open cases that are.
    """
    if successor is not None and (
        successor.organisation_id != member.organisation_id or not policies.may_have_cases(successor.facts)
    ):
        raise Denied("role_has_no_cases")
    today = timezone.localdate()
    for place in TeamMember.objects.filter(TeamMember.on(today), member=member).select_related("case"):
        if successor is not None and successor.pk not in place.case.facts.shut_out:
            join(place.case, by, successor, place.role, today)
        leave(place, by, today)
    TeamMember.objects.filter(member=member, until=None, since__gt=today).delete()
    LeaveCover.objects.filter(Q(absent=member) | Q(covering=member), until__gte=today).update(until=today - timedelta(days=1))
    return _open_cases(member.organisation_id).filter(~somebody_has(member.organisation_id)).count()


def somebody_has(organisation_id: uuid.UUID) -> Q:
    """Return the condition that somebody who is still here and may have cases stands on a case's team, supervisors aside.

    Places without an end and those that end later are asked for apart, each by its own index: ended ones are the most.
    """
    today = timezone.localdate()
    unable = Member.objects.filter(_has_none(organisation_id), organisation_id=organisation_id).order_by()
    held = TeamMember.objects.filter(TeamMember.meeting_on(today)).exclude(member_id__in=list(unable.values_list("pk", flat=True)))
    conflicts = Conflict.objects.filter(Conflict.on(today), organisation_id=organisation_id)
    if conflicts.exists():  # most offices have none, and asking for each case costs as much as all the rest
        about, kept = conflicts.filter(member_id=OuterRef("member_id")), OuterRef("case__person_id")
        joined_with = Q(person__merged_into=kept) | Q(person__merged=kept) | Q(person__merged_into__merged=kept)
        held = held.filter(~Exists(about.filter(Q(person_id=kept) | joined_with)))
    without_end, ending = held.filter(until=None), held.filter(until__gt=today)
    return Q(pk__in=without_end.values("case_id")) | Q(pk__in=ending.values("case_id"))


def _open_cases(organisation_id: uuid.UUID) -> QuerySet[Case]:
    found: QuerySet[Case] = Case.objects.filter(organisation_id=organisation_id, closed_on=None)
    return found


def nobody_has(member: Member) -> QuerySet[Case]:
    """Return the open cases that nobody has, the greatest danger first: for supervisors."""
    if not policies.may_lead(member.facts):
        return Case.objects.none()
    found = queries.cases_for(member).filter(~somebody_has(member.organisation_id), closed_on=None)
    return found.order_by("-risk", "-opened_on", "-id")


def without_anybody(member: Member) -> list[Case]:
    """Return the open cases that nobody has, the greatest danger first: for supervisors."""
    return list(nobody_has(member))


@dataclass(frozen=True, slots=True)
class Workload:
    """How many open cases are somebody's own, and how many they only supervise."""

    member: Member
    own: int
    supervised: int


def open_places(member: Member) -> QuerySet[TeamMember]:
    """Return the places of an office on teams of open cases today, without cases that shut the member out."""
    places = TeamMember.objects.filter(TeamMember.on(timezone.localdate()), organisation_id=member.organisation_id)
    return places.filter(case__closed_on=None).exclude(case__person_id__in=queries.shut_out_from(member))


def with_counts(member: Member, **wanted: Q) -> QuerySet[Member]:
    """Return the members of an office, each with numbers of open cases on whose teams they stand today.

    `wanted` names a number and says which places it counts, by paths from the member's `place`; cases that shut the asking
    member out count nowhere. One query, to be ordered by its numbers and paged; places that ended are not walked.
    """
    today = timezone.localdate()
    held = Q(case_teams__since__lte=today) & (Q(case_teams__until=None) | Q(case_teams__until__gt=today))
    here = Q(place__case__closed_on=None) & ~Q(place__case__person_id__in=queries.shut_out_from(member))
    counts = {name: Count("place__case_id", distinct=True, filter=here & which) for name, which in wanted.items()}
    found: QuerySet[Member] = Member.objects.filter(organisation_id=member.organisation_id)
    found = found.annotate(place=FilteredRelation("case_teams", condition=held)).annotate(**counts)
    return found.select_related("user", "organisation")


MEETS = ~Q(place__role=TeamRole.SUPERVISOR)
"""The places of who meets the person, by their path from a member of `with_counts`."""
BY_LOAD = ("-own", "-every", "id")
"""Who has most cases of their own stands first."""


def workloads(member: Member, *, page: Callable[[QuerySet[Member]], Iterable[Any]] = list) -> list[Workload]:
    """Return each member of the office who stands on a team today, also who left or changed roles, who has most first.

    `page` takes some of them; it is given the query.
    """
    if not policies.may_lead(member.facts):
        return []
    found = with_counts(member, own=MEETS, every=Q()).filter(every__gt=0).order_by(*BY_LOAD)
    return [Workload(one, one.own, one.every - one.own) for one in page(found)]


def cases_of(by: Member, member: Member) -> list[Case]:
    """Return the open cases that a colleague works on today, for a supervisor who hands them over."""
    places = TeamMember.objects.filter(TeamMember.on(timezone.localdate()), member=member).values("case_id")
    return list(queries.cases_for(by).filter(pk__in=places).exclude(stage=Stage.CLOSED).order_by("-risk", "-opened_on", "-id"))


@transaction.atomic
def declare_conflict(*, case: Case, by: Member, member: Member, kind: str, reason: str) -> Conflict:
    """Shut a member out from a person's records, from today on: their place on the teams ends with it.

    Whoever reads a case may shut themselves out; a supervisor shuts colleagues out.
    """
    require(policies.may_declare_conflict(by.facts, member.facts, case.facts))
    today = timezone.localdate()
    row, made = Conflict.objects.get_or_create(
        person_id=case.person_id,
        member=member,
        until=None,
        defaults={
            "organisation_id": case.organisation_id,
            "key_id": case.key_id,
            "kind": kind,
            "reason": reason,
            "since": today,
            "entered_by": by,
        },
    )
    if not made and (row.kind, row.reason) != (kind, reason):
        raise Denied("already_shut_out")
    if made:
        audit.record("conflict.declared", case, by=by, details={"member": str(member.id), "on": today.isoformat()})
        for place in TeamMember.objects.filter(TeamMember.on(today), case__person_id__in=records_of(case.person_id), member=member):
            leave(place, by, today)
    return row


@transaction.atomic
def lift_conflict(*, conflict: Conflict, case: Case, by: Member) -> None:
    """Let a member work with a person again, from today on; they stand on no team until a supervisor puts them there."""
    require(policies.may_lift_conflict(by.facts, conflict.member_id, case.facts))
    held = Conflict.objects.filter(pk=conflict.pk, person_id__in=records_of(case.person_id), until=None)
    if held.update(until=timezone.localdate()):
        audit.record("conflict.lifted", case, by=by, details={"member": str(conflict.member_id)})


def conflicts_of(case: Case) -> list[Conflict]:
    """Return the conflicts of interest that stand about a case's person."""
    rows = Conflict.objects.filter(Conflict.on(timezone.localdate()), person_id__in=records_of(case.person_id))
    return list(rows.select_related("member__user").order_by("since", "id").opened())


def teams_by_member(organisation_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """Return how many cases each member of an office works on today; numbers only, for whoever opens no case."""
    counted: dict[uuid.UUID, int] = defaultdict(int)
    rows = TeamMember.objects.filter(TeamMember.on(timezone.localdate()), organisation_id=organisation_id)
    for row in rows.values("member_id").annotate(cases=Count("case_id", distinct=True)).order_by():
        counted[row["member_id"]] = row["cases"]
    return counted
