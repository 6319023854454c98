"""Age assessments: who may be a child is treated as one until it is settled that they are not; and the way past majority."""

from datetime import date

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.access.guard import Denied
from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Case, Person
from amparo.desk.cases.queries import treated_as_child
from amparo.desk.cases.rules import Age, Finding
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.identification import age_actions, ages, tracks
from amparo.desk.identification.ages import Assessment, Outcome
from amparo.desk.identification.models import AgeAssessment

DAY = date(2026, 6, 1)
ADULT = {"least": 20, "most": 23, "margin": 1}
EFFECTS = [
    ([], Finding.UNKNOWN, True, None),
    ([ADULT], Finding.UNKNOWN, False, 19),
    ([ADULT], Finding.YES, False, 19),
    ([{"least": 19, "most": 22, "margin": 2}], Finding.UNKNOWN, True, 17),
    ([{"least": 14, "most": 16}], Finding.UNKNOWN, False, 14),
    ([{"least": 14, "most": 16}], Finding.NO, True, 14),
    ([{"least": None, "most": None}], Finding.UNKNOWN, True, None),
    ([ADULT | {"is_contested": True}], Finding.UNKNOWN, True, None),
    ([ADULT | {"is_contested": True, "settled": Outcome.STANDS}], Finding.UNKNOWN, False, 19),
    ([ADULT | {"is_contested": True, "settled": Outcome.SET_ASIDE}], Finding.UNKNOWN, True, None),
]


@pytest.mark.parametrize(("given_ones", "record", "contested", "least"), EFFECTS)
def test_what_an_assessment_changes(given_ones, record, contested, least):
    found = ages.effect([Assessment(on=DAY, **one) for one in given_ones], majority_years=18, record_says=record)
    assert (found.is_contested, found.least) == (contested, least)


def one_assessment(least, width, margin, contested, settled):
    return Assessment(DAY, least, least + width, margin, contested, settled if contested else None)


ONES = st.builds(
    one_assessment, st.integers(0, 40), st.integers(0, 8), st.integers(0, 4), st.booleans(), st.sampled_from([None, *Outcome])
)


@given(st.lists(ONES, max_size=3), st.sampled_from(list(Finding)))
def test_nobody_becomes_an_adult_while_any_doubt_is_left(every, record):
    found = ages.effect(every, majority_years=18, record_says=record)
    if not found.is_contested and found.least >= 18:
        last = sorted(every, key=lambda one: one.on)[-1]
        assert last.stands
        assert last.least - last.margin >= 18


def test_coming_of_age_and_the_time_after_it():
    leap = ages.coming_of_age(earliest_birth=date(2008, 2, 29), latest_birth=date(2008, 2, 29), majority_years=18, months=24)
    assert (leap.latest, leap.protected_until) == (date(2026, 3, 1), date(2028, 3, 1))
    year = ages.coming_of_age(earliest_birth=date(2009, 1, 1), latest_birth=date(2009, 12, 31), majority_years=18, months=2)
    assert (year.earliest, year.latest, year.protected_until) == (date(2027, 1, 1), date(2027, 12, 31), date(2028, 2, 29))


@pytest.fixture
def a_case(her_caseworker):
    person = {"age_is_contested": True}
    return cases.open_case(by=her_caseworker, opened_on=DAY, person=person)


def values(**changed):
    held = {"assessed_on": DAY, "assessed_by": "Three professions", "method": "conversation"}
    held |= {"agreed": "yes", "guardian_present": "yes"}
    return held | {"least_years": 20, "most_years": 23, "margin_years": 1, "findings": ""} | changed


def fresh(case):
    return Case.objects.select_related("person", "organisation").get(pk=case.pk)


def test_an_assessment_a_contest_and_its_answer_change_how_the_person_is_treated(a_case, her_caseworker):
    assert treated_as_child(a_case, on=DAY) is Finding.YES
    made = age_actions.record(case=a_case, by=her_caseworker, values=values())
    assert treated_as_child(fresh(a_case), on=DAY) is Finding.NO
    person = fresh(a_case).person
    assert (person.assessed_age, person.age_assessed_on, person.stated_age, person.age_source) == (19, DAY, None, "")
    contested = age_actions.contest(assessment=made, by=her_caseworker, on=DAY, reasons="His school papers", version=made.version)
    assert treated_as_child(fresh(a_case), on=DAY) is Finding.YES
    told = {"on": DAY, "outcome": "stands", "version": contested.version}
    with pytest.raises(Denied, match="reasons_missing"):
        age_actions.settle(assessment=contested, by=her_caseworker, reasons=" ", **told)
    age_actions.settle(assessment=contested, by=her_caseworker, reasons="The papers are another boy’s", **told)
    assert treated_as_child(fresh(a_case), on=DAY) is Finding.NO


SAYS = [
    (16, "stated", (18, 20, 0), True),  # a child by what she says, an adult by the clinic
    (16, "", (18, 20, 0), True),
    (16, "estimated", (18, 20, 0), True),  # whatever else the record says on the child's side
    (16, "assessed", (18, 20, 0), False),  # an earlier assessment is no statement
    (18, "stated", (18, 20, 0), False),
    (25, "stated", (15, 17, 0), True),
    (16, "stated", (14, 17, 0), False),
    (16, "stated", (17, 19, 0), True),  # across majority: contested as ever
    (None, "", (18, 20, 0), False),
]


@pytest.mark.parametrize(("says", "source", "found", "contested"), SAYS)
def test_an_assessment_never_outweighs_what_the_person_says(says, source, found, contested, her_caseworker):
    person = {"stated_age": says, "age_stated_on": DAY if says else None, "age_source": source}
    case = cases.open_case(by=her_caseworker, opened_on=DAY, person=person)
    least, most, margin = found
    made = age_actions.record(case=case, by=her_caseworker, values=values(least_years=least, most_years=most, margin_years=margin))
    after = fresh(case).person
    assert (after.stated_age, after.age_stated_on, after.age_source) == tuple(person.values())
    assert after.age_is_contested is contested
    treated = treated_as_child(fresh(case), on=DAY)
    assert treated is (Finding.YES if contested or most < 18 else Finding.NO)
    across = least < 18 <= most
    assert AgeAssessment.objects.get(pk=made.pk).waits is (contested and not across)


def test_somebody_decides_on_what_the_person_said_against_an_assessment(her_caseworker, sign_in):
    person = {"stated_age": 16, "age_stated_on": DAY, "age_source": "stated"}
    case = cases.open_case(by=her_caseworker, opened_on=DAY, person=person)
    age_actions.record(case=case, by=her_caseworker, values=values())
    made = AgeAssessment.objects.get()
    assert "16" in made.contest_reasons
    client, address = sign_in(her_caseworker), reverse("age", args=[case.number, made.pk])
    assert client.post(address, posted(client.get(address), outcome="stands", reasons="A passport came")).status_code == 302
    after = fresh(case).person
    assert (after.stated_age, after.assessed_age, after.age_is_contested) == (16, 19, False)
    assert treated_as_child(fresh(case), on=DAY) is Finding.NO
    known = client.get(reverse("case_known", args=[case.number])).content.decode()
    assert "Age in years, as stated" in known
    assert "Age in years, as assessed" in known


def test_what_the_person_says_later_contests_the_assessment_that_stands(a_case, her_caseworker):
    age_actions.record(case=a_case, by=her_caseworker, values=values())
    case = fresh(a_case)
    assert treated_as_child(case, on=DAY) is Finding.NO
    said = {"stated_age": 16, "age_stated_on": DAY, "age_is_contested": False}
    changed = cases.change_person(case=case, by=her_caseworker, values=said, version=case.person.version)
    assert "age_is_contested" in changed
    assert treated_as_child(fresh(a_case), on=DAY) is Finding.YES
    case = fresh(a_case)
    cases.change_person(case=case, by=her_caseworker, values={"age_is_contested": False}, version=case.person.version)
    assert treated_as_child(fresh(a_case), on=DAY) is Finding.NO  # whoever unticks it afterwards decided so


@given(st.lists(ONES, max_size=3), st.sampled_from(list(Finding)), st.integers(0, 17))
def test_who_says_that_they_are_a_child_is_one_until_somebody_decides(every, record, says):
    found = ages.effect(every, majority_years=18, record_says=record, stated=Age(says, says))
    if not found.is_contested and found.least >= 18:
        assert ages.last_of(every).settled is Outcome.STANDS


def test_the_birth_date_in_the_record_is_never_overruled_towards_adulthood(her_caseworker):
    born = PartialDate.parse("2010-05-05")
    case = cases.open_case(by=her_caseworker, opened_on=DAY, person={"birth_date": born, "age_is_contested": True})
    age_actions.record(case=case, by=her_caseworker, values=values())
    assert fresh(case).person.birth_date == born
    assert treated_as_child(fresh(case), on=DAY) is Finding.YES


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"agreed": "no"}, "age_not_agreed"),
        ({"guardian_present": "unknown"}, "age_without_guardian"),
        ({"most_years": None}, "age_range_incomplete"),
        ({"most_years": 3}, "age_range_reversed"),
        ({"assessed_on": date(2999, 1, 1)}, "day_in_the_future"),
    ],
)
def test_what_is_no_assessment(changed, reason, a_case, her_caseworker):
    with pytest.raises(Denied, match=reason):
        age_actions.record(case=a_case, by=her_caseworker, values=values(**changed))
    assert not AgeAssessment.objects.exists()


def test_on_the_pages(a_case, her_caseworker, sign_in):
    client, address = sign_in(her_caseworker), reverse("age_new", args=[a_case.number])
    said = {"assessed_by": "Three professions", "method": "conversation", "agreed": "yes", "guardian_present": "yes"}
    said |= {"assessed_on_day": "1", "assessed_on_month": "6", "assessed_on_year": "2026"}
    page = client.post(address, posted(client.get(address), **said, least_years="23", most_years="20"))
    assert page.status_code == 422
    assert "from the youngest to the oldest" in page.content.decode()
    assert client.post(address, posted(client.get(address), **said, least_years="20", most_years="23")).status_code == 302
    contest = reverse("age", args=[a_case.number, AgeAssessment.objects.get().pk])
    assert client.post(contest, posted(client.get(contest), reasons="School papers")).status_code == 302
    shown = client.get(reverse("identification", args=[a_case.number])).content.decode()
    assert "contested: treated as a child" in shown
    assert client.post(contest, posted(client.get(contest), outcome="set_aside", reasons="They are his")).status_code == 302
    assert client.get(contest).status_code == 404


def test_who_comes_of_age_in_care_keeps_protection_for_the_countrys_time(her_caseworker):
    case = cases.open_case(by=her_caseworker, opened_on=DAY, person={"birth_date": PartialDate.parse("2008-07-10")})
    case = fresh(case)
    before, after = tracks.age_now(case, day=DAY), tracks.age_now(case, day=date(2026, 7, 10))
    assert (before.is_child, after.is_child) == (Finding.YES, Finding.NO)
    assert before.coming.latest == date(2026, 7, 10)
    assert after.goes_on(date(2026, 7, 10))
    adult = cases.open_case(by=her_caseworker, opened_on=DAY, person={"birth_date": PartialDate.parse("2000-07-10")})
    assert tracks.age_now(fresh(adult), day=DAY).coming is None


def test_when_somebody_of_two_records_comes_of_age_is_told_by_the_younger(her_caseworker):
    """What one record says of the age holds for the person; the last day on which they can come of age counts for protection."""
    younger, older = (
        cases.open_case(by=her_caseworker, opened_on=DAY, person={"birth_date": PartialDate.parse(born)})
        for born in ("2009-01-10", "2005")
    )
    Person.objects.filter(pk=older.person_id).update(merged_into=younger.person_id)
    for case in (younger, older):
        assert tracks.age_now(fresh(case), day=DAY).coming.latest == date(2027, 1, 10)
        assert tracks.age_now(fresh(case), day=DAY).is_child is Finding.YES
        assert not tracks.age_now(fresh(case), day=DAY).is_contested
    Person.objects.filter(pk=younger.person_id).update(age_is_contested=True)
    of_age = date(2027, 1, 11)
    assert tracks.age_now(fresh(older), day=of_age).is_contested, "by what the other record says"
    assert tracks.age_now(fresh(older), day=of_age).is_child is Finding.YES
