"""Documents, sums, answers and order: written without script, by two at once, and never lost."""

import re
from dataclasses import replace
from datetime import date
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.access.guard import Denied
from amparo.desk.cases import actions as cases
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.core import keys
from amparo.desk.core.models import Draft
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.journeys import acting, actions, forms, merging, places, queries, row_forms, rules, shown
from amparo.desk.journeys.models import Amount, HeldDocument, Leg, OddityAnswer, Part
from amparo.desk.journeys.rules import Oddity

from .conftest import DAY


def browser(member):
    """Return a client of one's own: two people sit before two screens."""
    client = Client()
    client.force_login(member.user)
    return client


def add(case, by, **values):
    return actions.add_leg(case=case, by=by, values={"kind": "Transit"} | values)


def order(case):
    return [(leg.position, leg.account, leg.story) for leg in queries.legs_of(case)]


@pytest.fixture
def three(a_case, her_caseworker):
    return [add(a_case, her_caseworker, story=story) for story in ("one", "two", "three")]


def test_a_leg_is_inserted_before_another(sign_in, a_case, three, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("leg_new", args=[a_case.number]) + "?at=2"
    page = client.get(address)
    assert page.context["form"]["position"].value() == 2
    assert client.post(address, posted(page, kind="Transit", story="between")).status_code == 302
    assert order(a_case) == [(1, "", "one"), (2, "", "between"), (3, "", "two"), (4, "", "three")]


def test_another_account_stands_beside_its_leg(a_case, three, her_caseworker):
    add(a_case, her_caseworker, position=2, account="b", story="otherwise")
    assert order(a_case) == [(1, "", "one"), (2, "", "two"), (2, "b", "otherwise"), (3, "", "three")]
    actions.move_leg(leg=three[2], by=her_caseworker, is_up=True)
    assert order(a_case) == [(1, "", "one"), (2, "", "three"), (3, "", "two"), (3, "b", "otherwise")]


def test_a_leg_moves_without_script_and_not_beyond_the_ends(sign_in, a_case, three, her_caseworker):
    client = sign_in(her_caseworker)
    down = reverse("leg_move", args=[a_case.number, three[0].pk, "down"])
    assert client.get(down).status_code == 405
    for _time in range(3):
        assert client.post(down).status_code == 302
    assert [story for _p, _a, story in order(a_case)] == ["two", "three", "one"]
    assert not actions.move_leg(leg=three[1], by=her_caseworker, is_up=True)


def test_a_number_that_is_taken_moves_the_others_when_a_leg_is_changed(a_case, three, her_caseworker):
    leg = Leg.objects.select_related("case").get(pk=three[2].pk)
    actions.change_leg(leg=leg, by=her_caseworker, values={"position": 1}, version=1)
    assert [story for _p, _a, story in order(a_case)] == ["three", "one", "two"]


def test_a_journey_has_an_end(a_case, her_caseworker):
    add(a_case, her_caseworker, position=actions.MOST_LEGS)
    with pytest.raises(Denied):
        add(a_case, her_caseworker, position=actions.MOST_LEGS)


@pytest.mark.parametrize(
    ("kind", "given", "wrong"),
    [
        ("document", {"kind": "passport", "state": "kept", "holder": "exploiter", "note": "In a drawer"}, {"kind": ""}),
        ("amount", {"purpose": "wage", "state": "paid", "amount": "1.150,50", "currency": "EUR"}, {"currency": ""}),
    ],
)
def test_what_belongs_to_a_leg_is_added_changed_and_taken_out(sign_in, a_case, a_leg, her_caseworker, kind, given, wrong):
    client, model = sign_in(her_caseworker), {"document": HeldDocument, "amount": Amount}[kind]
    new = reverse("leg_row_new", args=[a_case.number, a_leg.pk, kind])
    data = posted(client.get(new), **given)
    refused = client.post(new, data | wrong)
    assert refused.status_code == 422
    assert given.get("note", given.get("amount")) in refused.content.decode()
    for _time in range(2):
        assert client.post(new, data).status_code == 302
    row = model.objects.get()
    address = reverse("leg_row", args=[a_case.number, a_leg.pk, kind, row.pk])
    assert client.post(address, posted(client.get(address), note="Seen once")).status_code == 302
    page = client.get(reverse("journey", args=[a_case.number])).content.decode()
    assert "Seen once" in page
    remove = reverse("leg_row_remove", args=[a_case.number, a_leg.pk, kind, row.pk])
    assert client.post(remove, {"version": "1"}).status_code == 409
    assert client.post(remove, {"version": "2"}).status_code == 302
    assert not model.objects.exists()
    assert next(version.note for version in model.history.all()) == "Seen once"


def test_a_row_of_another_case_is_not_there(sign_in, a_case, a_leg, her_caseworker, make_member, shelter):
    other = cases.open_case(by=her_caseworker, opened_on=DAY, person={})
    row = actions.add_amount(leg=a_leg, by=her_caseworker, values={"purpose": "fee", "state": "paid"})
    leg = add(other, her_caseworker)
    client = sign_in(her_caseworker)
    for number, leg_id in ((other.number, a_leg.pk), (other.number, leg.pk), (a_case.number, leg.pk)):
        assert client.get(reverse("leg_row", args=[number, leg_id, "amount", row.pk])).status_code == 404
    theirs = acting.add_actor(case=other, by=her_caseworker, values={"called": "the cook"})
    with pytest.raises(Denied):
        actions.add_amount(leg=a_leg, by=her_caseworker, link=theirs, values={"purpose": "fee", "state": "paid"})
    with pytest.raises(Denied):
        acting.take_part(leg=a_leg, link=theirs, by=her_caseworker, roles=["Other"])


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("1200", "1200"),
        ("1.200,50", "1200.50"),
        ("1,200.50", "1200.50"),
        ("1,200", "1200"),
        ("0,5", "0.5"),
        ("0.125", "0.125"),
        ("1 200", "1200"),
        ("1\u202f200,5", "1200.5"),
        ("12'000", "12000"),
        ("", ""),
    ],
)
def test_a_number_is_read_as_people_write_it(typed, stored):
    assert row_forms.NumberField(label="").clean(typed) == stored


@pytest.mark.parametrize("typed", ["much", "-3", "NaN", "Infinity", "1e3x", "9" * 20])
def test_what_is_no_number_comes_back(typed):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        row_forms.NumberField(label="").clean(typed)


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("12.51, -86.13", (12.51, -86.13)),
        ("12,51 -86,13", (12.51, -86.13)),
        ("12.51 N 86.13 W", (12.51, -86.13)),
        ("12.51°S, 86.13°O", (-12.51, -86.13)),
        ("0;0", (0.0, 0.0)),
    ],
)
def test_coordinates_are_read_as_people_write_them(typed, place):
    assert places.parse(typed) == place
    assert places.parse(places.written(place)) == place


@pytest.mark.parametrize("typed", ["the quay", "91, 0", "0, 181", "12.51", "12.51 N"])
def test_what_is_no_place_on_earth_comes_back(typed):
    with pytest.raises(ValueError, match="no "):
        places.parse(typed)


def test_the_map_draws_a_dot_and_never_a_name(a_case, her_caseworker):
    add(a_case, her_caseworker, from_country="MA", to_country="ES", to_place="Port Selin", to_point="36.7, -4.4")
    drawn = shown.of(queries.told(a_case), a_case)
    for picture in (drawn.map, drawn.narrow_map):
        assert picture.count('class="p-stop"') == 1
        assert "Port Selin" not in picture
        assert "Morocco" in picture
    assert drawn.way == "1 border was crossed: Morocco → Spain."


def test_a_second_account_crosses_no_border_twice(a_case, her_caseworker):
    for account in ("", "b"):
        add(a_case, her_caseworker, position=1, account=account, from_country="XA", to_country="XB")
    assert shown.of(queries.told(a_case), a_case).way == "1 border was crossed: Arvania → Belmora."


def test_a_country_too_small_for_the_map_is_named(a_case, her_caseworker):
    add(a_case, her_caseworker, from_country="FR", to_country="MC")
    assert shown.of(queries.told(a_case), a_case).not_on_map == "Monaco"


def test_a_wage_is_told_as_arithmetic(sign_in, a_case, a_leg, her_caseworker):
    for state, amount, times in (("promised", "900", ""), ("paid", "150", "7")):
        values = {"purpose": "wage", "state": state, "amount": amount, "currency": "EUR", "period": "month", "times": times}
        actions.add_amount(leg=a_leg, by=her_caseworker, values=values)
    actions.add_amount(
        leg=a_leg, by=her_caseworker, values={"purpose": "debt", "state": "claimed", "amount": "50", "currency": "USD"}
    )
    page = re.sub(r"\s+", " ", sign_in(her_caseworker).get(reverse("journey", args=[a_case.number])).content.decode())
    assert "Was promised 900 EUR a month; received 150 EUR a month, 7 times." in page
    assert "By this account 5,250 EUR were promised and not received." in page
    assert "50 USD" in page
    assert "6,300" not in page  # nothing is guessed, and nothing converted


@pytest.fixture
def a_gap(a_case, her_caseworker):
    add(a_case, her_caseworker, from_country="XA", to_country="XB")
    add(a_case, her_caseworker, from_country="XC", to_country="XC")
    return shown.of(queries.told(a_case), a_case).oddities[0]


def test_a_gap_is_answered_and_stays_answered_while_legs_move(sign_in, a_case, a_gap, her_caseworker):
    client, address = sign_in(her_caseworker), reverse("oddity", args=[a_case.number, a_gap.subject])
    assert client.post(address, posted(client.get(address), state="explained", note="")).status_code == 422
    assert client.post(address, posted(client.get(address), state="explained", note="By ferry")).status_code == 302
    journey = shown.of(queries.told(a_case), a_case)
    assert (journey.open, journey.oddities[0].answer.note) == (0, "By ferry")
    add(a_case, her_caseworker, position=1, from_country="XA", to_country="XA")
    assert shown.of(queries.told(a_case), a_case).open == 0
    assert client.post(address, {"reopen": "1"}).status_code == 302
    assert shown.of(queries.told(a_case), a_case).open == 1


def test_an_answer_to_something_else_is_no_answer(a_case, a_gap, her_caseworker):
    actions.answer_oddity(case=a_case, by=her_caseworker, found=a_gap.found, state="unknown", note="", version=0)
    leg = Leg.objects.select_related("case").order_by("position").last()
    actions.change_leg(leg=leg, by=her_caseworker, values={"from_country": "XA"}, version=leg.version)
    [now] = shown.of(queries.told(a_case), a_case).oddities
    assert (now.subject, now.is_outdated, now.is_open) == (a_gap.subject, True, True)


def test_two_who_answer_at_once(sign_in, a_case, a_gap, her_caseworker):
    client, address = sign_in(her_caseworker), reverse("oddity", args=[a_case.number, a_gap.subject])
    page = client.get(address)
    assert client.post(address, posted(page, state="unknown")).status_code == 302
    assert client.post(address, posted(page, state="explained", note="By ferry")).status_code == 409
    assert OddityAnswer.objects.get().state == "unknown"


def test_an_answer_to_what_is_not_found_is_not_there(sign_in, a_case, a_leg, her_caseworker):
    assert sign_in(her_caseworker).get(reverse("oddity", args=[a_case.number, "time_gap:1"])).status_code == 404


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "expected"),
    [
        ({"a": 1}, {"a": 2}, {"a": 1}, ({"a": 2}, ["a"], [])),
        ({"a": 1}, {"a": 1}, {"a": 2}, ({"a": 2}, [], [])),
        ({"a": 1}, {"a": 2}, {"a": 3}, ({"a": 3}, [], ["a"])),
        ({"a": 1}, {"a": 2}, {"a": 2}, ({"a": 2}, [], [])),
        ({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 3}, ({"a": 2, "b": 3}, ["a"], [])),
    ],
)
def test_field_by_field(base, theirs, mine, expected):
    assert merging.merged(base, theirs, mine) == expected


def test_two_at_one_leg_choose_field_by_field_and_lose_nothing(a_case, a_leg, her_caseworker, make_member, shelter):
    supervisor = make_member(shelter, "supervisor", name="S. Uper")
    address = reverse("leg", args=[a_case.number, a_leg.pk])
    mine, theirs = browser(her_caseworker), browser(supervisor)
    page = mine.get(address)
    saved = {"to_place": "Quay 4", "story": "By van", "means.DebtBondage": "yes", "started_on_day": "7"}
    assert theirs.post(address, posted(theirs.get(address), **saved)).status_code == 302
    answer = mine.post(address, posted(page, to_place="Quay 9", occupation="Nets", started_on_day="9"))
    assert answer.status_code == 409
    meeting, text = answer.context["meeting"], answer.content.decode()
    assert {str(label) for label in meeting.taken} == {"What is told about it", "Means of control"}
    assert [(clash.name, clash.before, clash.theirs, clash.mine) for clash in meeting.clashes] == [
        ("to_place", "nothing", "Quay 4", "Quay 9"),
        ("started_on", "5 January 2026", "7 January 2026", "9 January 2026"),
    ]
    assert "S. Uper saved this" in text
    assert Draft.objects.filter(user_id=her_caseworker.user_id, form=address).exists()
    chosen = posted(answer) | {"take.to_place": "theirs", "take.started_on": "mine"}
    assert mine.post(address, chosen).status_code == 302
    leg = Leg.objects.get()
    keys.open_many([leg.key_id])
    assert (leg.to_place, leg.story, leg.occupation) == ("Quay 4", "By van", "Nets")
    assert (str(leg.started_on), leg.means) == ("2026-01-09", {"DebtBondage": "yes"})


def test_two_at_one_actor(a_case, her_caseworker, make_member, shelter):
    link = acting.add_actor(case=a_case, by=her_caseworker, values={"called": "the cook", "name": "Ana"})
    address = reverse("actor", args=[a_case.number, link.pk])
    mine, theirs = browser(her_caseworker), browser(make_member(shelter, "supervisor", name="S. Uper"))
    page = mine.get(address)
    assert theirs.post(address, posted(theirs.get(address), name="Anna", told="She sang.")).status_code == 302
    answer = mine.post(address, posted(page, name="Anya", phones="+99 555 0101"))
    assert answer.status_code == 409
    assert [(clash.name, clash.theirs) for clash in answer.context["meeting"].clashes] == [("name", "Anna")]
    assert mine.post(address, posted(answer) | {"take.name": "theirs"}).status_code == 302
    [now] = queries.actors_of(a_case)
    assert (now.actor.name, now.actor.phones, now.told) == ("Anna", "+99 555 0101", "She sang.")


def test_two_at_what_one_actor_did_keep_every_tick(a_case, a_leg, her_caseworker, make_member, shelter):
    link = acting.add_actor(case=a_case, by=her_caseworker, values={"called": "the cook", "name": "Ana"})
    acting.take_part(leg=a_leg, link=link, by=her_caseworker, roles=["Exploiter", "Other"])
    address = reverse("leg_part", args=[a_case.number, a_leg.pk]) + f"?link={link.pk}"
    mine, theirs = browser(her_caseworker), browser(make_member(shelter, "supervisor", name="S. Uper"))
    page = mine.get(address)
    assert theirs.post(address, posted(theirs.get(address), roles=["Exploiter", "Transporter"])).status_code == 302
    answer = mine.post(address, posted(page, roles=["Exploiter", "Other", "DocumentHolder"]))
    assert answer.status_code == 409
    assert "S. Uper saved this" in answer.text
    assert sorted(answer.context["meeting"].taken) == ["Another role (no longer ticked)", "Transported the person (ticked)"]
    assert mine.post(address, posted(answer)).status_code == 302
    assert set(Part.objects.get().roles) == {"Exploiter", "Transporter", "DocumentHolder"}


def test_ticks_of_somebody_whom_the_page_did_not_show_are_not_overwritten(a_case, a_leg, her_caseworker):
    link = acting.add_actor(case=a_case, by=her_caseworker, values={"called": "the cook", "name": "Ana"})
    acting.take_part(leg=a_leg, link=link, by=her_caseworker, roles=["Exploiter"])
    address, mine = reverse("leg_part", args=[a_case.number, a_leg.pk]), browser(her_caseworker)
    answer = mine.post(address, posted(mine.get(address), link=str(link.pk), roles=["Other"]))
    assert answer.status_code == 409
    assert mine.post(address, posted(answer)).status_code == 302
    assert set(Part.objects.get().roles) == {"Exploiter", "Other"}
    gone = mine.get(f"{address}?link={link.pk}")
    acting.take_part(leg=a_leg, link=link, by=her_caseworker, roles=[])
    assert mine.post(address, posted(gone, roles=[])).status_code == 302, "both took them out"


@given(*[st.sets(st.sampled_from("abcd")) for _one in range(3)])
def test_a_tick_follows_whoever_changed_it(before, theirs, mine):
    for code in "abcd":
        tick = code in (theirs if (code in mine) == (code in before) else mine)
        changed = {code in one for one in (theirs, mine)} - {code in before}
        assert tick is (changed.pop() if changed else code in before)


@pytest.mark.parametrize("was_answered", [True, False])
def test_two_at_one_gap_choose_and_lose_nothing(was_answered, a_case, a_gap, her_caseworker, make_member, shelter):
    one = a_gap
    if was_answered:
        actions.answer_oddity(case=a_case, by=her_caseworker, found=one.found, state="unknown", note="Before", version=0)
    address = reverse("oddity", args=[a_case.number, one.subject])
    mine, theirs = browser(her_caseworker), browser(make_member(shelter, "supervisor", name="S. Uper"))
    page = mine.get(address)
    assert theirs.post(address, posted(theirs.get(address), state="explained", note="Theirs: a ferry")).status_code == 302
    answer = mine.post(address, posted(page, state="unknown", note="Mine: a lorry"))
    assert answer.status_code == 409
    assert "S. Uper saved this" in answer.text
    clashes = {clash.name: (clash.theirs, clash.mine) for clash in answer.context["meeting"].clashes}
    assert clashes["note"] == ("Theirs: a ferry", "Mine: a lorry")
    assert ("state" in clashes) is not was_answered, "where I left it as it was, theirs stands"
    assert mine.post(address, posted(answer) | {"take.note": "theirs", "take.state": "theirs"}).status_code == 302
    kept = OddityAnswer.objects.get()
    assert (kept.state, kept.note) == ("explained", "Theirs: a ferry")


def test_an_answer_that_somebody_opened_again_meanwhile_is_told_too(a_case, a_gap, her_caseworker):
    one = a_gap
    actions.answer_oddity(case=a_case, by=her_caseworker, found=one.found, state="unknown", note="Before", version=0)
    address, mine = reverse("oddity", args=[a_case.number, one.subject]), browser(her_caseworker)
    page = mine.get(address)
    actions.forget_answers(case=a_case, by=her_caseworker, subjects=[one.subject])
    answer = mine.post(address, posted(page, state="explained", note="Mine: a lorry"))
    assert answer.status_code == 409
    assert mine.post(address, posted(answer, state="explained", note="Mine: a lorry")).status_code == 302
    assert OddityAnswer.objects.get().note == "Mine: a lorry"


def test_the_page_asks_as_often_for_many_legs_as_for_few(sign_in, a_case, a_leg, her_caseworker):
    client, address = sign_in(her_caseworker), reverse("journey", args=[a_case.number])

    def fill(leg):
        link = acting.add_actor(case=a_case, by=her_caseworker, values=SAID)
        acting.take_part(leg=leg, link=link, by=her_caseworker, roles=["Other"])
        actions.add_document(leg=leg, by=her_caseworker, values={"kind": "passport", "state": "kept"}, link=link)
        actions.add_amount(leg=leg, by=her_caseworker, values={"purpose": "debt", "state": "claimed", "amount": "5"}, link=link)

    def count():
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    fill(a_leg)
    few = count()
    for number in range(6):
        fill(add(a_case, her_caseworker, from_country="XA", to_country="XB", story=str(number)))
    assert count() == few


SAID = {"called": "the cook", "name": "Ana Belmar", "phones": "+99 555 0101"}


def test_against_the_day_of_birth_also_where_it_stays_closed(sign_in, her_caseworker, make_member, shelter):
    born = {"birth_date": PartialDate.parse("2010-05-02")}
    case = cases.open_case(by=her_caseworker, opened_on=DAY, person=born, case={"majority_at_entry": "Adult"})
    add(case, her_caseworker, started_on=PartialDate.parse("2025-03"))
    assert [one.oddity for one in shown.found_in(queries.told(case), case)] == [rules.Oddity.AGE_AT_ENTRY]
    page = sign_in(her_caseworker).get(reverse("journey", args=[case.number])).content.decode()
    assert "Age at the beginning" in page


def test_the_branches_stand_in_their_sections():
    _empty, *groups = forms.branches()
    assert len(groups) == 21
    assert groups[0][1][0][0] == "A"
    assert ("03", "Fishing and fish farming") in groups[0][1]


def test_the_pictures_tell_what_held_the_person(a_case, her_caseworker):
    leg = add(a_case, her_caseworker, started_on=PartialDate.parse("2026-01-05"), ended_on=PartialDate.parse("2026-03-05"))
    since = {"since": PartialDate.parse("2026-01-08")}
    actions.add_document(leg=leg, by=her_caseworker, values={"kind": "passport", "state": "kept"} | since)
    actions.add_amount(
        leg=leg, by=her_caseworker, values={"purpose": "debt", "state": "claimed", "amount": "1800", "currency": "EUR"}
    )
    drawn = shown.of(queries.told(a_case), a_case).timeline
    assert drawn.count("j-control") == 2
    assert "Passport: Taken and kept" in drawn


@pytest.fixture
def before_birth(make_member, shelter):
    """A case whose first leg ended before the person was born, and who leads it."""
    supervisor = make_member(shelter, "supervisor", name="S. Up")
    person = {"given_names": "Ilyas", "birth_date": PartialDate.parse("2009-03-17")}
    case = cases.open_case(by=supervisor, opened_on=DAY, person=person)
    add(case, supervisor, kind="Recruitment", started_on=PartialDate.parse("1999"), ended_on=PartialDate.parse("2001"))
    return case, supervisor


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_a_leg_before_the_birth_tells_no_day_of_birth(language, before_birth, make_member, shelter, sign_in):
    case, supervisor = before_birth
    staff = make_member(shelter, "shelter_staff", name="S. Taff")
    cases.join_team(case=case, by=supervisor, member=staff, role="shelter", since=DAY)
    client = sign_in(staff)
    client.cookies["django_language"] = language
    told = client.get(reverse("journey", args=[case.number])).content.decode()
    assert "2001" in told
    for part in ("2009", "17 March", "17 mars", "17 de marzo"):
        assert part not in told


def test_what_was_compared_with_the_birth_is_not_kept(before_birth):
    case, supervisor = before_birth
    [found] = [one for one in shown.of(queries.told(case), case).oddities if one.found.oddity is Oddity.BEFORE_BIRTH]
    assert "2009" not in found.found.told
    row = actions.answer_oddity(case=case, by=supervisor, found=found.found, state="unknown", note="", version=0)
    assert "2009" not in row.found


def test_the_day_of_birth_is_taken_out_of_answers_that_kept_it(before_birth, a_case, a_gap, her_caseworker):
    case, supervisor = before_birth
    [found] = [one for one in shown.of(queries.told(case), case).oddities if one.found.oddity is Oddity.BEFORE_BIRTH]
    old = replace(found.found, until=date(2009, 3, 17))
    row = actions.answer_oddity(case=case, by=supervisor, found=old, state="explained", note="Another child", version=0)
    other = actions.answer_oddity(case=a_case, by=her_caseworker, found=a_gap.found, state="unknown", note="", version=0)
    assert "2009-03-17" in row.found
    import_module("amparo.desk.journeys.migrations.0003_no_birth_in_an_answer").forget(apps, None)
    kept = OddityAnswer.objects.get(pk=row.pk)
    assert (kept.found, kept.note, [version.found for version in kept.history.all()]) == ("", "Another child", [""])
    assert OddityAnswer.objects.get(pk=other.pk).found == a_gap.found.told
    [now] = [one for one in shown.of(queries.told(case), case).oddities if one.found.oddity is Oddity.BEFORE_BIRTH]
    assert not now.is_open, "what was answered stays answered"
