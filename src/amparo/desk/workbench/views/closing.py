"""The end of a case: why, the checklist, what stays open beside it, and a supervisor's decision."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from amparo.desk.access import refusals
from amparo.desk.access.guard import needs, require
from amparo.desk.access.roles import Purpose
from amparo.desk.cases import checklist, courses, fields, life_forms, policies, queries
from amparo.desk.cases.life_choices import LineState
from amparo.desk.cases.reasons import attempt
from amparo.desk.questions import coded
from amparo.desk.workbench import queries as workbench

form_page = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line of a prepared checklist in words."""

    words: str
    state: str
    tone: str
    why: str


TONES = {LineState.DONE: "ok", LineState.NOT_APPLICABLE: "plain", LineState.OPEN: "wait"}


def _shown(closing: Any) -> list[ShownLine]:
    held, language = closing.checklist, fields.language()
    order = [line.code for line in checklist.every()]
    places = {code: order.index(closing.counted_as("checklist", code) or order[-1]) for code in held}
    listed = sorted(held, key=lambda code: (places[code], code not in order))
    return [
        ShownLine(
            closing.words_of("checklist", code, language),
            str(LineState(held[code]["state"]).label),
            TONES[LineState(held[code]["state"])],
            held[code].get("why", ""),
        )
        for code in listed
    ]


@needs(Purpose.CASEWORK)
@form_page
def closing(request: HttpRequest, number: str) -> HttpResponse:
    """Prepare the end of a case, or see what was prepared; a supervisor decides."""
    case, member = queries.get_case(request.member, number, part="closing"), request.member  # type: ignore[attr-defined]
    if request.method == "POST" and "verdict" in request.POST and courses.waiting_closing(case) is None:
        return _decided(request, case)
    require(policies.may_change(member.facts, case.facts))
    waits = courses.waiting_closing(case)
    leads = bool(policies.may_staff(member.facts, case.facts))
    context: dict[str, Any] = {"case": case, "tab": "overview", "waits": waits, "open": workbench.still_open(case), "leads": leads}
    if request.method == "POST" and "verdict" in request.POST and waits is not None:
        return _decide(request, case, waits, context)
    if waits is not None and "ending" not in request.GET and request.method != "POST":
        verdict = life_forms.VerdictForm(initial={"version": waits.version}) if leads else None
        return render(request, "workbench/closing_waits.html", context | {"form": verdict, "lines": _shown(waits)})
    ending = request.POST.get("ending") or request.GET.get("ending", "")
    if ending not in coded.offered("case_ending"):
        form = life_forms.EndingForm(request.GET if "why" in request.GET or "ending" in request.GET else None)
        context |= {"form": form, "sent_back": courses.sent_back(case)}
        return render(request, "workbench/closing_why.html", context, status=422 if form.errors else 200)
    return _prepare(request, case, ending, waits, context)


def _prepare(request: HttpRequest, case: Any, ending: str, waits: Any, context: dict[str, Any]) -> HttpResponse:
    before = waits or courses.sent_back(case)
    form = life_forms.ClosingForm(courses.lines_for(case, ending), before, request.POST or None)
    if waits is None and before is not None:
        form.initial["version"] = 0
    if request.method == "POST" and form.is_valid():
        held, member = form.cleaned_data, request.member  # type: ignore[attr-defined]
        said = {"ending": ending, "ended_on": held["ended_on"], "words": held["words"], "version": held["version"]}
        if attempt(form, partial(courses.prepare_closing, case=case, by=member, answers=form.answers, **said)):
            messages.success(request, _("Prepared. A supervisor decides; until then the case goes on."))
            return redirect("case_closing", number=case.number)
    context |= {
        "form": form,
        "ending": ending,
        "ending_words": fields.label("case_ending", ending),
        "sent_back": courses.sent_back(case),
    }
    return render(request, "workbench/closing.html", context, status=422 if form.errors else 200)


def _decide(request: HttpRequest, case: Any, waits: Any, context: dict[str, Any]) -> HttpResponse:
    form = life_forms.VerdictForm(request.POST)
    if form.is_valid():
        held = form.cleaned_data
        said = {"closes": held["verdict"] == "close", "words": held["words"], "version": held["version"]}
        if attempt(form, partial(courses.decide_closing, closing=waits, by=request.member, **said)):  # type: ignore[attr-defined]
            closed = held["verdict"] == "close"
            messages.success(request, _("The case has ended.") if closed else _("Sent back to whoever prepared it."))
            return redirect(case.address)
    return render(request, "workbench/closing_waits.html", context | {"form": form, "lines": _shown(waits)}, status=422)


def _decided(request: HttpRequest, case: Any) -> HttpResponse:
    """Say that somebody else decided first; what was typed comes back."""
    require(policies.may_staff(request.member.facts, case.facts))  # type: ignore[attr-defined]
    form, last = life_forms.VerdictForm(request.POST), courses.last_closing(case)
    if last is None:
        return redirect(case.address)
    form.is_valid()
    form.add_error(None, refusals.WORDS["already_answered"])
    context = {"case": case, "tab": "overview", "waits": last, "open": workbench.still_open(case), "form": form}
    return render(request, "workbench/closing_waits.html", context | {"lines": _shown(last), "leads": True}, status=422)


@needs(Purpose.CASEWORK)
@require_POST
def take_back(request: HttpRequest, number: str, closing_id: uuid.UUID) -> HttpResponse:
    """The case goes on after all."""
    case = queries.get_case(request.member, number, part="closing")  # type: ignore[attr-defined]
    found = courses.get_closing(case, closing_id)
    courses.take_back_closing(closing=found, by=request.member)  # type: ignore[attr-defined]
    messages.success(request, _("Taken back. The case goes on."))
    return redirect(case.address)
