"""What the first pages tell of consent and of age is what the rules say, and whom to ask anew."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amparo.desk.access.models import Organisation
from amparo.desk.cases import actions as cases
from amparo.desk.cases import kin
from amparo.desk.cases.models import Case, Person
from amparo.desk.cases.rules import Doubt
from amparo.desk.cases.stages import Stage
from amparo.desk.consent import actions, disclosing
from amparo.desk.consent import queries as consents
from amparo.desk.consent.tests.test_ages import GUARDIAN, born, correct, open_case, stated, today
from amparo.desk.consent.tests.test_ages import says_yes as agrees
from amparo.desk.consent.tests.test_last_word import DAY, REFERRAL, SPELLED, TO, says_yes
from amparo.desk.core.ids import uuid7
from amparo.desk.identification import tracks
from amparo.desk.workbench import todays
from amparo.desk.workbench.queries import overview, still_open

pytestmark = pytest.mark.django_db


def test_the_overview_and_the_end_of_a_case_tell_the_rules_own_verdict(her_caseworker):
    a_case, today = open_case(her_caseworker), timezone.localdate()
    says_yes(a_case, her_caseworker, on=today)
    assert [one.answer for one in overview(a_case, her_caseworker).consents] == ["gives"]
    assert [one.words for one in still_open(a_case)] == [f"Consent in force: {TO}"]
    said = {"state": "refused", "recipient": SPELLED[1], "asked_on": DAY, "decided_on": today}
    actions.record(case=a_case, by=her_caseworker, purpose=REFERRAL, values=said)
    assert [(one.answer, one.tone) for one in overview(a_case, her_caseworker).consents] == [("refuses", "no")]
    assert still_open(a_case) == []


def test_whose_age_ended_a_yes_waits_until_somebody_asked(her_caseworker):
    case = open_case(her_caseworker, birth_date=born(25))
    agrees(case, her_caseworker)
    assert todays.unanswered(her_caseworker).number == 0
    correct(case, her_caseworker, birth_date=born(15))
    waits = [one.words for one in todays.unanswered(her_caseworker).lines]
    assert waits == ["Treated as a child: ask guardian and child about consent"]
    shown = overview(Case.objects.get(pk=case.pk), her_caseworker)
    assert [one.answer for one in shown.consents] == ["ask anew"]
    assert "as_a_child" in shown.gaps
    agrees(Case.objects.get(pk=case.pk), her_caseworker, **GUARDIAN)
    assert todays.unanswered(her_caseworker).number == 0


def test_who_is_known_by_a_stated_age_is_reminded_of_coming_of_age(her_caseworker):
    """Who says today that she is 17 may be of age tomorrow; who said so months ago may be of age by now."""
    soon, by_now, child = (open_case(her_caseworker, **stated(17, days)) for days in (0, 200, 0))
    correct(soon, her_caseworker, **stated(17, 0))
    correct(child, her_caseworker, **stated(12, 0))
    doubts = kin.doubts_of
    assert Doubt.TURNS_ADULT_SOON in doubts(Case.objects.get(pk=soon.pk))
    assert Doubt.MAY_BE_A_CHILD in doubts(Case.objects.get(pk=by_now.pk)), "until the age is certain"
    assert Doubt.TURNS_ADULT_SOON not in doubts(Case.objects.get(pk=child.pk))
    coming = tracks.age_now(Case.objects.get(pk=soon.pk), day=today()).coming
    assert coming.earliest <= today() + timedelta(2) <= coming.latest


def asks(case, by, to=TO):
    return actions.record(case=case, by=by, purpose=REFERRAL, values={"state": "asked", "asked_on": DAY, "recipient": to})


def test_nobody_is_asked_again_who_said_no_otherwise_than_to_the_question(her_caseworker):
    """A question that waits is settled by an answer to it, on whichever form and in whichever case it was given."""
    a_case = open_case(her_caseworker)
    asks(a_case, her_caseworker)
    assert [one.purpose for one in consents.unanswered([a_case.pk])] == [REFERRAL]
    assert todays.unanswered(her_caseworker).number == 1
    says_yes(a_case, her_caseworker, state="refused", to=SPELLED[1], on=today())
    assert todays.unanswered(her_caseworker).number == 0
    asks(a_case, her_caseworker)
    assert todays.unanswered(her_caseworker).number == 1, "and asked anew it waits anew"
    second = cases.new_case(person=a_case.person, by=her_caseworker, opened_on=today())
    actions.refuse(case=second, by=her_caseworker, purposes=[REFERRAL], row_id=uuid7())
    assert todays.unanswered(her_caseworker).number == 0, "a no to everybody answers for each"


def test_whose_age_ended_a_yes_is_not_asked_again_where_they_said_no_in_another_case(her_caseworker):
    case = open_case(her_caseworker, birth_date=born(30))
    says_yes(case, her_caseworker)
    correct(case, her_caseworker, age_is_contested=True)
    assert todays.unanswered(her_caseworker).number == 1
    second = cases.new_case(person=Person.objects.get(pk=case.person_id), by=her_caseworker, opened_on=today())
    actions.refuse(case=second, by=her_caseworker, purposes=[REFERRAL], row_id=uuid7())
    assert todays.unanswered(her_caseworker).number == 0
    fresh = Case.objects.get(pk=case.pk)
    assert consents.to_ask_anew(fresh, consents.of_case(fresh), on=today()) == []


@pytest.fixture
def an_office(make_member):
    return make_member(Organisation.objects.create(name=TO, kind="police"), "police").organisation


def an_excerpt(case, by, body, **ground):
    opened = {"body": body, "data": ["contact"], "since": today(), "until": today() + timedelta(9)}
    return disclosing.open_excerpt(case=case, by=by, **opened, **ground)


def test_what_opened_on_a_consent_waits_for_nobody_and_a_legal_basis_does_also_on_a_closed_case(
    her_caseworker, make_member, shelter, an_office
):
    supervisor = make_member(shelter, "supervisor", name="S. Visor")
    case = open_case(her_caseworker)
    cases.join_team(case=case, by=supervisor, member=supervisor, role="supervisor", since=today())
    an_excerpt(case, her_caseworker, an_office, consent=says_yes(case, her_caseworker, on=today()))
    assert todays.decisions(supervisor).number == 0, "it is open, and nothing is to be confirmed"
    an_excerpt(case, her_caseworker, an_office, authority="The court", reference="C 1/26")
    assert (todays.decisions(supervisor).number, todays.decisions(her_caseworker).number) == (1, 0)
    cases.move(case=Case.objects.get(pk=case.pk), by=supervisor, to=Stage.CLOSED, on=today(), reason="ended")
    assert todays.decisions(supervisor).number == 1
