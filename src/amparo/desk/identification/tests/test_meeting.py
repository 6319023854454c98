"""Two people at one screening: question by question they see whose change differs, and nothing of either is lost."""

import re
from datetime import date

import pytest
from django.urls import reverse

from amparo.desk.cases import actions as cases
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.core.locking import Stale
from amparo.desk.identification import actions, meeting
from amparo.desk.identification.models import Screening
from amparo.desk.identification.rules import Outcome

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 1)


@pytest.fixture
def a_case(her_caseworker):
    return cases.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": "Amarena"})


@pytest.fixture
def a_colleague(make_member, shelter):
    return make_member(shelter, "supervisor", name="C. Olleague")


@pytest.fixture
def a_screening(a_case, her_caseworker):
    begun = actions.start(case=a_case, by=her_caseworker, values={"held_on": DAY, "consent_to_interview": "yes"})
    return said(begun, her_caseworker, WRK_1=("yes", "statement", "Twelve hours"), WRK_2=("unknown", "", ""))


def said(screening, by, step="work", own_words="", version=None, **answers):
    parts = {code.replace("_", "-"): dict(zip(meeting.PARTS, held, strict=True)) for code, held in answers.items()}
    fresh = Screening.objects.get(pk=screening.pk)
    return actions.keep_answers(
        screening=fresh, by=by, step=step, answers=parts, own_words=own_words, version=version or fresh.version
    )


def opened(client, screening, step="work"):
    """Open a page of the screening as a browser does; return its address and what it would send, with some answers changed."""
    address = reverse("screening_step", args=[screening.case.number, screening.pk, step])
    page = client.get(address)
    return address, posted(page) | {"typist": re.search(r'name="typist" value="([^"]*)"', page.text)[1]}


def test_what_only_the_other_answered_stays_and_what_both_answered_is_told(a_screening, her_caseworker, a_colleague, sign_in):
    client = sign_in(her_caseworker)
    address, mine = opened(client, a_screening)
    mine |= {"WRK-2.answer": "no", "WRK-1.note": "Mine: sixteen hours", "WRK-3.answer": "yes"}
    changed = {
        "WRK_1": ("yes", "statement", "Theirs: fourteen"),
        "WRK_4": ("yes", "document", "Payslip"),
        "WRK_2": ("yes", "observation", ""),
    }
    said(a_screening, a_colleague, own_words="They kept my money", **changed)
    refused = client.post(address, mine)
    told = refused.text
    assert refused.status_code == 409
    for words in ("Theirs: fourteen", "Mine: sixteen hours", "Twelve hours", "Payslip", "They kept my money", "C. Olleague"):
        assert words in told, words
    assert told.count("both changed it") == 3, "the note of one, answer and source of the other"
    kept = Screening.objects.get().answers
    assert (kept["WRK-2"]["answer"], kept["WRK-1"]["note"]) == ("yes", "Theirs: fourteen")
    again = client.get(address)
    form = again.context["form"]
    assert form["WRK-4.answer"].value() == "yes"
    assert form["WRK-4.source"].value() == "document"
    assert form["WRK-4.note"].value() == "Payslip"
    assert form["own_words"].value() == "They kept my money"
    assert form["WRK-2.answer"].value() == "no"
    assert form["WRK-1.note"].value() == "Mine: sixteen hours"
    assert form["WRK-3.answer"].value() == "yes"
    assert "Saved now: Theirs: fourteen" in again.text
    assert client.post(address, posted(again)).status_code == 302
    held = Screening.objects.get()
    assert held.answers["WRK-4"] == {"answer": "yes", "source": "document", "note": "Payslip"}
    assert held.answers["WRK-2"]["answer"] == "no"
    assert held.answers["WRK-3"] == {"answer": "yes", "source": "statement"}
    assert held.own_words == {"work": "They kept my money"}


def test_my_usual_source_never_becomes_theirs(a_screening, her_caseworker, a_colleague, sign_in):
    client = sign_in(her_caseworker)
    address, mine = opened(client, a_screening)
    mine |= {"usual_source": "document", "WRK-3.answer": "no"}
    said(a_screening, a_colleague, WRK_4=("yes", "statement", ""), WRK_1=("yes", "statement", "Twelve hours"))
    assert client.post(address, mine).status_code == 409
    assert client.post(address, posted(client.get(address))).status_code == 302
    held = Screening.objects.get().answers
    assert (held["WRK-4"]["source"], held["WRK-3"]["source"]) == ("statement", "document")


def test_two_at_different_steps_are_in_nobodys_way(a_screening, her_caseworker, a_colleague, sign_in):
    client = sign_in(her_caseworker)
    address, mine = opened(client, a_screening)
    setting, changed = opened(client, a_screening, "setting")
    said(a_screening, a_colleague, step="recruitment", REC_1=("yes", "statement", ""))
    assert client.post(address, mine | {"WRK-3.answer": "yes"}).status_code == 302
    assert client.post(setting, changed | {"place": "A quiet room"}).status_code == 302
    held = Screening.objects.get()
    assert {"REC-1", "WRK-1", "WRK-3"} <= set(held.answers)
    assert held.place == "A quiet room"


def test_two_at_the_setting_are_told_as_with_any_record(a_screening, her_caseworker, a_colleague, sign_in):
    client = sign_in(her_caseworker)
    address, mine = opened(client, a_screening, "setting")
    version = Screening.objects.get().version
    actions.change_setting(screening=Screening.objects.get(), by=a_colleague, values={"place": "The shelter"}, version=version)
    told = client.post(address, mine | {"place": "The police station"}).text
    assert "both changed it" in told
    assert "The shelter" in told
    assert "The police station" in told


def test_who_is_about_to_decide_hears_which_answers_were_changed_meanwhile(a_screening, her_caseworker, a_colleague, sign_in):
    client = sign_in(her_caseworker)
    address, mine = opened(client, a_screening, "decide")
    said(a_screening, a_colleague, WRK_4=("yes", "document", "Payslip"))
    mine |= {"outcome": Outcome.PRESUMED.value, "reasons": "A detailed account"}
    refused = client.post(address, mine)
    assert refused.status_code == 409
    assert "Payslip" in refused.text
    assert "both changed it" not in refused.text
    assert "A detailed account" in client.get(address).text
    assert not Screening.objects.get().is_decided


def test_answers_typed_while_somebody_decided_come_back_with_the_reason(a_screening, her_caseworker, a_colleague, sign_in):
    client = sign_in(her_caseworker)
    address, mine = opened(client, a_screening)
    now = Screening.objects.get()
    actions.decide(screening=now, by=a_colleague, outcome=Outcome.PRESUMED, reasons="Enough", on=DAY, version=now.version)
    page = client.post(address, mine | {"WRK-3.answer": "yes", "own_words": "A last word"})
    assert page.status_code == 422
    assert "Somebody has decided in the meantime" in page.text
    assert "A last word" in page.text
    assert "WRK-3" not in Screening.objects.get().answers
    assert client.get(address).status_code == 302


def test_a_version_that_was_not_kept_refuses_and_claims_nothing(a_screening, her_caseworker):
    with pytest.raises(Stale):
        said(a_screening, her_caseworker, version=99, WRK_1=("no", "statement", ""))
    a_screening.history.all().delete()
    with pytest.raises(Stale) as met:
        said(a_screening, her_caseworker, version=1, WRK_1=("no", "statement", ""))
    assert meeting.told(met.value, meeting.of_step(a_screening, "work"), {}).lines == ()
