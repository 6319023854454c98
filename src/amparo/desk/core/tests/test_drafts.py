"""What somebody typed about a person goes with that person's key; nobody fills the store with drafts."""

import json
import uuid
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from amparo.desk.core import drafts, keys, sealing
from amparo.desk.core.models import Draft

pytestmark = pytest.mark.django_db
USER, OTHER = uuid.UUID(int=5), uuid.UUID(int=6)
HERS, NOBODYS = "/cases/XC-2026-00001/notes/", "/help/"
STORY = QueryDict("text=she+hides+with+her+aunt")
pages = {}


def key_of_page(user_id, path):
    return pages.get(path)


@pytest.fixture
def her_key(settings, owner, monkeypatch):
    settings.DRAFT_KEY_OF_PAGE = f"{__name__}.key_of_page"
    key_id = keys.new_person_key(owner)
    monkeypatch.setitem(pages, HERS, key_id)
    return key_id


def test_a_draft_about_a_person_is_sealed_under_their_key_and_goes_with_it(her_key):
    for path in (HERS, NOBODYS):
        assert drafts.save(USER, path, STORY)
        assert drafts.load(USER, path).typed == STORY
    assert sealing.key_id_of(Draft.objects.get(form=HERS).sealed) == her_key
    keys.destroy(her_key)
    keys.forget_opened()
    assert drafts.load(USER, HERS) is None
    assert not Draft.objects.filter(form=HERS).exists()
    assert drafts.load(USER, NOBODYS).typed == STORY
    assert not drafts.save(USER, HERS, STORY), "nothing is kept about somebody erased"
    assert not drafts.hold({}, drafts.Typed(USER, HERS), STORY)


def test_a_form_held_for_a_visitor_goes_with_the_persons_key_too(her_key):
    session = {}
    assert drafts.hold(session, drafts.Typed(USER, HERS), STORY)
    kept = dict(session)
    assert sealing.key_id_of(bytes.fromhex(json.loads(session[drafts.HELD])["sealed"])) == her_key
    assert drafts.give_back(session, USER) == HERS
    keys.destroy(her_key)
    assert drafts.give_back(kept, USER) == ""


def test_each_person_keeps_so_many_drafts_and_the_oldest_go(monkeypatch):
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 3)
    drafts.save(OTHER, NOBODYS, STORY)
    for number in range(5):
        drafts.save(USER, f"/form/{number}/", STORY)
    assert [row.form for row in drafts.waiting(USER)] == ["/form/4/", "/form/3/", "/form/2/"]
    assert Draft.objects.filter(user_id=USER).count() == 3
    assert Draft.objects.filter(user_id=OTHER).count() == 1


def test_a_draft_too_large_or_too_old_is_not_given_back():
    assert not drafts.save(USER, NOBODYS, QueryDict("text=" + "x" * drafts.MOST_BYTES))
    assert drafts.save(USER, NOBODYS, STORY)
    Draft.objects.update(saved_at=timezone.now() - drafts.KEPT_FOR - timedelta(seconds=1))
    assert drafts.load(USER, NOBODYS) is None
    assert drafts.waiting(USER) == []
