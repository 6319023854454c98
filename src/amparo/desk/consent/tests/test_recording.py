"""Recording and withdrawing: at once, recorded, announced, and never twice."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions as cases
from amparo.desk.consent import actions, queries
from amparo.desk.consent.models import Consent
from amparo.desk.consent.rules import Purpose
from amparo.desk.core.ids import uuid7
from amparo.desk.core.models import Change
from amparo.desk.core.partial_dates import PartialDate

DAY = date(2026, 6, 1)
YES = {"state": "given", "asked_on": DAY, "decided_on": DAY, "was_explained": True, "told_of_publication": True}


@pytest.fixture
def a_case(her_caseworker):
    return cases.open_case(by=her_caseworker, opened_on=DAY, person={"birth_date": PartialDate.parse("1990")})


@pytest.fixture
def a_yes(a_case, her_caseworker):
    return actions.record(case=a_case, by=her_caseworker, purpose=Purpose.STATISTICS, values=YES)


def covered(case, on=None):
    return queries.covers(case, "statistics", on=on or timezone.localdate(), data=["statistical"])


def test_statistics_take_only_coded_facts(a_yes):
    assert a_yes.data == ["statistical"]
    assert covered(a_yes.case)


def test_withdrawal_works_at_once_and_is_announced(a_yes, a_case, her_caseworker, shelter):
    assert queries.covered_cases(shelter.id, "statistics", on=timezone.localdate()) == {a_case.id}
    actions.withdraw(consent=a_yes, by=her_caseworker, own_words="I changed my mind")
    assert covered(a_case).reason == "consent_withdrawn"
    assert queries.covered_cases(shelter.id, "statistics", on=timezone.localdate()) == set()
    assert list(Change.objects.values_list("kind", "subject_id")) == [("consent.withdrawn", a_case.id)]


def test_withdrawing_twice_is_withdrawing_once(a_yes, her_caseworker):
    actions.withdraw(consent=a_yes, by=her_caseworker)
    actions.withdraw(consent=a_yes, by=her_caseworker)
    assert Change.objects.count() == 1
    assert Event.objects.filter(action="consent.withdrawn").count() == 1


def test_the_same_day_before_the_answer_said_twice_is_said_once(a_yes, her_caseworker):
    day = a_yes.decided_on - timedelta(days=1)
    for _time in range(2):
        assert actions.withdraw(consent=a_yes, by=her_caseworker, on=day).withdrawn_on == a_yes.decided_on
    with pytest.raises(Denied, match="already_withdrawn"):
        actions.withdraw(consent=a_yes, by=her_caseworker, on=a_yes.decided_on + timedelta(days=1))


def test_a_withdrawal_changes_nothing_in_the_case(a_yes, a_case, her_caseworker):
    before = (a_case.stage, a_case.status, a_case.risk, a_case.version)
    actions.withdraw(consent=a_yes, by=her_caseworker)
    a_case.refresh_from_db()
    assert (a_case.stage, a_case.status, a_case.risk, a_case.version) == before


def test_anyone_on_the_team_takes_a_withdrawal_down_even_when_the_case_is_closed(a_yes, a_case, make_member, shelter):
    supervisor, nurse = make_member(shelter, "supervisor"), make_member(shelter, "health")
    cases.join_team(case=a_case, by=supervisor, member=nurse, role="health", since=DAY)
    cases.move(case=a_case, by=supervisor, to=cases.Stage.CLOSED, on=DAY, reason="Settled")
    fresh = Consent.objects.get(pk=a_yes.pk)
    assert actions.withdraw(consent=fresh, by=nurse).state == "withdrawn"


def test_a_later_refusal_stops_what_was_allowed(a_yes, a_case, her_caseworker):
    today = timezone.localdate()
    values = {"state": "refused", "asked_on": today, "decided_on": today}
    actions.record(case=a_case, by=her_caseworker, purpose=Purpose.STATISTICS, values=values)
    assert covered(a_case).reason == "consent_refused"
    assert Change.objects.filter(kind="consent.withdrawn").count() == 1


def test_asked_then_answered(a_case, her_caseworker):
    row = actions.record(
        case=a_case, by=her_caseworker, purpose=Purpose.INTERVIEW, values={"state": "asked", "asked_on": DAY}, row_id=uuid7()
    )
    assert queries.covers(a_case, "interview", on=DAY).reason == "consent_not_given"
    actions.answer(consent=row, by=her_caseworker, values=YES)
    assert queries.covers(a_case, "interview", on=DAY)
    with pytest.raises(Denied, match="already_answered"):
        actions.answer(consent=row, by=her_caseworker, values={"state": "refused", "decided_on": DAY})


def test_a_child_needs_the_guardian_and_so_does_who_may_be_one(her_caseworker):
    child = cases.open_case(by=her_caseworker, opened_on=DAY, person={"stated_age": 19, "age_is_contested": True})
    with pytest.raises(Denied, match="guardian_missing"):
        actions.record(case=child, by=her_caseworker, purpose=Purpose.STATISTICS, values=YES)
    assert not Consent.objects.exists()
    given = actions.record(
        case=child,
        by=her_caseworker,
        purpose=Purpose.STATISTICS,
        values=YES | {"giver": "guardian", "guardian_name": "R. Diaz", "assent": "yes"},
    )
    assert given.treated_as_child


def test_posted_twice_it_is_one_consent(a_case, her_caseworker):
    row_id = uuid7()
    for _time in range(2):
        actions.record(case=a_case, by=her_caseworker, purpose=Purpose.STATISTICS, values=YES, row_id=row_id)
    assert Consent.objects.count() == 1


def test_nobody_from_outside_records_or_withdraws(a_case, a_yes, the_outsider, the_partner):
    for member in (the_outsider, the_partner):
        with pytest.raises(Denied):
            actions.record(case=a_case, by=member, purpose=Purpose.STATISTICS, values=YES)
        with pytest.raises(Denied):
            actions.withdraw(consent=a_yes, by=member)
    assert covered(a_case)
