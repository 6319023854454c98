"""One record's keeping: until when and why, holds, proposals, and what the person asked."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from amparo.desk.access.guard import needs, require
from amparo.desk.access.roles import Purpose
from amparo.desk.cases import holds
from amparo.desk.cases import policies as cases
from amparo.desk.cases.fields import language
from amparo.desk.cases.policies import may_list
from amparo.desk.cases.queries import get_case
from amparo.desk.cases.reasons import attempt
from amparo.desk.oversight import keeping, policies
from amparo.desk.oversight.keeping_forms import (
    DUE,
    ENDS,
    GROUNDS,
    HOLDING,
    LIFTING,
    PROPOSING,
    HoldForm,
    LiftForm,
    ProposalForm,
    late,
)

form_page = require_http_methods(["GET", "HEAD", "POST"])


def form_answer(request: HttpRequest, case: Any, form: Any, words: dict[str, Any]) -> HttpResponse:
    """Return a form of the record with its heading, its lead and its button."""
    context = {"case": case, "tab": "keeping", "form": form} | words
    return render(request, "oversight/case_form.html", context, status=422 if form.errors else 200)


@needs(Purpose.CASEWORK, may_list)
@require_safe
def overview(request: HttpRequest, number: str) -> HttpResponse:
    """Show until when a record is kept and why, what stands against erasing it, and what the person asked."""
    member = request.member  # type: ignore[attr-defined]
    case = get_case(member, number, part="keeping")
    leads, is_erased = bool(cases.may_staff(member.facts, case.facts)), case.person.key.destroyed_at is not None
    due = None if is_erased else keeping.due_of(case, on=timezone.localdate())
    placed = holds.of(case.person_id).select_related("placed_by__user", "lifted_by__user").order_by("-recorded_at").opened()
    proposals = case.disposals.select_related("proposed_by__user", "settled_by__user").order_by("-recorded_at").opened()
    context = {
        "case": case,
        "tab": "keeping",
        "is_erased": is_erased,
        "due": due,
        "is_over": due is not None and due.is_over(timezone.localdate()),
        "why": [DUE[one] for one in due.reasons] if due else [],
        "end": ENDS[due.rule.end] if due and due.rule else "",
        "source": due.rule.source_in.get(language(), due.rule.source) if due and due.rule else "",
        "holds": placed if leads else [],
        "is_held": holds.is_held(case.person_id),
        "is_restricted": holds.is_restricted(case.person_id),
        "proposals": [(one, GROUNDS.get(one.ground, "")) for one in proposals] if leads else [],
        "requests": [(one, one.state == "open" and late(one.due_on)) for one in case.requests.order_by("-recorded_at")],
        "leads": leads,
        "may_enter": not is_erased and bool(policies.may_enter_request(member.facts, case.facts)),
    }
    return render(request, "oversight/case_keeping.html", context)


@needs(Purpose.CASEWORK, may_list)
@form_page
def propose(request: HttpRequest, number: str) -> HttpResponse:
    """Propose what becomes of a record."""
    member = request.member  # type: ignore[attr-defined]
    case = get_case(member, number, part="keeping")
    require(cases.may_staff(member.facts, case.facts))
    form = ProposalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, partial(keeping.propose, case=case, by=member, **form.cleaned_data), PROPOSING)
        if made is not None:
            messages.success(request, _("Proposed. Nothing happens before somebody else confirms it."))
            return redirect("case_keeping", number)
    words = {
        "heading": _("What is to become of this record"),
        "lead": _("Shredding and anonymising reach everything held on the person, in every case, and cannot be undone."),
        "button": _("Propose"),
    }
    return form_answer(request, case, form, words)


@needs(Purpose.CASEWORK, may_list)
@form_page
def hold(request: HttpRequest, number: str) -> HttpResponse:
    """Keep everything about a person for an authority or a claim."""
    member = request.member  # type: ignore[attr-defined]
    case = get_case(member, number, part="keeping")
    require(cases.may_staff(member.facts, case.facts))
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, partial(holds.place, case=case, by=member, **form.cleaned_data), HOLDING)
        if made is not None:
            messages.success(request, _("The hold stands: nobody can erase this record."))
            return redirect("case_keeping", number)
    lead = _("While a hold stands, nothing held on the person can be erased. Somebody else than you lifts it.")
    return form_answer(request, case, form, {"heading": _("Place a hold"), "lead": lead, "button": _("Place the hold")})


@needs(Purpose.CASEWORK, may_list)
@form_page
def lift(request: HttpRequest, number: str, hold_id: uuid.UUID) -> HttpResponse:
    """Lift a hold that somebody else placed."""
    member = request.member  # type: ignore[attr-defined]
    case = get_case(member, number, part="keeping")
    require(cases.may_staff(member.facts, case.facts))
    placed = get_object_or_404(holds.of(case.person_id), pk=hold_id)
    form = LiftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = partial(_lifted, placed, case, member, form.cleaned_data["reason"])
        if attempt(form, act, LIFTING):
            messages.success(request, _("The hold is lifted."))
            return redirect("case_keeping", number)
    lead = _("From then on the record can be erased again by two persons.")
    return form_answer(request, case, form, {"heading": _("Lift the hold"), "lead": lead, "button": _("Lift the hold")})


def _lifted(placed: Any, case: Any, member: Any, reason: str) -> bool:
    holds.lift(hold=placed, case=case, by=member, reason=reason)
    return True
