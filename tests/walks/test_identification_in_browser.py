"""Identification and consent in a real browser: a drawn signature taken back, and every page accessible."""

import re

import pytest
from django.utils import timezone

from amparo.desk.cases import actions as cases
from amparo.desk.config import urls
from amparo.desk.consent.models import Consent, Signature, StopNotice
from amparo.desk.identification import actions as screenings
from amparo.desk.identification import age_actions, formal_actions, help_actions
from amparo.desk.workbench.tests.test_browser import look, open_page, spills, violations  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = [("fr", 360)]


@pytest.fixture
def gallery():
    """The desk's own addresses: no gallery here."""
    assert urls.urlpatterns


def sound(page, name):
    """The page has no accessibility violation and nothing spills over."""
    look(page, name)
    assert violations(page) == []
    assert not spills(page)


def press(page, name):
    """Press a button and wait until the next page is there."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def test_a_drawn_signature_is_taken_back_and_who_must_stop_sees_it(
    open_page,  # noqa: F811
    the_case,
    her_caseworker,
    make_member,
    shelter,
):
    lawyer = make_member(shelter, "lawyer", name="L. Awyer")
    boss = make_member(shelter, "supervisor", name="S. Uper")
    cases.join_team(case=the_case, by=boss, member=lawyer, role="lawyer", since=timezone.localdate())
    page = open_page(her_caseworker, f"/cases/{the_case.number}/consent/")
    page.get_by_role("link", name="Write down which rights were explained").click()
    page.get_by_label("Lawyer").check()
    page.get_by_label("Leaflet handed over").select_option("rights@1 fr")
    press(page, "Record")
    page.get_by_role("link", name="The person refuses").click()
    for words in ("A conversation about what happened", "Public statistics", "Research"):
        page.get_by_label(words).check()
    press(page, "Record the no")
    page.get_by_role("link", name="Ask for consent").click()
    page.get_by_label("Passing data to another organisation").check()
    page.get_by_label("Recipient", exact=True).fill("Port lawyers")
    page.get_by_label("Legal matters").check()
    page.get_by_label("Everything was explained").check()
    page.get_by_label("Gives consent").check()
    press(page, "Record the answer")
    assert sorted(Consent.objects.values_list("purpose", "state")) == [
        *[("interview", "refused"), ("referral", "given"), ("research", "refused"), ("statistics", "refused")]
    ]
    page.get_by_role("link", name=re.compile("Let it be signed.*Passing data")).click()
    canvas = page.locator("canvas.pad").bounding_box()
    page.locator("canvas.pad").scroll_into_view_if_needed()
    canvas = page.locator("canvas.pad").bounding_box()
    page.mouse.move(canvas["x"] + 40, canvas["y"] + 60)
    page.mouse.down()
    page.mouse.move(canvas["x"] + 200, canvas["y"] + 90, steps=6)
    page.mouse.up()
    assert page.get_by_label("Signed on the screen").is_checked()
    sound(page, "ident-story-sign")
    press(page, "Keep the signature")
    assert Signature.objects.get().paper.kind == "image/png"
    sound(page, "ident-story-consents")
    press(page, re.compile("Withdraw now.*Passing data"))
    assert Consent.objects.get(purpose="referral").state == "withdrawn"
    assert "not seen yet" in page.inner_text("main")
    hers = open_page(lawyer, "/")
    hers.get_by_role("link", name="A person said no").click()
    sound(hers, "ident-story-stop")
    press(hers, "I have seen it and stop")
    assert StopNotice.objects.get(member=lawyer).seen_at


@pytest.fixture
def full(the_case, her_caseworker):
    """A case with everything on the identification page."""
    today, by = timezone.localdate(), {"case": the_case, "by": her_caseworker}
    day = the_case.opened_on
    told = {"country": "XC", "body": "costaverde-mechanism", "notified_on": day, "reference": "CV/17"}
    here = formal_actions.notify(**by, values=told)
    there = formal_actions.notify(**by, values=told | {"country": "XA", "body": "arvania-commission", "reference": ""})
    step = {"procedure": here, "by": her_caseworker}
    formal_actions.add_step(**step, values={"kind": "reflection", "happened_on": day})
    ended = {"kind": "not_identified", "happened_on": today, "reasons": "The purpose is not shown."}
    formal_actions.add_step(procedure=there, by=her_caseworker, values=ended)
    range_ = {"least_years": 17, "most_years": 20, "margin_years": 1, "assessed_by": "Three professions"}
    assessed = {"assessed_on": day, "method": "conversation", "agreed": "yes", "guardian_present": "yes"}
    age = age_actions.record(**by, values=assessed | range_)
    offered = {"kind": "labour", "offered_on": today, "wanted": "yes", "led_to": "The union of the port"}
    help_ = help_actions.offer(**by, values=offered)
    begun = screenings.start(**by, values={"held_on": day, "consent_to_interview": "yes", "setting": "border"})
    names = {"number": the_case.number, "procedure": here.pk, "age": age.pk, "help": help_.pk, "screening": begun.pk}
    consent = Consent.objects.first()
    return names | {"consent": consent.pk if consent else ""}


PAGES = {
    "tracks": "/cases/{number}/identification/",
    "setting": "/cases/{number}/identification/{screening}/setting/",
    "questions": "/cases/{number}/identification/{screening}/freedom/",
    "notify": "/cases/{number}/identification/formal/new/",
    "formal": "/cases/{number}/identification/formal/{procedure}/",
    "step": "/cases/{number}/identification/formal/{procedure}/step/",
    "age": "/cases/{number}/identification/age/new/",
    "contest": "/cases/{number}/identification/age/{age}/",
    "help": "/cases/{number}/identification/help/new/",
    "follow": "/cases/{number}/identification/help/{help}/",
    "refuse": "/cases/{number}/consent/refuse/",
    "rights": "/cases/{number}/consent/rights/",
    "consents": "/cases/{number}/consent/",
    "stop": "/consent/to-stop/",
    "sheet": "/consent/sheet/",
}


@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_of_both_rooms_is_accessible_and_fits(name, open_page, full, her_caseworker):  # noqa: F811
    for language, width in SIZES:
        page = open_page(her_caseworker, PAGES[name].format(**full), width=width, language=language)
        sound(page, f"ident-{name}-{language}-{width}")
