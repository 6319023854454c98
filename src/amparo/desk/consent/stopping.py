"""Who must stop when the person says no: the team, and whoever opened something on that answer, until they have seen it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.cases import joined
from amparo.desk.cases import policies as cases
from amparo.desk.cases.models import Case, TeamMember

from .models import Consent, Disclosure, StopNotice
from .rules import Purpose, named


def tell(consent: Consent, *, by: Member) -> None:
    """Close what was opened on this answer and tell everybody who must stop; whoever writes it down knows already.

    A no holds in each of the person's cases. Whoever works on another of them only, and may not read this one, is told nothing
    of it: their excerpts close all the same, and their page of consent shows what holds no more.
    """
    every = joined.cases_of(consent.case.person_id)
    ended = [row for row in _opened_on(consent, every) if row.ended_at is None]
    for row in ended:
        Disclosure.objects.filter(pk=row.pk, ended_at=None).update(ended_by=by, ended_at=timezone.now())
        audit.record("excerpt.ended", row.case, by=by)
    team = TeamMember.objects.filter(TeamMember.on(timezone.localdate()), case__in=every).select_related("member")
    members = {place.member for place in team} | {row.entered_by for row in ended}
    here = Case.objects.select_related("organisation").get(pk=consent.case_id).facts
    told = {member for member in members - {by} if cases.may_read(member.facts, here)}
    for member in sorted(told, key=lambda one: one.pk):
        StopNotice.objects.get_or_create(organisation_id=consent.organisation_id, consent=consent, member=member)


def _opened_on(consent: Consent, every: QuerySet[Case]) -> list[Disclosure]:
    """Return the excerpts of the person's cases that rest on consents about the same recipient; on any, where it is to all."""
    if consent.purpose != Purpose.REFERRAL:
        return []
    rows = Disclosure.objects.filter(case__in=every, consent__isnull=False).select_related("case", "consent", "entered_by__user")
    about = named(consent.recipient)
    return [row for row in rows if row.consent and about in ("", named(row.consent.recipient))]


@transaction.atomic
def seen(*, case: Case, by: Member) -> int:
    """Write down that a member has seen what to stop in a case; return how many notices that settles."""
    rows = StopNotice.objects.filter(consent__case=case, member=by, seen_at=None)
    count = int(rows.update(seen_at=timezone.now()))
    if count:
        audit.record("consent.stop_seen", case, by=by, details={"count": count})
    return count


def waiting_for(member: Member) -> list[StopNotice]:
    """Return the notices that a member has not seen, of cases that they may still read."""
    rows = StopNotice.objects.filter(member=member, seen_at=None).select_related("consent__case__organisation").order_by("-id")
    return [row for row in rows if cases.may_read(member.facts, row.consent.case.facts)]


def count(member: Member) -> int:
    """Return how many notices wait for a member."""
    return len(waiting_for(member))
