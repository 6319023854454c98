"""Lives in a real browser: trafficked again, a girl who comes of age in care, and each new page without a violation."""

import io
from datetime import date

import pytest
from PIL import Image

from amparo.desk.cases import actions as cases
from amparo.desk.cases import courses, filing, kin
from amparo.desk.cases.choices import Risk
from amparo.desk.cases.models import Case, IdentityPaper, Person, Relative
from amparo.desk.cases.stages import Stage
from amparo.desk.core import keys
from amparo.desk.core.partial_dates import PartialDate

from .test_browser import look, open_page, spills, violations  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = date(2026, 6, 1)


@pytest.fixture
def gallery():
    """These pages need no gallery."""


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Tovan")


@pytest.fixture
def a_case(her_caseworker):
    keys.unlock(b"\x07" * 32)
    person = {
        "given_names": "Tavren",
        "birth_date": PartialDate.parse("1995-04~"),
        "safe_contact_rule": "Message only.",
        "phone": "1",
    }
    case = cases.open_case(by=her_caseworker, opened_on=DAY, person=person)
    cases.move(case=case, by=her_caseworker, to=Stage.PRESUMED, on=DAY)
    case = Case.objects.get(pk=case.pk)
    return cases.assess_risk(case=case, by=her_caseworker, risk=Risk.HIGH, on=DAY, reason="The recruiter knows the house.")


def picture():
    out = io.BytesIO()
    Image.new("RGB", (60, 80), "teal").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def everything(a_case, her_caseworker, her_supervisor, make_member, shelter):
    about = {"case": a_case, "by": her_caseworker}
    told = {"relation": "sibling", "name": "Sela", "phone": "2", "contact_rule": "Only through her.", "contact_is_safe": "no"}
    row = kin.record(**about, model=Relative, values=told | {"part": "unknown", "birth_date": "2001~"})
    paper = kin.record(**about, model=IdentityPaper, values={"kind": "passport", "holder": "trafficker", "issued_by": "MD"})
    filing.add(**about, kind="photo", name="p.png", pieces=[picture()])
    order = filing.add(**about, kind="court", name="o.pdf", pieces=[b"%PDF-1.7 order"], words="The order", guarded="account")
    log = {"direction": "out", "means": "telephone", "counterpart": "person", "was_reached": "no", "rule_was_kept": "yes"}
    cases.write_note(**about, kind="call", happened_on=DAY, text="No answer.", contact=log, guarded="few")
    taker = make_member(shelter, "caseworker", name="T. Aker")
    offer = courses.offer(**about, taker=taker, words="Mornings only")
    second = cases.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Orsa"})
    held = {line.code: {"state": "open", "why": "The lawyer sees to it"} for line in courses.lines_for(second, "settled")}
    said = {"ending": "settled", "ended_on": DAY, "words": "A home and work.", "answers": held}
    courses.prepare_closing(case=second, by=her_caseworker, **said)
    ended = cases.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Levan"})
    cases.move(case=ended, by=her_supervisor, to=Stage.CLOSED, on=DAY, reason="Settled")
    base = f"/cases/{a_case.number}"
    mine = {
        "overview": f"{base}/",
        "known": f"{base}/known/",
        "family": f"{base}/family/{row.pk}/",
        "family-remove": f"{base}/family/{row.pk}/remove/",
        "paper": f"{base}/papers/{paper.pk}/",
        "documents": f"{base}/documents/?photo=1",
        "document-remove": f"{base}/documents/{order.pk}/remove/",
        "notes": f"{base}/notes/",
        "person": f"{base}/person/",
        "risk": f"{base}/risk/",
        "team": f"{base}/team/",
        "offer": f"{base}/team/offer/",
        "ending": f"{base}/closing/",
        "checklist": f"{base}/closing/?ending=settled",
        "again": f"/cases/{ended.number}/again/",
        "ended": f"/cases/{ended.number}/",
        "today": "/",
    }
    theirs = {"decide": f"/cases/{second.number}/closing/", "reopen": f"/cases/{ended.number}/step/", "today-lead": "/"}
    return [(her_caseworker, mine), (her_supervisor, theirs), (taker, {"offered": f"/offers/{offer.pk}/", "today-taker": "/"})]


LOOKS = [(360, "dark", "fr")]
"""Every page in every look and language: `tests/walks/test_pages_in_browser.py`."""


@pytest.mark.parametrize(("width", "scheme", "language"), LOOKS)
def test_every_page_of_a_life_is_accessible(open_page, everything, width, scheme, language):  # noqa: F811
    for member, pages in everything:
        for name, address in pages.items():
            page = open_page(member, address, width=width, scheme=scheme, language=language)
            look(page, f"life-{name}-{width}-{language}")
            assert page.locator("main .block").count(), f"{name} did not open"
            assert violations(page) == [], name
            assert not spills(page), name
            page.context.close()


def test_a_person_is_trafficked_again(open_page, a_case, her_caseworker, her_supervisor):  # noqa: F811
    page = open_page(her_caseworker, f"/cases/{a_case.number}/")
    page.get_by_role("link", name="Prepare the end").click()
    page.get_by_label("The person moved away").check()
    page.get_by_role("button", name="Go on to the checklist").click()
    page.get_by_label("Why, in words").fill("Moved to a cousin in another town.")
    page.get_by_role("button", name="Hand it to a supervisor").click()
    page.wait_for_selector(".errsum:focus")
    assert "Moved to a cousin" in page.get_by_label("Why, in words").input_value(), "everything typed comes back"
    assert violations(page) == []
    for box in page.locator("input[name^='state_'][value='done']").all():
        box.check()
    papers = page.locator("input[name='state_papers'][value='open']")
    papers.check()
    why = page.locator("input[name='why_papers']")
    assert why.is_visible()
    assert not page.locator("input[name='why_copy']").is_visible(), "nobody is asked why where a line is done"
    why.fill("The embassy sends the passport.")
    page.get_by_role("button", name="Hand it to a supervisor").click()
    page.get_by_text("Prepared. A supervisor decides").wait_for()

    chief = open_page(her_supervisor, "/")
    chief.get_by_role("link", name="prepared the end of").click()
    assert chief.get_by_text("The embassy sends the passport.").is_visible()
    chief.get_by_label("Close the case").check()
    chief.get_by_role("button", name="Decide").click()
    chief.get_by_text("The case has ended.", exact=True).wait_for()

    page.goto(page.url.split("/cases/")[0] + f"/cases/{a_case.number}/")
    page.get_by_role("link", name="Open a new case for this person").click()
    page.get_by_label("Trafficked again", exact=True).check()
    page.get_by_label("What has changed since the earlier case?").fill("The same agency found the new number.")
    page.get_by_role("button", name="Open the new case").click()
    page.get_by_text("The new case is open.").wait_for()
    look(page, "story-again")
    assert page.locator(".strip").get_by_text("Tavren").is_visible()
    assert page.get_by_text("The same agency found the new number.").is_visible()
    assert page.get_by_role("link", name=a_case.number).is_visible()
    assert "Message only." in page.locator(".safe").inner_text(), "the rule stays the person’s"
    assert (Person.objects.count(), Case.objects.count()) == (1, 2)
    assert not Case.objects.exclude(pk=a_case.pk).get().exploitation
