"""Pages about records of one person: the warning while typing, comparing two, proposing, deciding, parting."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.desk.access.guard import Denied, needs, require
from amparo.desk.access.models import Member
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.core.pagination import paginate
from amparo.linkage import Description

from . import forms, joined, merging, policies, queries, same, side_by_side, taking_over
from .models import Case, Sameness, TakenOver, ToldApart
from .policies import SameState
from .reasons import attempt
from .same_forms import REASONS, CompareForm, DecideForm, PartForm, ProposeForm, PutBackForm, TakeOverForm

form_page = require_http_methods(["GET", "HEAD", "POST"])


@needs(Purpose.CASEWORK, policies.may_search_names)
@require_POST
def typing(request: HttpRequest) -> HttpResponse:
    """Answer what is being typed with a list of who may be the same person; nothing where there is nobody."""
    member = request.member  # type: ignore[attr-defined]
    form = forms.PersonForm(request.POST)
    form.is_valid()
    number = request.POST.get("besides", "").replace("\0", "")
    besides = queries.cases_for(member).filter(number=number).first()
    try:
        alike = same.ask(member, form.sought, besides=besides)
    except Denied as denied:
        return render(request, "cases/same_list.html", {"refused": denied.reason}, status=429)
    return render(request, "cases/same_list.html", {"alike": side_by_side.listed(member, alike, besides)})


@needs(Purpose.CASEWORK, policies.may_search_names)
@form_page
def candidates(request: HttpRequest, number: str) -> HttpResponse:
    """Show who may be the same person as one on record, and with what they are joined."""
    member = request.member  # type: ignore[attr-defined]
    case = queries.get_case(member, number, part="same")
    require(policies.may_see_name(member.facts, case.facts))
    form = CompareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        other = queries.cases_for(member).filter(number__iexact=form.cleaned_data["compare_with"].strip()).first()
        if other is not None and other.pk != case.pk:
            return redirect("case_same_with", number, other.number)
        form.add_error("compare_with", _("No such record among those you work on, or it is this one: check the number."))
    sought = same.recorded(case.person, today=timezone.localdate())
    alike, refused = asked(member, sought, besides=case) if request.method != "POST" else ([], "")
    context = {
        "case": case,
        "tab": "known",
        "form": form,
        "alike": side_by_side.listed(member, alike, case),
        "refused": refused,
        "apart": same.apart_from(member, case),
        "proposed": merging.open_proposals(case),
        "records": side_by_side.records_of(member, case),
    }
    return render(request, "cases/same.html", context, status=422 if form.errors else 200)


@needs(Purpose.CASEWORK, policies.may_search_names)
@require_POST
def again(request: HttpRequest, number: str, apart_id: uuid.UUID) -> HttpResponse:
    """Take back that somebody is another person, and compare again."""
    member = request.member  # type: ignore[attr-defined]
    case = queries.get_case(member, number, part="same")
    require(policies.may_see_name(member.facts, case.facts))
    if not same.compare_again(by=member, case=case, row_id=apart_id) and ToldApart.objects.filter(pk=apart_id).exists():
        raise Http404  # somebody else's; what is gone already was sent twice
    messages.success(request, _("Taken back: they are compared again."))
    return redirect("case_same", number)


@needs(Purpose.CASEWORK, policies.may_search_names)
@form_page
def compare(request: HttpRequest, number: str, other: str) -> HttpResponse:
    """Compare two records side by side; propose to join them, or say that they are two persons."""
    member = request.member  # type: ignore[attr-defined]
    case, another = (queries.get_case(member, one, part="same") for one in (number, other))
    for one in (case, another):
        require(policies.may_see_name(member.facts, one.facts))
    if joined.root_of(case.person_id) == joined.root_of(another.person_id):
        messages.info(request, _("These are records of one person already."))
        return redirect("case_same", number)
    form = ProposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        held = form.cleaned_data
        if held["answer"] == "apart":
            same.tell_apart_as(by=member, case=case, other=another)
            messages.success(request, _("Remembered: they are two persons."))
            return redirect("case_same", number)
        act = partial(merging.propose, case=case, other=another, by=member, reason=held["reason"], row_id=held["row_id"])
        if attempt(form, act, REASONS) is not None:
            messages.success(request, _("Proposed. Nothing is joined before a supervisor decides."))
            return redirect("case_same", number)
    context = {"case": case, "tab": "known", "form": form, "pair": side_by_side.pair(member, case, another)}
    return render(request, "cases/same_compare.html", context, status=422 if form.errors else 200)


@needs(Purpose.SUPERVISION, policies.may_lead)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show what waits for a decision and what was joined: numbers and days."""
    member = request.member  # type: ignore[attr-defined]
    rows = merging.proposals_for(member)
    page = paginate(request, rows.filter(state__in=[SameState.PROPOSED, SameState.JOINED]), ("-recorded_at", "-id"), size=25)
    shown = [pair for row in page if (pair := merging.pair_of(member, row)) is not None]
    audit.record("same.listed", by=member, details={"shown": len(shown)})
    return render(request, "cases/same_waiting.html", {"page": page, "pairs": shown, "member": member})


@needs(Purpose.SUPERVISION, policies.may_lead, fresh=True)
@form_page
def review(request: HttpRequest, same_id: uuid.UUID) -> HttpResponse:
    """Look at a proposal, evidence above the verdict, and decide; or part what was joined."""
    member = request.member  # type: ignore[attr-defined]
    row = get_object_or_404(merging.proposals_for(member), pk=same_id)
    pair = merging.pair_of(member, row)
    if pair is None:
        raise Http404
    queries.open_all([pair.case, pair.other])
    is_open, is_joined = row.state == SameState.PROPOSED, row.state == SameState.JOINED
    form: Any = (
        DecideForm(_remaining(row, pair), request.POST or None)
        if is_open
        else PartForm(request.POST or None)
        if is_joined
        else None
    )
    if request.method == "POST" and (form is None or request.POST.get("step") != form.STEP):
        messages.warning(request, _("This was decided already. Look at it again before you decide something else."))
        return redirect("same_waiting")
    if request.method == "POST" and form.is_valid():
        held = form.cleaned_data
        act = partial(merging.part, pair=pair, by=member, reason=held["reason"])
        if is_open:
            remains = uuid.UUID(held["remains"]) if held.get("remains") else None
            told = {"is_same": held["answer"] == "same", "reason": held["reason"], "remaining_id": remains}
            act = partial(merging.decide, pair=pair, by=member, **told)
        if attempt(form, act, REASONS) is not None:
            messages.success(request, _("Decided. It stands in the history of both records."))
            return redirect("same_waiting")
    for one in (pair.case, pair.other):
        audit.record("same.read", one, by=member)
    is_own = row.proposed_by_id == member.pk
    context = {
        "row": merging.opened(row),
        "shown": side_by_side.pair(member, pair.case, pair.other),
        "form": None if is_own and is_open else form,
        "is_own": is_own,
        "is_open": is_open,
        "is_joined": is_joined,
        "back": reverse("same_waiting"),
    }
    return render(request, "cases/same_review.html", context, status=422 if form is not None and form.errors else 200)


def _remaining(row: Sameness, pair: merging.Pair) -> list[tuple[str, str]]:
    """Return the records that may remain, as choices: the case number and the day on which it was opened."""
    cases = {case.person_id: case for case in (pair.case, pair.other)}
    held = [(person_id, cases[person_id]) for person_id in merging.may_remain(row)]
    return [(str(person_id), f"{case.number} · {date_format(case.opened_on, 'DATE_FORMAT')}") for person_id, case in held]


@needs(Purpose.CASEWORK, policies.may_search_names)
@require_POST
def take_over(request: HttpRequest, number: str) -> HttpResponse:
    """Take over what another record of the same person says of one subject, or put back what stood before."""
    member = request.member  # type: ignore[attr-defined]
    case = queries.get_case(member, number, part="same")
    if "back" in request.POST:
        form: Any = PutBackForm(request.POST)
        if not form.is_valid():
            raise Http404
        row = get_object_or_404(TakenOver, pk=form.cleaned_data["back"], person=case.person)
        if taking_over.put_back(case=case, row=row, by=member):
            messages.success(request, _("Put back: the record says what it said before."))
        else:
            messages.info(request, _("Somebody wrote something else since. That stays; nothing was put back."))
        return redirect(case.address)
    form = TakeOverForm(request.POST)
    if not form.is_valid():
        raise Http404
    source = get_object_or_404(queries.cases_for(member).select_related("person"), number=form.cleaned_data["source"])
    taking_over.take(case=case, source=source, by=member, subject=form.cleaned_data["subject"])
    messages.success(request, _("Taken over. Parting the records, or one press here, puts back what stood before."))
    return redirect(case.address)


def warn(request: HttpRequest, case: Case) -> HttpResponse:
    """After the person was changed: go to the record, or first to who may be the same, where somebody is."""
    member = request.member  # type: ignore[attr-defined]
    sought = same.recorded(case.person, today=timezone.localdate())
    if asked(member, sought, besides=case)[0]:
        messages.warning(request, _("Somebody else on record may be the same person. Look at them, or go on."))
        return redirect("case_same", case.number)
    return redirect(case.address)


def asked(member: Member, sought: Description, *, besides: Case | None = None) -> tuple[list[same.Alike], str]:
    """Return who may be the same, or nobody and why it was not asked: whoever asks too often goes on without the warning."""
    try:
        return same.ask(member, sought, besides=besides), ""
    except Denied as denied:
        if denied.reason != "asked_too_often":
            raise
        return [], denied.reason
