"""Leave now: the session ends on the server, the browser forgets, and an ordinary page stands there whatever the line does."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from amparo.desk.audit import chain as audit
from amparo.desk.audit.models import Event

from .test_browser import _session


@pytest.mark.django_db
def test_leaving_ends_the_session_on_the_server_and_empties_the_browser(her_caseworker):
    client = Client()
    client.force_login(her_caseworker.user)
    kept = client.cookies["amparo_session"].value
    answer = client.post(reverse("leave"))
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert not Session.objects.exists()
    thief = Client()
    thief.cookies["amparo_session"] = kept
    assert thief.get("/people/").status_code == 302
    assert list(Event.objects.values_list("action", flat=True)) == ["session.ended"]


@pytest.mark.django_db
def test_nothing_keeps_a_person_from_leaving(her_caseworker, monkeypatch):
    client = Client()
    client.force_login(her_caseworker.user)
    real = audit.record

    def fails(action, *rest, **more):
        if action == "session.ended":
            raise RuntimeError("the record cannot be written")
        return real(action, *rest, **more)

    monkeypatch.setattr(audit, "record", fails)
    assert client.post(reverse("leave"))["Location"] == reverse("neutral")
    assert not Session.objects.exists()


@pytest.fixture
def at_work(chromium, live_server, her_caseworker):
    """Return a function that opens the help page as somebody at work."""
    opened = []

    def open_page(**more):
        context = chromium.new_context(locale="en", **more)
        context.set_default_timeout(8000)
        context.add_cookies([{"name": "amparo_session", "value": _session(her_caseworker), "url": live_server.url}])
        opened.append(context)
        page = context.new_page()
        page.goto(live_server.url + "/help/")
        return page

    yield open_page
    for context in opened:
        context.close()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["button", "escape"])
def test_on_a_line_that_never_answers_a_calendar_stands_there_at_once(at_work, way):
    page = at_work()
    page.route("**/leave/", lambda route: None)
    if way == "button":
        page.get_by_role("button", name="Leave now").click()
    else:
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
    page.wait_for_function("!document.title.includes('Amparo')", timeout=1000)
    assert "Lantern" not in page.content()
    assert page.locator("h1").count() == 1
    assert not page.locator("form").count()
    page.wait_for_url("**/calendar/", timeout=6000)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_without_a_line_at_all_too(at_work):
    page = at_work()
    page.context.set_offline(True)
    page.get_by_role("button", name="Leave now").click()
    page.wait_for_url("**/calendar/")
    assert "Lantern" not in page.content()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_without_script_it_leads_to_the_calendar_and_the_browser_holds_nothing(at_work):
    page = at_work(java_script_enabled=False)
    page.get_by_role("button", name="Leave now").click()
    page.wait_for_url("**/calendar/")
    assert not Session.objects.exists()
    assert [one["name"] for one in page.context.cookies() if one["name"] in ("amparo_session", "amparo_browser")] == []
    page.go_back()
    assert "/account/login/" in page.url
