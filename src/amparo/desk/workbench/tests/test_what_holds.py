"""What the first pages tell of consent and of age is what the rules say, and whom to ask anew."""

from datetime import timedelta

import pytest
from django.utils import timezone

from amparo.desk.cases import kin
from amparo.desk.cases.models import Case
from amparo.desk.cases.rules import Doubt
from amparo.desk.consent import actions
from amparo.desk.consent.tests.test_ages import GUARDIAN, born, correct, open_case, stated, today
from amparo.desk.consent.tests.test_ages import says_yes as agrees
from amparo.desk.consent.tests.test_last_word import DAY, REFERRAL, SPELLED, TO, says_yes
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
    assert not {Doubt.TURNS_ADULT_SOON, Doubt.MAY_BE_OF_AGE} & {*doubts(Case.objects.get(pk=child.pk))}
    coming = tracks.age_now(Case.objects.get(pk=soon.pk), day=today()).coming
    assert coming.earliest <= today() + timedelta(2) <= coming.latest
