"""A country's form in a browser: what follows from an answer appears at once, as the server decides; accessible, at 360 pixels."""

import os
from datetime import date
from pathlib import Path

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

import amparo
from amparo.desk.access.roles import Role
from amparo.desk.answers import actions, queries
from amparo.desk.answers.models import Filling
from amparo.desk.cases import actions as cases
from amparo.desk.questions import actions as editions
from amparo.desk.questions import pack
from amparo.desk.questions.filling import Filled

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = date(2026, 3, 2)
PACKS = Path(amparo.__file__).parent / "demo" / "packs"
SHOTS = os.environ.get("AMPARO_SHOTS")


def violations(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


def check(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    assert violations(page) == [], name
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"), name


@pytest.fixture
def an_office(make_member, shelter):
    """Who works here, a case, and the country's pack in force."""
    cache.clear()
    administrator, worker = make_member(shelter, Role.ADMINISTRATOR), make_member(shelter, Role.CASEWORKER)
    read = pack.read(pack.from_folder(PACKS / "costaverde-2"), today=timezone.localdate())
    made = editions.bring(pack=read, by=administrator)
    begun = {one.kind: editions.activate(edition=one, by=administrator, on=timezone.localdate(), version=1) for one in made}
    return {"worker": worker, "administrator": administrator, "case": cases.open_case(by=worker, opened_on=DAY, person={}), **begun}


@pytest.fixture(params=[("fr", 360, "dark"), ("es", 360, "light")], ids=lambda one: f"{one[0]}-{one[1]}")
def browse(request, chromium, live_server, settings):
    """Return a function that opens an address as a member."""
    language, width, scheme = request.param
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, locale=language)
    context.set_default_timeout(15_000)
    page = context.new_page()

    def go(member, address):
        session = SessionStore()
        session["_auth_user_id"] = str(member.user.pk)
        session["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
        session["_auth_user_hash"] = member.user.get_session_auth_hash()
        session.save()
        names = {settings.SESSION_COOKIE_NAME: session.session_key, settings.LANGUAGE_COOKIE_NAME: language}
        context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in names.items()])
        page.goto(live_server.url + address)
        return page

    go.name = f"{language}-{width}"
    yield go
    context.close()


def shown(page):
    """Return the places whose questions can be seen."""
    return set(page.eval_on_selector_all("[data-place]", "rows => rows.filter(row => !row.hidden).map(row => row.dataset.place)"))


def test_what_follows_appears_at_once_and_is_what_the_server_decides(an_office, browse):
    case = an_office["case"]
    page = browse(an_office["worker"], reverse("case_question_new", args=[case.number, an_office["form"].pk]))
    assert not shown(page) & {"safe", "unsafe", "moves", "first", "child"}
    page.check("[name='q.sleeps'][value=tent]")
    page.check("[name='q.safe'][value=unknown]")
    assert {"safe", "moves"} <= shown(page)
    assert "unsafe" not in shown(page)
    page.check("[name='q.safe'][value=no]")
    assert {"moves", "unsafe"} <= shown(page)
    page.check("[name='q.needs'][value=food]")
    assert "first" not in shown(page)
    page.check("[name='q.needs'][value=lawyer]")
    page.check("[name='q.children'][value=yes]")
    page.fill("[name='q.child.0.child_age']", "5")
    page.keyboard.press("Tab")
    assert {"first", "child"} <= shown(page)
    assert "child.0.child_school" not in shown(page)
    page.fill("[name='q.child.0.child_age']", "7")
    page.keyboard.press("Tab")
    assert "child.0.child_school" in shown(page)
    seen = shown(page)
    check(page, f"questions-{browse.name}")
    page.click(".act button.btn")
    page.wait_for_load_state()
    filling = Filling.objects.get()
    filled = Filled(filling.edition.form, queries.answers_of(filling), today=timezone.localdate())
    conditional = {name for name in filled.shown() if name in seen or name.startswith("child")}
    assert {name for name in seen if not name.startswith("child.1")} <= conditional


def test_every_page_of_it_is_accessible_and_fits(an_office, browse):
    case, form = an_office["case"], an_office["form"]
    answers = {"sleeps": "street", "safe": "no", "unsafe": "Cold", "needs": frozenset({"food"})}
    filling = actions.fill(case=case, edition=form, by=an_office["worker"], asked_on=DAY, answers=answers)
    for name, *more in (
        ("case_questions",),
        ("case_answers", filling.pk),
        ("case_answers_export",),
        ("case_made_document", an_office["template"].pk),
    ):
        check(browse(an_office["worker"], reverse(name, args=[case.number, *more])), f"{name}-{browse.name}")
    address = reverse("case_answers_change", args=[case.number, filling.pk])
    check(browse(an_office["worker"], address + "?language=ar"), f"arabic-{browse.name}")
    check(browse(an_office["worker"], reverse("country_form_blank", args=[form.pk])), f"blank-{browse.name}")
    for name, *more in (
        ("country_forms",),
        ("country_form_new",),
        ("country_form", form.pk),
        ("country_form", an_office["codes"].pk),
        ("country_form", an_office["indicators"].pk),
        ("country_form", an_office["template"].pk),
    ):
        check(browse(an_office["administrator"], reverse(name, args=more)), f"{name}-{browse.name}")
