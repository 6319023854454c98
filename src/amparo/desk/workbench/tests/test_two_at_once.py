"""Two people at one record see field by field whose change differs, and nothing of either is lost."""

from datetime import date

import pytest
from django.urls import reverse

from amparo.desk.cases import actions, kin
from amparo.desk.cases.models import Case, IdentityPaper, Note, Person, Relative
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.core.models import Draft

from .test_nothing_lost import come_in, end_session, fields_of, strict

DAY = date(2026, 3, 2)


@pytest.fixture
def a_case(her_caseworker):
    person = {"given_names": "Amarena", "phone": "0151 000", "gender": "Feminine", "languages": ["ara"]}
    return actions.open_case(by=her_caseworker, opened_on=DAY, person=person)


@pytest.fixture
def a_colleague(make_member, shelter):
    return make_member(shelter, "supervisor", name="C. Olleague")


def test_what_only_the_other_changed_stays_as_they_saved_it(a_case, her_caseworker, a_colleague, sign_in):
    client, address = sign_in(her_caseworker), reverse("case_person", args=[a_case.number])
    mine = posted(client.get(address), given_names="Amarena Luz")
    mine["typist"] = fields_of(client.get(address).content.decode())["typist"]
    actions.change_person(case=a_case, by=a_colleague, values={"phone": "0900 222", "gender": ""}, version=1)
    refused = client.post(address, mine)
    told = refused.content.decode()
    assert refused.status_code == 409
    for words in ("0151 000", "0900 222", "C. Olleague", "Amarena Luz", "Telephone"):
        assert words in told
    assert "both changed it" not in told
    assert "it holds both" in told
    assert told.count("left as it was") == 2
    again = client.get(address)
    form = again.context["form"]
    assert 'value="Amarena Luz"' in again.content.decode()
    assert 'value="0900 222"' in again.content.decode()
    assert client.post(address, posted(again) | {"version": form["version"].value()}).status_code == 302
    person = Person.objects.get()
    assert (person.given_names, person.phone, person.gender) == ("Amarena Luz", "0900 222", "")


def test_where_both_changed_one_field_a_person_chooses(a_case, her_caseworker, a_colleague, sign_in):
    client, address = sign_in(her_caseworker), reverse("case_person", args=[a_case.number])
    mine = posted(client.get(address), phone="0777 333", citizenship="RO")
    mine["typist"] = fields_of(client.get(address).content.decode())["typist"]
    actions.change_person(case=a_case, by=a_colleague, values={"phone": "0900 222", "citizenship": ["MD"]}, version=1)
    told = client.post(address, mine).content.decode()
    assert told.count("both changed it") == 2
    assert "Moldova" in told
    assert "Romania" in told
    again = client.get(address).content.decode()
    assert 'value="0777 333"' in again
    assert "Saved now: 0900 222" in again
    assert Person.objects.get().phone == "0900 222"


def test_a_risk_that_was_assessed_meanwhile_is_told_with_its_reason(a_case, her_caseworker, a_colleague, sign_in):
    client, address = sign_in(her_caseworker), reverse("case_risk", args=[a_case.number])
    mine = posted(client.get(address), risk="1", reason="She feels safe")
    mine["typist"] = fields_of(client.get(address).content.decode())["typist"]
    actions.assess_risk(case=a_case, by=a_colleague, risk=3, on=DAY, reason="He knows the address")
    told = client.post(address, mine).content.decode()
    assert "He knows the address" in told
    assert "She feels safe" in told
    assert "C. Olleague" in told
    assert Case.objects.get().risk == 3


@pytest.mark.parametrize("model", [Relative, IdentityPaper])
def test_family_and_papers_are_told_in_the_same_way(a_case, her_caseworker, a_colleague, sign_in, model):
    kind = {"relation": "sibling"} if model is Relative else {"kind": "passport"}
    row = kin.record(case=a_case, by=her_caseworker, model=model, values=kind | {"words": "before"})
    view = "case_relative" if model is Relative else "case_paper"
    client, address = sign_in(her_caseworker), reverse(view, args=[a_case.number, row.pk])
    mine = posted(client.get(address), words="mine")
    mine["typist"] = fields_of(client.get(address).content.decode())["typist"]
    kin.change(case=a_case, row=row, by=a_colleague, values={"words": "theirs"}, version=1)
    refused = client.post(address, mine)
    assert refused.status_code == 409
    assert all(words in refused.content.decode() for words in ("before", "theirs", "mine", "both changed it"))


def test_a_note_typed_while_the_session_ended_is_there_after_signing_in(a_case, her_caseworker):
    client, address = strict(her_caseworker), reverse("case_notes", args=[a_case.number])
    page = client.get(address).content.decode()
    sent = fields_of(page) | {"kind": "call", "text": "She called from a shop.", "guarded": "few", "direction": "in"}
    sent |= {"happened_on_day": "2", "happened_on_month": "3", "happened_on_year": "2026"}
    end_session(client)
    assert client.post(address, sent).status_code in (302, 403)
    assert not Note.objects.exists()
    answer = come_in(client, her_caseworker)
    assert answer.status_code == 302
    assert answer["Location"] == address
    again = client.get(address).content.decode()
    assert "She called from a shop." in again
    assert "What you typed is here again." in again
    assert bytes(Draft.objects.get().sealed).find(b"shop") == -1
