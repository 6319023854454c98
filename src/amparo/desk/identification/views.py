"""Pages of identification: the screenings of a case, the steps of one, the decision."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from amparo.desk.access.guard import needs, require
from amparo.desk.access.roles import Purpose
from amparo.desk.cases import fields
from amparo.desk.cases.models import Case
from amparo.desk.cases.policies import may_list
from amparo.desk.cases.queries import get_case, treated_as_child
from amparo.desk.cases.reasons import attempt
from amparo.desk.cases.rules import Finding

from . import actions, forms, indicators, policies, proposal, queries, tracks, words
from .choices import STEP_HINTS, STEP_WORDS
from .models import Screening
from .rules import Outcome

form_page = require_http_methods(["GET", "HEAD", "POST"])
ORDER = ("setting", *indicators.STEPS, "decide")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a screening: where it is, whether something is answered there."""

    number: int
    code: str
    label: Any
    address: str
    is_done: bool
    is_current: bool


@needs(Purpose.CASEWORK, may_list)
@require_safe
def screenings(request: HttpRequest, number: str) -> HttpResponse:
    """Read the screenings of a case and the decisions taken."""
    case = get_case(request.member, number, part="identification")
    require(policies.may_read_answers(request.member.facts, case.facts))
    rows = [(row, words.of(proposal.explain(row, case), row.told)) for row in queries.screenings_of(case)]
    may_screen = bool(policies.may_screen(request.member.facts, case.facts))
    today = timezone.localdate()
    context = {"rows": rows, "may_screen": may_screen, "law": words.law(case, today), "decision": queries.latest_decision(case)}
    context |= {"formal": tracks.of_case(case, day=today), "other_help": tracks.help_of(case)}
    context |= {"assessments": tracks.assessments_of(case), "age": tracks.age_now(case, day=today)}
    return _page(request, case, "identification/screenings.html", context)


@needs(Purpose.CASEWORK, may_list)
@form_page
def new(request: HttpRequest, number: str) -> HttpResponse:
    """Begin a screening with its setting and the person's consent."""
    case = get_case(request.member, number, part="screening")
    require(policies.may_screen(request.member.facts, case.facts))
    spoken = {"language": (case.person.languages or [""])[0]}
    form = forms.SettingForm(request.POST or None, initial=spoken, organisation=case.organisation, is_child=_is_child(case))
    if request.method == "POST" and form.is_valid():
        act = partial(actions.start, case=case, by=request.member, values=form.values, row_id=form.cleaned_data["row_id"])
        made = attempt(form, act, forms.REASONS)
        if made is not None:
            _warn(request, made)
            return redirect("screening_step", number=number, screening_id=made.pk, step="recruitment")
    steps = [Step(1, "setting", STEP_WORDS["setting"], "", False, True)]
    steps += [Step(at, code, STEP_WORDS[code], "", False, False) for at, code in enumerate(ORDER[1:], start=2)]
    return _page(request, case, "identification/setting.html", {"form": form, "steps": steps}, form)


@needs(Purpose.CASEWORK, may_list)
@form_page
def step(request: HttpRequest, number: str, screening_id: Any, step: str) -> HttpResponse:
    """Show and keep one step of a screening."""
    case = get_case(request.member, number, part="screening")
    screening = get_object_or_404(Screening.objects.select_related("interviewer__user", "case"), pk=screening_id, case=case)
    screening.case = case
    if screening.is_decided and request.method != "POST":  # what was typed meanwhile comes back with the reason
        return redirect("screening", number=number, screening_id=screening.pk)
    require(policies.may_answer(request.member.facts, case.facts, is_decided=False))
    if step == "setting":
        return _setting(request, case, screening)
    if step == "decide":
        return _decide(request, case, screening)
    if step in indicators.STEPS:
        return _questions(request, case, screening, step)
    raise Http404


def _setting(request: HttpRequest, case: Case, screening: Screening) -> HttpResponse:
    form = forms.SettingChangeForm(screening, request.POST or None, is_child=_is_child(case))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        act = partial(actions.change_setting, screening=screening, by=request.member, values=form.values, version=version)
        if attempt(form, act, forms.REASONS) is not None:
            return _go_on(request, case, screening, "setting")
    return _step_page(request, case, screening, "setting", "identification/setting.html", form)


def _is_child(case: Case) -> bool:
    return treated_as_child(case, on=timezone.localdate()) is Finding.YES


def _warn(request: HttpRequest, screening: Screening) -> None:
    if screening.lacks_guardian:
        messages.warning(request, _("Recorded: held with a child, and no guardian agreed. Ask for one to be appointed, at once."))


def _questions(request: HttpRequest, case: Case, screening: Screening, step: str) -> HttpResponse:
    form = forms.QuestionsForm(screening, step, request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = partial(
            actions.keep_answers,
            screening=screening,
            by=request.member,
            step=step,
            answers=form.answers,
            own_words=form.cleaned_data["own_words"],
            version=form.cleaned_data["version"],
        )
        if attempt(form, act, forms.REASONS) is not None:
            return _go_on(request, case, screening, step)
    return _step_page(request, case, screening, step, "identification/step.html", form)


def _decide(request: HttpRequest, case: Case, screening: Screening) -> HttpResponse:
    form = forms.DecisionForm(screening, case, request.POST or None)
    if request.method == "POST" and form.is_valid():
        held = form.cleaned_data
        act = partial(
            actions.decide,
            screening=screening,
            by=request.member,
            outcome=Outcome(held["outcome"]),
            reasons=held["reasons"],
            on=held["on"],
            told=form.told,
            record=held.get("record", ()),
            version=held["version"],
        )
        if attempt(form, act, forms.REASONS) is not None:
            messages.success(request, _("The decision is recorded under your name."))
            if held["outcome"] == Outcome.VULNERABLE:
                return redirect("other_help_new", number=case.number)
            return redirect("identification", number=case.number)
    return _step_page(request, case, screening, "decide", "identification/decide.html", form)


@needs(Purpose.CASEWORK, may_list)
@require_safe
def screening(request: HttpRequest, number: str, screening_id: Any) -> HttpResponse:
    """Read one screening: what was answered, what was proposed, what was decided."""
    case = get_case(request.member, number, part="screening")
    require(policies.may_read_answers(request.member.facts, case.facts))
    found = get_object_or_404(Screening.objects.select_related("interviewer__user", "decided_by__user"), pk=screening_id, case=case)
    shown = words.of(proposal.explain(found, case), found.told)
    pages = [(STEP_WORDS[code], words.answers(found, code), found.own_words.get(code, "")) for code in indicators.STEPS]
    may_go_on = not found.is_decided and bool(policies.may_answer(request.member.facts, case.facts, is_decided=False))
    context = {
        "screening": found,
        "proposal": shown,
        "asked": found.asks.title[fields.language()],
        "pages": [page for page in pages if page[1] or page[2]],
        "may_go_on": may_go_on,
        "may_ask": may_go_on,
    }
    return _page(request, case, "identification/screening.html", context)


def _go_on(request: HttpRequest, case: Case, screening: Screening, step: str) -> HttpResponse:
    """Go to the next step, or stop here for today when that was asked for."""
    if "stop" in request.POST:
        messages.success(request, _("Kept. The screening can be taken up again at any time."))
        return redirect("identification", number=case.number)
    following = ORDER[ORDER.index(step) + 1]
    return redirect("screening_step", number=case.number, screening_id=screening.pk, step=following)


def _step_page(request: HttpRequest, case: Case, screening: Screening, step: str, template: str, form: Any) -> HttpResponse:
    shown = words.of(proposal.explain(screening, case), screening.told)
    context = {
        "form": form,
        "screening": screening,
        "step": step,
        "step_label": STEP_WORDS[step],
        "step_hint": STEP_HINTS.get(step, ""),
        "steps": _steps(case, screening, step),
        "proposal": shown,
        "prompts": words.prompts(screening),
        "may_ask": True,
    }
    return _page(request, case, template, context, form)


def _steps(case: Case, screening: Screening, current: str) -> list[Step]:
    answered = {indicator.step for code, indicator in screening.asks.indicators.items() if code in screening.answers}
    done = {"setting", *answered, *screening.own_words}
    return [
        Step(
            at,
            code,
            STEP_WORDS[code],
            reverse("screening_step", args=[case.number, screening.pk, code]),
            code in done,
            code == current,
        )
        for at, code in enumerate(ORDER, start=1)
    ]


def _page(request: HttpRequest, case: Case, template: str, context: dict[str, Any], form: Any = None) -> HttpResponse:
    refused = form is not None and form.is_bound and form.errors
    return render(request, template, {"case": case, "tab": "identification", **context}, status=422 if refused else 200)
