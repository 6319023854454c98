"""Labour inspection can refer in and sees no more: a receipt, and nothing after."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.audit.models import Event
from amparo.desk.cases.models import Case, Note
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
    today = client_of(her_caseworker).get("/").content.decode()
    assert "1 signal waits" in today
    assert "1 says danger now" in today, "what cannot wait is told apart from what waits"
    event = Event.objects.get(action="signal.received")
    assert (event.organisation_id, event.actor_id) == (shelter.id, inspector.id)


def test_only_those_that_say_so_are_counted_as_danger_now(inspector, shelter, her_caseworker):
    for danger in ("no", "unknown"):
        handed_in(inspector, shelter, danger=danger)
    assert queries.how_many_wait(her_caseworker) == queries.Waiting(all=2, in_danger=0)
    assert "danger now" not in client_of(her_caseworker).get("/").content.decode()
    handed_in(inspector, shelter)
    assert queries.how_many_wait(her_caseworker) == queries.Waiting(all=3, in_danger=1)


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


KINDS = ("self", "helpline", "situation")


def written(client, kind, **answers):
    address = reverse("signal_write_down", args=[kind])
    said = {"danger": "no", "text": TEXT} | answers
    return client.post(address, posted(client.get(address), **said))


@pytest.mark.parametrize("kind", KINDS)
def test_what_people_tell_the_office_stands_in_the_same_list(her_caseworker, kind):
    client = client_of(her_caseworker)
    answer = written(client, kind)
    made = Signal.objects.get()
    assert answer["Location"] == made.address
    assert (made.kind, made.state, made.sender, made.body) == (kind, "waiting", her_caseworker, her_caseworker.organisation)
    text = client.get(reverse("signals")).content.decode()
    assert made.number in text
    assert made.get_kind_display() in text
    assert "look into it today" in text
    assert Event.objects.get(action="signal.written").details == {"kind": kind, "danger": "no"}


def test_one_that_nobody_looked_into_on_its_day_is_late(her_caseworker):
    client = client_of(her_caseworker)
    written(client, "self")
    Signal.objects.update(recorded_at=timezone.now() - timedelta(days=1))
    assert "late: it was due on its day" in client.get(reverse("signals")).content.decode()
    actions.take_up(signal=Signal.objects.get(), by=her_caseworker)
    assert "late: it was due" not in client.get(reverse("signals")).content.decode()


def test_nobody_is_called_back_without_a_rule_and_the_rule_stands_before_the_number(her_caseworker):
    client = client_of(her_caseworker)
    page = written(client, "helpline", answer_to="000 555 0199")
    assert page.status_code == 422
    assert "First say how to call back" in page.content.decode()
    assert "000 555 0199" in page.content.decode(), "what was typed comes back"
    assert not Signal.objects.exists()
    written(client, "helpline", answer_to="000 555 0199", callback_rule="Only mornings. Say: the library.")
    text = client.get(Signal.objects.get().address).content.decode()
    assert text.index("Say: the library") < text.index("Show the number: you have read the rule") < text.index("000 555 0199")


def test_a_situation_without_a_person_opens_several_cases_and_nothing_is_lost(her_caseworker):
    client = client_of(her_caseworker)
    known = {"people": "3", "place": "Kanarya quay 4", "sector": "A_AgricultureForestryAndFishing", "teller": "anonymous"}
    written(client, "situation", danger="yes", **known)
    made = Signal.objects.get()
    page = client.get(made.address)
    assert page.context["cases"].initial == {"count": 3}
    assert client.post(made.address, {"open-count": "3", "open-kind": "matters"}).status_code == 302
    assert Case.objects.filter(stage="signal").count() == 3
    for note in Note.objects.all():
        for words in (TEXT, "Danger now: Yes, now", "Kanarya quay 4", "Anonymous", made.number):
            assert words in note.text
    ended = Signal.objects.get()
    assert (ended.ending, ended.people, ended.teller, ended.sector, ended.danger) == ("moved", None, "", "", "")
    assert client.post(made.address, {"open-count": "3", "open-kind": "matters"}).status_code in (403, 422), "once"
    assert Case.objects.count() == 3


def test_who_asks_for_help_becomes_one_case_with_the_rule_of_contact(her_caseworker):
    client = client_of(her_caseworker)
    written(client, "self", teller="person", callback_rule="Message only", answer_to="000 555 0199", language="fra")
    signal = Signal.objects.get()
    answer = client.post(signal.address, {"open-count": "1", "open-kind": "matters"})
    case = Case.objects.select_related("person").get()
    assert answer["Location"] == case.address
    assert (case.person.safe_contact_rule, case.person.phone, case.person.languages) == ("Message only", "000 555 0199", ["fra"])


def test_a_number_never_stands_among_the_words_that_a_record_shows_first(her_caseworker):
    client = client_of(her_caseworker)
    written(client, "self", teller="person", callback_rule="Message only", answer_to="000 555 0199")
    client.post(Signal.objects.get().address, {"open-count": "1", "open-kind": "matters"})
    case = Case.objects.get()
    assert [("0199" in note.text, note.kind) for note in case.notes.all()] == [(False, "matters")]


def test_where_nobody_said_who_called_it_is_asked_before_the_number_goes_anywhere(her_caseworker):
    client = client_of(her_caseworker)
    written(client, "helpline", callback_rule="Only at noon", answer_to="000 555 0199")
    signal = Signal.objects.get()
    answer = client.post(signal.address, {"open-count": "1", "open-kind": "matters"})
    assert answer.status_code == 422
    assert 'id="id_open-caller_error"' in answer.text or "Say whether the person concerned called" in answer.text
    assert not Case.objects.exists()
    client.post(signal.address, {"open-count": "1", "open-kind": "matters", "open-caller": "person"})
    case = Case.objects.select_related("person").get()
    assert (case.person.safe_contact_rule, case.person.phone) == ("Only at noon", "000 555 0199")
    assert not any("0199" in note.text for note in case.notes.all())


def test_the_number_of_somebody_else_is_a_note_of_its_own_behind_the_rule(her_caseworker):
    client = client_of(her_caseworker)
    written(client, "helpline", callback_rule="Only at noon", answer_to="000 555 0199")
    client.post(Signal.objects.get().address, {"open-count": "1", "open-kind": "matters", "open-caller": "other"})
    case = Case.objects.select_related("person").get()
    assert (case.person.safe_contact_rule, case.person.phone) == ("", "")
    told = {note.kind: note.text for note in case.notes.all()}
    assert "0199" not in told["matters"]
    assert told["others"].index("Only at noon") < told["others"].index("000 555 0199")
    assert {note.guarded for note in case.notes.all() if "0199" in note.text} == {"few"}, "not every reader of notes reads numbers"


def test_it_is_referred_on_or_settled_with_a_reason(her_caseworker):
    client = client_of(her_caseworker)
    written(client, "helpline")
    signal = Signal.objects.get()
    assert client.post(signal.address, {"closing": "referred", "outcome": ""}).status_code == 422, "a word is needed"
    told = {"closing": "referred", "outcome": "Called the children’s line together with them."}
    assert client.post(signal.address, told).status_code == 302
    signal = Signal.objects.get()
    assert (signal.state, signal.closing) == ("settled", "referred")
    assert "Referred on elsewhere" in client.get(reverse("signals")).content.decode()


def test_written_down_twice_it_is_one(her_caseworker):
    client, address = client_of(her_caseworker), reverse("signal_write_down", args=["self"])
    data = posted(client.get(address), danger="no", text=TEXT)
    for _time in range(2):
        assert client.post(address, data).status_code == 302
    assert client.post(address, data | {"text": "Other words"}).status_code == 422
    assert Signal.objects.count() == 1


def test_only_who_receives_signals_writes_them_down(make_member, shelter, inspector):
    for member in (make_member(shelter, "health"), make_member(shelter, "administrator"), inspector):
        for kind in KINDS:
            assert client_of(member).get(reverse("signal_write_down", args=[kind])).status_code == 403
    worker = make_member(shelter, "caseworker")
    assert client_of(worker).get(reverse("signal_write_down", args=["outside"])).status_code == 404
