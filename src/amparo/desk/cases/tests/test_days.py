"""Days that cannot be: before the case, before the birth, after the end; and what another office did before is said aloud."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.access.guard import Denied
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions, policies, rules, summary
from amparo.desk.cases.forms import FactsForm
from amparo.desk.cases.models import Case
from amparo.desk.cases.policies import EARLIER_ELSEWHERE, CaseDays
from amparo.desk.cases.rules import Age
from amparo.desk.cases.stages import Stage
from amparo.desk.core.partial_dates import PartialDate

from .browsing import posted

OPENED = date(2026, 10, 5)
EARLIER = date(2026, 9, 1)


@pytest.fixture
def a_case(her_caseworker):
    return actions.open_case(by=her_caseworker, opened_on=OPENED, person={"birth_date": PartialDate.parse("1995-03-17")})


def fresh(case):
    return Case.objects.select_related("person", "organisation").get(pk=case.pk)


WRONG = [
    (Stage.PRESUMED, date(1991, 2, 3), {"elsewhere": True}, "before_birth"),
    (Stage.PRESUMED, EARLIER, {}, "earlier_elsewhere"),
    (Stage.FIRST_CONTACT, EARLIER, {"elsewhere": True}, "before_the_case"),
    (Stage.LOST_CONTACT, EARLIER, {"elsewhere": True}, "before_the_case"),
    (Stage.CLOSED, EARLIER, {"elsewhere": True}, "ended_before_it_began"),
]


@pytest.mark.parametrize(("to", "on", "more", "reason"), WRONG)
def test_a_step_that_cannot_have_been_is_refused(to, on, more, reason):
    days = CaseDays(OPENED, born=date(1995, 3, 17))
    assert policies.may_step_on(to, on, days, **({"elsewhere": False} | more)).reason == reason


@given(
    st.sampled_from(list(Stage)),
    st.dates(date(1995, 1, 1), date(2027, 1, 1)),
    st.booleans(),
    st.none() | st.dates(date(2026, 10, 5), date(2027, 1, 1)),
)
def test_no_step_lies_before_the_birth_the_end_or_unsaid_before_the_case(to, on, elsewhere, closed):
    days = CaseDays(OPENED, closed_on=closed, presumed_on=EARLIER, born=date(1995, 3, 17))
    if policies.may_step_on(to, on, days, elsewhere=elsewhere):
        assert on >= days.born
        assert closed is None or on >= closed
        assert on >= OPENED or (elsewhere and to in EARLIER_ELSEWHERE)


def test_a_case_ends_after_the_day_of_the_presumption():
    days = CaseDays(OPENED, presumed_on=date(2026, 10, 20))
    early = policies.may_step_on(Stage.CLOSED, date(2026, 10, 19), days, elsewhere=False)
    assert early.reason == "ended_before_presumed"
    assert policies.may_step_on(Stage.CLOSED, date(2026, 10, 20), days, elsewhere=False)


def test_what_another_office_presumed_before_is_confirmed_and_recorded(a_case, her_caseworker):
    with pytest.raises(Denied, match="earlier_elsewhere"):
        actions.move(case=a_case, by=her_caseworker, to=Stage.PRESUMED, on=EARLIER)
    assert not summary.doubts(fresh(a_case))
    actions.move(case=a_case, by=her_caseworker, to=Stage.PRESUMED, on=EARLIER, elsewhere=True)
    assert fresh(a_case).presumed_on == EARLIER
    assert Event.objects.filter(action="case.moved").latest("pk").details["elsewhere"] is True
    assert any("before the case began here" in words for words in summary.doubts(fresh(a_case)))


def test_a_step_of_the_case_itself_is_no_step_elsewhere(a_case, her_caseworker):
    actions.move(case=a_case, by=her_caseworker, to=Stage.PRESUMED, on=OPENED, elsewhere=True)
    assert "elsewhere" not in Event.objects.filter(action="case.moved").latest("pk").details
    assert not summary.doubts(fresh(a_case))


def test_actions_close_and_open_no_case_before_it_began_or_ended(a_case, make_member, shelter):
    supervisor = make_member(shelter, "supervisor", name="S. Pervisor")
    with pytest.raises(Denied, match="ended_before_it_began"):
        actions.move(case=a_case, by=supervisor, to=Stage.CLOSED, on=EARLIER, reason="It ended")
    actions.move(case=a_case, by=supervisor, to=Stage.CLOSED, on=OPENED + timedelta(days=9), reason="It ended")
    with pytest.raises(Denied, match="before_it_ended"):
        actions.move(case=a_case, by=supervisor, to=Stage.FIRST_CONTACT, on=OPENED + timedelta(days=8), reason="Goes on")


def test_a_risk_is_assessed_after_the_office_heard_of_the_person(a_case, her_caseworker):
    with pytest.raises(Denied, match="before_the_case"):
        actions.assess_risk(case=a_case, by=her_caseworker, risk=1, on=EARLIER, reason="Threats")


def on_day(day):
    return {"on_day": str(day.day), "on_month": str(day.month), "on_year": str(day.year)}


def test_the_page_asks_whether_it_was_elsewhere_only_when_it_matters(a_case, her_caseworker, sign_in):
    client, address = sign_in(her_caseworker), reverse("case_move", args=[a_case.number])
    assert b'name="elsewhere"' not in client.get(address).content
    refused = client.post(address, posted(client.get(address), to="presumed", **on_day(EARLIER)))
    assert refused.status_code == 422
    assert b'name="elsewhere"' in refused.content
    assert fresh(a_case).stage == "first_contact"
    before_birth = client.post(address, posted(refused, to="presumed", elsewhere="on", **on_day(date(1991, 2, 3))))
    assert before_birth.status_code == 422
    assert "before the person was born" in before_birth.content.decode()
    again = client.post(address, posted(refused, to="presumed", elsewhere="on", **on_day(EARLIER)))
    assert again.status_code == 302
    assert "before the case began here" in client.get(again.url).content.decode()


def test_a_plain_step_needs_no_word_more(a_case, her_caseworker, sign_in):
    client, address = sign_in(her_caseworker), reverse("case_move", args=[a_case.number])
    assert client.post(address, posted(client.get(address), to="presumed", **on_day(OPENED))).status_code == 302


def test_a_next_step_is_due_after_the_case_began_and_a_decision_within_the_life(a_case, her_caseworker, sign_in):
    for values, reason in (
        ({"next_step": "Call", "next_step_on": EARLIER}, "before_the_case"),
        ({"status_decided_on": date(1991, 2, 3)}, "before_birth"),
        ({"status_decided_on": timezone.localdate() + timedelta(days=1)}, "day_in_the_future"),
    ):
        with pytest.raises(Denied, match=reason):
            actions.change_case(case=fresh(a_case), by=her_caseworker, values=values, version=1)
    client, address = sign_in(her_caseworker), reverse("case_next_step", args=[a_case.number])
    said = {"next_step": "Call", "next_step_on_day": "3", "next_step_on_month": "2", "next_step_on_year": "1991"}
    page = client.post(address, posted(client.get(address), **said))
    assert page.status_code == 422
    assert "before the office first heard of the person" in page.content.decode()
    assert client.post(address, posted(page, next_step_on_year="2027")).status_code == 302


@pytest.mark.parametrize(
    ("first", "later", "wrong"),
    [("Adult", "Minor", True), ("Minor", "Adult", False), ("Adult", "Adult", False), ("", "Minor", False)],
)
def test_nobody_grows_younger(first, later, wrong):
    assert rules.grows_younger(first, later) is wrong


@pytest.mark.parametrize(
    ("then", "age", "wrong"),
    [
        ("Adult", Age(16, 16), True),
        ("Adult", Age(17, 18), False),
        ("Adult", Age(16, 16, is_contested=True), False),
        ("Adult", Age(), False),
        ("Minor", Age(16, 16), False),
    ],
)
def test_who_is_a_child_was_of_age_at_no_time(then, age, wrong):
    assert rules.was_of_age_too_early(then, age, majority_years=18) is wrong


def test_the_facts_of_a_case_fit_the_ages(her_caseworker):
    today = timezone.localdate()
    person = {"birth_date": PartialDate.parse(str(today.year - 15))}
    case = actions.open_case(by=her_caseworker, opened_on=OPENED, person=person)
    said = {"version": "1", "majority_at_entry": "Adult", "majority_at_exploitation": "Minor"}
    said |= {"status_decided_on_day": "1", "status_decided_on_month": "6", "status_decided_on_year": "1999"}
    form = FactsForm(fresh(case), said)
    assert not form.is_valid()
    assert {"majority_at_entry", "majority_at_exploitation", "status_decided_on"} <= set(form.errors)
    Case.objects.filter(pk=case.pk).update(majority_at_entry="Adult")
    assert "majority_at_entry" not in FactsForm(fresh(case), {"version": "1", "majority_at_entry": "Adult"}).errors
