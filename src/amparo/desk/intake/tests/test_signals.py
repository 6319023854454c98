"""Labour inspection can refer in and sees no more: a receipt, and nothing after."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from amparo.desk.access.guard import Denied
from amparo.desk.audit.models import Event
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.core import keys
from amparo.desk.intake import actions, policies, queries
from amparo.desk.intake.models import Signal

pytestmark = pytest.mark.django_db
TEXT = "Kanarya: six men sleep in the packing hall."


@pytest.fixture
def inspectorate(db):
    from amparo.desk.access.models import Organisation

    return Organisation.objects.create(name="Labour inspectorate", country="XC")


@pytest.fixture
def inspector(make_member, inspectorate):
    return make_member(inspectorate, "labour_inspection", name="L. Inspector")


def client_of(member):
    client = Client()
    client.force_login(member.user)
    return client


def handed_in(inspector, shelter, **more):
    return actions.hand_in(by=inspector, to=shelter, values={"danger": "yes", "text": TEXT, "place": "", "answer_to": ""} | more)


def test_a_signal_goes_in_a_receipt_comes_out_and_it_waits_on_today(inspector, shelter, her_caseworker, make_member):
    client, address = client_of(inspector), reverse("signal_hand_in")
    page = client.get(address)
    assert client.post(address, posted(page, office=shelter.pk, danger="yes", text=TEXT)).status_code == 302
    made = Signal.objects.get()
    receipt = client.get(reverse("signal_received")).content.decode()
    assert made.number in receipt
    assert TEXT not in receipt
    assert client.get(reverse("signal_received")).status_code == 302, "shown once"
    assert "1 signal waits" in client_of(her_caseworker).get("/").content.decode()
    event = Event.objects.get(action="signal.received")
    assert (event.organisation_id, event.actor_id) == (shelter.id, inspector.id)


def test_who_handed_it_in_sees_nothing_of_it_afterwards(inspector, shelter, her_caseworker):
    made = handed_in(inspector, shelter)
    client = client_of(inspector)
    for address in (reverse("signals"), reverse("signal", args=[made.number]), reverse("people"), reverse("excerpts")):
        assert client.get(address).status_code == 403
    for address in ("/", reverse("signal_hand_in"), reverse("help")):
        text = client.get(address).content.decode()
        assert made.number not in text
        assert "Kanarya" not in text
    assert not queries.signals_for(inspector).exists()


def test_it_is_sealed_under_a_key_of_its_own(inspector, shelter, her_caseworker):
    one, other = handed_in(inspector, shelter), handed_in(inspector, shelter)
    assert one.key_id != other.key_id
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM intake_signal")
        assert "Kanarya" not in "".join(
            str(bytes(cell) if isinstance(cell, memoryview) else cell) for row in cursor.fetchall() for cell in row
        )
    keys.destroy(one.key_id)
    keys.forget_opened()
    assert Signal.objects.get(pk=one.pk).text == ""
    assert Signal.objects.get(pk=other.pk).text == TEXT


def test_the_office_reads_it_takes_it_up_and_says_what_came_of_it(inspector, shelter, her_caseworker):
    made, client = handed_in(inspector, shelter), client_of(her_caseworker)
    address = reverse("signal", args=[made.number])
    page = client.get(address)
    assert TEXT in page.content.decode()
    assert Event.objects.filter(action="signal.read", actor_id=her_caseworker.id).count() == 1
    client.post(reverse("signal_take", args=[made.number]))
    assert Signal.objects.get().taken_by == her_caseworker
    assert client.post(address, posted(page, outcome="  ")).status_code == 422
    assert client.post(address, posted(page, outcome="A case was opened.")).status_code == 302
    assert "from an outside body" not in client.get("/").content.decode()
    with pytest.raises(Denied, match="signal_settled"):
        actions.settle(signal=made, by=her_caseworker, outcome="again")
    assert "A case was opened." in client.get(address).content.decode()


def test_nobody_else_reads_it(inspector, shelter, her_caseworker, the_partner, make_member):
    made = handed_in(inspector, shelter)
    assert client_of(the_partner).get(reverse("signal", args=[made.number])).status_code == 404
    for role in (
        "shelter_staff",
        "lawyer",
        "health",
        "data_steward",
        "administrator",
        "auditor",
        "police",
        "immigration_enforcement",
    ):
        assert client_of(make_member(shelter, role)).get(reverse("signal", args=[made.number])).status_code == 403


def test_immigration_enforcement_hands_nothing_in(the_outsider, shelter, her_caseworker):
    assert client_of(the_outsider).get(reverse("signal_hand_in")).status_code == 403
    with pytest.raises(Denied, match="outside_body"):
        handed_in(the_outsider, shelter)


def test_posted_twice_is_one_and_with_other_words_refused(inspector, shelter, her_caseworker):
    client, address = client_of(inspector), reverse("signal_hand_in")
    sent = posted(client.get(address), office=shelter.pk, danger="no", text=TEXT)
    assert client.post(address, sent).status_code == 302
    assert client.post(address, sent).status_code == 302
    assert Signal.objects.count() == 1
    assert client.post(address, sent | {"text": "something else"}).status_code == 422


def test_there_is_a_limit_a_day_and_to_the_length(inspector, shelter, her_caseworker, monkeypatch):
    monkeypatch.setattr(policies, "MOST_A_DAY", 2)
    handed_in(inspector, shelter), handed_in(inspector, shelter)
    with pytest.raises(Denied, match="too_many_signals"):
        handed_in(inspector, shelter)
    client, address = client_of(inspector), reverse("signal_hand_in")
    answer = client.post(address, posted(client.get(address), office=shelter.pk, danger="no", text="x" * 20_001))
    assert answer.status_code == 422


def test_only_an_office_that_receives_is_offered_and_nothing_else_is_taken(inspector, inspectorate, shelter, her_caseworker):
    with pytest.raises(Denied, match="no_such_office"):
        handed_in(inspector, inspectorate)
    client, address = client_of(inspector), reverse("signal_hand_in")
    page = client.get(address)
    assert client.post(address, posted(page, office=inspectorate.pk, danger="no", text=TEXT)).status_code == 422
    more = {"state": "settled", "taken_by": str(her_caseworker.pk), "number": "mine", "body": str(shelter.pk), "outcome": "x"}
    assert client.post(address, posted(page, office=shelter.pk, danger="no", text=TEXT) | more).status_code == 302
    made = Signal.objects.get()
    assert (made.state, made.taken_by, made.body, made.outcome) == ("waiting", None, inspectorate, "")
    assert made.number != "mine"
