"""A yes counts by the person's age of today, by what is known of it today: stated, corrected, contested."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Case, Person
from amparo.desk.consent import actions, queries
from amparo.desk.consent.rules import Giver, Purpose
from amparo.desk.core.partial_dates import PartialDate

pytestmark = pytest.mark.django_db
STATISTICS = Purpose.STATISTICS
YEAR = timedelta(days=366)


def today():
    return timezone.localdate()


def born(years_ago):
    return PartialDate.parse(str(today().year - years_ago))


def stated(age, days_ago=10):
    return {"stated_age": age, "age_stated_on": today() - timedelta(days_ago), "age_source": "stated"}


def open_case(by, **person):
    return cases.open_case(by=by, opened_on=today() - timedelta(10), person={"given_names": "Amina", **person})


def says_yes(case, by, **more):
    said = {"state": "given", "asked_on": today(), "decided_on": today(), "was_explained": True, "told_of_publication": True}
    return actions.record(case=case, by=by, purpose=STATISTICS, values=said | more)


GUARDIAN = {"giver": Giver.GUARDIAN, "guardian_name": "O. Lanu", "assent": "yes"}


def verdict(case, on=None):
    """Return the verdict of the rule for one case, after seeing that the way for all cases says the same."""
    case, day = Case.objects.get(pk=case.pk), on or today()
    found = queries.covers(case, STATISTICS, on=day, data=["statistical"])
    assert bool(found) == (case.pk in queries.covered_cases(case.organisation_id, STATISTICS, on=day, data=["statistical"]))
    return found.reason or "yes"


def correct(case, by, **values):
    cases.change_person(case=case, by=by, values=values, version=Person.objects.get(pk=case.person_id).version)


def test_a_guardians_yes_ends_by_a_stated_age_that_goes_on_being_counted(her_caseworker):
    case = open_case(her_caseworker, **stated(16))
    says_yes(case, her_caseworker, **GUARDIAN)
    assert verdict(case) == verdict(case, today() + YEAR) == "yes"
    assert verdict(case, today() + 5 * YEAR) == "consent_of_guardian_ended"


def test_a_guardians_yes_ends_when_a_birth_date_is_corrected(her_caseworker):
    case = open_case(her_caseworker, birth_date=born(12))
    says_yes(case, her_caseworker, **GUARDIAN)
    assert verdict(case) == "yes"
    correct(case, her_caseworker, birth_date=born(30))
    assert verdict(case) == "consent_of_guardian_ended"


@pytest.mark.parametrize("found", [lambda: {"birth_date": born(15)}, lambda: {"age_is_contested": True}])
def test_an_adults_own_yes_waits_when_she_is_to_be_treated_as_a_child(found, her_caseworker, sign_in):
    case = open_case(her_caseworker, birth_date=born(25))
    own = says_yes(case, her_caseworker)
    assert verdict(case) == "yes"
    correct(case, her_caseworker, **found())
    assert verdict(case) == "consent_needs_guardian"
    fresh = Case.objects.get(pk=case.pk)
    assert queries.to_ask_anew(fresh, queries.of_case(fresh), on=today()) == [own]
    page = sign_in(her_caseworker).get(reverse("consent", args=[case.number])).content.decode()
    assert "ask the guardian and the child" in page
    says_yes(fresh, her_caseworker, **GUARDIAN)
    assert verdict(case) == "yes"


def test_a_guardian_for_whom_no_age_was_known_asks_the_child_once_it_is(her_caseworker):
    case = open_case(her_caseworker)
    says_yes(case, her_caseworker, giver=Giver.GUARDIAN, guardian_name="A. Aunt", assent="no")
    assert verdict(case) == "yes", "nobody knows whether she is a child"
    correct(case, her_caseworker, birth_date=born(15))
    assert verdict(case) == "consent_needs_guardian"


def test_ages_are_opened_for_all_together(her_caseworker):
    def asked(number):
        for _time in range(number):
            says_yes(open_case(her_caseworker, birth_date=born(30)), her_caseworker)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            queries.covered_cases(her_caseworker.organisation_id, STATISTICS, on=today())
        return len(seen)

    assert asked(1) == asked(4)
