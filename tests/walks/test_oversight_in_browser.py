"""Pages of oversight in a real browser: accessible, nothing spills over, with much to show."""

from datetime import UTC, datetime, timedelta

import pytest

from amparo.desk.audit import chain
from amparo.desk.cases import actions as cases
from amparo.desk.config import urls
from amparo.desk.oversight import actions, watching
from amparo.desk.oversight.models import Flag
from amparo.desk.oversight.rules import Finding, Sign
from amparo.desk.workbench.tests.test_browser import look, open_page, spills, violations  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
PAGES = {
    "audit": ("auditor", "/audit/"),
    "audited": ("auditor", "/oversight/unusual/"),
    "audited-flag": ("auditor", "/oversight/unusual/{flag}/"),
    "unusual": ("supervisor", "/unusual/?all=1"),
    "flag": ("supervisor", "/unusual/{flag}/"),
    "thresholds": ("supervisor", "/unusual/thresholds/"),
    "readers": ("supervisor", "/cases/{number}/readers/"),
    "copy": ("supervisor", "/cases/{number}/readers/copy/"),
    "today": ("supervisor", "/"),
    "history": ("supervisor", "/cases/{number}/history/"),
}


@pytest.fixture
def gallery():
    """The desk's own addresses: no gallery here."""
    assert urls.urlpatterns


@pytest.fixture
def office(the_case, her_caseworker, make_member, shelter):
    """An office where somebody has read much: supervisor, auditor, and one flag of each sign."""
    made = [cases.open_case(by=her_caseworker, opened_on=NOON.date() - timedelta(days=50), person={}) for _ in range(5)]
    people = {
        "supervisor": make_member(shelter, "supervisor", name="Sabela Uperin"),
        "auditor": make_member(shelter, "auditor", name="Vela Corrin"),
    }
    stranger = make_member(shelter, "health", name="Odalys Therin")
    for part in ("overview", "notes", "identification", "journey"):
        chain.record("case.read", the_case, by=stranger, details={"part": part})
    records = [chain.pseudonym("cases.case", case) for case in [the_case, *made]]
    for number, sign in enumerate(Sign):
        first = NOON + timedelta(days=number)
        actions.flag(stranger, Finding(sign, f"k{number}", first, first + timedelta(minutes=40), 23, 6, tuple(records)))
    watching.watch_of(shelter)
    one = Flag.objects.order_by("-id").first()
    actions.judge(flag=one, by=people["auditor"], opinion="look_into", ground="none", note="Asked; no answer yet.")
    return people, {"flag": Flag.objects.order_by("id").first().pk, "number": the_case.number}


@pytest.mark.parametrize("name", list(PAGES))
def test_a_page_of_oversight_is_accessible_and_fits(name, open_page, office):  # noqa: F811
    people, filled = office
    who, address = PAGES[name]
    page = open_page(people[who], address.format(**filled), width=360, language="fr")
    look(page, f"oversight-{name}-fr-360")
    assert violations(page) == []
    assert not spills(page)
