"""Notes by kind, for whom their writer chooses, and what a contact was like; a note is never changed."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from amparo.desk.access.guard import Denied
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions, erasing, queries
from amparo.desk.cases.models import Case, ContactLog, Note

from .browsing import posted

DAY = date(2026, 3, 2)


@pytest.fixture
def a_case(her_caseworker):
    return actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Amarena"})


@pytest.fixture
def joined(a_case, make_member, shelter):
    def join(role):
        member = make_member(shelter, role)
        actions.join_team(case=a_case, by=make_member(shelter, "supervisor"), member=member, role="other", since=DAY)
        return member

    return join


def note(case, by, **more):
    return actions.write_note(case=case, by=by, **({"kind": "call", "happened_on": DAY, "text": "Kanarya"} | more))


@pytest.mark.parametrize(
    ("guarded", "readers"),
    [
        ("", {"health", "lawyer", "shelter_staff"}),
        ("few", set()),
        ("health", {"health"}),
        ("account", {"lawyer"}),
        ("family", set()),
    ],
)
def test_a_note_is_read_by_whom_its_writer_chose_and_told_of_to_nobody_else(
    a_case, her_caseworker, joined, sign_in, guarded, readers
):
    note(a_case, her_caseworker, guarded=guarded)
    for role in ("health", "lawyer", "shelter_staff", "supervisor"):
        member, sees = joined(role), role in readers | {"supervisor"}
        page = sign_in(member).get(reverse("case_notes", args=[a_case.number])).content.decode()
        assert ("Kanarya" in page) is sees, role
        told = "Note written" in sign_in(member).get(reverse("record_history", args=[a_case.number])).content.decode()
        assert told is sees or not guarded, role


def test_nobody_writes_what_they_could_not_read(a_case, joined):
    lawyer = joined("lawyer")
    fresh = Case.objects.get()
    with pytest.raises(Denied, match="field_withheld"):
        note(fresh, lawyer, guarded="health")
    with pytest.raises(Denied, match="field_withheld"):
        note(fresh, lawyer, kind="supervision")
    assert note(fresh, lawyer, guarded="account")


def test_a_supervision_note_is_for_who_leads(a_case, her_caseworker, joined, sign_in):
    found = note(a_case, her_caseworker, kind="supervision")
    assert Event.objects.get(action="note.written").details["kind"] == "supervision"
    history = sign_in(joined("health")).get(reverse("record_history", args=[a_case.number])).content.decode()
    assert "Note written" not in history
    assert found.sensitivity_of("text")[0].name == "SPECIAL"


def test_a_correction_is_for_whom_the_note_was(a_case, her_caseworker):
    first = note(a_case, her_caseworker, guarded="few")
    assert note(a_case, her_caseworker, text="Other words", corrects=first, guarded="").guarded == "few"


def test_what_matters_now_is_what_was_corrected_last_and_of_this_case(a_case, her_caseworker):
    assert queries.what_matters(a_case) is None
    first = note(a_case, her_caseworker, kind="matters", text="Insulin at eight", happened_on=DAY)
    later = note(a_case, her_caseworker, kind="matters", text="Insulin at nine", happened_on=DAY - timedelta(1), corrects=first)
    note(a_case, her_caseworker, kind="call", text="Called")
    other = actions.open_case(by=her_caseworker, opened_on=DAY, person={})
    note(other, her_caseworker, kind="matters", text="Somebody else")
    found = queries.what_matters(a_case)
    assert (found.pk, found.text, found.written_by.user) == (later.pk, "Insulin at nine", her_caseworker.user)


def test_for_whom_a_note_is_cannot_be_changed_afterwards(a_case, her_caseworker):
    found = note(a_case, her_caseworker, guarded="few")
    with pytest.raises(DatabaseError), transaction.atomic():
        Note.objects.filter(pk=found.pk).update(guarded="")


def test_a_contact_is_logged_beside_its_note(a_case, her_caseworker, sign_in):
    client, address = sign_in(her_caseworker), reverse("case_notes", args=[a_case.number])
    page = client.get(address)
    said = {"kind": "call", "text": "She did not answer.", "direction": "out", "means": "telephone", "counterpart": "person"}
    assert client.post(address, posted(page, **said, was_reached="no", rule_was_kept="yes")).status_code == 302
    shown = client.get(address).content.decode()
    assert "We reached out · Telephone · The person · no answer · the rule on safe contact was kept" in shown
    assert ContactLog.objects.get().key_id == a_case.key_id
    client.post(address, posted(client.get(address), kind="interview", text="We spoke for an hour."))
    assert ContactLog.objects.count() == 1
    assert len(queries.notes_of(a_case)) == 2


def test_no_note_is_from_tomorrow(a_case, her_caseworker, sign_in):
    client, address = sign_in(her_caseworker), reverse("case_notes", args=[a_case.number])
    refused = client.post(address, posted(client.get(address), kind="call", text="Kanarya", happened_on_year="2050"))
    assert refused.status_code == 422
    assert "Kanarya" in refused.content.decode()


def test_an_erased_note_tells_neither_its_kind_nor_for_whom_it_was(a_case, her_caseworker, make_member, shelter):
    supervisor, nurse = make_member(shelter, "supervisor"), make_member(shelter, "health")
    actions.join_team(case=a_case, by=supervisor, member=nurse, role="health", since=DAY)
    note(Case.objects.select_related("person", "organisation").get(pk=a_case.pk), nurse, kind="health")
    note(a_case, her_caseworker, kind="observation", guarded="few")
    ground = erasing.Ground.PERSON_ASKED
    erasing.erase(person=a_case.person, asked_by=her_caseworker, confirmed_by=supervisor, ground=ground)
    assert set(Note.objects.values_list("kind", "guarded")) == {("", "")}
    for column in ("kind", "guarded"):
        with pytest.raises(DatabaseError), transaction.atomic():
            Note.objects.update(**{column: "family"})


@pytest.mark.parametrize("column", ["kind", "guarded"])
def test_while_a_note_is_there_its_kind_stays(a_case, her_caseworker, column):
    note(a_case, her_caseworker, kind="call", guarded="few")
    with pytest.raises(DatabaseError), transaction.atomic():
        Note.objects.update(**{column: ""})
