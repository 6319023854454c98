"""Pages of releases: the list, a new one, one with its cost and verdicts, the recipe."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from amparo.bundle.reading import read
from amparo.desk.access.guard import needs, require
from amparo.desk.access.roles import Purpose
from amparo.desk.audit import chain as audit
from amparo.desk.core.numbers import posted_number
from amparo.desk.publication import actions, composing, engine, evidence, pictures, policies, queries, rehearsal
from amparo.desk.publication.forms import NewReleaseForm, RecipeForm, VerdictForm, pool_years
from amparo.desk.publication.models import STATES, Budget, Release
from amparo.desk.publication.rules import SPENT_FROM, WORKING, Opinion, Round, State
from amparo.desk.publication.sentences import sentences, troubles
from amparo.disclosure import Plan
from amparo.release import steps
from amparo.release.recipe import Recipe
from amparo.standard.reasons import Refused

DAY_SECONDS = 24 * 3600


def _release(request: HttpRequest, pk: uuid.UUID) -> Release:
    return get_object_or_404(queries.releases_for(request.member), pk=pk)


def _spent(one: Release) -> float | None:
    spend = getattr(one, "spend", None)
    return composing.rounded_up(spend.epsilon, 3) if spend else None


@needs(Purpose.PUBLICATION)
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every release this member may see, with what it cost."""
    found = list(queries.releases_for(request.member)[:200])
    budget = Budget.objects.filter(pool=engine.POOL).first()
    context = {
        "releases": [(one, STATES[State(one.state)], _spent(one)) for one in found],
        "waiting": queries.waiting_for(request.member),
        "budget": budget,
        "epsilon_spent": composing.rounded_up(engine.ledger(budget).epsilon_spent, 2) if budget else None,
        "budget_delta": evidence.decimal(budget.delta) if budget else "",
        "may_draft": bool(policies.may_draft(request.member.facts)) and budget is not None,
    }
    audit.record("releases.listed", by=request.member, details={"count": len(found)})
    return render(request, "publication/list.html", context)


@needs(Purpose.PUBLICATION, policies.may_draft)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose what to release; the choices become a recipe that stays a draft."""
    first, last = pool_years()
    initial = {"first_year": first, "last_year": last, "publisher": request.member.organisation.name}
    form = NewReleaseForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        language = (get_language() or "en")[:2]
        title = form.cleaned_data[f"title_{language}"]
        try:
            made = actions.draft(by=request.member, title=title, recipe=form.cleaned_data["recipe"], pk=form.cleaned_data["row_id"])
        except Refused as refused:
            for words in sentences(refused):
                form.add_error(None, words)
        else:
            return redirect("publication:release", pk=made.pk)
    return render(request, "publication/new.html", {"form": form}, status=422 if form.errors else 200)


@needs(Purpose.PUBLICATION)
@require_GET
def release(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One release: what it will show, what it costs, what the reviewers say, and the next step."""
    one = _release(request, pk)
    audit.record("release.read", one, by=request.member, details={"release": one.name})
    return _page(request, one)


def _page(request: HttpRequest, one: Release, form: VerdictForm | None = None) -> HttpResponse:
    member, facts, state = request.member, one.facts, State(one.state)
    may_judge = bool(policies.may_judge(member.facts, member.user_id, facts))
    if may_judge and form is None and one.round:
        form = VerdictForm(asked=one.round, initial={"attempt": one.attempt, "round": one.round.value})
    context: dict[str, Any] = {
        "release": one,
        "state": state.value,
        "state_words": STATES[state],
        "troubles": troubles(one.troubles),
        "is_working": state in WORKING,
        "is_spent": state in SPENT_FROM,
        "may_edit": bool(policies.may_edit(member.facts, facts)),
        "may_drop": bool(policies.may_drop(member.facts, facts)),
        "form": form if may_judge else None,
        "verdicts": queries.verdicts_for(member, one),
        "portal_page": f"{settings.PORTAL_ADDRESS}/{(get_language() or 'en')[:2]}/r/{one.name}/",
        **_cost(one),
        **_result(one, state),
    }
    return render(request, "publication/release.html", context, status=422 if form is not None and form.errors else 200)


def _cost(one: Release) -> dict[str, Any]:
    """What the recipe would spend and how exact it would be, before anything is spent."""
    try:
        recipe = engine.measurable(one)
        plan = steps.plan(recipe)
    except Refused as refused:
        return {"recipe_problems": sentences(refused)}
    language = (get_language() or "en")[:2]
    budget = Budget.objects.get(pool=engine.POOL)
    before = engine.ledger(budget, without=one)
    wanted = engine.LedgerSpend.of(one.name, recipe.privacy)
    problems: list[str] = []
    try:
        after = before.spend(wanted).epsilon_spent
    except Refused as refused:
        after, problems = None, sentences(refused)
    now = evidence.published_now(but=one)
    found = _expected(one, recipe, plan, now)
    persons = evidence.persons_of(one)
    return {
        "expected": found,
        "columns": [
            (column.label[language], len(column.domain) + 1, margin)
            for column, margin in zip(recipe.columns, found.columns, strict=True)
        ],
        "published_now": now,
        "lines": evidence.lines(one, recipe, now, persons=persons),
        "steps": [(step, step.rho / recipe.privacy.rho * 100) for step in plan.steps],
        "privacy": recipe.privacy,
        "epsilon": composing.rounded_up(recipe.privacy.epsilon, 3),
        "delta_words": evidence.decimal(recipe.privacy.delta),
        "epsilon_before": composing.rounded_up(before.epsilon_spent, 2),
        "epsilon_after": None if after is None else composing.rounded_up(after, 2),
        "budget": budget,
        "budget_delta": evidence.decimal(budget.delta),
        "budget_problems": problems,
    }


def _expected(one: Release, recipe: Recipe, plan: Plan, now: evidence.Published | None) -> rehearsal.Expected:
    """Rehearse once for each recipe and size: what is kept is about an invented table."""
    persons = now.description.rows if now else None
    held = f"rehearsal/{hashlib.sha256(one.recipe.encode()).hexdigest()}/{persons}"
    kept = cache.get(held)
    if kept is not None:
        return rehearsal.Expected.of(kept)
    found = rehearsal.expected(recipe, plan, persons=persons)
    cache.set(held, found.plain(), timeout=DAY_SECONDS)
    return found


def _result(one: Release, state: State) -> dict[str, Any]:
    """What the reviewers of the result look at: the bundle itself, as the public would get it."""
    place = engine.published(one.name) if state is State.PUBLISHED else engine.staging(one.pk)
    if state not in (State.FINAL_REVIEW, State.RELEASING, State.PUBLISHED) or not place.exists():
        return {}
    return {"result": pictures.result(read(place), (get_language() or "en")[:2])}


@needs(Purpose.PUBLICATION, policies.may_draft)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The recipe's own text."""
    one = _release(request, pk)
    require(policies.may_edit(request.member.facts, one.facts))
    form = RecipeForm(request.POST or None, initial={"title": one.title, "recipe": one.recipe, "version": one.version})
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        try:
            actions.edit(one, by=request.member, title=cleaned["title"], recipe=cleaned["recipe"], version=cleaned["version"])
        except actions.Conflict:
            form.add_error(
                None, _("Somebody saved this recipe after you opened it. Compare with the page of the release, then save again.")
            )
            form.data = form.data.copy()
            form.data["version"] = Release.objects.values_list("version", flat=True).get(pk=pk)
        else:
            return redirect("publication:release", pk=pk)
    return render(request, "publication/edit.html", {"release": one, "form": form}, status=422 if form.errors else 200)


def _version(request: HttpRequest) -> int:
    held = posted_number(request.POST.get("version", ""))
    return -1 if held is None else held


@needs(Purpose.PUBLICATION, policies.may_draft)
@require_POST
def send(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask two reviewers."""
    one = _release(request, pk)
    try:
        actions.send_for_review(one, by=request.member, version=_version(request))
    except Refused as refused:
        messages.error(request, " ".join(sentences(refused)))
    except actions.Conflict:
        messages.error(request, _("Somebody changed this release while you were reading: look at it once more."))
    else:
        messages.success(request, _("Two reviewers have been asked. Nothing is spent before both approve."))
    return redirect("publication:release", pk=pk)


@needs(Purpose.PUBLICATION, policies.may_draft)
@require_POST
def drop(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Give the release up; nothing is spent."""
    actions.drop(_release(request, pk), by=request.member)
    messages.success(request, _("The release was dropped. Nothing was spent."))
    return redirect("publication:list")


@needs(Purpose.PUBLICATION, fresh=True)
@require_POST
def verdict(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Give a verdict in the present round."""
    one = _release(request, pk)
    require(policies.may_judge(request.member.facts, request.member.user_id, one.facts))
    if one.round is None:
        raise Http404
    form = VerdictForm(request.POST, asked=one.round)
    if not form.is_valid():
        return _page(request, one, form)
    cleaned = form.cleaned_data
    try:
        actions.judge(
            one,
            by=request.member,
            opinion=Opinion(cleaned["opinion"]),
            reasons=cleaned["reasons"],
            attempt=cleaned["attempt"],
            asked=Round(cleaned["round"]),
        )
    except actions.Conflict:
        form.add_error(None, _("The release changed while you were reading: look at it once more, then give your verdict."))
        return _page(request, one, form)
    messages.success(request, _("Your verdict is kept."))
    return redirect(reverse("publication:release", args=[pk]))
