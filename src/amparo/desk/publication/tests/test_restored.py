"""A site that came back from a backup never draws noise again: what the old one drew since, it cannot know."""

import json

import pytest

from amparo.desk.publication import draws, engine
from amparo.desk.publication.models import Measured, Release, Spend
from amparo.desk.publication.rules import State
from amparo.desk.publication.tests.judging import approved, state


def mark(settings, **told):
    (settings.SITE_FOLDER / "restored.json").write_text(json.dumps({"backup": "x", "may_draw": False, **told}))


def test_what_was_approved_is_neither_spent_nor_drawn(draft, steward, reviewers, settings):
    approved(draft, steward, reviewers)
    mark(settings)
    engine.carry_on(draft.pk)
    engine.resume_all()
    one = Release.objects.get(pk=draft.pk)
    assert (one.state, one.trouble) == (State.APPROVED.value, "restored")
    assert (Spend.objects.count(), draws.releases()) == (0, set())


def test_what_was_spent_and_not_yet_drawn_stays_undrawn(draft, steward, reviewers, settings):
    approved(draft, steward, reviewers)
    engine.spend(draft.pk)
    mark(settings)
    engine.carry_on(draft.pk)
    assert Release.objects.get(pk=draft.pk).trouble == "restored"
    assert (Measured.objects.count(), draws.releases()) == (0, set())


def test_what_was_drawn_before_the_backup_goes_on_from_there(draft, steward, reviewers, settings):
    approved(draft, steward, reviewers)
    engine.spend(draft.pk)
    engine.measure(draft.pk)
    before = {path.name: path.read_bytes() for path in draws.folder().iterdir()}
    mark(settings)
    engine.carry_on(draft.pk)
    assert state(draft) == State.FINAL_REVIEW
    assert {path.name: path.read_bytes() for path in draws.folder().iterdir()} == before


@pytest.mark.parametrize("told", [{"may_draw": True}])
def test_a_site_that_was_moved_goes_on(draft, steward, reviewers, settings, told):
    approved(draft, steward, reviewers)
    mark(settings, **told)
    engine.carry_on(draft.pk)
    assert state(draft) == State.FINAL_REVIEW
