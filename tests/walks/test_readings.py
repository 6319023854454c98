"""Nobody reads a case unseen: every answer that shows one has written exactly one event about it, or said what it changed."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise

from amparo.desk.access.models import Organisation
from amparo.desk.answers import actions as answers
from amparo.desk.audit import chain, wording
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions as cases
from amparo.desk.cases import courses, filing, holds, kin, same, staffing
from amparo.desk.cases.models import IdentityPaper, Relative, ToldApart
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.consent import actions as consents
from amparo.desk.consent import disclosing
from amparo.desk.consent.rules import Purpose
from amparo.desk.core.ids import uuid7
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.identification import actions as screenings
from amparo.desk.identification import age_actions, formal_actions, help_actions
from amparo.desk.identification.views import ORDER
from amparo.desk.journeys import acting, shown
from amparo.desk.journeys import actions as legs
from amparo.desk.journeys import queries as told_of
from amparo.desk.oversight import requests
from amparo.desk.questions import actions as editions
from amparo.desk.questions import documents
from amparo.desk.questions.documents import Piece, Template
from amparo.desk.questions.form import Form, Kind, Question, Secrecy, with_answers
from amparo.desk.questions.pack import Pack, form_piece
from amparo.desk.questions.pack import Piece as PackPiece

from .test_addresses import PARAMETER, addresses

DAY = date(2026, 3, 2)
NAME, STORY = "Kestrella", "They kept the passport in the office."
ASKED = (("get", {}), ("head", {}), ("post", {}), ("post", {"version": "x"}), ("post", {"version": "0", "on_year": "x"}))
"""What is asked of each address: reading it twice, a form without answers, wrong forms, an older version."""
SHOWN = (200, 409, 422)
REFUSED = {
    *("case_person", "case_facts", "case_risk", "case_move", "case_notes", "case_note_correct", "case_team"),
    *("screening_new", "screening_step", "leg_new", "leg", "consent_new", "consent_answer", "case_conflict", "excerpt_new"),
}
"""Pages whose forms come back refused."""
NOTHING = (301, 302, 303, 403, 404, 405)


@pytest.fixture
def a_case(her_caseworker):
    """A case with one of each thing that an address can name."""
    person = {"given_names": NAME, "birth_date": PartialDate.parse("1995-04"), "phone": "+99 555 0143"}
    return cases.open_case(by=her_caseworker, opened_on=DAY, person=person)


@pytest.fixture
def things(a_case, her_caseworker, her_supervisor, make_member, shelter):
    """Return, for each parameter of an address, every value it can take for the case."""
    by = {"case": a_case, "by": her_caseworker}
    yes = {"asked_on": DAY, "was_explained": True, "told_of_publication": True}
    asked = consents.record(**by, purpose=Purpose.RESEARCH, values=yes | {"state": "asked"})
    given = consents.record(**by, purpose=Purpose.STATISTICS, values=yes | {"state": "given", "decided_on": DAY})
    nurse = make_member(shelter, "health", name="N. Urse")
    place = cases.join_team(case=a_case, by=her_supervisor, member=nurse, role="health", since=DAY)
    begun = screenings.start(**by, values={"held_on": DAY, "consent_to_interview": "yes", "setting": "shelter"})
    asked_formally = formal_actions.notify(**by, values={"country": "XC", "body": "costaverde-mechanism", "notified_on": DAY})
    told = {"kind": "reflection", "happened_on": DAY}
    decided = formal_actions.add_step(procedure=asked_formally, by=her_caseworker, values=told)
    told = {"assessed_on": DAY, "method": "documents", "agreed": "yes", "guardian_present": "yes"}
    assessed = age_actions.record(**by, values=told)
    offered = help_actions.offer(**by, values={"kind": "legal", "offered_on": DAY})
    told = {"authority": "Court", "reference": "7/26", "reason": "claim"}
    held = holds.place(case=a_case, by=her_supervisor, row_id=uuid7(), **told)
    wanted = requests.enter(**by, kind="access", received_on=DAY, row_id=uuid7())
    requests.identify(request=wanted, by=her_caseworker, how="document", version=1)
    twin = cases.open_case(**{"by": her_caseworker, "opened_on": DAY, "person": {"given_names": NAME}})
    return {
        "number": [a_case.number],
        "other": [twin.number],
        "apart_id": [_apart(a_case, her_caseworker)],
        "note_id": [cases.write_note(**by, kind="matters", happened_on=DAY, text=STORY).pk],
        "place_id": [place.pk],
        "screening_id": [begun.pk],
        "procedure_id": [asked_formally.pk],
        "formal_step_id": [decided.pk],
        "assessment_id": [assessed.pk],
        "help_id": [offered.pk],
        "step": ORDER,
        **_journey(by),
        "consent_id": [asked.pk, given.pk],
        "hold_id": [held.pk],
        "request_id": [wanted.pk],
        "conflict_id": [_conflict(a_case, her_supervisor, nurse).pk],
        "disclosure_id": [_disclosure(a_case, her_caseworker, make_member).pk],
        **_life(
            a_case,
            her_caseworker,
            her_supervisor,
            [make_member(shelter, "caseworker", name=name) for name in ("G. Iver", "T. Aker")],
        ),
        **_answers(a_case, her_caseworker, make_member(shelter, "administrator")),
    }


def _apart(case, by):
    """Another record of which somebody said that it is of another person."""
    other = cases.open_case(by=by, opened_on=DAY, person={"given_names": "Sexta"})
    same.tell_apart_as(by=by, case=case, other=other)
    return ToldApart.objects.get(other__in=[other.person_id, case.person_id], one__in=[other.person_id, case.person_id]).pk


def _life(case, by, supervisor, colleagues):
    """Return one of each thing that the course of a case and the life of a person bring along."""
    giver, taker = colleagues
    cases.join_team(case=case, by=supervisor, member=giver, role="other", since=DAY)
    about = {"case": case, "by": by}
    paper = {"name": "order.pdf", "pieces": [b"%PDF-1.7 an order"]}
    lines = {line.code: {"state": "done", "why": ""} for line in courses.lines_for(case, "settled")}
    ended = {"ending": "settled", "ended_on": timezone.localdate(), "words": "All is well.", "answers": lines}
    return {
        "relative_id": [kin.record(**about, model=Relative, values={"relation": "child", "phone": "+99 555 0144"}).pk],
        "paper_id": [kin.record(**about, model=IdentityPaper, values={"kind": "passport"}).pk],
        "document_id": [filing.add(**about, kind="court", **paper).pk],
        "offer_id": [courses.offer(case=type(case).objects.get(pk=case.pk), by=giver, taker=taker).pk],
        "closing_id": [courses.prepare_closing(**about, **ended).pk],
    }


def _journey(by):
    """A journey with one of each thing, and something that does not fit."""
    leg = legs.add_leg(**by, values={"kind": "Transit", "from_country": "XA", "to_country": "XB"})
    legs.add_leg(**by, values={"kind": "Exploitation", "from_country": "XB", "to_country": "XB"})
    link = acting.add_actor(**by, values={"called": "the cook", "name": "Ana Belmar", "phones": "+99 555 0101"})
    acting.take_part(leg=leg, link=link, by=by["by"], roles=["Other"])
    legs.add_document(leg=leg, by=by["by"], link=link, values={"kind": "passport", "state": "kept"})
    amount = legs.add_amount(leg=leg, by=by["by"], values={"purpose": "debt", "state": "claimed", "amount": "5", "currency": "EUR"})
    found = shown.found_in(told_of.told(by["case"]), by["case"])
    legs.answer_oddity(**by, found=found[0], state="unknown", note="", version=0)
    return {
        "leg_id": [leg.pk],
        "actor_id": [link.pk],
        "kind": ["amount"],
        "row_id": [amount.pk],
        "way": ["up", "down"],
        "subject": [found[0].subject],
    }


def _answers(case, by, administrator):
    """A form and a document template in force, and a filling of that form."""
    questions = [Question("told", Kind.TEXT, {"en": "What was told"}, secrecy=Secrecy.NARRATIVE)]
    form = with_answers(Form("further", {"en": "Further"}, ("en",), tuple(questions)))
    paper = Template("paper", {"en": "Paper"}, ("en",), (Piece("fields", {}, ("case.number",)),))
    pieces = (form_piece(form), PackPiece("template", "paper", {"en": "Paper"}, ("en",), documents.as_data(paper)))
    made = editions.bring(pack=Pack("XC", "1", pieces), by=administrator)
    today = timezone.localdate()
    begun = [editions.activate(edition=one, by=administrator, on=today, version=1) for one in made]
    filling = answers.fill(case=case, edition=begun[0], by=by, asked_on=DAY, answers={"told": STORY})
    return {"edition_id": [one.pk for one in begun], "filling_id": [filling.pk]}


def _conflict(case, by, member):
    return staffing.declare_conflict(case=case, by=by, member=member, kind="known", reason="")


def _disclosure(case, by, make_member):
    officer = make_member(Organisation.objects.create(name="Port police"), "police")
    ground = {"authority": "Court", "reference": "4/26"}
    days = {"since": timezone.localdate(), "until": timezone.localdate()}
    return disclosing.open_excerpt(case=case, by=by, body=officer.organisation, data=["legal"], **days, **ground)


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Uper")


def of_one_case():
    """Return (name, names of its parameters) of every address about one case, also of those that come later."""
    found = []
    for name, route, _view in addresses():
        if route.lstrip("^").startswith("cases/"):
            found.append((name, [parameter or group for _kind, parameter, group in PARAMETER.findall(route)]))
    return found


def filled(name, parameters, things):
    """Return an address once for each thing that it can name."""
    unknown = set(parameters) - set(things)
    assert not unknown, f"{name}: say in `things` what {sorted(unknown)} can be"
    chosen = [{}]
    for parameter in parameters:
        chosen = [held | {parameter: value} for held in chosen for value in things[parameter]]
    return [reverse(name, kwargs=held) for held in chosen]


def test_the_addresses_of_a_case_are_found():
    names = {name for name, _parameters in of_one_case()}
    assert {"record", "case_next_step", "case_note_correct", "screening_new", "leg_new", "consent_withdraw"} <= names
    assert len(names) > 20


def test_every_answer_that_shows_a_case_is_recorded_once(a_case, things, her_supervisor, her_caseworker, sign_in):
    shown, unseen, odd = [], [], []
    for member in (her_supervisor, her_caseworker):
        client = sign_in(member)
        for name, parameters in of_one_case():
            for address in filled(name, parameters, things):
                for method, data in ASKED:
                    before = Event.objects.order_by("-sequence").first().sequence
                    answer = getattr(client, method)(address, data)
                    told = chain.of_subject(a_case).filter(sequence__gt=before, actor_id=member.id)
                    case = f"{method} {address}: {answer.status_code}, {[event.action for event in told]}"
                    body = b"".join(answer).decode(errors="replace")
                    if answer.status_code in SHOWN or NAME in body or STORY in body:
                        shown.append((name, method, answer.status_code))
                        if len(told) != 1:
                            unseen.append(case)
                    elif answer.status_code not in NOTHING:
                        odd.append(case)
    assert not unseen, "\n".join(unseen)
    assert not odd, "\n".join(odd)
    assert len([name for name, method, status in shown if (method, status) == ("get", 200)]) > 45
    refused = {name for name, _method, status in shown if status == 422}
    assert refused >= REFUSED, REFUSED - refused
    assert 409 in {status for _name, _method, status in shown}


def test_a_form_that_meets_another_change_is_recorded(a_case, her_caseworker, sign_in):
    client = sign_in(her_caseworker)
    address = reverse("case_person", args=[a_case.number])
    data = posted(client.get(address), given_names="Kestrel")
    cases.change_person(case=a_case, by=her_caseworker, values={"given_names": "Kes"}, version=a_case.person.version)
    before = chain.of_subject(a_case).count()
    assert client.post(address, data).status_code == 409
    assert [event.action for event in chain.of_subject(a_case)][: -before or None] == ["case.read"]


def test_a_change_that_succeeds_is_told_as_a_change_only(a_case, her_caseworker, sign_in):
    client = sign_in(her_caseworker)
    address = reverse("case_next_step", args=[a_case.number])
    data = posted(client.get(address), next_step="See the nurse")
    before = chain.of_subject(a_case).count()
    assert client.post(address, data).status_code == 302
    assert [event.action for event in chain.of_subject(a_case)][:-before] == ["case.changed"]


def test_what_cannot_be_recorded_is_not_shown(a_case, her_caseworker, sign_in, monkeypatch):
    client = sign_in(her_caseworker)
    client.raise_request_exception = False
    record = chain.record

    def full(action, *given, **named):
        if action == "case.read":
            raise OSError
        return record(action, *given, **named)

    monkeypatch.setattr(chain, "record", full)
    answer = client.get(reverse("case_notes", args=[a_case.number]))
    assert answer.status_code == 500
    assert NAME not in answer.content.decode()


def test_whoever_may_not_read_leaves_no_reading(a_case, the_partner, sign_in):
    before = Event.objects.filter(action="case.read").count()
    assert sign_in(the_partner).get(reverse("case_notes", args=[a_case.number])).status_code == 404
    assert Event.objects.filter(action="case.read").count() == before


def test_each_part_that_is_read_has_a_name_in_the_history(a_case, things, her_supervisor, sign_in):
    client = sign_in(her_supervisor)
    for name, parameters in of_one_case():
        for address in filled(name, parameters, things):
            client.get(address)
    parts = {event.details["part"] for event in chain.of_subject(a_case).filter(action="case.read")}
    assert len(parts) > 8
    assert all(isinstance(wording.part(part), Promise) for part in parts), parts


@pytest.mark.parametrize(("name", "alike"), [(NAME, 1), ("Nobody", 0)])
def test_a_comparison_of_names_is_recorded_without_the_name(name, alike, a_case, her_caseworker, sign_in):
    client = sign_in(her_caseworker)
    address = reverse("case_new")
    client.post(address, posted(client.get(address), given_names=name))
    event = Event.objects.get(action="people.compared")
    assert (event.actor_id, event.details) == (her_caseworker.id, {"shown": alike, "others": 0})
