"""The rooms of a case in a real browser: each page type without an accessibility violation, wide and narrow, three languages."""

from datetime import date

import pytest

from amparo.desk.cases import actions as cases
from amparo.desk.cases.choices import Risk
from amparo.desk.consent import actions as consents
from amparo.desk.consent.rules import Purpose
from amparo.desk.core import keys
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.identification import actions as identification
from amparo.desk.identification.rules import Outcome
from amparo.desk.journeys import acting, queries, shown
from amparo.desk.journeys import actions as journeys

from .test_browser import look, open_page, spills, violations  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = date(2026, 6, 1)
SAID = {"answer": "yes", "source": "statement"}


@pytest.fixture
def gallery():
    """These pages need no gallery."""


@pytest.fixture
def full_case(her_caseworker):
    keys.unlock(b"\x07" * 32)
    person = {
        "given_names": "Tavren",
        "family_name": "Oskel",
        "birth_date": PartialDate.parse("1995-04~"),
        "gender": "Masculine",
        "citizenship": ["XA"],
        "languages": ["fra"],
        "interpreter": "yes",
        "interpreter_wish": "a man, by telephone",
        "safe_contact_rule": "Message only, weekdays 10:00 to 12:00. Say “the library”.",
        "phone": "+99 555 0143",
    }
    facts = {
        "exploitation": {"ForcedLabour": "yes", "SexualExploitation": "declined"},
        "means": {"DebtBondage": "yes", "Threats": "unknown"},
        "exploitation_country": "XC",
    }
    case = cases.open_case(by=her_caseworker, opened_on=DAY, person=person, case=facts)
    note = cases.write_note(case=case, by=her_caseworker, kind="contact", happened_on=DAY, text="Seen at the library.")
    cases.write_note(case=case, by=her_caseworker, kind="contact", happened_on=DAY, text="Seen at the quay.", corrects=note)
    cases.assess_risk(case=case, by=her_caseworker, risk=Risk.HIGH, on=DAY, reason="The recruiter knows the house.")
    yes = {"state": "given", "asked_on": DAY, "decided_on": DAY, "was_explained": True, "told_of_publication": True}
    given = consents.record(case=case, by=her_caseworker, purpose=Purpose.STATISTICS, values=yes)
    consents.record(case=case, by=her_caseworker, purpose=Purpose.RESEARCH, values={"state": "asked", "asked_on": DAY})
    legs = [("XA", "XB", "2026-01-05", "2026-01-12", "Recruitment"), ("XB", "XC", "2026-03", "2026-04~", "Transit")]
    for origin, destination, began, ended, kind in [*legs, ("XC", "XC", "2026-03-20", "2026-05-30", "Exploitation")]:
        values = {"kind": kind, "from_country": origin, "to_country": destination, "moved_freely": "declined", "transport": "boat"}
        values |= {"started_on": PartialDate.parse(began), "ended_on": PartialDate.parse(ended), "from_place": "the quay"}
        leg = journeys.add_leg(case=case, by=her_caseworker, values=values)
    cook = acting.add_actor(case=case, by=her_caseworker, values={"called": "the cook", "phones": "+99 555 0101"})
    acting.take_part(leg=leg, link=cook, by=her_caseworker, roles=["Exploiter"])
    journeys.add_document(leg=leg, by=her_caseworker, link=cook, values={"kind": "passport", "state": "kept"})
    money = {"purpose": "wage", "amount": "900", "currency": "EUR", "period": "month"}
    journeys.add_amount(leg=leg, by=her_caseworker, values=money | {"state": "promised"})
    paid = journeys.add_amount(leg=leg, by=her_caseworker, values=money | {"state": "paid", "amount": "150", "times": "7"})
    odd = shown.found_in(queries.told(case), case)[0]
    held = {"held_on": DAY, "consent_to_interview": "yes", "setting": "shelter"}
    done = identification.start(case=case, by=her_caseworker, values=held)
    answers = {"REC-1": SAID, "WRK-1": SAID, "VIO-1": {"answer": "declined"}, "FRE-2": SAID | {"answer": "no"}}
    identification.keep_answers(
        screening=done, by=her_caseworker, step="work", answers=answers, own_words="We slept below.", version=1
    )
    reasons = "Detailed account, contract seen"
    identification.decide(screening=done, by=her_caseworker, outcome=Outcome.PRESUMED, reasons=reasons, on=DAY, version=2)
    going_on = identification.start(case=case, by=her_caseworker, values=held)
    identification.keep_answers(screening=going_on, by=her_caseworker, step="work", answers=answers, version=1)
    base = f"/cases/{case.number}"
    return {
        "new": "/people/new/",
        "known": f"{base}/known/",
        "versions": f"{base}/versions/",
        "person": f"{base}/person/",
        "facts": f"{base}/facts/",
        "next": f"{base}/next/",
        "risk": f"{base}/risk/",
        "step": f"{base}/step/",
        "notes": f"{base}/notes/",
        "team": f"{base}/team/",
        "consent": f"{base}/consent/",
        "consent-new": f"{base}/consent/new/",
        "withdraw": f"{base}/consent/{given.pk}/withdraw/",
        "identification": f"{base}/identification/",
        "setting": f"{base}/identification/new/",
        "questions": f"{base}/identification/{going_on.pk}/freedom/",
        "decide": f"{base}/identification/{going_on.pk}/decide/",
        "screening": f"{base}/identification/{done.pk}/",
        "journey": f"{base}/journey/",
        "leg": f"{base}/journey/{leg.pk}/",
        "leg-part": f"{base}/journey/{leg.pk}/people/",
        "leg-sum": f"{base}/journey/{leg.pk}/amount/{paid.pk}/",
        "leg-document": f"{base}/journey/{leg.pk}/document/new/",
        "actor": f"{base}/journey/people/{cook.pk}/",
        "oddity": f"{base}/journey/asked/{odd.subject}/",
    }


LOOKS = [(360, "dark", "fr")]
"""Every page in every look and language: `tests/walks/test_pages_in_browser.py`."""


@pytest.mark.parametrize(("width", "scheme", "language"), LOOKS)
def test_every_page_of_the_case_rooms_is_accessible(open_page, her_caseworker, full_case, width, scheme, language):  # noqa: F811
    for name, address in full_case.items():
        page = open_page(her_caseworker, address, width=width, scheme=scheme, language=language)
        look(page, f"case-{name}-{width}-{language}")
        assert page.locator("main .block").count(), f"{name} did not open"
        assert violations(page) == [], name
        assert not spills(page), name


def test_a_page_of_questions_leads_to_what_is_missing(open_page, her_caseworker, full_case):  # noqa: F811
    page = open_page(her_caseworker, full_case["questions"])
    page.locator("input[name='FRE-6.answer'][value='yes']").check()
    page.locator("select[name='usual_source']").select_option("")
    page.get_by_role("button", name="Save and go on").click()
    look(page, "case-questions-errors")
    page.wait_for_selector(".errsum:focus")  # the next page may still be on its way
    assert page.evaluate("document.activeElement.className") == "errsum"
    assert violations(page) == []
    page.get_by_label("Where do the answers come from?").select_option("statement")
    page.get_by_label("This answer comes from").and_(page.locator("[name='FRE-6.source']")).select_option("document")
    page.get_by_role("button", name="Save and go on").click()
    assert page.url.endswith(full_case["questions"].replace("freedom", "work"))
