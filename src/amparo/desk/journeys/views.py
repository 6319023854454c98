"""Pages of the journey."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amparo.desk.access.guard import needs, require
from amparo.desk.access.roles import Purpose
from amparo.desk.cases.models import Case
from amparo.desk.cases.policies import may_change, may_list
from amparo.desk.cases.queries import get_case
from amparo.desk.cases.reasons import attempt
from amparo.desk.core.numbers import posted_number

from . import actions, forms, queries, shown
from .models import Leg

form_page = require_http_methods(["GET", "HEAD", "POST"])


@needs(Purpose.CASEWORK, may_list)
@require_safe
def journey(request: HttpRequest, number: str) -> HttpResponse:
    """Read the journey: over time, as a route, leg by leg, with what does not fit."""
    case = get_case(request.member, number, part="journey")
    return _page(request, case, "journeys/journey.html", {"journey": shown.of(queries.legs_of(case))})


@needs(Purpose.CASEWORK, may_list)
@form_page
def new(request: HttpRequest, number: str) -> HttpResponse:
    """Add a leg."""
    case = get_case(request.member, number, part="journey")
    require(may_change(request.member.facts, case.facts))
    form = forms.LegForm(request.POST or None, position=queries.next_position(case))
    if request.method == "POST" and form.is_valid():
        act = partial(actions.add_leg, case=case, by=request.member, values=form.values, row_id=form.cleaned_data["row_id"])
        if attempt(form, act) is not None:
            messages.success(request, _("The leg is recorded."))
            return redirect("journey", number=number)
    return _page(request, case, "journeys/leg.html", {"form": form}, form)


@needs(Purpose.CASEWORK, may_list)
@form_page
def change(request: HttpRequest, number: str, leg_id: Any) -> HttpResponse:
    """Change what is told of a leg."""
    case = get_case(request.member, number, part="journey")
    leg = get_object_or_404(Leg, pk=leg_id, case=case)
    leg.case = case
    require(may_change(request.member.facts, case.facts))
    form = forms.LegForm(request.POST or None, leg=leg)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        if attempt(form, partial(actions.change_leg, leg=leg, by=request.member, values=form.values, version=version)) is not None:
            messages.success(request, _("Saved."))
            return redirect("journey", number=number)
    return _page(request, case, "journeys/leg.html", {"form": form, "leg": leg}, form)


@needs(Purpose.CASEWORK, may_list)
@require_POST
def remove(request: HttpRequest, number: str, leg_id: Any) -> HttpResponse:
    """Take out a leg that was recorded by mistake."""
    case = get_case(request.member, number, part="journey")
    leg = get_object_or_404(Leg, pk=leg_id, case=case)
    leg.case = case
    actions.remove_leg(leg=leg, by=request.member, version=posted_number(request.POST.get("version", "")) or 0)
    messages.success(request, _("The leg is taken out; its versions stay in the history."))
    return redirect("journey", number=number)


def _page(request: HttpRequest, case: Case, template: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    refused = form is not None and form.is_bound and form.errors
    may = bool(may_change(request.member.facts, case.facts))
    return render(request, template, {"case": case, "tab": "journey", "may_change": may, **context}, status=422 if refused else 200)
