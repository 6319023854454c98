"""Pages of keeping and forgetting in a real browser: accessible, nothing spills over, empty and full."""

from datetime import date

import pytest
from django.utils import timezone

from amparo.desk.cases import actions as cases
from amparo.desk.cases import holds
from amparo.desk.cases.models import Case
from amparo.desk.config import urls
from amparo.desk.core.ids import uuid7
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.oversight import keeping, requests
from amparo.desk.oversight.models import PersonRequest
from amparo.desk.workbench.tests.test_browser import look, open_page, spills, violations  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = {
    "rules": "/oversight/retention/",
    "due": "/oversight/due/",
    "second": "/keeping/waiting/",
    "requests": "/oversight/requests/?all=1",
    "receipt": "/keeping/receipt/",
    "register": "/oversight/register/",
    "assessment": "/oversight/assessment/",
    "answer": "/oversight/assessment/keeping/",
    "case": "/cases/{number}/keeping/",
    "propose": "/cases/{number}/keeping/propose/",
    "hold": "/cases/{number}/keeping/hold/",
    "ask": "/cases/{number}/requests/new/",
    "request": "/cases/{number}/requests/{correction}/",
    "copy": "/cases/{number}/requests/{access}/copy/",
    "today": "/",
}


@pytest.fixture
def gallery():
    """The desk's own addresses: no gallery here."""
    assert urls.urlpatterns


@pytest.fixture
def office(the_case, her_caseworker, make_member, shelter):
    """An office with thirty old records, proposals, a hold, and one request of each kind."""
    supervisor = make_member(shelter, "supervisor", name="Sabela Uperin")
    other = make_member(shelter, "supervisor", name="Vela Corrin")
    old = date(2010, 3, 5)
    for number in range(30):
        case = cases.open_case(by=her_caseworker, opened_on=old, person={"birth_date": PartialDate.parse("1980")})
        Case.objects.filter(pk=case.pk).update(stage="closed", closed_on=old)
        if number < 12:
            held = Case.objects.get(pk=case.pk)
            keeping.propose(
                case=held, by=other if number % 2 else supervisor, what="shred", ground="retention_ended", reason="over"
            )
    keeping.list_all()
    given = {"case": the_case, "by": her_caseworker}
    asked = {"access": {}, "objection": {}, "erasure": {}, "correction": {"field": "given_names", "proposed": "Iliass"}}
    made = {
        kind: requests.enter(**given, kind=kind, row_id=uuid7(), received_on=date(2026, 1, 5), **more)
        for kind, more in asked.items()
    }
    requests.identify(request=PersonRequest.objects.get(pk=made["access"].pk), by=her_caseworker, how="document", version=1)
    told = {"authority": "District Court of Costaverde, second chamber", "reference": "7/26", "reason": "A claim for compensation."}
    holds.place(case=the_case, by=supervisor, row_id=uuid7(), **told)
    assert timezone.localdate() > old
    return supervisor, {"number": the_case.number} | {kind: one.pk for kind, one in made.items()}


@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_of_keeping_is_accessible_and_fits(name, open_page, office):  # noqa: F811
    supervisor, filled = office
    page = open_page(supervisor, PAGES[name].format(**filled), width=360, language="fr")
    look(page, f"keeping-{name}-fr-360")
    assert violations(page) == []
    assert not spills(page)


@pytest.mark.parametrize("name", ["due", "second", "requests"])
def test_an_empty_page_of_keeping_says_what_will_stand_there(name, open_page, make_member, shelter):  # noqa: F811
    page = open_page(make_member(shelter, "supervisor"), PAGES[name], width=360)
    look(page, f"keeping-{name}-empty")
    assert not violations(page)
    assert not spills(page)
