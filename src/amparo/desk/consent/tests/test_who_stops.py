"""A no reaches whoever must stop, is never asked for again as if nobody had said it, and names whom it means."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.cases import actions as cases
from amparo.desk.cases import kin, staffing
from amparo.desk.cases.models import Case, Person, Relative
from amparo.desk.consent import actions, queries
from amparo.desk.consent.models import Consent, StopNotice
from amparo.desk.consent.rules import Giver, Purpose
from amparo.desk.core.ids import uuid7

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
TO = "Port lawyers"
REFERRAL, RESEARCH = Purpose.REFERRAL, Purpose.RESEARCH


@pytest.fixture
def a_case(her_caseworker):
    return cases.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Mira"})


@pytest.fixture
def a_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Tovan")


def says(case, by, state="given", to=TO, on=DAY, purpose=REFERRAL, **more):
    said = {"state": state, "asked_on": on, "decided_on": on, "was_explained": True, "recipient": to, "data": ["contact"]}
    return actions.record(case=case, by=by, purpose=purpose, values=said | {"told_of_publication": True} | more)


def asks(case, by, to=TO, purpose=REFERRAL):
    return actions.record(case=case, by=by, purpose=purpose, values={"state": "asked", "asked_on": DAY, "recipient": to})


def test_whoever_stands_in_for_a_colleague_on_leave_is_told_too(a_case, her_caseworker, a_supervisor, make_member, shelter):
    away, covering = (make_member(shelter, "caseworker", name=name) for name in ("A. Way", "C. Over"))
    today = timezone.localdate()
    cases.join_team(case=a_case, by=a_supervisor, member=away, role="health", since=DAY)
    staffing.cover(by=a_supervisor, absent=away, covering=covering, since=today, until=today)
    given = says(a_case, her_caseworker)
    actions.withdraw(consent=given, by=her_caseworker)
    assert {one.member for one in StopNotice.objects.all()} == {away, covering}
    actions.refuse(case=a_case, by=her_caseworker, purposes=[REFERRAL], recipient=TO, row_id=uuid7())
    assert StopNotice.objects.count() == 2, "nothing was allowed any more"


def test_a_no_to_everybody_that_is_written_down_late_is_told(a_case, her_caseworker, a_supervisor, make_member, shelter):
    colleague = make_member(shelter, "caseworker", name="C. Olleague")
    cases.join_team(case=a_case, by=a_supervisor, member=colleague, role="health", since=DAY)
    says(a_case, her_caseworker, on=DAY + timedelta(4))
    says(a_case, her_caseworker, "refused", to="", on=DAY)
    assert not queries.covers(a_case, REFERRAL, on=timezone.localdate(), recipient=TO)
    assert StopNotice.objects.get().member == colleague


@pytest.mark.parametrize("recipient", ["\u200b", " \u2060", "\ufe0f"])
def test_a_recipient_of_nothing_that_can_be_seen_is_none(recipient, a_case, her_caseworker):
    with pytest.raises(Denied, match="recipient_missing"):
        says(a_case, her_caseworker, to=recipient)


def test_after_such_a_no_a_yes_says_that_it_is_said_in_spite_of_it(a_case, her_caseworker):
    given = says(a_case, her_caseworker, to="", purpose=RESEARCH)
    assert queries.no_to_everybody(a_case, RESEARCH) is None
    actions.withdraw(consent=given, by=her_caseworker)
    assert queries.no_to_everybody(a_case, RESEARCH) == given
    with pytest.raises(Denied, match="said_no_to_all"):
        says(a_case, her_caseworker, purpose=RESEARCH)


def test_a_withdrawal_of_another_day_is_not_dropped_without_a_word(a_case, her_caseworker):
    given = says(a_case, her_caseworker)
    actions.withdraw(consent=given, by=her_caseworker, on=DAY + timedelta(5))
    for again in (None, DAY + timedelta(5)):
        actions.withdraw(consent=given, by=her_caseworker, on=again)
    with pytest.raises(Denied, match="already_withdrawn"):
        actions.withdraw(consent=given, by=her_caseworker, on=DAY + timedelta(2))


def a_child(by):
    return cases.open_case(by=by, opened_on=DAY, person={"stated_age": 14, "age_stated_on": timezone.localdate()})


INTERESTS = {"giver": Giver.INTERESTS, "interests_by": "S. Tovan", "interests_why": "A doctor tonight.", "assent": "yes"}


@pytest.mark.parametrize("since", ["expired", "no elsewhere", "no to all", "nothing"])
def test_a_guardian_is_asked_only_about_what_still_holds(since, her_caseworker):
    case, today = a_child(her_caseworker), timezone.localdate()
    more = {"valid_until": today - timedelta(1), "on": today - timedelta(3)} if since == "expired" else {"on": today}
    says(case, her_caseworker, **INTERESTS, **more)
    kin.record(case=case, by=her_caseworker, model=Relative, values={"relation": "guardian", "name": "R. Diaz"})
    if since == "no elsewhere":
        second = cases.new_case(person=case.person, by=her_caseworker, opened_on=DAY)
        actions.refuse(case=second, by=her_caseworker, purposes=[REFERRAL], recipient=TO, row_id=uuid7())
    if since == "no to all":
        actions.refuse(case=case, by=her_caseworker, purposes=[REFERRAL], row_id=uuid7())
    fresh = Case.objects.get(pk=case.pk)
    found = queries.to_ask_guardian(fresh, queries.of_case(fresh), on=today)
    assert len(found) == (since == "nothing")


def test_a_guardian_of_another_record_has_no_name_for_who_does_not_read_it(
    sign_in, her_caseworker, a_supervisor, make_member, shelter
):
    colleague = make_member(shelter, "caseworker", name="C. Olleague")
    first, second = a_child(colleague), a_child(her_caseworker)
    kin.record(case=second, by=her_caseworker, model=Relative, values={"relation": "guardian", "name": "R. Diaz"})
    Person.objects.filter(pk=second.person_id).update(merged_into=first.person_id)
    asked = reverse("consent_new", args=[first.number])
    assert "R. Diaz" not in sign_in(colleague).get(asked).text
    cases.join_team(case=second, by=a_supervisor, member=colleague, role="other", since=DAY)
    assert "R. Diaz" in sign_in(colleague).get(asked).text


def test_until_when_a_guardian_answers_follows_the_youngest_of_joined_records(her_caseworker):
    case, other = a_child(her_caseworker), a_child(her_caseworker)
    Person.objects.filter(pk=other.person_id).update(merged_into=case.person_id, stated_age=10)
    row = says(Case.objects.get(pk=case.pk), her_caseworker, giver="guardian", guardian_name="R. Diaz", assent="yes")
    assert row.guardian_until.year >= timezone.localdate().year + 8


def test_who_answers_and_who_takes_back_wait_for_whoever_joins_or_erases(a_case, her_caseworker, monkeypatch):
    locked = []
    monkeypatch.setattr(actions, "lock", locked.append)
    asked = asks(a_case, her_caseworker)
    actions.answer(consent=asked, by=her_caseworker, values={"state": "refused", "decided_on": DAY})
    actions.withdraw(consent=says(a_case, her_caseworker, on=DAY + timedelta(1)), by=her_caseworker)
    assert locked == [a_case] * 4
    assert Consent.objects.count() == 2
