"""Pages of consent: asking, answering, withdrawing, and who may not."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Case
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.consent import actions, queries
from amparo.desk.consent.models import Consent
from amparo.desk.consent.rules import Purpose
from amparo.desk.core.partial_dates import PartialDate

DAY = date(2026, 6, 1)
YES = {"state": "given", "asked_on": DAY, "decided_on": DAY, "was_explained": True, "told_of_publication": True}


@pytest.fixture
def a_case(her_caseworker):
    return cases.open_case(by=her_caseworker, opened_on=DAY, person={"birth_date": PartialDate.parse("1990")})


@pytest.fixture
def a_yes(a_case, her_caseworker):
    return actions.record(case=a_case, by=her_caseworker, purpose=Purpose.STATISTICS, values=YES)


def test_one_conversation_makes_one_consent_for_each_purpose_and_twice_is_once(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("consent_new", args=[a_case.number])
    changed = {"purposes": ["assistance", "statistics"], "state": "given", "was_explained": "on", "told_of_publication": "on"}
    data = posted(client.get(address), **changed)
    for _time in range(2):
        assert client.post(address, data).status_code == 302
    assert sorted(Consent.objects.values_list("purpose", flat=True)) == ["assistance", "statistics"]


def test_a_yes_that_is_not_informed_comes_back_with_what_was_typed(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("consent_new", args=[a_case.number])
    changed = {"purposes": ["statistics"], "state": "given", "was_explained": "on", "own_words": "Yes, if it helps others"}
    page = client.post(address, posted(client.get(address), **changed))
    assert page.status_code == 422
    assert "what was published stays published, even after a withdrawal" in page.content.decode()
    assert "Yes, if it helps others" in page.content.decode()
    assert not Consent.objects.exists()


def test_of_several_purposes_none_is_recorded_when_one_cannot_be(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("consent_new", args=[a_case.number])
    changed = {"purposes": ["assistance", "referral"], "state": "given", "was_explained": "on"}
    assert client.post(address, posted(client.get(address), **changed)).status_code == 422
    assert not Consent.objects.exists()


def test_time_to_think_then_a_no(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("consent_new", args=[a_case.number])
    client.post(address, posted(client.get(address), purposes=["research"], state="asked"))
    consent = Consent.objects.get()
    assert (consent.state, consent.decided_on) == ("asked", None)
    answer = reverse("consent_answer", args=[a_case.number, consent.pk])
    assert client.post(answer, posted(client.get(answer), state="refused")).status_code == 302
    assert Consent.objects.get().state == "refused"


def test_withdrawing_says_what_stops_and_what_stays(sign_in, a_case, a_yes, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("consent_withdraw", args=[a_case.number, a_yes.pk])
    page = client.get(address)
    assert "Releases published before stay as they are" in page.content.decode()
    for _time in range(2):
        assert client.post(address, posted(page)).status_code == 302
    assert Consent.objects.get().state == "withdrawn"
    listed = client.get(reverse("consent", args=[a_case.number])).content.decode()
    assert "withdrawn" in listed
    assert reverse("consent_sign", args=[a_case.number, a_yes.pk]) not in listed, "what was taken back is not signed"


@pytest.mark.parametrize("name", ["consent", "consent_new", "consent_withdraw"])
def test_who_may_open_the_pages(name, sign_in, a_case, a_yes, her_caseworker, the_partner, the_outsider, make_member, shelter):
    address = reverse(name, args=[a_case.number, *([a_yes.pk] if name == "consent_withdraw" else [])])
    assert sign_in(her_caseworker).get(address).status_code == 200
    assert sign_in(her_caseworker).delete(address).status_code == 405
    assert sign_in(the_partner).get(address).status_code == 404
    for member in (the_outsider, make_member(shelter, "labour_inspection"), make_member(shelter, "data_steward")):
        assert sign_in(member).get(address).status_code == 403
        assert sign_in(member).post(address).status_code == 403


def test_a_form_sent_again_with_another_answer_is_told_and_loses_nothing(sign_in, a_case, her_caseworker):
    client, address = sign_in(her_caseworker), reverse("consent_new", args=[a_case.number])
    data = posted(client.get(address), purposes=["assistance"], state="given", was_explained="on", own_words="Yes")
    client.post(address, data)
    page = client.post(address, data | {"state": "refused", "own_words": "No, after all"})
    assert page.status_code == 422
    assert "is not saved yet" in page.text
    assert "No, after all" in page.text
    assert client.post(address, posted(page)).status_code == 302
    assert sorted(row.own_words for row in Consent.objects.all()) == ["No, after all", "Yes"]


def test_words_of_a_second_withdrawal_are_not_dropped_in_silence(sign_in, a_yes, a_case, her_caseworker):
    client, address = sign_in(her_caseworker), reverse("consent_withdraw", args=[a_case.number, a_yes.pk])
    assert client.post(address, {"own_words": "I changed my mind"}).status_code == 302
    assert client.post(address, {"own_words": "I changed my mind"}).status_code == 302
    page = client.post(address, {"own_words": "And never call again"})
    assert page.status_code == 422
    assert "What is said otherwise here is not saved" in page.text
    assert "And never call again" in page.text


@pytest.fixture
def a_childs_case(her_caseworker):
    return cases.open_case(by=her_caseworker, opened_on=DAY, person={"birth_date": PartialDate.parse("2024")})


def test_a_very_young_child_needs_a_reason_that_is_shown_with_the_consent(sign_in, a_childs_case, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("consent_new", args=[a_childs_case.number])
    given = {"purposes": ["assistance"], "state": "given", "was_explained": "on", "giver": "guardian", "guardian_name": "R. Diaz"}
    page = client.post(address, posted(client.get(address), **given))
    assert page.status_code == 422
    assert "Ask the child too" in page.content.decode()
    reason = {"why_not_asked": "Two years old: she does not speak yet."}
    assert client.post(address, posted(client.get(address), **given, **reason)).status_code == 302
    assert reason["why_not_asked"] in client.get(reverse("consent", args=[a_childs_case.number])).content.decode()


def test_everything_that_a_consent_lacks_is_said_on_one_page_in_the_order_of_the_page(sign_in, a_childs_case, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("consent_new", args=[a_childs_case.number])
    page = client.post(address, posted(client.get(address), purposes=["research"], state="given", asked_on_0="41")).content.decode()
    wanted = ["id_data_0", "id_was_explained", "id_told_of_publication", "id_giver_0", "id_assent_0"]
    places = [page.index(f'href="#{name}"') for name in wanted]
    assert places == sorted(places)


@pytest.mark.parametrize(("born", "is_open"), [("1990", False), ("2015", True), ("", True)])
def test_what_only_a_guardian_answers_stands_folded_for_an_adult_alone(born, is_open, sign_in, her_caseworker):
    person = {"birth_date": PartialDate.parse(born)} if born else {"given_names": "Nour"}
    case = cases.open_case(by=her_caseworker, opened_on=DAY, person=person)
    form = sign_in(her_caseworker).get(reverse("consent_new", args=[case.number])).context["form"]
    folded = {name.name: section.is_folded for section in form.shown_sections() for name in section.fields}
    assert folded["guardian_name"] is not is_open
    assert not folded["giver"]


def test_a_guardians_name_that_is_missing_opens_what_was_folded(sign_in, a_case, her_caseworker):
    client, address = sign_in(her_caseworker), reverse("consent_new", args=[a_case.number])
    answer = client.post(address, posted(client.get(address), purposes=["assistance"], state="given", guardian_name="A. Guardian"))
    folded = [section.is_folded for section in answer.context["form"].shown_sections()]
    assert answer.status_code == 422
    assert not any(folded)


def test_a_no_is_taken_down_after_the_case_has_ended_and_a_yes_is_not(sign_in, a_case, a_yes, her_caseworker, make_member, shelter):
    supervisor = make_member(shelter, "supervisor")
    cases.join_team(case=a_case, by=supervisor, member=supervisor, role="supervisor", since=DAY)
    cases.move(case=a_case, by=supervisor, to=cases.Stage.CLOSED, on=DAY, reason="Settled")
    client, address = sign_in(supervisor), reverse("consent_refuse", args=[a_case.number])
    assert address in client.get(reverse("consent", args=[a_case.number])).content.decode()
    assert client.get(reverse("consent_new", args=[a_case.number])).status_code == 403
    to_all = posted(client.get(address), purposes=["statistics", "referral"], to_everybody="on")
    assert client.post(address, to_all).status_code == 302
    a_case = Case.objects.get(pk=a_case.pk)
    assert not queries.covers(a_case, "statistics", on=timezone.localdate())
    assert {row.purpose for row in Consent.objects.filter(state="refused", recipient="")} == {"statistics", "referral"}
    with pytest.raises(Denied, match="case_closed"):
        actions.record(case=a_case, by=supervisor, purpose=Purpose.REFERRAL, values=YES | {"recipient": "Clinic"})


def test_what_stays_in_the_office_names_it_as_who_receives_it(sign_in, a_case, her_caseworker):
    said = {"state": "given", "was_explained": True, "asked_on": DAY, "decided_on": DAY, "data": ["story"]}
    actions.record(case=a_case, by=her_caseworker, purpose=Purpose.ASSISTANCE, values=said)
    page = sign_in(her_caseworker).get(reverse("consent", args=[a_case.number])).content.decode()
    assert "<span>this office</span>" in page
