"""What a person asks about their own record: written down with its clock, answered by a supervisor, kept with both wordings."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.cases import actions as recording
from amparo.desk.cases import erasing, holds, joined, queries
from amparo.desk.cases.models import Case, Person
from amparo.desk.core import keys, locking, withholding
from amparo.desk.core.fields import SealedDateField, SealedJSONField, SealedTextField
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.country import lookup

from . import keeping, policies, retention
from .choices import Disposing, RequestKind, RequestState
from .models import PersonRequest


def correctable() -> dict[str, Any]:
    """Return what of a person can be corrected by a request: every sealed field in words, by its name."""
    return {
        field.name: field
        for field in Person._meta.concrete_fields
        if isinstance(field, SealedTextField) and not isinstance(field, SealedJSONField)
    }


def clock_of(case: Case, *, on: date) -> lookup.Requests:
    """Return within what time the office's country has a request answered."""
    return lookup.on(case.organisation.country, on).requests


def facts_of(request: PersonRequest) -> policies.RequestFacts:
    """Return what verdicts may know of a request."""
    is_open, is_granted = (request.state == state for state in (RequestState.OPEN, RequestState.GRANTED))
    return policies.RequestFacts(is_open, bool(request.identified), request.extended, is_granted)


@transaction.atomic
def enter(
    *, case: Case, by: Member, kind: str, received_on: date, row_id: uuid.UUID, words: str = "", field: str = "", proposed: str = ""
) -> PersonRequest:
    """Write down what the person asks; the clock runs from the day they asked, and an objection works at once."""
    require(policies.may_enter_request(by.facts, case.facts))
    require(recording.policies.may_be_day(received_on, today=timezone.localdate()))
    holds.living(case.person_id)
    before: PersonRequest | None = PersonRequest.objects.filter(pk=row_id, case=case).first()
    is_correction = kind == RequestKind.CORRECTION
    said = {"kind": str(kind), "received_on": received_on, "words": words}
    said |= {"field": field if is_correction else "", "proposed": proposed if is_correction else ""}
    if before is not None:
        recording.require_same(before, said)
        return before
    with withholding.as_the_office():  # whoever writes it down, what stood there is kept as it was
        stood = str(getattr(case.person, field)) if is_correction and field in correctable() else ""
    if is_correction and not (proposed.strip() and (field == "" or field in correctable())):
        raise Denied("correction_incomplete")
    made: PersonRequest = PersonRequest.objects.create(
        id=row_id,
        organisation_id=case.organisation_id,
        key_id=case.person.key_id,
        case=case,
        person=case.person,
        due_on=retention.after(received_on, clock_of(case, on=received_on).months),
        before=stood,
        entered_by=by,
        **said,
    )
    audit.record("request.entered", case, by=by, details={"kind": str(kind)})
    if kind == RequestKind.OBJECTION:
        holds.restrict(case=case, by=by)
    return made


def _claimed(request: PersonRequest, version: int) -> PersonRequest:
    """Return the row as it is now, under its next version; raise `Stale` where somebody was faster."""
    found: PersonRequest = PersonRequest.objects.select_for_update(of=("self",)).select_related("case__person").get(pk=request.pk)
    locking.claim(found, version)
    keys.forget_one(found.key_id)
    return found


@transaction.atomic
def identify(*, request: PersonRequest, by: Member, how: str, version: int) -> None:
    """Write down how it is known that it is the person, and who found it so."""
    require(policies.may_enter_request(by.facts, request.case.facts))
    request = _claimed(request, version)
    if request.state != RequestState.OPEN:
        raise Denied("request_answered")
    request.identified, request.identified_by = how, by
    request.save()
    audit.record("request.identified", request.case, by=by, details={"how": str(how)})


@transaction.atomic
def extend(*, request: PersonRequest, by: Member, reason: str, version: int) -> None:
    """Take the longer time that the country allows, once, for a reason that the person is told."""
    require(policies.may_extend_request(by.facts, request.case.facts, facts_of(request), reason=reason))
    request = _claimed(request, version)
    more = clock_of(request.case, on=request.received_on).extension_months
    request.extended, request.extension_reason = True, reason
    request.due_on = retention.after(request.due_on, more)
    request.save()
    audit.record("request.extended", request.case, by=by)


@transaction.atomic
def pass_on(*, request: PersonRequest, by: Member, passages: dict[str, str], version: int) -> None:
    """Write down which passages somebody has read and found to name nobody else: they go into the person's copy."""
    require(policies.may_copy(by.facts, request.case.facts, facts_of(request)))
    request = _claimed(request, version)
    request.passages = passages
    request.save()
    audit.record("request.passages_read", request.case, by=by, details={"count": len(passages)})


@transaction.atomic
def answer(*, request: PersonRequest, by: Member, grants: bool, words: str, remedy: str, version: int) -> None:
    """Answer a request: do what it asks, or say why not and where the person can complain.

    To erase takes two: granting proposes it, and the request is granted once a second person has confirmed.
    """
    require(policies.may_answer_request(by.facts, request.case.facts, facts_of(request), grants=grants, reason=words))
    if not grants and not remedy.strip():
        raise Denied("remedy_missing")
    request = _claimed(request, version)
    if grants:
        _grant(request, by, words)
    elif request.kind == RequestKind.OBJECTION and not _objects_otherwise(request):
        holds.lift_restriction(case=request.case, by=by)
    request.answer, request.remedy = words, "" if grants else remedy
    if not (grants and request.kind == RequestKind.ERASURE):
        request.state = RequestState.GRANTED if grants else RequestState.REFUSED
        request.answered_by, request.answered_at = by, timezone.now()
    request.save()
    told = {"kind": request.kind, "answer": "granted" if grants else "refused"}
    audit.record("request.answered", request.case, by=by, details=told)


def _objects_otherwise(request: PersonRequest) -> bool:
    """Say whether another objection of this person waits or was granted: then the record stays where it is."""
    others = PersonRequest.objects.filter(person_id__in=joined.ids(request.person_id), kind=RequestKind.OBJECTION).exclude(
        pk=request.pk
    )
    return bool(others.filter(state__in=(RequestState.OPEN, RequestState.GRANTED)).exists())


def stands(request: PersonRequest) -> bool:
    """Say whether a request is an objection that was granted, and so holds until the person takes it back."""
    return bool(request.kind == RequestKind.OBJECTION and request.state == RequestState.GRANTED)


@transaction.atomic
def take_back(*, request: PersonRequest, by: Member, words: str, version: int) -> None:
    """Write down that the person no longer objects: their consents count again, unless another objection stands."""
    request = _claimed(request, version)
    require(policies.may_take_back(by.facts, request.case.facts, stands=stands(request), words=words))
    request.state, request.answer = RequestState.TAKEN_BACK, f"{request.answer}\n\n{words}".strip()
    request.save()
    if not _objects_otherwise(request):
        holds.lift_restriction(case=request.case, by=by)
    audit.record("request.taken_back", request.case, by=by)


def _grant(request: PersonRequest, by: Member, words: str) -> None:
    case = request.case
    if request.kind == RequestKind.ERASURE:
        reason = words.strip() or "–"
        keeping.propose(case=case, by=by, what=Disposing.SHRED, ground=erasing.Ground.PERSON_ASKED, reason=reason)
    if request.kind == RequestKind.CORRECTION and request.field:
        value = _value(request)
        recording.change_person(case=case, by=by, values={request.field: value}, version=case.person.version)


def _value(request: PersonRequest) -> Any:
    if not isinstance(correctable()[request.field], SealedDateField):
        return request.proposed
    try:
        return PartialDate.parse(request.proposed)
    except ValueError:
        raise Denied("correction_incomplete") from None


def listed(member: Member) -> Any:
    """Return the requests on records that a member may read."""
    rows = PersonRequest.objects.of(member.organisation_id).filter(case__in=queries.cases_for(member))
    return rows.select_related("case", "entered_by__user", "answered_by__user")


def waiting(member: Member) -> tuple[int, int]:
    """Return how many requests wait for this member's office's answer, and how many of them are late; for supervisors."""
    if not policies.may_lead(member.facts):
        return 0, 0
    due: Iterable[date] = listed(member).filter(state=RequestState.OPEN).values_list("due_on", flat=True)
    days = list(due)
    return len(days), sum(day < timezone.localdate() for day in days)
