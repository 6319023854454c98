"""Breaking the glass: a case opened in an emergency, for hours, with somebody told at once and a review afterwards."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from amparo.desk.access import tries
from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.core import withholding

from . import policies, queries
from .choices import Verdict
from .models import BreakGlass, Case, EmergencyNotice
from .policies import EmergencyFacts

LASTS = timedelta(hours=4)
MOST_ATTEMPTS = 5
"""So many wrong numbers or pseudonyms in an hour: whoever tries names of cases at random is stopped."""


def break_glass(*, by: Member, called: str, reason: str) -> BreakGlass:
    """Open a case by its number or pseudonym in an emergency; the case's team and every supervisor hear of it at once.

    What does not exist, belongs to another office or shuts the member out gets one answer, after the same work. What
    can be said without looking for a case is said before, so that it tells nothing of one; every refusal is recorded.
    """
    try:
        return _broken(by, called, reason)
    except Denied:
        audit.record("emergency.refused", by=by)
        raise


def _broken(by: Member, called: str, reason: str) -> BreakGlass:
    require(policies.may_try_emergency(by.facts, reason=reason, held=_held(by).count()))
    if not tries.count(by, "emergency", most=MOST_ATTEMPTS):
        raise Denied("too_many_attempts")
    case = _called(by, called)
    if case is None:
        raise Denied("nothing_opens_here")
    tries.give_back(by, "emergency")
    return _take(case, by, reason)


def _called(by: Member, called: str) -> Case | None:
    """Return the case of the member's office with this number or, while open, pseudonym, unless a relation shuts them out."""
    if not policies.may_list(by.facts) or not (words := called.replace("\0", "").strip()[:40]):
        return None
    own = Case.objects.filter(organisation_id=by.organisation_id).exclude(person_id__in=queries.shut_out_from(by))
    found = own.filter(Q(number__iexact=words) | Q(pseudonym__iexact=words, closed_on=None)).order_by("number")
    return found.select_related("organisation", "person").first()


@transaction.atomic
def _take(case: Case, by: Member, reason: str) -> BreakGlass:
    Member.objects.select_for_update().only("pk").get(pk=by.pk)  # who opens several at once waits here, so that the limit holds
    Case.objects.select_for_update().only("pk").get(pk=case.pk)
    now, told = timezone.now(), _to_tell(case, by)
    held = _held(by).count()
    require(policies.may_break_glass(by.facts, case.facts, reason=reason, told=len(told), held=held))
    row = BreakGlass.objects.create(
        organisation_id=case.organisation_id,
        key_id=case.key_id,
        case=case,
        taken_by=by,
        reason=reason.strip(),
        taken_at=now,
        ends_at=now + LASTS,
    )
    EmergencyNotice.objects.bulk_create(
        EmergencyNotice(organisation_id=case.organisation_id, break_glass=row, member=member) for member in told
    )
    audit.record("emergency.opened", case, by=by, details={"told": len(told), "until": row.ends_at.strftime("%Y-%m-%dT%H:%M")})
    return row


def _to_tell(case: Case, by: Member) -> list[Member]:
    """Return who is told: the team of today, who covers for it, and the office's supervisors; never whom the case shuts out."""
    facts = case.facts
    places = Member.objects.filter(organisation_id=case.organisation_id, left_at=None, user__is_active=True).select_related("user")
    return [one for one in places if one.pk != by.pk and policies.works_on(one.facts, facts)]


@transaction.atomic
def end(*, emergency: BreakGlass, by: Member) -> None:
    """End an emergency access before its time: whoever took it, or a supervisor."""
    row = BreakGlass.objects.select_for_update(of=("self",)).select_related("case").get(pk=emergency.pk)
    if row.taken_by_id != by.pk:
        require(policies.may_staff(by.facts, row.case.facts))
    now = timezone.now()
    if row.ends_at > now:
        BreakGlass.objects.filter(pk=row.pk).update(ends_at=now)
        audit.record("emergency.ended", row.case, by=by)


@transaction.atomic
def review(*, emergency: BreakGlass, by: Member, verdict: Verdict, reason: str) -> BreakGlass:
    """A supervisor who did not take it says whether it was justified, and why; where it was not, it ends at once."""
    row = BreakGlass.objects.select_for_update(of=("self",)).select_related("case__organisation").get(pk=emergency.pk)
    require(policies.may_review(by.facts, row.case.facts, EmergencyFacts(row.taken_by_id, is_reviewed=bool(row.verdict))))
    if not reason.strip():
        raise Denied("reasons_missing")
    now = timezone.now()
    row.verdict, row.verdict_reason, row.reviewed_by, row.reviewed_at = verdict.value, reason.strip(), by, now
    if verdict is Verdict.NOT_JUSTIFIED:
        row.ends_at = min(row.ends_at, now)
    with withholding.as_the_office():
        row.save(update_fields=["verdict", "verdict_reason", "reviewed_by", "reviewed_at", "ends_at"])
    told = {"verdict": verdict.value, "member": str(row.taken_by_id)}
    audit.record("emergency.reviewed", row.case, by=by, details=told)
    return row


@transaction.atomic
def see(*, notice: EmergencyNotice, by: Member) -> None:
    """Note that a colleague has seen that a case was opened in an emergency; it leaves their Today."""
    if notice.member_id != by.pk:
        raise Denied("other_organisation")
    if EmergencyNotice.objects.filter(pk=notice.pk, seen_at=None).update(seen_at=timezone.now()):
        audit.record("emergency.seen", notice.break_glass.case, by=by)


def told_to(member: Member) -> list[EmergencyNotice]:
    """Return what a member was told and has not seen yet, the latest first; nothing of a case that shuts them out since."""
    rows = EmergencyNotice.objects.filter(member=member, seen_at=None).order_by("-recorded_at")
    rows = rows.exclude(break_glass__case__person_id__in=queries.shut_out_from(member))
    return list(rows.select_related("break_glass__taken_by__user", "break_glass__case")[:20])


def in_force(case: Case, member: Member) -> BreakGlass | None:
    """Return by which emergency access a member reads a case now, or None where they need none."""
    if policies.works_on(member.facts, case.facts):
        return None
    found: BreakGlass | None = (
        case.break_glasses.filter(BreakGlass.at(timezone.now()), taken_by=member).order_by("-ends_at").first()
    )
    return found


def held_by(member: Member) -> list[BreakGlass]:
    """Return the emergency accesses that a member holds now, the next to end first; none that shuts them out since."""
    if not queries.opened_by(member):
        return []
    rows, shut_out = _held(member).prefetch_related("case"), queries.shut_out_from(member)
    return list((rows.exclude(case__person_id__in=shut_out) if shut_out else rows).order_by("ends_at"))


def _held(member: Member) -> QuerySet[BreakGlass]:
    rows: QuerySet[BreakGlass] = BreakGlass.objects.filter(BreakGlass.at(timezone.now()), taken_by=member)
    return rows


def reviewable(member: Member) -> QuerySet[BreakGlass]:
    """Return the emergency accesses of the office that a supervisor may read of; none for others, nor where they are shut out."""
    rows = BreakGlass.objects.filter(organisation_id=member.organisation_id)
    if not policies.may_lead(member.facts):
        return rows.none()
    return rows.exclude(case__person_id__in=queries.shut_out_from(member)).select_related(
        "case", "taken_by__user", "reviewed_by__user"
    )


def waiting_for(member: Member) -> QuerySet[BreakGlass]:
    """Return the emergency accesses that wait for this supervisor's verdict, the oldest first."""
    return reviewable(member).filter(verdict="").exclude(taken_by=member).order_by("taken_at")
