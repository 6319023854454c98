"""A database put back to an earlier day forgets; the disk beside it does not, and nothing is spent or drawn again."""

import datetime
import errno
import os
import shutil

import pytest

from amparo.desk.publication import draws, engine
from amparo.desk.publication.models import Measured, Release, Spend
from amparo.desk.publication.rules import Opinion, State
from amparo.desk.publication.tests.judging import approved, judge, state
from amparo.disclosure import Measurements
from amparo.release import steps


@pytest.fixture
def drawn(monkeypatch):
    """Return the list of all sets of measurements that noise was drawn for."""
    seen, measure = [], steps.measure

    def draw(*given, **named):
        seen.append(measure(*given, **named))
        return seen[-1]

    monkeypatch.setattr(steps, "measure", draw)
    return seen


@pytest.fixture
def in_final_review(draft, steward, reviewers, drawn):
    approved(draft, steward, reviewers)
    engine.carry_on(draft.pk)
    assert (state(draft), len(drawn)) == (State.FINAL_REVIEW, 1)
    return draft


def put_back_to_approved(one):
    Measured.objects.all().delete()
    Spend.objects.all().delete()
    Release.objects.filter(pk=one.pk).update(state=State.APPROVED.value, bundle_digest="", seed=None, issued=None)


def put_back_to_spent(one):
    Measured.objects.all().delete()
    Release.objects.filter(pk=one.pk).update(state=State.SPENT.value, bundle_digest="", issued=None)


def files_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def told(one):
    return Release.objects.get(pk=one.pk).state, Release.objects.get(pk=one.pk).trouble


@pytest.mark.parametrize("lost", ["nothing", "draws", "staging"])
def test_what_was_drawn_is_not_spent_again(in_final_review, drawn, lost):
    """The draw that is kept, or the bundle that waits, alone is enough to notice."""
    put_back_to_approved(in_final_review)
    if lost != "nothing":
        shutil.rmtree(draws.folder() if lost == "draws" else engine.staged())
    before = files_of(draws.folder())
    engine.carry_on(in_final_review.pk)
    engine.resume_all()
    assert told(in_final_review) == (State.APPROVED.value, "ledger_behind")
    assert (Spend.objects.count(), len(drawn)) == (0, 1)
    assert files_of(draws.folder()) == before


def test_a_withheld_result_that_was_forgotten_stops_every_other_release(in_final_review, drawn, steward, reviewers, recipe):
    from amparo.desk.publication import actions

    judge(in_final_review, reviewers[0], Opinion.DO_NOT)
    judge(in_final_review, reviewers[1])
    other = actions.draft(by=steward, title="Others", recipe=recipe.replace("2.0", "0.5"))
    shutil.rmtree(draws.folder())
    put_back_to_approved(in_final_review)
    Release.objects.filter(pk=in_final_review.pk).update(state=State.DROPPED.value)
    approved(other, steward, reviewers)
    engine.carry_on(other.pk)
    assert told(other) == (State.APPROVED.value, "ledger_behind")
    assert (Spend.objects.count(), len(drawn)) == (0, 1)


def test_a_database_that_forgot_the_measurements_gets_the_same_back(in_final_review, drawn, reviewers):
    """The spend is still there: the kept draw is stored again, and the very bytes that reviewers saw fit it."""
    body, before = bytes(Measured.objects.get().body), files_of(engine.staging(in_final_review.pk))
    day = Release.objects.get(pk=in_final_review.pk).issued
    put_back_to_spent(in_final_review)
    engine.carry_on(in_final_review.pk)
    assert told(in_final_review) == (State.FINAL_REVIEW.value, "")
    assert (bytes(Measured.objects.get().body), len(drawn)) == (body, 1)
    assert Release.objects.get(pk=in_final_review.pk).issued == day
    assert files_of(engine.staging(in_final_review.pk)) == before


@pytest.mark.parametrize("stands", ["staging", "published"])
def test_a_result_without_its_draw_is_not_drawn_again(in_final_review, drawn, reviewers, stands):
    """A site whose draws were not kept yet, or were lost."""
    if stands == "published":
        for reviewer in reviewers:
            judge(in_final_review, reviewer)
        engine.carry_on(in_final_review.pk)
    shutil.rmtree(draws.folder())
    put_back_to_spent(in_final_review)
    engine.carry_on(in_final_review.pk)
    assert told(in_final_review) == (State.SPENT.value, "ledger_behind")
    assert len(drawn) == 1


@pytest.mark.parametrize("other", ["seed", "day", "noise"])
def test_a_waiting_bundle_of_another_result_is_not_shown(draft, steward, reviewers, drawn, other):
    """Signed by this very site and whole, but not made from the measurements, the seed and the day of this row."""
    approved(draft, steward, reviewers)
    engine.spend(draft.pk)
    engine.measure(draft.pk)
    one = Release.objects.get(pk=draft.pk)
    measurements = engine.measurements_of(one)
    if other == "noise":
        recipe = engine.recipe_of(one)
        table, _ = engine.prepare(recipe, engine.sensitive(recipe, engine.pool.current()))
        measurements = steps.measure(recipe, table)
    steps.publish(
        engine.recipe_of(one),
        measurements,
        engine.staging(one.pk),
        seed=one.seed + (other == "seed"),
        issued=one.issued - datetime.timedelta(days=other == "day"),
        release_id=one.name,
        signer=engine.signer(),
    )
    before = files_of(engine.staging(one.pk))
    engine.carry_on(one.pk)
    assert told(one) == (State.MEASURED.value, "ledger_behind")
    assert files_of(engine.staging(one.pk)) == before


def test_a_kill_between_the_draw_and_its_storing_draws_nothing_again(draft, steward, reviewers, drawn, monkeypatch):
    class Killed(BaseException):
        pass

    def dies(**_named):
        raise Killed

    approved(draft, steward, reviewers)
    create = Measured.objects.create
    monkeypatch.setattr(Measured.objects, "create", dies)
    with pytest.raises(Killed):
        engine.carry_on(draft.pk)
    monkeypatch.setattr(Measured.objects, "create", create)
    engine.carry_on(draft.pk)
    assert state(draft) is State.FINAL_REVIEW
    (body,) = [one.to_bytes() for one in drawn]
    assert bytes(Measured.objects.get().body) == body


def test_a_damaged_draw_is_told_and_not_replaced(draft, steward, reviewers, drawn, in_final_review):
    put_back_to_spent(draft)
    kept = draws.folder() / str(draft.pk)
    kept.write_bytes(kept.read_bytes()[:-10])
    engine.carry_on(draft.pk)
    assert told(draft) == (State.SPENT.value, "draw_damaged")
    assert len(drawn) == 1


def test_a_draw_that_the_disk_did_not_take_is_seen_by_nobody(draft, steward, reviewers, drawn, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    approved(draft, steward, reviewers)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        engine.carry_on(draft.pk)
    assert told(draft) == (State.SPENT.value, "draw_not_kept")
    assert not files_of(draws.folder())
    assert not Measured.objects.exists()
    engine.resume_all()
    assert told(draft) == (State.FINAL_REVIEW.value, "")


def test_of_two_draws_at_once_the_first_is_the_one(draft):
    first = draws.keep(draft.pk, draws.Draw(b"first", 1, datetime.date(2026, 1, 1)))
    assert draws.keep(draft.pk, draws.Draw(b"second", 2, datetime.date(2026, 1, 2))) == first == draws.find(draft.pk)
    assert {path.name for path in draws.folder().iterdir()} == {str(draft.pk)}


def test_a_kept_draw_is_readable_by_its_owner_alone(in_final_review):
    place = draws.folder() / str(in_final_review.pk)
    assert place.stat().st_mode & 0o077 == 0
    Measurements.from_bytes(draws.find(in_final_review.pk).body)
