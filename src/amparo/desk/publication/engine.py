"""The steps that a person does not take: spend, measure once, generate, publish. Each survives a kill at any point.

The order is the guarantee. The spend commits before any noise is drawn; what was drawn is kept
beside the database, then stored in the same transaction that says so, under a key that admits no
second set; from there on the same measurements, seed and date give the same bytes, so a repeated
step changes nothing. Bundles, draws and spends are compared before anything is spent or shown, so
that a database put back to an earlier day neither spends nor draws again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import math
import secrets
import shutil
import uuid
from collections.abc import Iterator
from logging import getLogger

import polars as pl
from django.db import transaction
from django.utils import timezone

from amparo.bundle.reading import read
from amparo.desk.audit import chain as audit
from amparo.desk.contributions import pool, withdrawals
from amparo.desk.core import folders
from amparo.desk.core.failures import place_of
from amparo.desk.publication import composing, draws
from amparo.desk.publication.bundles import (
    digest_of,
    is_whole,
    public_key_file,
    published,
    require_never_drawn,
    require_of,
    require_reviewed,
    require_whole,
    require_whole_ledger,
    signer,
    staged,
    staging,
)
from amparo.desk.publication.models import Budget, Measured, Release, Spend
from amparo.desk.publication.rules import FOLLOWS, WORKING, State
from amparo.desk.publication.sentences import kept
from amparo.disclosure import Measurements
from amparo.disclosure.ledger import BudgetExceeded, Ledger
from amparo.disclosure.ledger import Spend as LedgerSpend
from amparo.release import steps
from amparo.release.recipe import Recipe, parse
from amparo.release.table import prepare
from amparo.standard.reasons import Reason, Refused

log = getLogger(__name__)
POOL = "pool"


class IllegalChange(Exception):
    """A state that does not follow: a defect, never a person's mistake."""


def advance(one: Release, state: State) -> None:
    """Move a locked release to the next state, or raise `IllegalChange`."""
    if state not in FOLLOWS[State(one.state)]:
        raise IllegalChange(f"{one.state} to {state}")
    one.state = state.value
    one.version += 1
    one.save()


def locked(pk: uuid.UUID, state: State) -> Release | None:
    """Return the release locked for change when it is still in this state, else None."""
    return Release.objects.select_for_update(of=("self",)).select_related("author").filter(pk=pk, state=state.value).first()


@contextlib.contextmanager
def alone(pk: uuid.UUID) -> Iterator[bool]:
    """Yield whether this process may work on a release; the operating system gives the place back after a kill.

    Two workers at once would still be harmless, because only one set of measurements can be stored;
    this spares the second draw.
    """
    staged().mkdir(parents=True, exist_ok=True)
    with (staged() / f"{pk}.lock").open("w") as place:
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def carry_on(pk: uuid.UUID) -> None:
    """Take a release as far as it goes without a person; safe at any time, by anybody, after any crash.

    Where it stops, its page says so, also when nobody expected it: then the exception goes on to the caller.
    """
    step = {State.APPROVED: spend, State.SPENT: measure, State.MEASURED: generate, State.RELEASING: publish}
    with alone(pk) as mine:
        while mine:
            state = State(Release.objects.values_list("state", flat=True).get(pk=pk))
            if state not in step:
                return
            try:
                step[state](pk)
            except Refused as refused:
                _trouble(pk, state, refused)
                return
            except Exception:
                _trouble(pk, state, Refused(Reason("publication", "unexpected")))
                raise


def resume_all() -> None:
    """Carry on with every release that a person is not waited for; called by the worker's rounds."""
    for pk in Release.objects.filter(state__in=[state.value for state in WORKING]).values_list("pk", flat=True):
        try:
            carry_on(pk)
        except Exception as error:  # one release in trouble must not stop the others
            log.error("a release could not be carried on: %s", place_of(error))


@transaction.atomic
def _trouble(pk: uuid.UUID, state: State, refused: Refused) -> None:
    """Keep why the work stopped; it is tried again."""
    one = locked(pk, state)
    if one is not None and one.troubles != kept(refused.reasons):
        one.troubles = kept(refused.reasons)
        one.save(update_fields=["troubles"])
        audit.record("release.trouble", one, details={"release": one.name, "code": one.trouble})


@transaction.atomic
def end(pk: uuid.UUID, refused: Refused, *, at: State, as_: State) -> None:
    """Stop the work on a release for good, with the reasons why: no later try could do better."""
    one = locked(pk, at)
    if one is None:
        return
    one.troubles = kept(refused.reasons)
    advance(one, as_)
    audit.record("release.stopped", one, details={"release": one.name, "state": as_.value, "code": one.trouble})


def measurable(one: Release) -> Recipe:
    """Return the release's recipe when the pool can give what it asks for; raise `Refused` otherwise."""
    recipe = recipe_of(one)
    composing.require_measurable(recipe)
    return recipe


def recipe_of(one: Release) -> Recipe:
    """Return the release's recipe."""
    return parse(one.recipe)


def ledger(budget: Budget, *, without: Release | None = None) -> Ledger:
    """Return the pool's ledger as a value, with every spend so far."""
    spends = budget.spends.select_related("release").order_by("at")
    return Ledger(
        pool=budget.pool,
        epsilon=budget.epsilon,
        delta=budget.delta,
        spends=tuple(
            LedgerSpend(entry.release.name, entry.rho, entry.delta_for_rows, contributors=entry.contributors)
            for entry in spends
            if without is None or entry.release_id != without.pk
        ),
    )


def budget_for_update() -> Budget:
    """Return the pool's budget, locked: spends queue up here."""
    budget = Budget.objects.select_for_update().filter(pool=POOL).first()
    if budget is None:
        raise Refused(Reason("publication", "no_budget"))
    return budget


@transaction.atomic
def spend(pk: uuid.UUID) -> None:
    """Take the recipe's cost from the budget, before any noise exists; stop where the ceiling does not allow it.

    A recipe that could not be measured goes back to its author: nothing is spent on nothing.
    """
    budget = budget_for_update()
    require_whole_ledger()
    one = locked(pk, State.APPROVED)
    if one is None:
        return
    try:
        recipe = measurable(one)
    except Refused as refused:
        end(pk, refused, at=State.APPROVED, as_=State.DRAFT)
        return
    wanted = LedgerSpend.of(one.name, recipe.privacy)
    try:
        after = ledger(budget).spend(wanted)
    except BudgetExceeded as over:
        advance(one, State.OVER_BUDGET)
        audit.record(
            "release.over_budget", one, details={"release": one.name, "epsilon_thousandths": _thousandths(over.epsilon_after)}
        )
        return
    Spend.objects.create(
        release=one,
        budget=budget,
        epsilon=recipe.privacy.epsilon,
        delta=recipe.privacy.delta,
        rho=wanted.rho,
        delta_for_rows=wanted.delta,
        contributors=recipe.privacy.contributors_per_person,
    )
    one.seed = secrets.randbelow(2**62)
    one.troubles = []
    advance(one, State.SPENT)
    told = {"release": one.name, "epsilon_thousandths": _thousandths(after.epsilon_spent)}
    audit.record("release.spent", one, details=told)


def _thousandths(epsilon: float) -> int | None:
    """Return an epsilon as the audit record can hold it: rounded up, or nothing when delta is used up."""
    return None if math.isinf(epsilon) else math.ceil(epsilon * 1000)


def measure(pk: uuid.UUID) -> None:
    """Read the pool as it stands, draw the noise, and store what came of it together with the new state.

    What was drawn once is kept beside the database and taken from there, also by a database that has forgotten it.

    A recipe that can never be measured ends the release; what was spent on it stays spent.
    """
    one = Release.objects.get(pk=pk)
    if not Spend.objects.filter(release=one).exists():
        raise IllegalChange("measuring before the spend")
    try:
        recipe = measurable(one)
    except Refused as refused:
        end(pk, refused, at=State.SPENT, as_=State.FAILED)
        return
    draw = draws.find(pk) or draws.keep(pk, _drawn(one, recipe))
    with transaction.atomic():
        one = locked(pk, State.SPENT)
        if one is None:
            return
        Measured.objects.create(release=one, body=draw.body, digest=hashlib.sha256(draw.body).hexdigest())
        one.pool_version, one.issued = draw.pool_version, draw.issued
        one.troubles = []
        advance(one, State.MEASURED)
        audit.record("release.measured", one, details={"release": one.name, "pool": draw.pool_version})


def _drawn(one: Release, recipe: Recipe) -> draws.Draw:
    """Count the pool as it stands and draw the noise."""
    require_never_drawn(one)
    withdrawals.follow()
    withdrawals.end_all_lapsed()
    version = pool.current()
    if version is None:
        raise Refused(Reason("publication", "pool_empty"))
    table, _report = prepare(recipe, sensitive(recipe, version))
    return draws.Draw(steps.measure(recipe, table).to_bytes(), version.number, timezone.now().date())


def sensitive(recipe: Recipe, version: pool.PoolVersion) -> pl.DataFrame:
    """Return the pool in the recipe's own schema, with the key that tells persons apart.

    In the order of the records' keys: which row stands for a person then depends on that person's rows alone, not on
    which of the pool's files were written anew for another's sake.
    """
    try:
        return composing.spelled(recipe, pool.read(version).sort("record_key"))
    except pool.Damaged:
        raise Refused(Reason("publication", "pool_damaged")) from None


def generate(pk: uuid.UUID) -> None:
    """Draw the rows from the stored measurements and lay the signed bundle where the reviewers can see it."""
    one = Release.objects.get(pk=pk)
    try:
        recipe = recipe_of(one)
    except Refused as refused:  # a stricter reader than the one that approved it
        end(pk, refused, at=State.MEASURED, as_=State.FAILED)
        return
    place = staging(pk)
    if is_whole(place):
        require_of(one, measurements_of(one), read(place))
    else:
        shutil.rmtree(place, ignore_errors=True)
        steps.publish(
            recipe,
            measurements_of(one),
            place,
            seed=one.seed,
            issued=one.issued,
            release_id=one.name,
            signer=signer(),
            ledger=ledger(Budget.objects.get(pool=POOL)),
        )
    with transaction.atomic():
        one = locked(pk, State.MEASURED)
        if one is None:
            return
        one.troubles, one.bundle_digest = [], digest_of(place)
        advance(one, State.FINAL_REVIEW)
        audit.record("release.generated", one, details={"release": one.name})


def measurements_of(one: Release) -> Measurements:
    """Return the stored measurements of a release."""
    return Measurements.from_bytes(bytes(one.measured.body))


def publish(pk: uuid.UUID) -> None:
    """Move the reviewed bundle, byte for byte, to where the portal reads; a second call finds it there."""
    one = Release.objects.get(pk=pk)
    source, target = staging(pk), published(one.name)
    if not target.exists():
        require_whole(source)
        require_reviewed(one, source)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
        folders.sync(target.parent)
    require_whole(target)
    require_reviewed(one, target)
    public_key_file()
    with transaction.atomic():
        one = locked(pk, State.RELEASING)
        if one is None:
            return
        one.published_at = timezone.now()
        one.troubles = []
        advance(one, State.PUBLISHED)
        audit.record("release.published", one, details={"release": one.name})
