"""Law enforcement reads exactly what a consent or a confirmed legal basis covers, as long as it does, and each reading is told."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.audit import chain
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Restriction
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.consent import actions, disclosing, excerpts, queries
from amparo.desk.consent.models import Consent, Disclosure
from amparo.desk.consent.rules import Data, Purpose

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
NAME, PLACE, HEALTH, FAMILY, PHONE = "Kanarya", "Hafenort", "Asthmaspray", "Schwester", "+000555777"


@pytest.fixture
def station(db):
    from amparo.desk.access.models import Organisation

    return Organisation.objects.create(name="Port police", country="XC", kind="police")


@pytest.fixture
def officer(make_member, station):
    return make_member(station, "police", name="O. Fficer")


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Tovan")


@pytest.fixture
def a_case(her_caseworker):
    person = {"given_names": NAME, "address": "Lindenweg", "phone": PHONE, "languages": ["spa"]}
    facts = {"exploitation_place": PLACE, "exploitation": {"forcedLabour": "yes"}}
    case = cases.open_case(by=her_caseworker, opened_on=DAY, person={**person}, case=facts)
    for kind, text in (("health", HEALTH), ("family", FAMILY), ("contact", "Kofferwort")):
        cases.write_note(case=case, by=her_caseworker, kind=kind, happened_on=DAY, text=text)
    return case


def client_of(member):
    client = Client()
    client.force_login(member.user)
    return client


def agreed(case, by, station, *data, **more):
    values = {"state": "given", "asked_on": DAY, "decided_on": DAY, "was_explained": True, "giver": "person"}
    values |= {"recipient": station.name, "data": list(data)} | more
    return actions.record(case=case, by=by, purpose=Purpose.REFERRAL, values=values)


def opened(case, by, station, *data, **ground):
    today = timezone.localdate()
    return disclosing.open_excerpt(
        case=case, by=by, body=station, data=data, since=today, until=today + timedelta(days=5), **ground
    )


def by_law(case, by, station, *data):
    return opened(case, by, station, *data, authority="Regional court", reference="4 Gs 12/26")


def page_of(member, disclosure):
    return client_of(member).get(reverse("excerpt", args=[disclosure.number]))


def test_a_consent_opens_exactly_what_it_covers(a_case, her_caseworker, station, officer):
    consent = agreed(a_case, her_caseworker, station, "identity", "health")
    with pytest.raises(Denied, match="consent_narrower"):
        opened(a_case, her_caseworker, station, "identity", "story", consent=consent)
    made = opened(a_case, her_caseworker, station, "health", consent=consent)
    text = page_of(officer, made).content.decode()
    assert HEALTH in text
    assert not [
        word for word in (NAME, PLACE, FAMILY, PHONE, "Lindenweg", "Kofferwort", a_case.pseudonym, a_case.number) if word in text
    ]


def test_a_consent_to_pass_data_to_one_opens_nothing_to_another(a_case, her_caseworker, station, officer):
    """Nor is a second person asked where a consent stands: a slip of the list would hand the clinic's yes to the police."""
    clinic = agreed(a_case, her_caseworker, station, "identity", "health", recipient="Harbour Clinic")
    with pytest.raises(Denied, match="consent_names_another"):
        opened(a_case, her_caseworker, station, "health", consent=clinic)
    hers = agreed(a_case, her_caseworker, station, "health", recipient=f"  {station.name.upper()} ")
    assert opened(a_case, her_caseworker, station, "health", consent=hers).pk


def test_while_the_person_objects_nothing_holds_and_no_excerpt_is_entered(a_case, her_caseworker, station, officer):
    consent = agreed(a_case, her_caseworker, station, "health")
    Restriction.objects.create(
        organisation_id=a_case.organisation_id, key_id=a_case.key_id, person_id=a_case.person_id, placed_by=her_caseworker
    )
    [held] = queries.holding(a_case, on=timezone.localdate())
    assert (held.reason, held.data, held.until) == ("person_objects", (), None)
    page = client_of(her_caseworker).get(reverse("consent", args=[a_case.number])).text
    assert "The person objects: as long as they do, nothing goes to others" in page
    assert "stopped: the person objects" in client_of(her_caseworker).get(a_case.address).text
    for ground in ({"consent": consent}, {"authority": "Regional court", "reference": "4 Gs 12/26"}):
        with pytest.raises(Denied, match="person_objects"):
            opened(a_case, her_caseworker, station, "health", **ground)
    Restriction.objects.update(lifted_by=her_caseworker, lifted_at=timezone.now())
    assert opened(a_case, her_caseworker, station, "health", consent=consent).pk


@pytest.mark.parametrize("kind", list(Data))
def test_each_kind_shows_its_own_and_no_excerpt_the_address(kind, a_case, her_caseworker, her_supervisor, station, officer):
    made = by_law(a_case, her_caseworker, station, kind.value)
    disclosing.confirm(disclosure=made, by=her_supervisor)
    text = page_of(officer, made).content.decode()
    own = {Data.IDENTITY: NAME, Data.STORY: PLACE, Data.HEALTH: HEALTH, Data.FAMILY: FAMILY, Data.CONTACT: PHONE}
    assert {word for word in own.values() if word in text} == ({own[kind]} if kind in own else set())
    assert "Lindenweg" not in text


def test_no_kind_holds_the_address_a_note_of_another_kind_or_a_field_it_does_not_name():
    named = {
        (model._meta.label_lower, name) for fields in excerpts.KINDS.values() for model, names in fields.items() for name in names
    }
    assert ("cases.person", "address") not in named
    for model, name in named:
        from django.apps import apps

        assert apps.get_model(model)._meta.get_field(name)


@pytest.mark.parametrize("how", ["withdrawn", "refused", "ended", "over", "narrower"])
def test_it_ends_at_once(how, a_case, her_caseworker, station, officer, monkeypatch):
    consent = agreed(a_case, her_caseworker, station, "identity")
    made = opened(a_case, her_caseworker, station, "identity", consent=consent)
    assert NAME in page_of(officer, made).content.decode()
    if how == "withdrawn":
        actions.withdraw(consent=consent, by=her_caseworker)
    elif how == "refused":
        agreed(a_case, her_caseworker, station, state="refused", asked_on=timezone.localdate(), decided_on=timezone.localdate())
    elif how == "narrower":
        agreed(a_case, her_caseworker, station, "story", asked_on=timezone.localdate(), decided_on=timezone.localdate())
    elif how == "ended":
        disclosing.end(disclosure=made, by=her_caseworker)
    else:
        Disclosure.objects.filter(pk=made.pk).update(until=timezone.localdate() - timedelta(days=1))
    assert page_of(officer, made).status_code == 404
    assert made.number not in client_of(officer).get(reverse("excerpts")).content.decode()


def test_a_legal_basis_opens_only_after_a_second_person_and_never_by_who_entered_it(
    a_case, her_caseworker, her_supervisor, station, officer
):
    with pytest.raises(Denied, match="basis_incomplete"):
        opened(a_case, her_caseworker, station, "identity", authority="Regional court")
    made = by_law(a_case, her_caseworker, station, "identity")
    assert page_of(officer, made).status_code == 404
    with pytest.raises(Denied, match="confirmed_by_another"):
        disclosing.confirm(disclosure=made, by=her_caseworker)
    address = reverse("excerpt_confirm", args=[a_case.number, made.pk])
    assert client_of(her_caseworker).post(address).status_code == 403
    assert page_of(officer, made).status_code == 404
    assert client_of(her_supervisor).post(address).status_code == 302
    assert NAME in page_of(officer, made).content.decode()


def test_each_reading_stands_in_the_offices_record(a_case, her_caseworker, her_supervisor, station, officer):
    made = by_law(a_case, her_caseworker, station, "identity")
    disclosing.confirm(disclosure=made, by=her_supervisor)
    for _time in range(2):
        page_of(officer, made)
    events = Event.objects.filter(action="excerpt.read", organisation_id=a_case.organisation_id)
    assert [event.actor_id for event in events] == [officer.id] * 2
    assert chain.of_subject(a_case).filter(action="excerpt.read").count() == 2
    text = client_of(her_supervisor).get(reverse("record_history", args=[a_case.number])).content.decode()
    assert "O. Fficer (Port police)" in text


@pytest.mark.parametrize("role", ["immigration_enforcement", "labour_inspection", "caseworker", "supervisor", "auditor"])
def test_nobody_else_of_that_body_or_of_another_reads_it(
    role, a_case, her_caseworker, her_supervisor, station, make_member, officer
):
    made = by_law(a_case, her_caseworker, station, "identity")
    disclosing.confirm(disclosure=made, by=her_supervisor)
    for organisation in (station, a_case.organisation):
        member = make_member(organisation, role)
        assert page_of(member, made).status_code == 403
        assert client_of(member).get(reverse("excerpts")).status_code == 403
    from amparo.desk.access.models import Organisation

    elsewhere = make_member(Organisation.objects.create(name="Other police", country="XC"), "police")
    assert page_of(elsewhere, made).status_code == 404


def test_only_law_enforcement_can_be_chosen_and_immigration_enforcement_never(a_case, her_caseworker, station, make_member):
    make_member(station, "immigration_enforcement")
    assert not disclosing.bodies()
    with pytest.raises(Denied, match="not_a_body"):
        by_law(a_case, her_caseworker, station, "identity")
    make_member(station, "police")
    assert disclosing.bodies() == [station]


def test_an_excerpt_that_is_closed_answers_like_none_and_costs_the_same(a_case, her_caseworker, her_supervisor, station, officer):
    made = by_law(a_case, her_caseworker, station, "identity")
    client, told = client_of(officer), []
    client.get(reverse("excerpts"))
    for number in (made.number, "AAAA-BBBB-CCCC"):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse("excerpt", args=[number]))
        told.append((answer.status_code, len(queries), answer.content.decode().replace(number, "*").split("<h1")[-1][:300]))
    disclosing.end(disclosure=made, by=her_caseworker)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(reverse("excerpt", args=[made.number]))
    told.append((answer.status_code, len(queries), answer.content.decode().replace(made.number, "*").split("<h1")[-1][:300]))
    assert told[0][0] == 404
    assert told[1] == told[2]
    assert told[0][::2] == told[1][::2]


def test_it_is_opened_and_shown_on_the_pages_of_the_case(a_case, her_caseworker, station, officer):
    agreed(a_case, her_caseworker, station, "identity")
    client, address = client_of(her_caseworker), reverse("excerpt_new", args=[a_case.number])
    page = client.get(address)
    consent = Consent.objects.get()
    today = timezone.localdate()
    sent = posted(page, body=station.pk, ground=consent.pk, data=["identity"])
    assert client.post(address, sent).status_code == 302
    assert client.post(address, sent).status_code == 302, "posted twice"
    made = Disclosure.objects.get()
    assert (made.consent, made.data, made.since) == (consent, ["identity"], today)
    assert "Port police" in client.get(reverse("case_excerpts", args=[a_case.number])).content.decode()


def test_more_than_the_form_offers_is_not_taken(a_case, her_caseworker, her_supervisor, station, officer, shelter):
    """Mass assignment: whoever adds fields to the form confirms, extends or widens nothing."""
    client, address = client_of(her_caseworker), reverse("excerpt_new", args=[a_case.number])
    sent = posted(client.get(address), body=station.pk, ground="legal_basis", authority="Court", reference="1", data=["identity"])
    more = {"confirmed_by": her_supervisor.pk, "confirmed_at": "2026-03-02", "case": "1", "entered_by": her_supervisor.pk}
    assert client.post(address, sent | more).status_code == 302
    made = Disclosure.objects.get()
    assert (made.confirmed_by, made.confirmed_at, made.entered_by, made.case) == (None, None, her_caseworker, a_case)
    for wrong in ({"data": ["address"]}, {"body": shelter.pk}, {"ground": "consent"}):
        assert client.post(address, posted(client.get(address), **(sent | wrong))).status_code == 422
    assert Disclosure.objects.count() == 1


def test_who_only_reads_in_an_emergency_opens_nothing(a_case, her_supervisor, station, officer, make_member, shelter):
    from amparo.desk.cases import emergencies

    colleague = make_member(shelter, "caseworker")
    emergencies.break_glass(by=colleague, called=a_case.number, reason="danger")
    case = type(a_case).objects.get(pk=a_case.pk)
    with pytest.raises(Denied, match="emergency_only_reads"):
        by_law(case, colleague, station, "identity")


@pytest.mark.parametrize("guard", ["few", "intimacy", "account", "family"])
def test_no_excerpt_shows_a_note_that_its_writer_guarded_for_fewer(guard, a_case, her_caseworker, her_supervisor, station, officer):
    cases.write_note(case=a_case, by=her_caseworker, kind="health", happened_on=DAY, text="Schwangerschaft", guarded=guard)
    by_consent = opened(a_case, her_caseworker, station, "health", consent=agreed(a_case, her_caseworker, station, "health"))
    on_paper = by_law(a_case, her_caseworker, station, "health")
    disclosing.confirm(disclosure=on_paper, by=her_supervisor)
    for made in (by_consent, on_paper):
        text = page_of(officer, made).content.decode()
        assert HEALTH in text
        assert "Schwangerschaft" not in text


def test_a_note_that_is_guarded_as_its_kind_is_shows(a_case, her_caseworker, station, officer):
    cases.write_note(case=a_case, by=her_caseworker, kind="health", happened_on=DAY, text="Impfpass", guarded="health")
    made = opened(a_case, her_caseworker, station, "health", consent=agreed(a_case, her_caseworker, station, "health"))
    assert "Impfpass" in page_of(officer, made).content.decode()


def test_no_excerpt_shows_a_note_that_was_corrected(a_case, her_caseworker, station, officer):
    write = partial(cases.write_note, case=a_case, by=her_caseworker, happened_on=DAY)
    wrong = write(kind="health", text="Falschbefund")
    better = write(kind="health", text="Zweitbefund", corrects=wrong)
    write(kind="health", text="Drittbefund", corrects=better)
    moved = write(kind="health", text="Gehört anderswohin")
    write(kind="contact", text="Am Telefon", corrects=moved)
    made = opened(a_case, her_caseworker, station, "health", consent=agreed(a_case, her_caseworker, station, "health"))
    text = page_of(officer, made).content.decode()
    shown = [word for word in ("Falschbefund", "Zweitbefund", "Drittbefund", "Gehört", "Am Telefon") if word in text]
    assert shown == ["Drittbefund"]


def test_the_forms_say_what_an_excerpt_includes_of_notes(a_case, her_caseworker):
    client = client_of(her_caseworker)
    for name in ("consent_new", "excerpt_new"):
        page = client.get(reverse(name, args=[a_case.number])).content.decode()
        assert "except those that their writer kept for fewer readers and those that were corrected" in page
