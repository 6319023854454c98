"""One record, several readers: what is closed to a role is on no page, in no form, version, search or draft of theirs."""

from datetime import date

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import reverse

from amparo.desk.access.guard import Denied
from amparo.desk.access.roles import Purpose
from amparo.desk.cases import actions, secrecy
from amparo.desk.cases.middleware import ReadingMiddleware
from amparo.desk.cases.models import Case, Note, Person
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.consent import actions as consents
from amparo.desk.consent.rules import Purpose as Why
from amparo.desk.core import drafts, withholding
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.identification import actions as screenings
from amparo.desk.journeys import actions as journeys

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
WORDS = {
    "name": "Kanarya",
    "birth": "1991",
    "phone": "+000555123",
    "address": "Lindenweg",
    "health": "Asthmaspray",
    "intimate": "Gewalttat",
    "family": "Schwester",
    "note": "Kofferwort",
    "answers": "Indikatorwort",
    "wish": "Dolmetschwort",
    "rule": "Kontaktregel",
}
SEES = {
    "caseworker": set(WORDS),
    "supervisor": set(WORDS),
    "health": {"name", "birth", "phone", "health", "intimate", "note", "wish", "rule"},
    "lawyer": {"name", "birth", "phone", "note", "answers", "wish", "rule"},
    "shelter_staff": {"note", "wish", "rule"},
}


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Tovan")


@pytest.fixture
def a_case(her_caseworker):
    case = actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": WORDS["name"], "address": "Altweg"})
    values = {
        "address": WORDS["address"],
        "phone": WORDS["phone"],
        "birth_date": PartialDate.parse("1991-04-02"),
        "interpreter": "yes",
        "interpreter_wish": WORDS["wish"],
        "safe_contact_rule": WORDS["rule"],
        "languages": ["spa"],
    }
    actions.change_person(case=case, by=her_caseworker, values=values, version=case.person.version)
    for kind in ("health", "intimate", "family"):
        actions.write_note(case=case, by=her_caseworker, kind=kind, happened_on=DAY, text=WORDS[kind])
    actions.write_note(case=case, by=her_caseworker, kind="contact", happened_on=DAY, text=WORDS["note"])
    setting = {"held_on": DAY, "setting": "office", "consent_to_interview": "yes"}
    held = screenings.start(case=case, by=her_caseworker, values=setting)
    screenings.keep_answers(
        screening=held, by=her_caseworker, step="work", answers={}, own_words=WORDS["answers"], version=held.version
    )
    journeys.add_leg(case=case, by=her_caseworker, values={"kind": "Exploitation", "to_country": "XC"})
    given = {"state": "given", "asked_on": DAY, "decided_on": DAY, "was_explained": True, "giver": "person"}
    consents.record(case=case, by=her_caseworker, purpose=Why.ASSISTANCE, values=given)
    return case


def pages(case):
    names = (
        "record",
        "record_history",
        "case_known",
        "case_notes",
        "case_versions",
        "case_team",
        "identification",
        "journey",
        "consent",
    )
    return [reverse(name, args=[case.number]) for name in names] + [
        reverse("screening", args=[case.number, case.screenings.get().pk]),
        reverse("case_excerpts", args=[case.number]),
        reverse("case_person", args=[case.number]),
        reverse("people"),
        "/",
    ]


def everything(client, case):
    """Return all that a member is shown of a case, on every page, by search and by the button that shows the number."""
    shown = [client.get(address).content.decode() for address in pages(case)]
    shown.append(client.post(reverse("case_contact", args=[case.number])).content.decode())
    return "".join(shown) + "".join(searched(client, words) for words in (WORDS["name"], case.number, case.pseudonym))


def searched(client, words):
    return client.post(reverse("search"), {"words": words}).content.decode().replace(f'value="{words}"', "")


@pytest.mark.parametrize("role", sorted(SEES))
def test_each_role_is_shown_what_it_needs_and_nothing_else(role, a_case, make_member, shelter, her_supervisor):
    member = make_member(shelter, role)
    actions.join_team(case=a_case, by=her_supervisor, member=member, role="other", since=DAY)
    client = Client()
    client.force_login(member.user)
    text = everything(client, a_case)
    assert {word for word, said in WORDS.items() if said in text} == SEES[role]
    assert ("Altweg" in text) is ("address" in SEES[role]), "an earlier version is as closed as the last"


def test_what_is_closed_reads_alike_whether_or_not_there_is_anything(a_case, make_member, shelter, her_supervisor, her_caseworker):
    """The pages of a record that holds nothing secret and of one that does are the same for who is not cleared."""
    member = make_member(shelter, "shelter_staff")
    bare = actions.open_case(by=her_caseworker, opened_on=DAY, person={})
    full = actions.open_case(by=her_caseworker, opened_on=DAY, person={"address": "A", "identity_number": "B", "other_names": "C"})
    actions.write_note(case=full, by=her_caseworker, kind="health", happened_on=DAY, text="D")
    client, told = Client(), []
    client.force_login(member.user)
    for case in (bare, full):
        actions.join_team(case=case, by=her_supervisor, member=member, role="shelter", since=DAY)
        for name in ("case_known", "case_notes", "case_versions", "record"):
            text = client.get(reverse(name, args=[case.number])).content.decode()
            told.append(_without_what_differs(text, case, name))
    assert told[:3] == told[4:7]


def _without_what_differs(text, case, name):
    import re

    for word in (case.number, case.pseudonym):
        text = text.replace(word, "*")
    text = re.sub(r'value="[^"]{20,}"|\d\d:\d\d|csrf\S+', "", text)
    return (name, text.split("<main", 1)[1])


def test_nobody_overwrites_what_they_cannot_read(a_case, make_member, shelter, her_supervisor):
    person = Person.objects.get(pk=a_case.person_id)
    reader = secrecy.MemberReader(make_member(shelter, "supervisor"), lambda: Purpose.EVIDENCE)
    with withholding.reading(reader), pytest.raises(Denied, match="field_withheld"):
        actions.put(person, {"address": "elsewhere"}, actions.PERSON_FIELDS)
    assert Person.objects.get(pk=a_case.person_id).address == WORDS["address"]


def test_a_version_keeps_every_field_whoever_saves(a_case, her_caseworker):
    person = Person.objects.get(pk=a_case.person_id)
    person.gender = "Woman"
    with withholding.reading(withholding.Nobody()):
        actions.save(person, by=her_caseworker)
    assert Person.objects.get(pk=person.pk).address == WORDS["address"]
    assert person.history.latest().address == WORDS["address"]


def test_a_draft_comes_back_only_into_fields_that_are_still_open(a_case, her_caseworker, her_supervisor):
    client, address = Client(), reverse("case_person", args=[a_case.number])
    client.force_login(her_caseworker.user)
    page = client.get(address)
    from django.http import QueryDict

    typed = QueryDict(mutable=True)
    typed.update(posted(page, address="Draftweg"))
    assert drafts.save(her_caseworker.user_id, address, typed)
    assert "Draftweg" in client.get(address).content.decode()
    her_caseworker.roles = ["shelter_staff"]
    her_caseworker.save()
    assert "Draftweg" not in everything(client, a_case)


def test_a_kind_of_note_that_one_does_not_read_is_not_offered_and_not_taken(a_case, make_member, shelter, her_supervisor):
    lawyer = make_member(shelter, "lawyer")
    actions.join_team(case=a_case, by=her_supervisor, member=lawyer, role="lawyer", since=DAY)
    client = Client()
    client.force_login(lawyer.user)
    address = reverse("case_notes", args=[a_case.number])
    page = client.get(address)
    assert "few read it" not in page.content.decode()
    answer = client.post(address, posted(page, kind="health", text="x"))
    assert answer.status_code == 422
    with pytest.raises(Denied, match="field_withheld"):
        actions.write_note(case=Case.objects.get(pk=a_case.pk), by=lawyer, kind="family", happened_on=DAY, text="x")
    hidden = Note.objects.get(case=a_case, kind="health")
    assert client.get(reverse("case_note_correct", args=[a_case.number, hidden.pk])).status_code == 404


def test_an_answer_that_streams_is_read_by_who_asked_and_not_by_the_office(a_case, make_member, shelter, her_supervisor, rf):
    """It is made after the request has ended, when nobody would be reading any more."""
    nurse = make_member(shelter, "health")
    actions.join_team(case=a_case, by=her_supervisor, member=nurse, role="health", since=DAY)

    def streaming(request):
        request.purpose = Purpose.CASEWORK
        person = Person.objects.get(pk=a_case.person_id)
        return StreamingHttpResponse(str(getattr(person, name)) for name in ("given_names", "address"))

    request = rf.get("/")
    request.member = nurse
    answer = ReadingMiddleware(streaming)(request)
    assert b"".join(answer.streaming_content).decode() == WORDS["name"]
