"""Of everybody in a table it is asked whether they are known: as in the form of one person, for all of them at once."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from amparo.desk.audit.models import Event
from amparo.desk.cases import actions as cases
from amparo.desk.cases import kin, same, staffing
from amparo.desk.cases.models import Case, Note, Person, TeamMember, ToldApart
from amparo.desk.cases.queries import treated_as_child
from amparo.desk.cases.rules import Doubt
from amparo.desk.cases.stages import Stage
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.core.ids import uuid7
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.intake import batches
from amparo.desk.intake.models import Batch
from amparo.linkage import Description, Span, may_be_twice

pytestmark = pytest.mark.django_db
NEW, SAME = "/batches/new/", "/batches/new/same/"
MIRA = {"given_names": "Mira", "family_name": "Kovač", "birth_date": PartialDate.parse("1991"), "gender": "Feminine"}
AS_TYPED = {"name": "Ковач Мира", "age": "about 34", "gender": "Feminine"}
ON = {"happened_on_day": "1", "happened_on_month": "6", "happened_on_year": "2026"}


@pytest.fixture
def a_case(her_caseworker):
    return cases.open_case(by=her_caseworker, opened_on=date(2026, 3, 2), person=MIRA)


@pytest.fixture
def client_(sign_in, her_caseworker):
    return sign_in(her_caseworker)


@pytest.fixture
def a_colleague(make_member, shelter):
    return make_member(shelter, "caseworker", name="C. Olleague")


def table(*people, **more):
    return {f"{name}_{line}": value for line, cells in enumerate(people, start=1) for name, value in cells.items()} | more


def hidden(page):
    """What the page keeps of its warnings beside the fields, as a browser sends it."""
    looked = page.context["form"].looked
    told = {f"told_{number}": doubt.told for number, doubt in looked.doubts.items()}
    return told | {f"asked_{number}": mark for number, mark in looked.marks.items()}


def sent(client, page, **more):
    return client.post(NEW, posted(page, **hidden(page), **more))


def first(client, *people, **more):
    return client.post(NEW, posted(client.get(NEW), **table(*people), **more))


def test_the_table_comes_back_once_and_everything_typed_stays(client_, a_case):
    page = first(client_, {"name": "Amara", "age": "17?"}, AS_TYPED | {"urgent": "Burns"}, place="North quay")
    assert page.status_code == 422
    text = page.content.decode()
    for words in ("Person 2 may be recorded already", a_case.number, "written differently", 'value="Burns"', 'value="North quay"'):
        assert words in text
    assert "Person 1 may be" not in text
    assert not Batch.objects.exists()
    answer = sent(client_, page, same_2="another")
    assert answer.status_code == 302
    assert Person.objects.count() == 3
    assert ToldApart.objects.count() == 1
    person = Batch.objects.get().lines.get(line=2).case.person
    assert same.find(answer.wsgi_request.member, same.recorded(person, today=timezone.localdate()), besides=person.pk) == []


def test_an_open_case_goes_on_and_stands_in_the_batch(client_, a_case, her_caseworker):
    page = first(client_, AS_TYPED | {"urgent": "Burns on both legs", "language": "English"}, {"name": "Amara"})
    assert f"add this to the open case {a_case.number}" in page.content.decode()
    data = posted(page, **hidden(page), same_1=a_case.number)
    assert client_.post(NEW, data)["Location"] == client_.post(NEW, data)["Location"], "sent twice it is once"
    batch = Batch.objects.get()
    assert (batch.people, Case.objects.count(), Person.objects.count()) == (2, 2, 2)
    line = batch.lines.get(line=1)
    assert (line.case, line.key_id, line.is_urgent) == (a_case, a_case.key_id, True)
    texts = [note.text for note in Note.objects.filter(case=a_case)]
    assert "Burns on both legs" in texts
    assert any("Ковач Мира" in text for text in texts), "what was told otherwise is kept"
    assert Person.objects.get(pk=a_case.person_id).languages == ["eng"], "what was not known is added"
    assert "Mira" in client_.get(batch.address).content.decode()
    again = first(client_, AS_TYPED)
    assert sent(client_, again, same_1=a_case.number).status_code == 302, "met again in another landing"
    assert a_case.batch_lines.count() == 2


def test_who_was_here_before_gets_a_further_case(client_, a_case, supervisor):
    cases.move(case=a_case, by=supervisor, to=Stage.CLOSED, on=date(2026, 4, 1), reason="Settled")
    page = first(client_, AS_TYPED)
    assert f"open another case for {a_case.number}" in page.content.decode()
    data = posted(page, **hidden(page), same_1=a_case.number)
    assert [client_.post(NEW, data).status_code for _time in range(2)] == [302, 302]
    second = Case.objects.exclude(pk=a_case.pk).get()
    assert (Person.objects.count(), second.person_id, second.stage) == (1, a_case.person_id, Stage.SIGNAL)
    assert Batch.objects.get().lines.get().case == second


def test_two_lines_of_one_person_are_one_person_and_nothing_typed_is_lost(client_):
    people = [{"name": "Amara Okoro", "age": "17", "family": "a"}, {"name": "Binta", "age": "30"}]
    page = first(client_, *people, {"name": "Okoro Amara", "age": "about 18", "gender": "Feminine", "urgent": "Fever"})
    text = page.content.decode()
    assert "Person 3 may stand in the table twice" in text
    assert "same person as in line 1" in text
    data = posted(page, **hidden(page), same_3="line:1")
    assert [client_.post(NEW, data).status_code for _time in range(2)] == [302, 302]
    batch = Batch.objects.get()
    assert (batch.people, [line.line for line in batch.lines.order_by("line")], Case.objects.count()) == (2, [1, 2], 2)
    one = batch.lines.get(line=1).case
    assert one.person.gender == "Feminine"
    texts = " ".join(note.text for note in Note.objects.filter(case=one))
    assert "Fever" in texts
    assert "Okoro Amara" in texts


def test_two_letters_of_one_person_are_both_kept(client_):
    child, grown_up = {"name": "Amara Okoro", "age": "9", "family": "a"}, {"name": "Binta Sow", "age": "30", "family": "b"}
    page = first(client_, child, grown_up, {"name": "Sow Binta", "age": "30", "family": "a"})
    assert "same person as in line 2" in page.content.decode()
    data = posted(page, **hidden(page), same_3="line:2")
    assert client_.post(NEW, data).status_code == 302
    assert client_.post(NEW, data).status_code == 302, "sent twice it is once"
    batch = Batch.objects.get()
    assert {line.line: line.family for line in batch.lines.all()} == {1: "A", 2: "B A"}
    assert batches.progress(batch, batch.registered_by).alone == 0, "the child came with who stood in two lines"


def test_two_lines_told_apart_are_two_persons_and_nobody_asks_again(client_, her_caseworker):
    page = first(client_, {"name": "Amara Okoro"}, {"name": "Amara Okoro"})
    assert sent(client_, page, same_2="another").status_code == 302
    assert Person.objects.count() == 2
    one, other = Person.objects.all()
    assert same.told_apart(one.pk) == {other.pk}


def test_two_lines_that_name_one_person_on_record_are_one(client_, a_case):
    page = first(client_, AS_TYPED, AS_TYPED | {"name": "Mira Kovac"})
    assert sent(client_, page, same_1=a_case.number, same_2=a_case.number).status_code == 302
    batch = Batch.objects.get()
    assert (batch.people, batch.lines.count(), Case.objects.count()) == (1, 1, 1)


def test_one_tick_says_of_all_the_others_that_they_are_others(client_, a_case):
    page = first(client_, AS_TYPED, AS_TYPED | {"age": "about 35"}, {"name": "Amara Okoro"}, {"name": "Amara Okoro"})
    assert "3 lines may be of somebody who is known" in page.content.decode()
    answer = sent(client_, page, others="on", same_1=a_case.number, same_4="line:3")
    assert answer.status_code == 302
    assert Batch.objects.get().people == 3


def test_an_answer_is_taken_for_the_warning_it_was_given_to(client_, a_case, her_caseworker):
    page = first(client_, AS_TYPED)
    cases.open_case(by=her_caseworker, opened_on=date(2026, 3, 2), person=MIRA)
    for answer in ({"same_1": "another"}, {"others": "on"}):
        assert sent(client_, page, **answer).status_code == 422
    page = first(client_, AS_TYPED)
    for answer in ("XC-2026-09999", "line:1", "line:x", "\0", ""):
        assert sent(client_, page, same_1=answer).status_code == 422
    assert not Batch.objects.exists()


def test_checking_and_more_lines_show_who_it_may_be_and_ask_for_nothing(client_, a_case):
    page = client_.post(NEW, posted(client_.get(NEW), **table(AS_TYPED)) | {"go": "check"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "1 person can be registered" in text
    assert "Person 1 may be recorded already" in text
    assert "errsum" not in text
    longer = client_.post(NEW, posted(page, **hidden(page), same_1="another", go="more"))
    assert "Person 1 may be recorded already" in longer.content.decode()
    assert sent(client_, longer).status_code == 302, "what was answered stays answered"


def test_other_errors_and_warnings_come_back_together(client_, a_case):
    page = first(client_, AS_TYPED, {"name": "Amara", "age": "young"})
    text = page.content.decode()
    assert "no age" in text
    assert "Person 1 may be recorded already" in text


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ({"name": "Mira Kovac", "age": "35", "gender": "Feminine"}, {"stated_age": 35, "gender": "Feminine"}),
        ({"name": "Mira Kovac"}, {}),
        ({"name": "Mira", "age": "35"}, {"given_names": "Mira", "family_name": "", "stated_age": 35}),
    ],
)
def test_out_of_reach_the_table_tells_what_the_form_of_one_person_tells(sign_in, a_case, a_colleague, typed, asked):
    client = sign_in(a_colleague)
    one = {"given_names": "Mira", "family_name": "Kovac", "age_source": "stated"} | asked
    form = client.post(reverse("same_typing"), one).text
    line = client.post(SAME, table(typed) | ON | {"line": "1"})
    page = first(client, typed)
    words = "in a case that you do not work on"
    assert (words in page.text) == (words in form)
    assert (page.status_code == 422) == (words in form)
    for told in (page, line):
        for secret in (a_case.pseudonym, a_case.number, "Kovač", "same name"):
            assert secret not in told.text


def test_who_is_shut_out_and_another_office_hear_nothing(sign_in, a_case, supervisor, a_colleague, make_member, the_partner):
    staffing.declare_conflict(case=a_case, by=supervisor, member=a_colleague, kind="relation", reason="Her uncle")
    far = make_member(the_partner.organisation, "caseworker", name="F. Ar")
    for member in (a_colleague, far):
        client = sign_in(member)
        assert "may be recorded already" not in client.post(SAME, table(AS_TYPED) | ON | {"line": "1"}).text
        assert first(client, AS_TYPED).status_code == 302


def test_as_a_line_is_left_one_question_is_asked_about_it(client_, a_case):
    people = table({"name": "Amara Okoro", "age": "17"}, AS_TYPED, {"name": "Okoro Amara", "age": "17"})
    page = client_.post(SAME, people | ON | {"line": "2"})
    assert a_case.number in page.text
    assert Event.objects.filter(action="people.compared").count() == 1
    assert "Person 3 may stand in the table twice" in client_.post(SAME, people | ON | {"line": "3"}).text
    nobody = client_.post(SAME, people | ON | {"line": "1"})
    assert "<tr" not in nobody.text
    assert 'name="asked_1"' in nobody.text
    assert client_.get(SAME).status_code == 405
    for line in ("", "0", "9999999", "x", "\0"):
        assert client_.post(SAME, people | ON | {"line": line}).status_code == 200


def test_every_line_is_a_question_and_none_is_counted_twice(client_, a_case, monkeypatch):
    monkeypatch.setattr(same, "MOST_ASKED", 3)
    people = [{"name": "Amara Okoro"}, AS_TYPED, {"name": "Binta"}]
    page = first(client_, *people)
    assert page.status_code == 422
    again = sent(client_, page, name_1="Amara Okoro")
    assert "Person 2 may be recorded already" in again.content.decode(), "three were asked about and stay answered"
    assert client_.post(SAME, table({"name": "Zora"}) | ON | {"line": "1"}).status_code == 429
    told = Event.objects.filter(action="people.compared").order_by("sequence").values_list("details", flat=True)
    assert [(one["asked"], one["refused"]) for one in told] == [(3, 0), (0, 0), (0, 1)], "each name in a table is told of"
    forged = {f"asked_{line}": "0" * 32 for line in (1, 2, 3)}
    assert "may be recorded" not in client_.post(NEW, posted(client_.get(NEW), **table(*people), **forged, go="check")).text
    new = sent(client_, again, name_3="Somebody Else", same_2="another")
    assert new.status_code == 302, "nobody is kept from registering"
    assert "compared with nobody" in client_.get(new["Location"]).content.decode()


def test_a_mark_is_its_members_own(client_, her_caseworker, a_colleague):
    one = same.description({"given_names": "Mira", "citizenship": ["RS", "NG"]}, today=date(2026, 6, 1))
    twin = same.description({"given_names": "Mira", "citizenship": ["NG", "RS"]}, today=date(2026, 6, 1))
    here, elsewhere = uuid7(), uuid7()
    assert same.mark(her_caseworker, one, here) == same.mark(her_caseworker, twin, here) != same.mark(a_colleague, one, here)
    assert same.mark(her_caseworker, one, here) != same.mark(her_caseworker, one, elsewhere)


def test_no_name_is_asked_about_for_a_line_without_one(client_, a_case):
    assert first(client_, {"name": "-", "age": "34"}, {"age": "35", "gender": "Feminine"}).status_code == 302
    assert not Event.objects.filter(action="people.compared").exists()


def test_thirty_cost_as_many_queries_as_three(a_case, her_caseworker):
    def asked(many):
        sought = [same.description({"given_names": f"Mira {one}", "stated_age": 35}, today=date(2026, 6, 1)) for one in range(many)]
        with CaptureQueriesContext(connection) as made:
            same.find_each(her_caseworker, sought)
        return len(made)

    asked(1)
    assert asked(3) == asked(30)


SPAN = Span(date(2008, 6, 1), date(2009, 6, 1))
OLDER = Span(date(1980, 6, 1), date(1981, 6, 1))


@pytest.mark.parametrize(
    ("one", "other", "may_be"),
    [
        (("Amara Okoro", SPAN), ("Okoro Amara", SPAN), True),
        (("Amara Okoro", None), ("Амара Окоро", None), True),
        (("Amara", SPAN), ("Amara", SPAN), True),
        (("Amara", SPAN), ("Amara Okoro", SPAN), True),
        (("Amara", SPAN), ("Amara", Span(date(2006, 6, 1), date(2007, 5, 31))), False),
        (("Amara", SPAN), ("Amara", OLDER), False),
        (("Amara Okoro", SPAN), ("Binta Okoro", SPAN), False),
        (("Amara Okoro", SPAN), ("Binta Diallo", SPAN), False),
        (("", SPAN), ("", SPAN), False),
    ],
)
def test_who_may_stand_in_one_table_twice(one, other, may_be):
    told = [
        Description((name,) if name else (), born, "Feminine", frozenset({"NG"}), frozenset(), frozenset())
        for name, born in (one, other)
    ]
    assert may_be_twice(*told) is may_be_twice(*reversed(told)) is may_be


def test_a_baby_of_less_than_a_year_has_an_age(client_):
    assert first(client_, {"name": "Amara Okoro", "age": "0"}).status_code == 302
    case = Batch.objects.get().lines.get().case
    assert case.person.stated_age == 0
    assert treated_as_child(case, on=timezone.localdate()) == "yes"
    assert same.recorded(case.person, today=timezone.localdate()).born is not None
    page = first(client_, {"name": "Amara Okoro", "age": "1"})
    assert sent(client_, page, same_1=case.number).status_code == 302
    assert Person.objects.get().stated_age == 0, "what is recorded is not overwritten"


def test_what_is_urgent_in_a_second_line_is_urgent_of_that_person(client_):
    people = [{"name": "Amara Okoro", "age": "17"}, {"name": "Binta", "age": "30", "family": "a"}]
    page = first(client_, *people, {"name": "Okoro Amara", "age": "17", "urgent": "Fever", "family": "a"})
    data = posted(page, **hidden(page), same_3="line:1")
    assert [client_.post(NEW, data).status_code for _time in range(2)] == [302, 302]
    line = Batch.objects.get().lines.get(line=1)
    assert (line.is_urgent, line.family) == (True, "A")


def test_a_line_added_when_a_table_is_sent_again_makes_no_case(client_):
    data = posted(client_.get(NEW), **table({"name": "Amara"}))
    assert client_.post(NEW, data).status_code == 302
    answer = client_.post(NEW, data | {"name_2": "Zelda", "same_2": "line:77"})
    assert (answer.status_code, Case.objects.count()) == (422, 1)


def test_the_same_age_years_later_is_another_age(client_, her_caseworker):
    person = MIRA | {"birth_date": PartialDate(), "stated_age": 17, "age_stated_on": date(2022, 3, 2)}
    case = cases.open_case(by=her_caseworker, opened_on=date(2022, 3, 2), person=person)
    page = first(client_, {"name": "Mira Kovač", "age": "about 17", "gender": "Feminine"})
    assert sent(client_, page, same_1=case.number).status_code == 302
    held = Person.objects.get()
    assert (held.stated_age, held.age_stated_on, held.age_source) == (17, date(2022, 3, 2), "")
    text = " ".join(note.text for note in Note.objects.filter(case=case))
    assert "Age in years, as stated: 17" in text
    assert "estimates" in text


def test_an_estimate_does_not_say_how_a_birth_date_is_known(client_, a_case):
    page = first(client_, AS_TYPED)
    assert sent(client_, page, same_1=a_case.number).status_code == 302
    held = Person.objects.get()
    assert (held.birth_date, held.age_source) == (MIRA["birth_date"], "")
    assert "estimates" in " ".join(note.text for note in Note.objects.filter(case=a_case))


def test_a_telephone_finds_who_is_known_and_is_kept(client_, her_caseworker):
    known = cases.open_case(by=her_caseworker, opened_on=date(2026, 3, 2), person=MIRA | {"phone": "+385 91 234 5678"})
    page = first(
        client_, {"name": "Zora", "phone": "0912345678"}, {"name": "-", "phone": "091 234 56 78"}, {"name": "Ada", "phone": "+39 1"}
    )
    text = page.content.decode()
    assert "Person 2 may be recorded already" in text, "of somebody without a name too"
    assert known.number in text
    assert "Person 3 may be" not in text
    assert 'value="0912345678"' in text
    assert "in the table twice" not in text, "who came together shares one telephone"
    answers = {f"same_{number}": "another" for number in page.context["form"].looked.doubts}
    assert sent(client_, page, **answers).status_code == 302
    phones = {line.line: line.case.person.phone for line in Batch.objects.get().lines.select_related("case__person")}
    assert phones == {1: "0912345678", 2: "091 234 56 78", 3: "+39 1"}


def test_a_telephone_that_is_recorded_otherwise_is_told_and_one_that_is_not_is_added(client_, a_case):
    page = first(client_, AS_TYPED | {"phone": "+385 91 234 5678"})
    assert sent(client_, page, same_1=a_case.number).status_code == 302
    assert Person.objects.get(pk=a_case.person_id).phone == "+385 91 234 5678"
    again = first(client_, AS_TYPED | {"phone": "+385 99 000 0000"})
    assert sent(client_, again, same_1=a_case.number).status_code == 302
    assert Person.objects.get(pk=a_case.person_id).phone == "+385 91 234 5678"
    assert any("+385 99 000 0000" in note.text for note in Note.objects.filter(case=a_case))


@pytest.mark.parametrize("role", ["shelter_staff", "caseworker"])
def test_a_telephone_recorded_otherwise_is_told_to_who_reads_telephones(client_, a_case, sign_in, make_member, shelter, role):
    known = Person.objects.get(pk=a_case.person_id)
    known.phone = "+385 91 234 5678"
    known.save()
    page = first(client_, AS_TYPED | {"phone": "+385 99 000 0000", "gender": "Masculine"})
    assert sent(client_, page, same_1=a_case.number).status_code == 302
    colleague = make_member(shelter, role, name="T. Eam")
    TeamMember.objects.create(organisation=shelter, case=a_case, member=colleague, role="other", since=a_case.opened_on)
    notes = sign_in(colleague).get(f"/cases/{a_case.number}/notes/")
    assert notes.status_code == 200
    assert "recorded otherwise before" in notes.text, "what is coded is told to the team"
    for words in ("+385 99", "Ковач"):
        assert (words in notes.text) is (role == "caseworker")


def test_the_record_says_how_many_of_a_table_were_compared(client_):
    page = first(client_, {"name": "Amara"}, {"name": "Binta"}, {"name": "-"})
    assert page.status_code == 302
    told = Event.objects.get(action="batch.registered").details
    assert (told["people"], told["compared"]) == (3, 2), "a dash was compared with nobody"


def settled(client):
    return Event.objects.filter(action="batch.registered").latest("sequence").details["compared"]


def asked():
    return sum(one["asked"] for one in Event.objects.filter(action="people.compared").values_list("details", flat=True))


def test_one_question_repeated_in_many_lines_settles_one(client_):
    """Else one name that was asked about, a hundred times in a table, would hide a hundred names that were tried out."""
    page = client_.get(NEW)
    row_id = posted(page)["row_id"]
    once = client_.post(SAME, table({"name": "Amara Okoro", "age": "20"}) | ON | {"line": "1", "row_id": row_id})
    mark = once.text.split('value="')[1].split('"')[0]
    lines = table(*[{"name": "Amara Okoro", "age": "20"}] * 9) | ON | {"row_id": row_id, "asked_1": mark}
    page = client_.post(NEW, posted(page, **lines))
    assert page.status_code == 422
    twins = {f"same_{number}": "line:1" for number in range(2, 10)}
    assert sent(client_, page, **twins).status_code == 302
    assert Person.objects.count() == 1
    assert (asked(), settled(client_)) == (1, 1)


def test_a_line_of_somebody_who_stands_there_already_settles_nothing(client_):
    names = ["Amara Okoro", "Amarah Okoro", "Amara Okorro", "Amarra Okoro"]
    page = first(client_, *({"name": name, "age": "20"} for name in names))
    assert asked() == 4
    twins = {f"same_{number}": "line:1" for number in page.context["form"].looked.doubts}
    assert len(twins) == 3
    assert sent(client_, page, **twins).status_code == 302
    assert (Person.objects.count(), settled(client_)) == (1, 1)


def test_the_marks_of_one_table_are_none_of_another(client_):
    """Else the questions of a table that was registered long ago would settle names that are tried out today."""
    people = [{"name": "Amara Okoro", "age": "20"}, {"name": "Binta", "age": "30"}]
    page = client_.get(NEW)
    checked = client_.post(NEW, posted(page, **table(*people), go="check"))
    marks = {name: value for name, value in hidden(checked).items() if name.startswith("asked_")}
    assert (len(marks), asked()) == (2, 2)
    assert sent(client_, checked).status_code == 302
    assert asked() == 2, "its own marks count nothing anew"
    page = first(client_, *people, **marks)
    assert asked() == 4
    assert page.status_code == 422
    assert "compared" not in page.text


def test_a_told_age_that_does_not_fit_the_birth_on_record_is_told_and_asked_about(client_, a_case):
    page = first(client_, AS_TYPED | {"age": "17"}, **ON)
    assert sent(client_, page, same_1=a_case.number).status_code == 302
    case = Case.objects.select_related("person", "organisation").get(pk=a_case.pk)
    assert str(case.person.birth_date) == "1991"
    assert (case.person.stated_age, case.person.age_is_contested) == (17, True), "who says that they are a child may be one"
    assert any("17" in note.text and "recorded otherwise" in note.text for note in Note.objects.filter(case=a_case))
    assert Doubt.AGE_TOLD_OTHERWISE in kin.doubts_of(case)
    assert treated_as_child(case, on=timezone.localdate()) == "yes"
    assert "does not fit the date of birth" in client_.get(a_case.address).content.decode()


def test_an_age_that_is_no_childs_is_told_and_contests_nothing(client_, a_case):
    page = first(client_, AS_TYPED | {"age": "45"}, **ON)
    assert sent(client_, page, same_1=a_case.number).status_code == 302
    person = Person.objects.get(pk=a_case.person_id)
    assert (person.stated_age, person.age_is_contested) == (45, False)
    assert any("45" in note.text for note in Note.objects.filter(case=a_case))


def test_an_age_that_fits_is_added_and_nothing_is_asked(client_, a_case):
    page = first(client_, AS_TYPED, **ON)
    assert sent(client_, page, same_1=a_case.number).status_code == 302
    case = Case.objects.select_related("person", "organisation").get(pk=a_case.pk)
    assert Doubt.AGE_TOLD_OTHERWISE not in kin.doubts_of(case)
