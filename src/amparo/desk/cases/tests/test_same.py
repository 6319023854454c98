"""The same person recorded twice: warned of as far as one may see, joined by two, parted again, and never weaker in between."""

import threading
from contextlib import suppress
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied, ProofIsOld
from amparo.desk.audit import chain
from amparo.desk.audit.models import Event
from amparo.desk.cases import (
    actions,
    arriving,
    courses,
    erasing,
    holds,
    joined,
    merging,
    names,
    queries,
    same,
    side_by_side,
    staffing,
)
from amparo.desk.cases.life_choices import Ending
from amparo.desk.cases.models import Case, Conflict, Person, Sameness, ToldApart
from amparo.desk.cases.policies import RecordFacts, may_be_joined
from amparo.desk.cases.stages import Stage
from amparo.desk.core import keys, locking
from amparo.desk.core.ids import uuid7
from amparo.desk.core.models import Change
from amparo.desk.core.partial_dates import PartialDate

from .browsing import posted

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
MIRA = {"given_names": "Mira", "family_name": "Kovač", "birth_date": PartialDate.parse("1991-04-02"), "gender": "Feminine"}
MIRA_IN_CYRILLIC = {
    "given_names": "Мира",
    "family_name": "Ковач",
    "birth_date": PartialDate.parse("1991-04"),
    "phone": "0611 222 333",
}


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Tovan")


@pytest.fixture
def second_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="T. Second")


@pytest.fixture
def a_case(her_caseworker):
    return actions.open_case(by=her_caseworker, opened_on=DAY, person=MIRA)


@pytest.fixture
def a_twin(her_caseworker):
    return actions.open_case(by=her_caseworker, opened_on=DAY, person=MIRA_IN_CYRILLIC)


def fresh(member):
    member.is_fresh = True
    return member


def proposed(case, twin, by, reason="The same telephone and mother."):
    return merging.propose(case=case, other=twin, by=by, reason=reason, row_id=uuid7())


def decided(row, by, is_same=True):
    pair = merging.pair_of(fresh(by), row)
    return merging.decide(pair=pair, by=by, is_same=is_same, reason="Both were asked.")


@pytest.fixture
def a_joined_pair(a_case, a_twin, her_caseworker, her_supervisor):
    row = decided(proposed(a_case, a_twin, her_caseworker), her_supervisor)
    return Case.objects.get(pk=a_case.pk), Case.objects.get(pk=a_twin.pk), row


def sought(**values):
    return same.description(values, today=DAY)


def alike(member, **values):
    return [one.case.number if one.case else "out of reach" for one in same.find(member, sought(**values))]


@pytest.mark.parametrize(
    "typed",
    [
        {"given_names": "Mira", "family_name": "Kovac"},
        {"given_names": "Kovač", "family_name": "Mira"},
        {"given_names": "Мира", "family_name": "Ковач"},
        {"given_names": "Myra", "family_name": "Kovatch", "stated_age": 34},
        {"given_names": "Mira", "birth_date": PartialDate.parse("1991-04-02")},
        {"other_names": "Lucky, Mira Kovac", "given_names": "Joy"},
    ],
)
def test_who_may_be_the_same_is_found_in_any_order_script_and_spelling(a_case, her_caseworker, typed):
    assert alike(her_caseworker, **typed) == [a_case.number]


@pytest.mark.parametrize(
    "typed",
    [
        {"given_names": "Mira", "family_name": "Petrova"},
        {"given_names": "Ana", "family_name": "Lima"},
        {"gender": "Feminine", "birth_date": PartialDate.parse("1991-04-02")},
        {},
    ],
)
def test_nobody_is_warned_of_for_little(a_case, her_caseworker, typed):
    assert alike(her_caseworker, **typed) == []


def test_a_telephone_number_leads_to_who_has_it(a_twin, her_caseworker):
    assert alike(her_caseworker, phone="+381 611 222 333") == [a_twin.number]


@pytest.fixture
def a_colleague(make_member, shelter):
    return make_member(shelter, "caseworker", name="C. Olleague")


def test_of_a_colleagues_case_only_that_there_is_one_is_told(a_case, sign_in, a_colleague, the_partner, the_outsider):
    typed = {"given_names": "Mira", "family_name": "Kovac", "birth_date": PartialDate.parse("1991")}
    [found] = same.find(a_colleague, sought(**typed))
    assert (found.cases, found.levels) == ((), ())
    page = sign_in(a_colleague).post(
        reverse("same_typing"),
        {"given_names": "Mira", "family_name": "Kovac", "birth_date_known": "stated", "birth_date_y": "1991"},
    )
    for word in (a_case.pseudonym, a_case.number, "Kovač", "same name"):
        assert word not in page.text
    for nobody in (the_partner, the_outsider):
        assert same.find(nobody, sought(**typed)) == []


@pytest.mark.parametrize(
    "typed",
    [
        {"phone": "0611 222 333"},
        {"phone": "+381 611 222 333", "gender": "Feminine"},
        {"identity_number": "P 1234567"},
        {"given_names": "Mira", "family_name": "Kovac"},
        {"given_names": "Mira", "family_name": "Kovac", "phone": "0611 222 333"},
        {"given_names": "Mira", "family_name": "Kovac", "identity_number": "P 1234567"},
        {"given_names": "Ana", "family_name": "Lima", "birth_date": PartialDate.parse("1991-04"), "phone": "0611 222 333"},
    ],
)
def test_out_of_reach_no_number_and_no_name_can_be_tried_out(her_caseworker, a_colleague, typed):
    held = MIRA_IN_CYRILLIC | {"identity_number": "P 1234567"}
    number = actions.open_case(by=her_caseworker, opened_on=DAY, person=held).number
    assert alike(a_colleague, **typed) == []
    assert alike(her_caseworker, **typed) == [number]


def test_a_right_number_and_a_wrong_one_are_answered_alike(a_twin, a_colleague):
    typed = {"given_names": "Mira", "family_name": "Kovac", "birth_date": PartialDate.parse("1991-04")}
    answers = [same.find(a_colleague, sought(**typed, phone=number)) for number in ("0611 222 333", "0611 999 999", "")]
    assert [[one.comparison.score for one in found] for found in answers] == [[answers[0][0].comparison.score]] * 3


def test_those_out_of_reach_take_nobodys_place(a_case, her_caseworker, a_colleague, monkeypatch):
    monkeypatch.setattr(same, "MOST_SHOWN", 2)
    typed = {"given_names": "Mira", "family_name": "Kovac", "birth_date": PartialDate.parse("1991-04-02")}
    for _number in range(3):
        actions.open_case(by=a_colleague, opened_on=DAY, person=MIRA | {"citizenship": ["RS"]})
    assert alike(her_caseworker, **typed, citizenship=["RS"]) == [a_case.number, "out of reach", "out of reach"]


def test_whoever_has_not_arrived_takes_nobodys_place(a_case, her_supervisor, monkeypatch):
    monkeypatch.setattr(same, "MOST_SHOWN", 2)
    monkeypatch.setattr(same, "MOST_OPENED", 2)
    for _number in range(5):
        arrival = arriving.Arrival(MIRA, {}, Stage.FIRST_CONTACT, DAY)
        arriving.arrive(arrival, by=her_supervisor, manager=her_supervisor, taken=set())
    names.place_all(her_supervisor.organisation)
    assert alike(her_supervisor, given_names="Mira", family_name="Kovac") == [a_case.number]


def test_who_is_shut_out_hears_nothing(a_case, her_supervisor, make_member, shelter):
    colleague = make_member(shelter, "caseworker", name="C. Olleague")
    staffing.declare_conflict(case=a_case, by=her_supervisor, member=colleague, kind="relation", reason="Her uncle")
    assert same.find(colleague, sought(given_names="Mira", family_name="Kovac")) == []


def test_while_typing_a_list_comes_back_and_no_name_is_written_down(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    page = client.post(reverse("same_typing"), {"given_names": "Мира", "family_name": "Ковач", "citizenship": "nonsense"})
    assert page.status_code == 200
    assert a_case.number in page.text
    assert "written differently" in page.text
    event = Event.objects.filter(action="people.compared").get()
    assert event.details == {"shown": 1, "others": 0}
    assert client.post(reverse("same_typing"), {"given_names": "Nobody"}).content.strip() == b""
    assert client.get(reverse("same_typing")).status_code == 405


def test_asking_has_one_end_for_every_way_and_nobody_is_kept_from_saving(sign_in, a_case, her_caseworker, monkeypatch):
    monkeypatch.setattr(same, "MOST_ASKED", 2)
    client, typed = sign_in(her_caseworker), {"given_names": "Mira", "family_name": "Kovac"}
    assert client.post(reverse("same_typing"), typed).status_code == 200
    warned = client.post(reverse("case_new"), posted(client.get(reverse("case_new")), **typed))
    assert warned.status_code == 422
    assert client.post(reverse("same_typing"), typed).status_code == 429
    assert "so nobody is compared for now" in client.get(reverse("case_same", args=[a_case.number])).text
    saved = client.post(reverse("case_new"), posted(client.get(reverse("case_new")), **typed), follow=True)
    assert saved.status_code == 200
    assert "Nobody was compared with this person" in saved.text
    assert Event.objects.filter(action="people.compared").count() == 2


def test_an_answer_to_a_warning_counts_also_when_nobody_is_compared_any_more(
    sign_in, a_case, her_caseworker, her_supervisor, monkeypatch
):
    monkeypatch.setattr(same, "MOST_ASKED", 1)
    client = sign_in(her_caseworker)
    actions.move(case=a_case, by=her_supervisor, to=Stage.CLOSED, on=DAY, reason="ended")
    page = client.post(reverse("case_new"), posted(client.get(reverse("case_new")), given_names="Mira", family_name="Kovac"))
    assert client.post(reverse("case_new"), posted(page, same=a_case.number)).status_code == 302
    assert Case.objects.filter(person_id=a_case.person_id).count() == 2


def test_a_nul_among_what_is_typed_is_no_number(sign_in, a_case, her_caseworker):
    page = sign_in(her_caseworker).post(reverse("same_typing"), {"given_names": "Mira", "besides": f"{a_case.number}\0"})
    assert page.status_code == 200


def test_another_person_is_recorded_and_nobody_is_warned_again(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    page = client.post(reverse("case_new"), posted(client.get(reverse("case_new")), given_names="Mira", family_name="Kovac"))
    assert page.status_code == 422
    again = posted(page, same="another")
    assert client.post(reverse("case_new"), again).status_code == 302
    assert client.post(reverse("case_new"), again).status_code == 302, "sent twice it is one case"
    other = Case.objects.exclude(pk=a_case.pk).get()
    assert ToldApart.objects.count() == 1
    for one in (a_case, other):
        assert same.ask(her_caseworker, same.recorded(one.person, today=DAY), besides=one) == []


def test_who_was_told_apart_stands_there_with_the_way_back(sign_in, a_case, a_twin, her_caseworker, the_partner):
    client, address = sign_in(her_caseworker), reverse("case_same", args=[a_case.number])
    ToldApart.objects.all().delete()
    same.tell_apart_as(by=her_caseworker, case=a_case, other=a_twin)
    page = client.get(address).text
    assert "Nobody besides looks like the same person" in page
    assert "Nobody else on record" not in page
    assert "You said on" in page
    assert "that these are two persons" in page
    assert a_twin.number in page
    row = ToldApart.objects.get()
    again = reverse("case_same_again", args=[a_case.number, row.pk])
    assert sign_in(the_partner).post(again).status_code in (403, 404)
    assert ToldApart.objects.exists()
    client = sign_in(her_caseworker)
    assert client.post(again).status_code == 302
    assert not ToldApart.objects.exists()
    assert a_twin.number in client.get(address).text
    assert client.post(again).status_code == 302, "sent twice it is the same"
    assert Event.objects.filter(action="same.compared_again").count() == 2


def test_who_is_shut_out_hears_of_nobody_told_apart(sign_in, a_case, a_twin, her_caseworker, her_supervisor):
    ToldApart.objects.all().delete()
    same.tell_apart_as(by=her_supervisor, case=a_case, other=a_twin)
    assert "S. Tovan said on" in sign_in(her_caseworker).get(reverse("case_same", args=[a_case.number])).text
    staffing.declare_conflict(case=a_twin, by=her_supervisor, member=her_caseworker, kind="relation", reason="A cousin")
    assert same.apart_from(her_caseworker, a_case) == []
    same.compare_again(by=her_caseworker, case=a_case, row_id=ToldApart.objects.get().pk)
    assert ToldApart.objects.exists()


def test_an_answer_is_taken_for_the_warning_it_was_given_to(sign_in, a_case, her_caseworker):
    client = sign_in(her_caseworker)
    page = client.post(reverse("case_new"), posted(client.get(reverse("case_new")), given_names="Mira", family_name="Kovac"))
    actions.open_case(by=her_caseworker, opened_on=DAY, person=MIRA_IN_CYRILLIC)
    assert client.post(reverse("case_new"), posted(page, same="another")).status_code == 422
    assert client.post(reverse("case_new"), posted(page, same="XC-2026-09999")).status_code == 422


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
    assert len(notes) == 2
    assert notes[0] == "Back after two years"
    assert "Myra" in notes[1]
    assert "K-7" in notes[1]


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


def test_two_decide_and_what_holds_for_one_holds_for_both(a_case, a_twin, her_caseworker, her_supervisor):
    row = proposed(a_case, a_twin, her_caseworker)
    holds.restrict(case=a_twin, by=her_caseworker)
    assert not holds.is_restricted(a_case.person_id)
    decided(row, her_supervisor)
    assert joined.ids(a_twin.person_id) == [a_case.person_id, a_twin.person_id] == joined.ids(a_case.person_id)
    assert holds.is_restricted(a_case.person_id)
    assert set(holds.restricted(a_case.organisation_id).values_list("pk", flat=True)) >= {a_twin.person_id}
    assert {one.case.pk for one in side_by_side.records_of(her_supervisor, a_case)} == {a_case.pk, a_twin.pk}
    assert Change.objects.filter(kind="person.merged", subject_id=a_twin.person_id).count() == 1
    for case in (a_case, a_twin):
        assert {"same.proposed", "same.joined"} <= set(chain.of_subject(case).values_list("action", flat=True))


def test_a_hold_on_one_keeps_the_other_and_erasing_one_erases_both(
    a_joined_pair, her_caseworker, her_supervisor, second_supervisor
):
    case, twin, _row = a_joined_pair
    hold = holds.place(case=case, by=her_supervisor, authority="Court", reference="1/26", reason="Trial", row_id=uuid7())
    erase = {"asked_by": her_caseworker, "confirmed_by": her_supervisor, "ground": erasing.Ground.PERSON_ASKED}
    with pytest.raises(Denied, match="legal_hold"):
        erasing.erase(person=twin.person, **erase)
    holds.lift(hold=hold, case=twin, by=second_supervisor, reason="The trial is over")
    erasing.erase(person=twin.person, **erase)
    assert set(Person.objects.values_list("key__destroyed_at", flat=True)) & {None} == set()
    assert Change.objects.filter(kind=erasing.ERASED).count() == 2
    assert bytes(Sameness.objects.values_list("reason", flat=True).get() or b"") == b""


def test_who_is_kept_away_from_one_is_kept_away_from_both(a_case, a_twin, her_caseworker, her_supervisor, make_member, shelter):
    colleague = make_member(shelter, "caseworker", name="C. Olleague")
    actions.join_team(case=a_case, by=her_supervisor, member=colleague, role="lawyer", since=DAY)
    staffing.declare_conflict(case=a_twin, by=her_supervisor, member=colleague, kind="relation", reason="Her uncle")
    assert queries.cases_for(colleague).filter(pk=a_case.pk).exists()
    row = decided(proposed(a_case, a_twin, her_caseworker), her_supervisor)
    assert not queries.cases_for(colleague).exists()
    assert colleague.id in Case.objects.get(pk=a_case.pk).facts.shut_out
    merging.part(pair=merging.pair_of(her_supervisor, row), by=her_supervisor, reason="Two sisters")
    assert list(queries.cases_for(colleague)) == [a_case]


def test_search_leads_to_the_record_that_remains(a_joined_pair, her_caseworker):
    case, twin, _row = a_joined_pair
    assert {(match.case.pk, match.by) for match in queries.search(her_caseworker, "0611222333")} == {(case.pk, "joined")}
    assert [match.case.pk for match in queries.search(her_caseworker, twin.number)] == [twin.pk]
    assert alike(her_caseworker, given_names="Мира", family_name="Ковач") == [case.number]


def test_the_rule_of_safe_contact_of_one_is_read_on_both(a_case, a_twin, her_caseworker, her_supervisor, sign_in):
    rule = {"safe_contact_rule": "Never call the brother"}
    actions.change_person(case=a_twin, by=her_caseworker, values=rule, version=1)
    decided(proposed(a_case, a_twin, her_caseworker), her_supervisor)
    page = sign_in(her_caseworker).get(a_case.address)
    assert "Never call the brother" in page.text
    assert a_twin.number in page.text


def rows_of_persons():
    return {row.pk: [getattr(row, one.attname) for one in Person._meta.concrete_fields] for row in Person.objects.opened()}


def test_parted_everything_is_as_it_was(a_case, a_twin, her_caseworker, her_supervisor):
    before = rows_of_persons(), list(Case.objects.order_by("pk").values_list("pk", "person_id", "version"))
    row = decided(proposed(a_case, a_twin, her_caseworker), her_supervisor)
    assert rows_of_persons() != before[0]
    merging.part(pair=merging.pair_of(her_supervisor, row), by=her_supervisor, reason="Two sisters")
    assert (rows_of_persons(), list(Case.objects.order_by("pk").values_list("pk", "person_id", "version"))) == before
    assert same.ask(her_caseworker, same.recorded(a_case.person, today=DAY), besides=a_case) == []
    assert Change.objects.filter(kind="person.parted").count() == 2
    with pytest.raises(Denied, match="same_not_joined"):
        merging.part(pair=merging.pair_of(her_supervisor, row), by=her_supervisor, reason="Again")


def test_what_was_placed_while_joined_stays_on_both(
    a_case, a_twin, her_caseworker, her_supervisor, second_supervisor, make_member, shelter
):
    kept_away = make_member(shelter, "caseworker", name="C. Olleague")
    old = holds.place(case=a_case, by=her_supervisor, authority="Police", reference="9", reason="Before", row_id=uuid7())
    row = decided(proposed(a_case, a_twin, her_caseworker), her_supervisor)
    case, twin = Case.objects.get(pk=a_case.pk), Case.objects.get(pk=a_twin.pk)
    ended = holds.place(case=case, by=her_supervisor, authority="Bank", reference="2", reason="A debt", row_id=uuid7())
    holds.lift(hold=ended, case=case, by=second_supervisor, reason="Paid")
    holds.place(case=case, by=her_supervisor, authority="Court", reference="1/26", reason="Trial", row_id=uuid7())
    holds.restrict(case=twin, by=her_caseworker)
    staffing.declare_conflict(case=twin, by=her_supervisor, member=kept_away, kind="relation", reason="Her uncle")
    merging.part(pair=merging.pair_of(her_supervisor, row), by=her_supervisor, reason="Two sisters")
    assert [(one.authority, one.reason, one.placed_by) for one in holds.of(twin.person_id).opened()] == [
        ("Court", "Trial", her_supervisor)
    ]
    assert {one.authority for one in holds.of(case.person_id).filter(lifted_at=None).opened()} == {"Court", "Police"}
    assert holds.of(twin.person_id).get().key_id == twin.key_id
    assert old.person_id == case.person_id
    for one in (case, twin):
        assert holds.is_restricted(one.person_id)
        assert kept_away.pk in Case.objects.get(pk=one.pk).facts.shut_out
    assert {one.reason for one in Conflict.objects.filter(member=kept_away).opened()} == {"Her uncle"}


def test_of_three_joined_records_the_one_that_is_parted_keeps_what_was_placed_on_any(a_joined_pair, her_caseworker, her_supervisor):
    case, twin, _row = a_joined_pair
    third = actions.open_case(by=her_caseworker, opened_on=DAY, person=MIRA)
    row = decided(proposed(case, third, her_caseworker), her_supervisor)
    holds.place(case=twin, by=her_supervisor, authority="Court", reference="1/26", reason="Trial", row_id=uuid7())
    merging.part(pair=merging.pair_of(her_supervisor, row), by=her_supervisor, reason="Two sisters")
    assert holds.is_held(third.person_id)
    assert holds.is_held(case.person_id)
    assert holds.of(case.person_id).count() == 1


def test_nobody_decides_alone_without_reasons_or_an_old_proof(a_case, a_twin, her_caseworker, her_supervisor, the_partner):
    own = proposed(a_case, a_twin, her_supervisor)
    with pytest.raises(Denied, match="not_your_own_proposal"):
        decided(own, her_supervisor)
    with pytest.raises(Denied, match="same_is_proposed"):
        proposed(a_twin, a_case, her_caseworker)
    with pytest.raises(Denied, match="reason_missing"):
        proposed(a_case, a_twin, her_caseworker, reason=" ")
    with pytest.raises(Denied):
        proposed(a_case, a_twin, the_partner)
    pair = merging.pair_of(her_supervisor, own)
    her_supervisor.is_fresh = False
    with pytest.raises(ProofIsOld):
        merging.decide(pair=pair, by=her_supervisor, is_same=True, reason="x")
    with pytest.raises(Denied, match="supervisor_decides"):
        merging.decide(pair=pair, by=fresh(her_caseworker), is_same=True, reason="x")


def test_told_apart_by_a_supervisor_is_remembered(a_case, a_twin, her_caseworker, her_supervisor):
    decided(proposed(a_case, a_twin, her_caseworker), her_supervisor, is_same=False)
    assert Person.objects.filter(merged_into__isnull=False).count() == 0
    assert same.ask(her_caseworker, same.recorded(a_case.person, today=DAY), besides=a_case) == []


def test_no_record_leads_to_one_that_leads_on(a_joined_pair, her_caseworker, her_supervisor):
    case, twin, _row = a_joined_pair
    third = actions.open_case(by=her_caseworker, opened_on=DAY, person=MIRA)
    row = proposed(third, twin, her_caseworker)
    assert (row.person_id, row.remaining_id) == (third.person_id, case.person_id), "the one to which others lead remains"
    decided(row, her_supervisor)
    assert len(joined.ids(twin.person_id)) == 3
    for person_id, into in ((case.person_id, third.person_id), (case.person_id, case.person_id)):
        with pytest.raises(DatabaseError), transaction.atomic():
            Person.objects.filter(pk=person_id).update(merged_into=into)


@pytest.mark.parametrize(
    ("person", "remaining", "reason"),
    [
        ((False, False, False), (False, True, False), ""),
        ((True, False, False), (False, False, False), "same_leads_on"),
        ((False, False, False), (True, False, False), "same_remaining_leads_on"),
        ((False, True, False), (False, False, False), "same_has_joined"),
        ((False, False, True), (False, False, False), "same_erased"),
    ],
)
def test_what_can_be_joined(person, remaining, reason):
    made = [RecordFacts(uuid7() if one[0] else None, one[1], one[2]) for one in (person, remaining)]
    assert may_be_joined(*made).reason == reason


def test_the_review_page_shows_evidence_above_the_verdict(sign_in, a_case, a_twin, her_caseworker, her_supervisor):
    row = proposed(a_case, a_twin, her_caseworker)
    client = sign_in(her_supervisor)
    assert a_case.number in client.get(reverse("same_waiting")).text
    address = reverse("same_review", args=[row.pk])
    page = client.get(address)
    assert page.text.index("What was found") < page.text.index("Before: two records") < page.text.index("After: one person")
    assert (
        page.text.index("After: one person") < page.text.index("The same telephone and mother.") < page.text.index("Your decision")
    )
    assert client.post(address, posted(page, answer="same", reason="")).status_code == 422
    assert client.post(address, posted(page, answer="same", reason="Both were asked.")).status_code == 302
    assert "Part the records" in client.get(address).text
    assert client.post(address, posted(client.get(address), reason="Two sisters")).status_code == 302
    assert Person.objects.filter(merged_into__isnull=False).count() == 0
    assert sign_in(her_caseworker).get(address).status_code == 403


def test_a_proposal_is_made_on_the_page_that_compares(sign_in, a_case, a_twin, her_caseworker):
    client, address = sign_in(her_caseworker), reverse("case_same_with", args=[a_case.number, a_twin.number])
    page = client.get(address)
    assert "Мира" in page.text
    sent = posted(page, answer="same", reason="Her mother came along.")
    assert [client.post(address, sent).status_code for _time in range(2)] == [302, 302]
    assert Sameness.objects.count() == 1
    assert client.post(address, posted(client.get(address), answer="apart")).status_code == 302
    assert ToldApart.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_join_crosswise_at_once_make_no_circle(a_case, a_twin, her_caseworker, her_supervisor, second_supervisor):
    rows = [proposed(a_case, a_twin, her_caseworker)]
    Sameness.objects.filter(pk=rows[0].pk).update(
        state="undone",
        decided_by=her_supervisor,
        decided_at=rows[0].recorded_at,
        undone_by=her_supervisor,
        undone_at=rows[0].recorded_at,
    )
    rows.append(proposed(a_twin, a_case, her_caseworker))
    Sameness.objects.filter(pk=rows[0].pk).update(
        state="proposed", decided_by=None, decided_at=None, undone_by=None, undone_at=None
    )
    start = threading.Barrier(2)

    def decide(row, by):
        start.wait()
        with suppress(Denied, DatabaseError, locking.Stale):
            decided(row, by)
        connection.close()
        keys.forget_opened()

    threads = [threading.Thread(target=decide, args=pair) for pair in zip(rows, (her_supervisor, second_supervisor), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Person.objects.filter(merged_into__isnull=False).count() == 1


def test_side_by_side_only_the_cases_that_one_reads_are_counted(a_joined_pair, her_supervisor, a_colleague):
    case, _twin, _row = a_joined_pair
    third = actions.open_case(by=a_colleague, opened_on=DAY, person={"given_names": "Mira"})
    actions.join_team(case=case, by=her_supervisor, member=a_colleague, role="other", since=timezone.localdate())
    shown = side_by_side.pair(a_colleague, Case.objects.get(pk=case.pk), third)
    assert {one.pk for one in shown.cases} == {case.pk, third.pk}
