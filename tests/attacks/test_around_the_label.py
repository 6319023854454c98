"""What a label keeps from a role is not read from a copy, and what a consent allows one recipient is not another's."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.access.models import Organisation
from amparo.desk.cases import actions as cases
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.consent import actions as consents
from amparo.desk.consent import disclosing, queries
from amparo.desk.consent.rules import Purpose
from amparo.desk.core.ids import uuid7
from amparo.desk.oversight import requests
from amparo.desk.oversight.models import PersonRequest

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
OLD, NEW = "Lindenweg", "Ulmenplatz"


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Tovan")


@pytest.fixture
def a_case(her_caseworker):
    person = {"given_names": "Kanarya", "address": OLD, "identity_number": "A-77-B"}
    return cases.open_case(by=her_caseworker, opened_on=DAY, person=person)


@pytest.fixture
def the_police(db):
    return Organisation.objects.create(name="Port police", country="XC", kind="police")


def page_for(member, address):
    client = Client()
    client.force_login(member.user)
    return client.get(address).content.decode()


@pytest.mark.parametrize("role", ["shelter_staff", "health", "lawyer"])
@pytest.mark.parametrize(("field", "old"), [("address", OLD), ("identity_number", "A-77-B")])
def test_a_request_for_correction_shows_no_field_that_the_record_withholds(
    a_case, her_caseworker, her_supervisor, make_member, shelter, role, field, old
):
    colleague = make_member(shelter, role, name="C. Olleague")
    cases.join_team(case=a_case, by=her_supervisor, member=colleague, role="other", since=DAY)
    asked = {"kind": "correction", "received_on": DAY, "field": field, "proposed": NEW, "words": f"Not {old}: {NEW}"}
    made = requests.enter(case=a_case, by=her_caseworker, row_id=uuid7(), **asked)
    address = reverse("case_request", args=[a_case.number, made.pk])
    seen = page_for(colleague, address)
    assert "C. Olleague" in seen
    assert old not in seen
    assert NEW not in seen
    led = page_for(her_supervisor, address)
    assert old in led
    assert NEW in led


def test_whoever_writes_a_request_down_what_stood_there_is_kept(a_case, her_supervisor, make_member, shelter, sign_in):
    colleague = make_member(shelter, "shelter_staff")
    cases.join_team(case=a_case, by=her_supervisor, member=colleague, role="other", since=DAY)
    client, address = sign_in(colleague), reverse("request_new", args=[a_case.number])
    typed = posted(client.get(address), kind="correction", field="address", proposed=NEW)
    assert client.post(address, typed).status_code == 302
    assert PersonRequest.objects.get().before == OLD


def said_yes(case, by, to, day=DAY):
    values = {"state": "given", "asked_on": day, "decided_on": day, "was_explained": True, "giver": "person"}
    return consents.record(case=case, by=by, purpose=Purpose.REFERRAL, values=values | {"recipient": to, "data": ["identity"]})


def opened(case, by, body, consent):
    today = timezone.localdate()
    return disclosing.open_excerpt(
        case=case, by=by, body=body, data=["identity"], since=today, until=today + timedelta(5), consent=consent
    )


def test_a_consent_for_a_clinic_opens_nothing_to_the_police(a_case, her_caseworker, the_police, make_member):
    make_member(the_police, "police")
    with pytest.raises(Denied, match="consent_names_another"):
        opened(a_case, her_caseworker, the_police, said_yes(a_case, her_caseworker, "Clinic of Mercy"))
    assert opened(a_case, her_caseworker, the_police, said_yes(a_case, her_caseworker, " port  Police"))


def test_taking_one_of_two_yeses_back_takes_both_back(a_case, her_caseworker):
    older, _newer = (said_yes(a_case, her_caseworker, "Clinic", day) for day in (DAY, DAY + timedelta(3)))
    asked = {"on": timezone.localdate(), "recipient": "clinic", "data": ["identity"]}
    assert queries.covers(a_case, Purpose.REFERRAL, **asked)
    consents.withdraw(consent=older, by=her_caseworker)
    assert queries.covers(a_case, Purpose.REFERRAL, **asked).reason == "consent_withdrawn"


def test_a_no_counts_however_the_recipient_was_spelled(a_case, her_caseworker):
    said_yes(a_case, her_caseworker, "Clinic of Mercy")
    values = {"state": "refused", "asked_on": DAY, "decided_on": timezone.localdate(), "recipient": "clinic of  mercy"}
    consents.record(case=a_case, by=her_caseworker, purpose=Purpose.REFERRAL, values=values)
    asked = {"on": timezone.localdate(), "recipient": "Clinic of Mercy", "data": ["identity"]}
    assert queries.covers(a_case, Purpose.REFERRAL, **asked).reason == "consent_refused"


def test_the_history_does_not_tell_that_there_is_what_is_kept_from_the_reader(
    a_case, her_caseworker, her_supervisor, make_member, shelter
):
    colleague = make_member(shelter, "shelter_staff")
    cases.join_team(case=a_case, by=her_supervisor, member=colleague, role="shelter", since=DAY)
    pages = [f"{a_case.address}history/", a_case.address]

    def events(member):
        return [page_for(member, page).count("Note written") + page_for(member, page).count("Facts about") for page in pages]

    cases.write_note(case=a_case, by=her_caseworker, kind="contact", happened_on=DAY, text="Came by")
    before = events(colleague)
    for kind in ("health", "intimate", "family"):
        cases.write_note(case=a_case, by=her_caseworker, kind=kind, happened_on=DAY, text="Told in confidence")
    cases.change_person(case=a_case, by=her_caseworker, values={"address": NEW}, version=a_case.person.version)
    assert events(colleague) == before == [1, 1]
    assert events(her_supervisor) == [5, 5]
