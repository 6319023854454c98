"""Who may be the same person: warned of as far as one may see, remembered where somebody said no, and never tried out."""

import pytest
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions, arriving, names, same, staffing
from amparo.desk.cases.models import Case, ToldApart
from amparo.desk.cases.stages import Stage
from amparo.desk.core.partial_dates import PartialDate

from .browsing import posted
from .twins import DAY, MIRA, MIRA_IN_CYRILLIC, alike, sought

pytestmark = pytest.mark.django_db


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


def test_whom_one_does_not_read_is_told_apart_without_a_name_of_the_case(sign_in, a_case, a_twin, her_supervisor, a_colleague):
    """That somebody looks alike is known to whoever compares; what their case is called is for those who work on it."""
    same.tell_apart_as(by=her_supervisor, case=a_case, other=a_twin)
    actions.join_team(case=a_case, by=her_supervisor, member=a_colleague, role="case_manager", since=DAY)
    page = sign_in(a_colleague).get(reverse("case_same", args=[a_case.number])).text
    assert "Somebody in a case that you do not work on" in page
    assert a_twin.pseudonym not in page
    assert a_twin.number not in page


@pytest.mark.parametrize("role", ["health", "lawyer"])
def test_who_records_no_facts_tells_nobody_apart_also_when_the_cases_have_ended(
    role, a_case, a_twin, her_caseworker, her_supervisor, make_member, shelter
):
    member = make_member(shelter, role)
    for case in (a_case, a_twin):
        actions.join_team(case=case, by=her_supervisor, member=member, role=role, since=DAY)
    for ended in (False, True):
        if ended:
            for case in (a_case, a_twin):
                actions.move(case=case, by=her_supervisor, to=Stage.CLOSED, on=timezone.localdate(), reason="Settled")
        one, other = (Case.objects.get(pk=case.pk) for case in (a_case, a_twin))
        with pytest.raises(Denied, match="not_your_role"):
            same.tell_apart_as(by=member, case=one, other=other)
        assert not ToldApart.objects.exists()
        same.tell_apart_as(by=her_caseworker, case=one, other=other)
        row = ToldApart.objects.get()
        with pytest.raises(Denied, match="not_your_role"):
            same.compare_again(by=member, case=one, row_id=row.pk)
        assert same.compare_again(by=her_caseworker, case=one, row_id=row.pk)
