"""What somebody types is never lost, and never shown to anybody else."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from amparo.desk.core import drafts
from amparo.desk.core.models import Draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gallery")]
FORM = "/gallery/form/"
STORY = "The captain said the passport is for the owner."


@pytest.fixture
def gallery(settings):
    from pathlib import Path

    settings.ROOT_URLCONF = "amparo.desk.workbench.tests.gallery"
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [Path(__file__).parent / "templates"]}]


def fields_of(page):
    """The hidden fields that a browser would send with the form."""
    return {
        name: value
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
        if name in ("csrfmiddlewaretoken", "typist", "row_id")
    }


def typed(page, **more):
    return {**fields_of(page), "pseudonym": "Cedar", "story": STORY, "born_year": "1991", "kinds": ["a", "c"], **more}


def strict(member=None):
    """A browser that checks the cross-site protection, signed in or not."""
    client = Client(enforce_csrf_checks=True)
    if member is not None:
        client.force_login(member.user)
    return client


def end_session(client):
    del client.cookies["amparo_session"]


def come_in(client, member, path="/help/"):
    """Sign in as the sign-in page does: the visitor's session is kept and renewed."""
    from django.contrib.auth import login
    from django.http import HttpRequest

    request = HttpRequest()
    request.session = client.session
    request.META["CSRF_COOKIE"] = None
    login(request, member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    request.session.save()
    client.cookies["amparo_session"] = request.session.session_key
    return client.get(path)


def test_what_is_typed_while_the_line_holds_is_kept_and_comes_back(her_caseworker):
    client = strict(her_caseworker)
    page = client.get(FORM).content.decode()
    from django.http import QueryDict

    body = QueryDict(mutable=True)
    for name, value in typed(page).items():
        body.setlist(name, value if isinstance(value, list) else [value])
    token = body["csrfmiddlewaretoken"]
    answer = client.post(reverse("drafts"), {"csrfmiddlewaretoken": token, "form": FORM, "typed": body.urlencode()})
    assert answer.json()["kept"]
    again = client.get(FORM).content.decode()
    assert "What you typed is here again." in again
    assert STORY in again
    assert 'value="1991"' in again
    assert re.search(r'value="a"[^>]*checked', again)
    assert not re.search(r'value="b"[^>]*checked', again)


def test_a_draft_is_sealed_in_the_database_and_bound_to_its_person_and_form(her_caseworker, the_partner):
    from django.http import QueryDict

    drafts.save(her_caseworker.user_id, FORM, QueryDict("story=" + STORY))
    row = Draft.objects.get()
    assert STORY.encode() not in bytes(row.sealed)
    assert drafts.load(the_partner.user_id, FORM) is None
    row.user_id = the_partner.user_id
    row.save()
    assert drafts.load(the_partner.user_id, FORM) is None


def test_no_token_password_or_code_is_ever_kept():
    from django.http import QueryDict

    kept = drafts.worth_keeping(QueryDict("csrfmiddlewaretoken=x&typist=y&password=z&code=1&story=s"))
    assert kept.dict() == {"story": "s"}


def test_a_form_that_is_saved_leaves_no_draft(her_caseworker):
    from django.http import QueryDict

    drafts.save(her_caseworker.user_id, FORM, QueryDict("story=x"))
    client = strict(her_caseworker)
    page = client.get(FORM).content.decode()
    assert client.post(FORM, typed(page, setting="o")).status_code == 302
    assert not Draft.objects.exists()


def test_a_refused_form_comes_back_filled_in_and_keeps_its_draft(her_caseworker):
    client = strict(her_caseworker)
    page = client.get(FORM).content.decode()
    answer = client.post(FORM, typed(page)).content.decode()
    assert STORY in answer
    assert "One answer needs something more" in answer


def test_a_draft_can_be_thrown_away(her_caseworker):
    from django.http import QueryDict

    drafts.save(her_caseworker.user_id, FORM, QueryDict("story=" + STORY))
    client = strict(her_caseworker)
    page = client.get(FORM).content.decode()
    answer = client.post(FORM, {**fields_of(page), "discard_draft": "1"})
    assert answer.status_code == 302
    assert STORY not in client.get(FORM).content.decode()


def test_a_form_sent_after_the_session_ended_comes_back_to_the_same_person(her_caseworker):
    client = strict(her_caseworker)
    page = client.get(FORM).content.decode()
    end_session(client)
    answer = client.post(FORM, typed(page))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))
    assert STORY not in answer["Location"]
    assert not Draft.objects.exists()
    assert "Your session had ended." in client.get(answer["Location"]).content.decode()
    assert come_in(client, her_caseworker)["Location"] == FORM
    again = client.get(FORM).content.decode()
    assert STORY in again
    assert "What you typed is here again." in again


def test_nobody_else_who_signs_in_gets_what_was_typed(her_caseworker, make_member, shelter):
    client = strict(her_caseworker)
    page = client.get(FORM).content.decode()
    end_session(client)
    client.post(FORM, typed(page))
    colleague = make_member(shelter, "caseworker", name="D. Essin")
    assert come_in(client, colleague).status_code == 200
    assert STORY not in client.get(FORM).content.decode()
    assert drafts.HELD not in client.session
    assert not Draft.objects.exists()


def test_what_is_held_for_a_visitor_is_sealed(her_caseworker):
    client = strict(her_caseworker)
    page = client.get(FORM).content.decode()
    end_session(client)
    client.post(FORM, typed(page))
    assert STORY not in str(dict(client.session))
    assert STORY.encode().hex() not in client.session[drafts.HELD]


def test_a_form_that_does_not_say_whose_it_is_is_nobodys(her_caseworker):
    client = strict(her_caseworker)
    page = client.get(FORM).content.decode()
    end_session(client)
    without_typist = {name: value for name, value in typed(page).items() if name != "typist"}
    assert client.post(FORM, without_typist).status_code == 302
    assert drafts.HELD not in client.session


def test_an_old_tab_after_signing_in_again_keeps_what_was_typed_for_the_same_person_only(her_caseworker, the_partner):
    client = strict(her_caseworker)
    page = client.get(FORM).content.decode()
    client.cookies["csrftoken"] = "b" * 32
    answer = client.post(FORM, typed(page))
    assert answer.status_code == 403
    assert "What you typed is kept" in answer.content.decode()
    assert STORY in client.get(FORM).content.decode()
    Draft.objects.all().delete()
    other = strict(the_partner)
    other.cookies["csrftoken"] = "b" * 32
    answer = other.post(FORM, typed(page))
    assert "What you typed is kept" not in answer.content.decode()
    assert not Draft.objects.exists()


def test_a_stranger_cannot_plant_a_form(her_caseworker):
    from django.http import QueryDict

    visitor = Client()
    visitor.post(FORM, {"story": STORY, "typist": "made-up"})
    assert drafts.HELD not in visitor.session
    assert not drafts.save(her_caseworker.user_id, FORM, QueryDict(""))


def test_a_kept_form_is_forgotten_after_an_hour(her_caseworker, monkeypatch):
    from datetime import timedelta

    from django.utils import timezone

    client = strict(her_caseworker)
    page = client.get(FORM).content.decode()
    end_session(client)
    client.post(FORM, typed(page))
    later = timezone.now() + timedelta(seconds=drafts.HELD_SECONDS + 1)
    session = client.session
    monkeypatch.setattr(drafts.timezone, "now", lambda: later)
    assert drafts.give_back(session, her_caseworker.user_id) == ""


def test_who_comes_second_is_told_and_loses_nothing(her_caseworker):
    client = strict(her_caseworker)
    page = client.get(FORM).content.decode()
    answer = client.post(FORM, typed(page, pseudonym="Stale", setting="o", language="ti"))
    assert answer.status_code == 409
    assert "Somebody else saved first" in answer.content.decode()
    again = client.get(FORM).content.decode()
    assert STORY in again
    assert "Saved now: French" in again


def test_leaving_ends_the_session_without_asking_and_without_protection(her_caseworker):
    client = strict(her_caseworker)
    client.get(FORM)
    answer = client.post(reverse("leave"))
    assert answer.status_code == 303
    assert client.get(FORM)["Location"].startswith(reverse("account_login"))
    page = client.get(answer["Location"]).content.decode()
    assert "Amparo" not in page
    assert "Lantern" not in page


def test_leaving_works_for_a_visitor_and_only_by_a_form(client):
    assert client.post(reverse("leave")).status_code == 303
    assert client.get(reverse("leave")).status_code == 405


def test_shoulder_mode_marks_the_page_and_turns_off_again(her_caseworker):
    client = Client()
    client.force_login(her_caseworker.user)
    client.post(reverse("shoulder"), {"on": "yes", "next": "/help/"})
    assert 'class="is-shoulder"' in client.get("/help/").content.decode()
    answer = client.post(reverse("shoulder"), {"on": "no", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
    assert 'class="is-shoulder"' not in client.get("/help/").content.decode()


@pytest.mark.parametrize(
    ("saved", "typed", "words"),
    [
        ({"language": "fr"}, "language=ti", "French"),
        ({"language": "fr"}, "language=fr", ""),
        ({"language": "fr"}, "story=x", ""),
        ({"kinds": ["a", "c"]}, "kinds=c&kinds=a", ""),
        ({"kinds": ["a", "c"]}, "kinds=b", "Fishing, Work in a household"),
        ({"born": "1991-04"}, "born_year=1991&born_month=4&born_day=&born_known=", ""),
        ({"born": "1991-04"}, "born_year=1990&born_month=4&born_day=&born_known=", "April 1991"),
        ({"agrees": True}, "agrees=on", ""),
    ],
)
def test_beneath_what_was_typed_stands_what_is_saved_where_the_two_differ(her_caseworker, rf, saved, typed, words):
    from django.http import QueryDict

    from amparo.desk.core.partial_dates import PartialDate
    from amparo.desk.workbench.tests.gallery import EveryField

    saved = {name: PartialDate.parse(value) if name == "born" else value for name, value in saved.items()}
    drafts.save(her_caseworker.user_id, FORM, QueryDict(typed + "&pseudonym=Cedar"))
    request = rf.get(FORM)
    request.user = her_caseworker.user
    drafts.begin(request)
    try:
        form = EveryField(initial=saved)
        page = str(form)
    finally:
        drafts.end()
    [name] = saved
    assert form[name].saved_now == words if hasattr(form[name], "saved_now") else words == ""
    assert ("Saved now" in page) == bool(words)


def test_a_draft_that_nobody_touched_for_a_month_is_forgotten(her_caseworker):
    from datetime import timedelta

    from django.http import QueryDict
    from django.utils import timezone

    for days, form in [(29, "/a/"), (31, "/b/")]:
        drafts.save(her_caseworker.user_id, form, QueryDict("story=x"))
        Draft.objects.filter(form=form).update(saved_at=timezone.now() - timedelta(days=days))
    assert drafts.forget_old() == 1
    assert [draft.form for draft in drafts.waiting(her_caseworker.user_id)] == ["/a/"]


def test_an_erasure_can_reach_what_was_typed_about_one_case(her_caseworker, the_partner):
    from django.http import QueryDict

    for member in (her_caseworker, the_partner):
        drafts.save(member.user_id, "/cases/XC-2026-00001/notes/", QueryDict("story=x"))
        drafts.save(member.user_id, "/cases/XC-2026-00011/notes/", QueryDict("story=x"))
    drafts.forget_under("/cases/XC-2026-00001/")
    assert {draft.form for draft in Draft.objects.all()} == {"/cases/XC-2026-00011/notes/"}


def encoded(page, **more):
    from django.http import QueryDict

    body = QueryDict(mutable=True)
    for name, value in typed(page, **more).items():
        body.setlist(name, value if isinstance(value, list) else [value])
    return body.urlencode()


def test_leaving_keeps_what_was_typed_and_ends_the_session(her_caseworker):
    client = strict(her_caseworker)
    page = client.get(FORM).content.decode()
    answer = client.post(reverse("leave"), {"typed": encoded(page)})
    assert answer["Location"] == reverse("neutral")
    assert client.get(FORM).status_code == 302
    assert STORY.encode() not in bytes(Draft.objects.get().sealed)
    client.force_login(her_caseworker.user)
    assert STORY in client.get(FORM).content.decode()


def test_leaving_keeps_nobody_elses_form_and_none_that_nobody_signed(her_caseworker, the_partner):
    theirs = strict(the_partner).get(FORM).content.decode()
    client = strict(her_caseworker)
    page = client.get(FORM).content.decode()
    unsigned = encoded(page).replace("typist=", "typist=x")
    assert client.post(reverse("leave"), {"typed": [encoded(theirs), unsigned]}).status_code == 303
    assert not Draft.objects.exists()


def test_leaving_after_the_session_ended_holds_the_form_for_its_typist(her_caseworker):
    client = strict(her_caseworker)
    page = client.get(FORM).content.decode()
    end_session(client)
    assert client.post(reverse("leave"), {"typed": encoded(page)}).status_code == 303
    assert come_in(client, her_caseworker)["Location"] == FORM
    assert STORY in client.get(FORM).content.decode()


def test_a_draft_that_cannot_be_kept_keeps_nobody_from_leaving(her_caseworker, monkeypatch):
    client = strict(her_caseworker)
    page = client.get(FORM).content.decode()

    def full(*args):
        raise OSError("no space left")

    monkeypatch.setattr(drafts, "save", full)
    assert client.post(reverse("leave"), {"typed": encoded(page)})["Location"] == reverse("neutral")
    assert client.get(FORM).status_code == 302


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "only does what a button asks"),
        ("fr", "ne fait que ce qu’un bouton demande"),
        ("es", "solo hace lo que pide un botón"),
    ],
)
def test_an_address_that_only_takes_a_form_says_so_and_shows_the_way_back(her_caseworker, language, words):
    client = strict(her_caseworker)
    client.cookies["amparo_language"] = language
    answer = client.get(reverse("drafts"))
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert words in answer.content.decode()
    led = client.get("/evidence/contributions/00000000-0000-0000-0000-000000000000/cancel/")
    assert led.status_code in (403, 404, 405)


def test_a_refused_form_is_kept_so_that_going_back_finds_it(her_caseworker):
    client = strict(her_caseworker)
    page = client.get(FORM).content.decode()
    assert client.post(FORM, typed(page)).status_code == 422
    assert STORY.encode() not in bytes(Draft.objects.get().sealed)
    assert STORY in client.get(FORM).content.decode()


def test_a_refused_form_of_somebody_else_is_not_kept(her_caseworker, the_partner):
    theirs = strict(the_partner).get(FORM).content.decode()
    client = strict(her_caseworker)
    token = fields_of(client.get(FORM).content.decode())["csrfmiddlewaretoken"]
    assert client.post(FORM, {**typed(theirs), "csrfmiddlewaretoken": token}).status_code == 422
    assert not Draft.objects.exists()
