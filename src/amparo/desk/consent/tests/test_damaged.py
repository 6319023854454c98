# ruff: noqa: F401, F811
"""What cannot be opened lets nothing out: an age that is shut, and a rule on safe contact."""

import pytest
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.cases import actions as cases
from amparo.desk.cases import bearers, same
from amparo.desk.cases.bearers import Bearer
from amparo.desk.cases.models import Case, Person
from amparo.desk.cases.queries import treated_as_child
from amparo.desk.cases.rules import Finding
from amparo.desk.consent import actions, disclosing, queries
from amparo.desk.consent.models import Consent
from amparo.desk.consent.rules import Purpose
from amparo.desk.core import damage, keys
from amparo.desk.core.models import PersonKey
from amparo.desk.core.partial_dates import Known, PartialDate

from .test_excerpts import (
    DAY,
    PHONE,
    a_case,
    agreed,
    by_law,
    client_of,
    her_supervisor,
    officer,
    opened,
    page_of,
    station,
)

pytestmark = pytest.mark.django_db
CHILD, GROWN = (PartialDate(timezone.localdate().year - years, known=Known.STATED) for years in (10, 30))


def damaged(person, name):
    """Flip a bit of a sealed value, past everything that guards it."""
    held = bytes(Person.objects.filter(pk=person.pk).values_list(name, flat=True)[0])
    assert held
    Person._base_manager.filter(pk=person.pk).update(**{name: held[:-1] + bytes([held[-1] ^ 1])})
    keys.forget_opened()


@pytest.mark.parametrize("stated", [None, 30])
def test_what_a_child_alone_agreed_to_stays_shut_where_the_age_cannot_be_opened(
    stated,
    a_case,
    her_caseworker,
    station,
    officer,
):
    consent = agreed(a_case, her_caseworker, station, "health")
    made = opened(a_case, her_caseworker, station, "health", consent=consent)
    assert page_of(officer, made).status_code == 200
    values = {"birth_date": CHILD, "stated_age": stated, "age_stated_on": stated and DAY}
    cases.change_person(case=a_case, by=her_caseworker, values=values, version=a_case.person.version)
    assert page_of(officer, made).status_code == 404
    damaged(a_case.person, "birth_date")
    assert page_of(officer, made).status_code == 404


def test_nor_does_a_guardians_yes_come_back(a_case, her_caseworker, station, officer):
    """Presumed a child for the damage alone, the person is not answered for by who answered for them as a child."""
    at_hand = {"giver": "guardian", "guardian_name": "B. Orun", "assent": "yes"}
    cases.change_person(case=a_case, by=her_caseworker, values={"birth_date": CHILD}, version=a_case.person.version)
    consent = agreed(a_case, her_caseworker, station, "health", **at_hand)
    made = opened(a_case, her_caseworker, station, "health", consent=consent)
    a_case.person.refresh_from_db()
    cases.change_person(case=a_case, by=her_caseworker, values={"birth_date": GROWN}, version=a_case.person.version)
    assert page_of(officer, made).status_code == 404
    damaged(a_case.person, "birth_date")
    assert page_of(officer, made).status_code == 404


def test_it_is_said_why_and_help_is_open_all_the_same(a_case, her_caseworker, station, officer):
    consent = agreed(a_case, her_caseworker, station, "health")
    cases.change_person(case=a_case, by=her_caseworker, values={"birth_date": GROWN}, version=a_case.person.version)
    values = {"state": "given", "asked_on": DAY, "decided_on": DAY, "was_explained": True, "giver": "guardian"}
    damaged(a_case.person, "birth_date")
    with damage.passing_over():
        case = Case.objects.get(pk=a_case.pk)
        with pytest.raises(Denied, match="age_damaged"):
            opened(case, her_caseworker, station, "health", consent=consent)
        assert case.person.age_on(DAY).is_shut
        assert treated_as_child(case, on=DAY) is Finding.YES
        assert queries.to_ask_anew(case, [consent], on=DAY) == []
        assert queries.to_ask_anew_in([case], on=DAY) == {}
        no_to = {"state": "refused", "asked_on": DAY, "decided_on": DAY, "recipient": "Harbour Clinic"}
        actions.record(case=case, by=her_caseworker, purpose=Purpose.REFERRAL, values=no_to)
        held = {one.recipient: one.reason for one in queries.holding(case, on=timezone.localdate())}
        assert held == {station.name: "age_damaged", "Harbour Clinic": "consent_refused"}
        said = actions.record(
            case=case, by=her_caseworker, purpose=Purpose.ASSISTANCE, values=values | {"guardian_name": "B. Orun", "assent": "yes"}
        )
        assert queries.covers(case, said.purpose, on=DAY)
        assert case.pk not in queries.covered_cases(case.organisation_id, Purpose.REFERRAL, on=DAY)


def test_a_list_of_many_presumes_a_child_too(a_case, her_caseworker):
    values = {"birth_date": CHILD, "stated_age": 30, "age_stated_on": DAY}
    cases.change_person(case=a_case, by=her_caseworker, values=values, version=a_case.person.version)
    damaged(a_case.person, "birth_date")
    person = Person.objects.get(pk=a_case.person_id)
    bearer = Bearer(person.pk, person.key_id, person.organisation_id, None, {name: person.__dict__[name] for name in bearers.AGE})
    with damage.passing_over():
        assert bearers.children_among([bearer], on=DAY, majority_years=18) == {person.pk}


RULE = "never before noon"


def test_no_number_leaves_without_the_rule_that_says_how_to_use_it(a_case, her_caseworker, station, officer):
    values = {"safe_contact_rule": RULE, "email": "her@example.org"}
    cases.change_person(case=a_case, by=her_caseworker, values=values, version=a_case.person.version)
    consent = agreed(a_case, her_caseworker, station, "contact")
    made = opened(a_case, her_caseworker, station, "contact", consent=consent)
    text = page_of(officer, made).content.decode()
    assert RULE in text
    assert PHONE in text
    damaged(a_case.person, "safe_contact_rule")
    text = page_of(officer, made).content.decode()
    assert str(damage.words()) in text
    assert PHONE not in text
    assert "her@example.org" not in text


def test_the_rule_of_a_joined_record_goes_along(a_case, her_caseworker, her_supervisor, station, officer):
    """A rule of one record holds for all: the number of another is not handed on without it."""
    other = cases.open_case(
        by=her_caseworker, opened_on=DAY, person={"given_names": "Kanarya", "phone": PHONE, "safe_contact_rule": RULE}
    )
    consent = agreed(a_case, her_caseworker, station, "contact")
    made = opened(a_case, her_caseworker, station, "contact", consent=consent)
    assert RULE not in page_of(officer, made).content.decode()
    Person.objects.filter(pk=other.person_id).update(merged_into=a_case.person)
    assert RULE in page_of(officer, made).content.decode()
    damaged(other.person, "safe_contact_rule")
    text = page_of(officer, made).content.decode()
    assert str(damage.words()) in text
    assert PHONE not in text


def test_the_head_of_every_page_says_that_the_rule_cannot_be_opened(a_case, her_caseworker):
    """And so it does where only another record of the person has one."""
    other = cases.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Kanarya", "safe_contact_rule": RULE})
    Person.objects.filter(pk=other.person_id).update(merged_into=a_case.person)
    address = f"/cases/{a_case.number}/"
    assert RULE in client_of(her_caseworker).get(address).content.decode()
    damaged(other.person, "safe_contact_rule")
    assert str(damage.words()) in client_of(her_caseworker).get(address).content.decode()
    a_case.person.refresh_from_db()
    cases.change_person(
        case=a_case, by=her_caseworker, values={"safe_contact_rule": "by her sister"}, version=a_case.person.version
    )
    text = client_of(her_caseworker).get(address).content.decode()
    assert f"by her sister · {damage.words()}" in text


def test_two_numbers_that_cannot_be_opened_are_not_one(a_case, her_caseworker):
    """Both read as empty to whoever compares: two strangers would have been told to be alike, by their telephone."""
    other = cases.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Oriane", "phone": "+000 555 1"})
    for person in (a_case.person, other.person):
        damaged(person, "phone")
        damaged(person, "given_names")
    today = timezone.localdate()
    with damage.passing_over():
        rows = [Person.objects.get(pk=one.person_id) for one in (a_case, other)]
        one, two = (same.recorded(row, today=today) for row in rows)
    assert not one.phones & two.phones
    assert (one.names, two.names) == ((), ())


def test_nothing_of_a_record_is_read_outside_whose_key_cannot_be_opened(a_case, her_caseworker, her_supervisor, station, officer):
    """What stands beside what is sealed went on being read, and nobody could write a withdrawal down: its page does not open."""
    consent = agreed(a_case, her_caseworker, station, "legal", "story")
    made = [
        opened(a_case, her_caseworker, station, "story", consent=consent),
        disclosing.confirm(disclosure=by_law(a_case, her_caseworker, station, "story"), by=her_supervisor),
    ]
    values = {"state": "given", "asked_on": DAY, "decided_on": DAY, "was_explained": True, "told_of_publication": True}
    actions.record(case=a_case, by=her_caseworker, purpose=Purpose.STATISTICS, values=values)
    today, office = timezone.localdate(), a_case.organisation_id
    assert queries.covered_cases(office, Purpose.STATISTICS, on=today) == {a_case.pk}
    for one in made:
        assert "orced" in page_of(officer, one).content.decode()
    held = bytes(PersonKey.objects.get(pk=a_case.key_id).wrapped)
    PersonKey.objects.filter(pk=a_case.key_id).update(wrapped=held[:-1] + bytes([held[-1] ^ 1]))
    keys.forget_opened()
    assert not queries.covered_cases(office, Purpose.STATISTICS, on=today)
    for one in made:
        assert page_of(officer, one).status_code == 404
    text = client_of(officer).get(reverse("excerpts")).content.decode()
    assert not [one for one in made if one.number in text]


def test_a_consent_with_damaged_words_is_taken_back_at_once(a_case, her_caseworker, station):
    consent = agreed(a_case, her_caseworker, station, "health", own_words="If I must")
    held = bytes(Consent.objects.filter(pk=consent.pk).values_list("own_words", flat=True)[0])
    Consent._base_manager.filter(pk=consent.pk).update(own_words=held[:-1] + bytes([held[-1] ^ 1]))
    client, address = client_of(her_caseworker), reverse("consent_withdraw", args=[a_case.number, consent.pk])
    told = client.post(address, {"own_words": "No more"})
    assert told.status_code == 422
    assert "own_words" in told.context["form"].errors
    assert "No more" in told.content.decode()
    assert client.post(address, {"own_words": ""}).status_code == 302
    row = Consent.objects.get(pk=consent.pk)
    assert row.state == "withdrawn"
    assert bytes(Consent.objects.filter(pk=consent.pk).values_list("own_words", flat=True)[0])[:-1] == held[:-1]


def test_no_list_and_no_record_calls_a_damaged_age_unknown(a_case, her_caseworker, station):
    agreed(a_case, her_caseworker, station, "health")
    cases.change_person(case=a_case, by=her_caseworker, values={"birth_date": CHILD}, version=a_case.person.version)
    damaged(a_case.person, "birth_date")
    for address in ("/people/", f"/cases/{a_case.number}/"):
        text = client_of(her_caseworker).get(address).content.decode()
        assert "cannot be opened" in text
        assert "may be a child" in text
    assert "Nothing is passed on" in client_of(her_caseworker).get(f"/cases/{a_case.number}/consent/").content.decode()
