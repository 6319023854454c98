"""Pages of the formal track, of age assessments, and of other help."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.desk.access.guard import needs, require
from amparo.desk.access.roles import Purpose
from amparo.desk.cases.models import Case
from amparo.desk.cases.policies import may_list
from amparo.desk.cases.queries import get_case
from amparo.desk.cases.reasons import attempt
from amparo.desk.consent import papers

from . import age_actions, formal_actions, formal_queries, help_actions, policies, track_forms, tracks
from .models import AgeAssessment, FormalProcedure, FormalStep, OtherHelp

form_page = require_http_methods(["GET", "HEAD", "POST"])


def _case(request: HttpRequest, number: str, *, writes: bool) -> Case:
    case = get_case(request.member, number, part="identification")  # type: ignore[attr-defined]
    allowed = policies.may_screen if writes else policies.may_read_answers
    require(allowed(request.member.facts, case.facts))  # type: ignore[attr-defined]
    return case


def _page(request: HttpRequest, case: Case, template: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    refused = form is not None and form.is_bound and form.errors
    return render(request, template, {"case": case, "tab": "identification", **context}, status=422 if refused else 200)


def _form(request: HttpRequest, case: Case, form: Any, title: str, lead: str, button: str, **more: Any) -> HttpResponse:
    context = {"form": form, "title": title, "lead": lead, "button": button, **more}
    return _page(request, case, "identification/track_form.html", context, form)


@needs(Purpose.CASEWORK, may_list)
@form_page
def notify(request: HttpRequest, number: str) -> HttpResponse:
    """Write down that a competent body was asked to decide."""
    case = _case(request, number, writes=True)
    form = track_forms.NotifyForm(case, request.POST or None)
    if request.method == "POST" and form.is_valid():
        row_id = form.cleaned_data["row_id"]
        act = partial(formal_actions.notify, case=case, by=request.member, values=form.values, row_id=row_id)  # type: ignore[attr-defined]
        made = attempt(form, act, track_forms.FORMAL_REASONS)
        if made is not None:
            messages.success(request, _("Recorded. Help is open whatever the body decides."))
            return redirect("formal", number=number, procedure_id=made.pk)
    lead = _("The formal decision is the body’s. Help does not wait for it and does not end with it.")
    return _form(request, case, form, _("Ask a competent body"), lead, _("Record it"))


def _procedure(case: Case, procedure_id: Any) -> FormalProcedure:
    found: FormalProcedure = get_object_or_404(FormalProcedure, pk=procedure_id, case=case)
    found.case = case
    return found


@needs(Purpose.CASEWORK, may_list)
@require_safe
def formal(request: HttpRequest, number: str, procedure_id: Any) -> HttpResponse:
    """Read one procedure: where it stands, its clocks, its steps with their letters."""
    case = _case(request, number, writes=False)
    track = formal_queries.track_of(_procedure(case, procedure_id))
    may_write = bool(policies.may_screen(request.member.facts, case.facts))  # type: ignore[attr-defined]
    context = {"shown": tracks.shown(track, day=timezone.localdate()), "may_write": may_write, "today": timezone.localdate()}
    return _page(request, case, "identification/formal.html", context)


@needs(Purpose.CASEWORK, may_list)
@form_page
def step(request: HttpRequest, number: str, procedure_id: Any) -> HttpResponse:
    """Write down the next step of a procedure, with its letter."""
    case = _case(request, number, writes=True)
    procedure = _procedure(case, procedure_id)
    track = formal_queries.track_of(procedure)
    form = track_forms.StepForm(track, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, partial(_add_step, request, procedure, form), track_forms.FORMAL_REASONS)
        if made is not None:
            if made.kind in formal_actions.DECIDING:
                messages.success(request, _("Recorded. Help goes on. Which other protection is open to the person?"))
                return redirect("other_help_new", number=number)
            messages.success(request, _("Recorded."))
            return redirect("formal", number=number, procedure_id=procedure.pk)
    shown = tracks.shown(track, day=timezone.localdate())
    return _form(
        request, case, form, _("What happened next"), f"{shown.body} · {shown.country}", _("Record it"), procedure=procedure
    )


def _add_step(request: HttpRequest, procedure: FormalProcedure, form: track_forms.StepForm) -> FormalStep:
    with papers.keeping(procedure.case, form.cleaned_data.get("letter")) as letter:
        return formal_actions.add_step(
            procedure=procedure,
            by=request.member,  # type: ignore[attr-defined]
            values=form.values,
            letter=letter,
            row_id=form.cleaned_data["row_id"],
        )


def _step(case: Case, step_id: Any) -> FormalStep:
    rows = FormalStep.objects.select_related("procedure", "letter")
    found: FormalStep = get_object_or_404(rows, pk=step_id, procedure__case=case)
    return found


@needs(Purpose.CASEWORK, may_list)
@require_POST
def strike(request: HttpRequest, number: str, formal_step_id: Any) -> HttpResponse:
    """Strike out a step that was recorded by mistake."""
    case = _case(request, number, writes=True)
    found = _step(case, formal_step_id)
    formal_actions.strike(step=found, by=request.member)  # type: ignore[attr-defined]
    messages.success(request, _("Struck out. It stays readable, and the clocks forget it."))
    return redirect("formal", number=number, procedure_id=found.procedure_id)


def _paper(stored: Any, name: str) -> HttpResponseBase:
    answer = papers.handed_out(stored, name)
    if answer is None:
        raise Http404
    return answer


@needs(Purpose.CASEWORK, may_list)
@require_safe
def letter(request: HttpRequest, number: str, formal_step_id: Any) -> HttpResponseBase:
    """Hand out the letter of a step."""
    case = _case(request, number, writes=False)
    return _paper(_step(case, formal_step_id).letter, f"letter-{case.number}")


@needs(Purpose.CASEWORK, may_list)
@form_page
def assess_age(request: HttpRequest, number: str) -> HttpResponse:
    """Write down an age assessment."""
    case = _case(request, number, writes=True)
    form = track_forms.AgeForm(request.POST or None, request.FILES or None)
    act = partial(_assess, request, case, form)
    if request.method == "POST" and form.is_valid() and attempt(form, act, track_forms.AGE_REASONS) is not None:
        messages.success(request, _("Recorded. The person’s record says what follows from it."))
        return redirect("identification", number=number)
    lead = _("While the age is contested or not assessed the person is treated as a child.")
    return _form(request, case, form, _("Age assessment"), lead, _("Record it"))


def _assess(request: HttpRequest, case: Case, form: track_forms.AgeForm) -> AgeAssessment:
    with papers.keeping(case, form.cleaned_data.get("report")) as report:
        return age_actions.record(
            case=case,
            by=request.member,  # type: ignore[attr-defined]
            values=form.values,
            report=report,
            row_id=form.cleaned_data["row_id"],
        )


def _assessment(case: Case, assessment_id: Any) -> AgeAssessment:
    found: AgeAssessment = get_object_or_404(AgeAssessment.objects.select_related("report"), pk=assessment_id, case=case)
    return found


@needs(Purpose.CASEWORK, may_list)
@form_page
def contest_age(request: HttpRequest, number: str, assessment_id: Any) -> HttpResponse:
    """Write down that an assessment is contested, or what became of the contest."""
    case = _case(request, number, writes=True)
    found = _assessment(case, assessment_id)
    if found.settled:
        raise Http404
    kind = track_forms.SettleForm if found.waits else track_forms.ContestForm
    form = kind(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        told: dict[str, Any] = {"assessment": found, "by": request.member, **form.cleaned_data}  # type: ignore[attr-defined]
        act = partial(age_actions.settle if found.waits else age_actions.contest, **told)
        if attempt(form, act, track_forms.AGE_REASONS) is not None:
            messages.success(request, _("Recorded. The person’s record says what follows from it."))
            return redirect("identification", number=number)
    title = _("What became of the contest") if found.waits else _("The assessment is contested")
    lead = _("While the age is contested or not assessed the person is treated as a child.")
    return _form(request, case, form, title, lead, _("Record it"))


@needs(Purpose.CASEWORK, may_list)
@require_safe
def age_report(request: HttpRequest, number: str, assessment_id: Any) -> HttpResponseBase:
    """Hand out the report of an assessment."""
    case = _case(request, number, writes=False)
    return _paper(_assessment(case, assessment_id).report, f"report-{case.number}")


@needs(Purpose.CASEWORK, may_list)
@form_page
def offer_help(request: HttpRequest, number: str) -> HttpResponse:
    """Write down which other help is offered."""
    case = _case(request, number, writes=True)
    form = track_forms.HelpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row_id = form.cleaned_data["row_id"]
        act = partial(help_actions.offer, case=case, by=request.member, values=form.values, row_id=row_id)  # type: ignore[attr-defined]
        if attempt(form, act, track_forms.HELP_REASONS) is not None:
            messages.success(request, _("Recorded. The case stays open until you and the person end it."))
            return redirect("identification", number=number)
    lead = _("Whoever is vulnerable is accompanied with the same care, a victim of trafficking or not.")
    return _form(request, case, form, _("Offer other help"), lead, _("Record it"))


@needs(Purpose.CASEWORK, may_list)
@form_page
def follow_up(request: HttpRequest, number: str, help_id: Any) -> HttpResponse:
    """Write down what came of an offer."""
    case = _case(request, number, writes=True)
    found = get_object_or_404(OtherHelp, pk=help_id, case=case)
    found.case = case
    form = track_forms.HelpForm(request.POST or None, offered=found)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        act = partial(help_actions.follow_up, help_offered=found, by=request.member, values=form.values, version=version)  # type: ignore[attr-defined]
        if attempt(form, act, track_forms.HELP_REASONS) is not None:
            messages.success(request, _("Saved."))
            return redirect("identification", number=number)
    lead = found.get_kind_display()
    return _form(request, case, form, _("What came of the offer"), lead, _("Save"))
