"""Pages of the journey: its pictures and tables, and its legs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.desk.access.guard import needs, require
from amparo.desk.access.roles import Purpose
from amparo.desk.cases.models import Case
from amparo.desk.cases.policies import may_change, may_list
from amparo.desk.cases.queries import get_case
from amparo.desk.cases.reasons import attempt
from amparo.desk.core import drafts
from amparo.desk.core.locking import Stale
from amparo.desk.core.numbers import posted_number

from . import actions, comparing, forms, merging, policies, queries, row_forms, shown
from .models import Leg, OddityAnswer

form_page = require_http_methods(["GET", "HEAD", "POST"])


@needs(Purpose.CASEWORK, may_list)
@require_safe
def journey(request: HttpRequest, number: str) -> HttpResponse:
    """Read the journey: over time, on the map, leg by leg, with what does not fit and who is told of."""
    case = get_case(request.member, number, part="journey")
    told = queries.told(case)
    also = comparing.also_told_of(request.member, told.actors)
    may_compare = bool(policies.may_compare(request.member.facts))
    context = {"journey": shown.of(told, case, also), "may_compare": may_compare}
    return page(request, case, "journeys/journey.html", context)


@needs(Purpose.CASEWORK, may_list)
@form_page
def new(request: HttpRequest, number: str) -> HttpResponse:
    """Add a leg; `?at=3` begins it before the third."""
    case = get_case(request.member, number, part="journey")
    require(may_change(request.member.facts, case.facts))
    position = posted_number(request.GET.get("at", "")) or queries.next_position(case)
    form = forms.LegForm(request.POST or None, position=min(max(position, 1), actions.MOST_LEGS))
    if request.method == "POST" and form.is_valid():
        act = partial(actions.add_leg, case=case, by=request.member, values=form.values, row_id=form.cleaned_data["row_id"])
        leg = attempt(form, act, row_forms.REASONS)
        if leg is not None:
            messages.success(request, _("The leg is recorded. Who took part, what was kept and what was paid can be added to it."))
            return redirect("journey", number=number)
    return page(request, case, "journeys/leg.html", {"form": form}, form)


@needs(Purpose.CASEWORK, may_list)
@form_page
def change(request: HttpRequest, number: str, leg_id: Any) -> HttpResponse:
    """Change what is told of a leg."""
    case = get_case(request.member, number, part="journey")
    leg = get_leg(case, leg_id)
    require(may_change(request.member.facts, case.facts))
    told = queries.told(case)
    one = next(one for one in shown.of(told, case).legs if one.leg.pk == leg.pk)

    def act(form: Any, version: int) -> Any:
        return actions.change_leg(leg=get_leg(case, leg_id), by=request.member, values=form.values, version=version)

    return change_page(
        request,
        case,
        make=lambda data: forms.LegForm(data, leg=leg),
        row=leg,
        act=act,
        template="journeys/leg.html",
        context={"leg": leg, "shown": one},
    )


def change_page(
    request: HttpRequest,
    case: Case,
    *,
    make: Callable[[Any], Any],
    row: Any,
    act: Callable[[Any, int], Any],
    template: str,
    context: dict[str, Any],
) -> HttpResponse:
    """Show or take a form of a row; where somebody saved first, show field by field whose change differs, and lose nothing."""
    data = merging.chosen(make(None), row, request.POST) if request.method == "POST" else None
    form, meeting = make(data), None
    if data is not None and form.is_valid():
        version = form.cleaned_data["version"]
        try:
            if attempt(form, lambda: act(form, version), row_forms.REASONS) is not None:
                messages.success(request, _("Saved."))
                return redirect("journey", number=case.number)
        except Stale:
            now = type(row)._base_manager.get(pk=row.pk)
            meeting = merging.meet(form, now, form.values, version)
            drafts.save(request.user.pk, request.path, request.POST)
            typed = merging.as_typed(form, {**meeting.values, "version": now.version}, data)
            form = make(typed)
    return page(request, case, template, {**context, "form": form, "meeting": meeting}, form, is_stale=meeting is not None)


@needs(Purpose.CASEWORK, may_list)
@require_POST
def move(request: HttpRequest, number: str, leg_id: Any, way: str) -> HttpResponse:
    """Let a leg change places with the one before or after it: `up` or `down`."""
    if way not in ("up", "down"):
        raise Http404
    case = get_case(request.member, number, part="journey")
    if actions.move_leg(leg=get_leg(case, leg_id), by=request.member, is_up=way == "up"):
        messages.success(request, _("The leg is moved."))
    return redirect("journey", number=number)


@needs(Purpose.CASEWORK, may_list)
@require_POST
def remove(request: HttpRequest, number: str, leg_id: Any) -> HttpResponse:
    """Take out a leg that was recorded by mistake."""
    case = get_case(request.member, number, part="journey")
    leg = get_leg(case, leg_id)
    actions.remove_leg(leg=leg, by=request.member, version=posted_number(request.POST.get("version", "")) or 0)
    messages.success(request, _("The leg is taken out; its versions stay in the history."))
    return redirect("journey", number=number)


@needs(Purpose.CASEWORK, may_list)
@form_page
def oddity(request: HttpRequest, number: str, subject: str) -> HttpResponse:
    """Say what came of asking about a gap or a contradiction; it can be opened again."""
    case = get_case(request.member, number, part="journey")
    require(may_change(request.member.facts, case.facts))
    told = queries.told(case)
    one = next((one for one in shown.of(told, case).oddities if one.subject == subject), None)
    if one is None:
        raise Http404
    if request.method == "POST" and "reopen" in request.POST:
        actions.forget_answers(case=case, by=request.member, subjects=[subject])
        return redirect("journey", number=number)
    empty = OddityAnswer(organisation_id=case.organisation_id, key_id=case.key_id, case=case, subject=subject, version=0)
    data = None
    if request.method == "POST":
        data = merging.chosen(row_forms.OddityForm(answer=one.answer), one.answer or empty, request.POST)
    form, meeting = row_forms.OddityForm(data, answer=one.answer), None
    if data is not None and form.is_valid():
        said = form.cleaned_data
        act = partial(actions.answer_oddity, case=case, by=request.member, found=one.found, **said)
        try:
            if attempt(form, act) is not None:
                messages.success(request, _("Saved."))
                return redirect("journey", number=number)
        except Stale:
            now = OddityAnswer.objects.filter(case=case, subject=subject).first() or empty
            meeting = merging.meet(form, now, {name: said[name] for name in ("state", "note")}, said["version"])
            drafts.save(request.user.pk, request.path, request.POST)
            form = row_forms.OddityForm(merging.as_typed(form, {**meeting.values, "version": now.version}, data), answer=one.answer)
    context = {"form": form, "oddity": one, "meeting": meeting}
    return page(request, case, "journeys/oddity.html", context, form, is_stale=meeting is not None)


def get_leg(case: Case, leg_id: Any) -> Leg:
    """Return a leg of a case, or answer 404."""
    leg: Leg = get_object_or_404(Leg, pk=leg_id, case=case)
    leg.case = case
    return leg


def page(
    request: HttpRequest, case: Case, template: str, context: dict[str, Any], form: Any = None, *, is_stale: bool = False
) -> HttpResponse:
    """Show a page of the journey: 422 with a refused form, 409 with one that met somebody else's change."""
    refused = form is not None and form.is_bound and form.errors
    may = bool(may_change(request.member.facts, case.facts))
    status = 409 if is_stale else 422 if refused else 200
    return render(request, template, {"case": case, "tab": "journey", "may_change": may, **context}, status=status)
