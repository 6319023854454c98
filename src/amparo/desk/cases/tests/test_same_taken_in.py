"""Somebody comes back who is recorded: a case that is open goes on, another one follows one that ended."""

import pytest
from django.urls import reverse

from amparo.desk.access.guard import Denied
from amparo.desk.cases import actions, courses, queries
from amparo.desk.cases.life_choices import Ending
from amparo.desk.cases.models import Case, Person, ToldApart
from amparo.desk.cases.stages import Stage

from .browsing import posted
from .twins import DAY, MIRA_IN_CYRILLIC, decided, proposed

pytestmark = pytest.mark.django_db


def closed(case, by):
    return actions.move(case=case, by=by, to=Stage.CLOSED, on=DAY, reason="Settled")


def taken_in_as(client, number):
    """Answer the warning with the case that is meant, twice, as an impatient hand does."""
    typed = {"given_names": "Myra", "family_name": "Kovač", "phone": "0611 000 111", "first_note": "Back after two years"}
    page = client.post(reverse("case_new"), posted(client.get(reverse("case_new")), **typed, legacy_number="K-7"))
    again = posted(page, same=number)
    return page, [client.post(reverse("case_new"), again) for _time in range(2)]


def test_the_same_person_gets_another_case_and_nothing_typed_is_lost(sign_in, a_case, her_caseworker, her_supervisor):
    closed(a_case, her_supervisor)
    page, answers = taken_in_as(sign_in(her_caseworker), a_case.number)
    assert "open another case for" in page.text
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Person.objects.count() == 1
    second = Case.objects.exclude(pk=a_case.pk).get()
    person = Person.objects.get()
    assert (person.given_names, person.phone, second.person_id) == ("Mira", "0611 000 111", a_case.person_id)
    notes = [note.text for note in second.notes.opened()]
    assert any("Myra" in note and "Kovač" not in note for note in notes)
    assert "Back after two years" in notes


def test_an_open_case_goes_on_and_gets_no_twin(sign_in, a_case, her_caseworker):
    page, answers = taken_in_as(sign_in(her_caseworker), a_case.number)
    assert f"add this to the open case {a_case.number}" in page.text
    assert [answer["Location"] for answer in answers] == [a_case.address] * 2
    assert (Case.objects.count(), Person.objects.count(), Person.objects.get().phone) == (1, 1, "0611 000 111")
    notes = sorted(note.text for note in a_case.notes.opened())
    assert len(notes) == 3
    assert notes[0] == "Back after two years"
    assert "K-7" in notes[1]
    assert "Myra" in notes[2]
    guarded = [note.guarded for note in a_case.notes.opened() if "Myra" in note.text]
    assert guarded == ["few"], "not every reader of notes reads names"


def test_where_a_colleague_has_the_open_case_no_other_one_is_opened(sign_in, a_joined_pair, her_supervisor, make_member, shelter):
    case, twin, _row = a_joined_pair
    closed(case, her_supervisor)
    colleague = make_member(shelter, "caseworker", name="C. Olleague")
    actions.join_team(case=case, by=her_supervisor, member=colleague, role="case_manager", since=DAY)
    _page, [answer, _again] = taken_in_as(sign_in(colleague), case.number)
    assert answer.status_code == 422
    assert "Another case of this person is open" in answer.text
    assert "Back after two years" in answer.text
    assert Case.objects.count() == 2
    with pytest.raises(Denied, match="another_case_open"):
        courses.open_again(earlier=case, by=colleague, why="asks_again", opened_on=DAY)
    assert not courses.may_follow(colleague, Case.objects.get(pk=case.pk))
    closed(twin, her_supervisor)
    assert courses.may_follow(colleague, Case.objects.get(pk=case.pk))


def test_two_open_cases_of_one_person_warn_both_case_managers_with_what_to_do(
    sign_in, a_case, her_caseworker, her_supervisor, make_member, shelter
):
    colleague = make_member(shelter, "caseworker", name="C. Olleague")
    twin = actions.open_case(by=colleague, opened_on=DAY, person=MIRA_IN_CYRILLIC)
    assert "Another case of this person is open" not in sign_in(her_caseworker).get(a_case.address).text
    decided(proposed(a_case, twin, her_supervisor), second := make_member(shelter, "supervisor", name="T. Second"))
    for member, own, other, other_manager in (
        (her_caseworker, a_case, twin, "C. Olleague"),
        (colleague, twin, a_case, her_caseworker.user.name),
    ):
        client = sign_in(member)
        page = client.get(own.address).text
        assert "Another case of this person is open" in page
        assert other_manager in page
        assert other.pseudonym in page
        assert other.address not in page
        assert reverse("case_closing", args=[own.number]) in page
        today = client.get("/").text
        assert "Agree which case goes on" in today
        assert own.pseudonym in today
    ending = Ending.CARRIED_ON
    lines = courses.lines_for(twin, ending)
    assert {"taken_along", "others_told"} <= {line.code for line in lines}
    answers = {line.code: {"state": "done", "why": ""} for line in lines}
    prepared = courses.prepare_closing(case=twin, by=colleague, ending=ending, ended_on=DAY, words="With I. Maro", answers=answers)
    courses.decide_closing(closing=prepared, by=second, closes=True, version=prepared.version)
    page = sign_in(her_caseworker).get(a_case.address).text
    assert "Another case of this person is open" not in page
    assert "Agree which case goes on" not in sign_in(her_caseworker).get("/").text


def test_two_open_cases_of_one_record_are_found_too(a_case, her_caseworker):
    twin = actions.new_case(person=a_case.person, by=her_caseworker, opened_on=DAY)
    mine = queries.cases_for(her_caseworker)
    assert {case.pk for case in courses.with_another_open(mine)} == {a_case.pk, twin.pk}


def test_a_change_of_name_leads_to_who_may_be_the_same(sign_in, a_case, a_twin, her_caseworker):
    client, address = sign_in(her_caseworker), reverse("case_person", args=[a_twin.number])
    ToldApart.objects.all().delete()
    page = client.post(address, posted(client.get(address), other_names="Mira Kovač"))
    assert page["Location"] == reverse("case_same", args=[a_twin.number])
    assert a_case.number in client.get(page["Location"]).text
