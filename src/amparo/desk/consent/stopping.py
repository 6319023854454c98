"""Who must stop when the person says no, until they have seen it.

The team, who stands in for one of them, and whoever opened something on that answer. A no holds in all cases of the person,
in whichever record: whoever works on another must stop as well, and hears of it in the one that they read.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.cases import joined
from amparo.desk.cases.models import Case, LeaveCover, TeamMember
from amparo.desk.cases.queries import cases_for

from . import queries
from .models import Consent, Disclosure, StopNotice
from .rules import Purpose, named


def tell(consent: Consent, *, by: Member, spared: str = "") -> None:
    """Close what was opened on this answer and tell everybody who must stop; whoever writes it down knows already.

    What was opened to whom a no to everybody spares (`spared`) stays open: it shows what their own yes covers.

    A no holds in each of the person's cases. Whoever works on another of them only is told in the case that they read, without
    the words that were said in this one.
    """
    every = joined.cases_of(consent.case.person_id)
    ended = [row for row in _opened_on(consent, every, spared) if row.ended_at is None]
    for row in ended:
        Disclosure.objects.filter(pk=row.pk, ended_at=None).update(ended_by=by, ended_at=timezone.now())
        audit.record("excerpt.ended", row.case, by=by)
    today = timezone.localdate()
    team = {place.member for place in TeamMember.objects.filter(TeamMember.on(today), case__in=every).select_related("member")}
    covers = LeaveCover.objects.filter(LeaveCover.on(today), absent__in=team).select_related("covering")
    members = team | {cover.covering for cover in covers} | {row.entered_by for row in ended}
    for member in sorted(members - {by}, key=lambda one: one.pk):
        StopNotice.objects.get_or_create(organisation_id=consent.organisation_id, consent=consent, member=member)


def _opened_on(consent: Consent, every: QuerySet[Case], spared: str) -> list[Disclosure]:
    """Return the excerpts of the person's cases that rest on consents about the same recipient; on any, where it is to all."""
    if consent.purpose != Purpose.REFERRAL:
        return []
    rows = Disclosure.objects.filter(case__in=every, consent__isnull=False).select_related("case", "consent", "entered_by__user")
    about, kept = named(consent.recipient), named(spared)
    told = [(row, named(row.consent.recipient)) for row in rows if row.consent]
    return [row for row, to in told if about in ("", to) and not (kept and to == kept)]


@transaction.atomic
def seen(*, case: Case, by: Member) -> int:
    """Write down that a member has seen what to stop in a case or its person's other records; return how many notices settle."""
    rows = StopNotice.objects.filter(consent__case__in=queries.where_a_no_holds(case).values("pk"), member=by, seen_at=None)
    count = int(rows.update(seen_at=timezone.now()))
    if count:
        audit.record("consent.stop_seen", case, by=by, details={"count": count})
    return count


@dataclass(frozen=True, slots=True)
class Heard:
    """A notice, and the case in which the member hears of it: where the person said no, or another of theirs that they read."""

    notice: StopNotice
    case: Case


def waiting_for(member: Member) -> list[Heard]:
    """Return the notices that a member has not seen, each with a case that they may still read; the last first."""
    rows = list(StopNotice.objects.filter(member=member, seen_at=None).select_related("consent__case").order_by("-id"))
    heard = ((row, _heard_in(member, row.consent.case)) for row in rows)
    return [Heard(row, case) for row, case in heard if case is not None]


def _heard_in(member: Member, case: Case) -> Case | None:
    own = cases_for(member).filter(pk__in=queries.where_a_no_holds(case).values("pk")).order_by("-opened_on", "-id")
    found = list(own)
    return next((one for one in found if one.pk == case.pk), found[0] if found else None)


def count(member: Member) -> int:
    """Return how many notices wait for a member."""
    return len(waiting_for(member))
