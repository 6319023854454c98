"""Pages in a real browser: no accessibility violation on any page type, wide and narrow, light and dark; nothing spills over."""

import os
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore

from amparo.desk.core import keys
from amparo.desk.workbench.filters import COLUMNS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("AMPARO_SHOTS")
TEMPLATES = Path(__file__).parent / "templates"


@pytest.fixture
def gallery(settings):
    settings.ROOT_URLCONF = "amparo.desk.workbench.tests.gallery"
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [TEMPLATES]}]


@pytest.fixture
def open_page(chromium, live_server, gallery):
    """Return a function that opens a page as a member and gives it."""
    opened = []

    def as_member(member, path, *, width=1280, scheme="light", language="en"):
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, locale=language)
        cookies = [{"name": "amparo_language", "value": language, "url": live_server.url}]
        if member is not None:
            cookies.append({"name": "amparo_session", "value": _session(member), "url": live_server.url})
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(live_server.url + path)
        opened.append(context)
        return page

    yield as_member
    for context in opened:
        context.close()


def _session(member):
    session = SessionStore()
    session["_auth_user_id"] = str(member.user.pk)
    session["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
    session["_auth_user_hash"] = member.user.get_session_auth_hash()
    session.save()
    return session.session_key


def violations(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


def look(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def spills(page):
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")


SIZES = [(1280, "light"), (360, "dark")]


@pytest.mark.parametrize(("width", "scheme"), SIZES)
@pytest.mark.parametrize("path", ["/gallery/components/", "/gallery/form/", "/help/"])
def test_every_component_is_accessible(open_page, her_caseworker, path, width, scheme):
    keys.unlock(b"\x07" * 32)
    page = open_page(her_caseworker, path, width=width, scheme=scheme)
    look(page, f"{path.strip('/').replace('/', '-')}-{width}-{scheme}")
    assert violations(page) == []
    assert not spills(page)


@pytest.mark.parametrize("width", [1280, 360])
def test_a_refused_form_leads_to_what_is_missing(open_page, her_caseworker, width):
    page = open_page(her_caseworker, "/gallery/form/", width=width)
    page.get_by_role("button", name="Save and go on").click()
    look(page, f"gallery-form-errors-{width}")
    page.wait_for_selector(".errsum:focus")  # the next page may still be on its way
    assert page.evaluate("document.activeElement.className") == "errsum"
    assert violations(page) == []
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.name") == "pseudonym"
    page.get_by_role("link", name="Where the conversation is held").click()
    assert page.evaluate("document.activeElement.name") == "setting"


@pytest.fixture
def office(the_case, more_cases):
    more_cases(8)
    return the_case


@pytest.mark.parametrize(("width", "scheme"), SIZES)
@pytest.mark.parametrize(
    "name", ["today", "people", "filtered", "columns", "record", "record_history", "search", "missing", "leave"]
)
def test_every_page_of_the_workbench_is_accessible(open_page, her_caseworker, office, name, width, scheme):
    address = {
        "today": "/",
        "people": "/people/",
        "filtered": "/people/?risk=3&stage=first_contact&mine=1",
        "columns": "/people/?columns=" + "-".join(COLUMNS),
        "record": f"/cases/{office.number}/",
        "record_history": f"/cases/{office.number}/history/",
        "search": "/search/",
        "missing": "/nowhere/",
        "leave": "/calendar/",
    }[name]
    page = open_page(her_caseworker, address, width=width, scheme=scheme)
    if name == "search":
        page.get_by_label("Name, alias, pseudonym, telephone").fill("tavren")
        page.locator("main").get_by_role("button", name="Search").click()
        assert "tavren" not in page.url
    look(page, f"{name}-{width}-{scheme}")
    assert violations(page) == []
    assert not spills(page)


@pytest.mark.parametrize(("language", "width"), [("fr", 360), ("es", 1280)])
@pytest.mark.parametrize("path", ["today", "people", "columns", "record", "help", "form"])
def test_longer_languages_fit(open_page, her_caseworker, office, path, width, language):
    address = {
        "today": "/",
        "people": "/people/?risk=3",
        "columns": "/people/?columns=" + "-".join(COLUMNS),
        "record": f"/cases/{office.number}/",
        "help": "/help/",
        "form": "/gallery/form/",
    }[path]
    page = open_page(her_caseworker, address, width=width, language=language)
    look(page, f"{path}-{width}-{language}")
    assert violations(page) == []
    assert not spills(page)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
@pytest.mark.parametrize(
    ("name", "address", "signed_in"),
    [
        ("login", "/account/login/", False),
        ("reset", "/account/password/reset/", False),
        ("signup", "/account/signup/", False),
        ("logout", "/account/logout/", True),
        ("account", "/account/2fa/", True),
        ("password", "/account/password/change/", True),
        ("again", "/account/reauthenticate/", True),
        ("totp", "/account/2fa/totp/activate/", True),
        ("webauthn", "/account/2fa/webauthn/add/", True),
        ("refused", "/members/", True),
    ],
)
def test_every_sign_in_page_is_accessible(open_page, her_caseworker, name, address, signed_in, width, scheme):
    page = open_page(her_caseworker if signed_in else None, address, width=width, scheme=scheme)
    look(page, f"sign-{name}-{width}-{scheme}")
    assert violations(page) == []
    assert not spills(page)


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_a_refused_sign_in_says_so(open_page, language):
    page = open_page(None, "/account/login/", width=360, language=language)
    page.locator("#id_login").fill("nobody@example.org")
    page.locator("#id_password").fill("not the password")
    page.locator("main form button").first.click()
    page.wait_for_selector(".errsum")
    look(page, f"sign-refused-{language}")
    page.wait_for_selector(".errsum:focus")  # the next page may still be on its way
    assert page.evaluate("document.activeElement.className") == "errsum"
    assert violations(page) == []


def test_leaving_clears_the_page_and_the_way_back(open_page, her_caseworker):
    page = open_page(her_caseworker, "/gallery/form/")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_url("**/calendar/")
    assert "Amparo" not in page.content()
    page.goto(page.url.replace("/calendar/", "/gallery/form/"))
    assert "/account/login/" in page.url


def test_one_escape_stays_and_a_held_one_too(open_page, her_caseworker):
    page = open_page(her_caseworker, "/gallery/form/")
    page.keyboard.press("Escape")
    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', repeat: true, bubbles: true}))")
    page.wait_for_timeout(300)
    assert page.url.endswith("/gallery/form/")


def test_leaving_at_once_keeps_what_was_just_typed(open_page, her_caseworker):
    """The two quiet seconds have not passed: what was typed goes with the leave, and comes back after signing in."""
    page = open_page(her_caseworker, "/gallery/form/")
    page.get_by_label("In the person’s own words").fill("At port we slept below.")
    page.get_by_role("button", name="Leave now").click()
    page.wait_for_url("**/calendar/")
    again = open_page(her_caseworker, "/gallery/form/")
    assert again.get_by_label("In the person’s own words").input_value() == "At port we slept below."


def test_what_is_typed_is_kept_while_typing_and_comes_back(open_page, her_caseworker):
    page = open_page(her_caseworker, "/gallery/form/")
    page.get_by_label("In the person’s own words").fill("At port we slept below.")
    page.locator("[data-draft-state]").wait_for(state="visible")
    look(page, "draft-kept")
    page.goto(page.url)
    look(page, "draft-back")
    assert page.get_by_label("In the person’s own words").input_value() == "At port we slept below."
    assert violations(page) == []
    page.get_by_role("button", name="Discard what I typed").click()
    assert page.get_by_label("In the person’s own words").input_value() == ""


def test_going_back_to_a_refused_form_shows_it_filled_in(open_page, her_caseworker):
    page = open_page(her_caseworker, "/gallery/form/")
    page.get_by_label("In the person’s own words").fill("At port we slept below.")
    page.get_by_role("button", name="Save and go on").click()
    page.locator(".errsum").wait_for()
    page.goto(page.url.replace("/gallery/form/", "/help/"))
    page.go_back()
    assert page.get_by_label("In the person’s own words").input_value() == "At port we slept below."


def test_keys_lead_to_search_and_help(open_page, her_caseworker):
    page = open_page(her_caseworker, "/people/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.press("Tab")
    page.keyboard.press("?")
    page.wait_for_url("**/help/")
