"""What people do with a release: draft, send, judge, drop. One verb each; atomic, decided by a policy, audited."""

from __future__ import annotations

import uuid
from functools import partial

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.guard import require, require_fresh
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.publication import bundles, composing, engine, policies
from amparo.desk.publication.models import Budget, Release, Review
from amparo.desk.publication.rules import Opinion, Round, State, after, offered
from amparo.desk.publication.tasks import carry_on
from amparo.disclosure.ledger import Ledger
from amparo.release.recipe import Recipe, parse
from amparo.standard.reasons import Reason, Refused

MOST_ROWS = 2_000_000
"""No pool of persons is larger; a recipe that asks for more invented rows would only tire the worker."""


def checked(text: str) -> Recipe:
    """Return the recipe, or raise `Refused`: what it asks for the pool has, and a person is told by the pool's key alone."""
    recipe = parse(text)
    if recipe.person != composing.PERSON:
        raise Refused(Reason("publication", "person_key_needed"))
    if (recipe.rows or 0) > MOST_ROWS:
        raise Refused(Reason("publication", "rows_too_many"))
    composing.require_measurable(recipe)
    return recipe


def require_pool() -> None:
    """Go on only where there is a pool to release from."""
    if engine.pool.current() is None:
        raise Refused(Reason("publication", "pool_empty"))


class Conflict(Exception):
    """Somebody else changed the release since it was opened; nothing was saved."""


@transaction.atomic
def set_ceiling(*, epsilon: float, delta: float, organisation_id: uuid.UUID) -> Budget:
    """Set what all releases of the pool together may disclose; what is spent stays spent, whatever the ceiling.

    Raises `Refused` for a ceiling that no ledger can have: nothing is stored that the desk could not read again.
    """
    Ledger(pool=engine.POOL, epsilon=epsilon, delta=delta)
    budget, _made = Budget.objects.select_for_update().update_or_create(
        pool=engine.POOL, defaults={"epsilon": epsilon, "delta": delta}
    )
    told = {"epsilon_thousandths": round(epsilon * 1000)}
    audit.record("budget.set", organisation_id=organisation_id, details=told)
    return budget


def next_name() -> str:
    """Return the next free name: the year and a running number."""
    year = timezone.now().year
    taken = set(Release.objects.filter(name__startswith=f"{year}-").values_list("name", flat=True)) | bundles.published_names()
    return next(f"{year}-{number}" for number in range(1, len(taken) + 2) if f"{year}-{number}" not in taken)


@transaction.atomic
def draft(*, by: Member, title: str, recipe: str, pk: object = None) -> Release:
    """Begin a release; the same form posted twice begins one."""
    require(policies.may_draft(by.facts))
    checked(recipe)
    engine.budget_for_update()
    require_pool()
    earlier = Release.objects.filter(pk=pk, author=by).first() if pk else None
    if earlier is not None:
        return earlier
    one = Release(organisation=by.organisation, name=next_name(), title=title, recipe=recipe, author=by, state=State.DRAFT.value)
    one.note_writer(by)
    if pk:
        one.pk = pk
    one.save(force_insert=True)
    audit.record("release.drafted", one, by=by, details={"release": one.name})
    return one


def _locked(one: Release, version: int | None = None) -> Release:
    held = Release.objects.select_for_update(of=("self",)).select_related("author").get(pk=one.pk)
    if version is not None and held.version != version:
        raise Conflict
    return held


@transaction.atomic
def edit(one: Release, *, by: Member, title: str, recipe: str, version: int) -> Release:
    """Change title and recipe while it is a draft; whoever saved in between is not overwritten."""
    one = _locked(one, version)
    require(policies.may_edit(by.facts, one.facts))
    checked(recipe)
    if State(one.state) is State.OVER_BUDGET:
        engine.advance(one, State.DRAFT)
    one.title, one.recipe, one.troubles = title, recipe, []
    one.note_writer(by)
    one.version += 1
    one.save()
    audit.record("release.edited", one, by=by, details={"release": one.name})
    return one


@transaction.atomic
def send_for_review(one: Release, *, by: Member, version: int) -> Release:
    """Ask two reviewers; the recipe rests from here on. What cannot be measured or paid for is refused now."""
    budget = engine.budget_for_update()
    require_pool()
    one = _locked(one, version)
    require(policies.may_edit(by.facts, one.facts))
    engine.ledger(budget).spend(engine.LedgerSpend.of(one.name, checked(one.recipe).privacy))
    if State(one.state) is State.OVER_BUDGET:
        engine.advance(one, State.DRAFT)
    one.note_writer(by)
    one.attempt += 1
    one.troubles = []
    one.sent_at = timezone.now()
    engine.advance(one, State.IN_REVIEW)
    audit.record("release.sent", one, by=by, details={"release": one.name, "attempt": one.attempt})
    return one


@transaction.atomic
def judge(one: Release, *, by: Member, opinion: Opinion, reasons: str, attempt: int, asked: Round) -> Release:
    """Give one verdict; the second one decides. The first stays unseen by the second reviewer until then."""
    one = _locked(one)
    if one.attempt != attempt or one.round is not asked:
        raise Conflict
    require(policies.may_judge(by.facts, by.user_id, one.facts))
    require_fresh(by)  # what is approved spends for good, and leaves the office in the end
    if opinion not in offered(asked):
        raise ValueError(f"{opinion} is not offered at {asked}")
    Review.objects.create(
        release=one, attempt=attempt, round=asked.value, reviewer=by, user_id=by.user_id, opinion=opinion.value, reasons=reasons
    )
    audit.record("release.judged", one, by=by, details={"release": one.name, "round": asked.value, "opinion": opinion.value})
    given = one.reviews.filter(attempt=attempt, round=asked.value).values_list("opinion", flat=True)
    following = after(asked, [Opinion(value) for value in given])
    if following is not None:
        engine.advance(one, following)
        audit.record("release.decided", one, details={"release": one.name, "state": following.value})
        transaction.on_commit(partial(carry_on.enqueue, str(one.pk)))
    return one


@transaction.atomic
def drop(one: Release, *, by: Member) -> Release:
    """Give a release up before anything was approved; nothing is spent."""
    one = _locked(one)
    require(policies.may_drop(by.facts, one.facts))
    engine.advance(one, State.DROPPED)
    audit.record("release.dropped", one, by=by, details={"release": one.name})
    return one
