"""After a landing one table makes a case each: all of them or none, once however often it is sent, and none is forgotten after."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions as cases
from amparo.desk.cases import erasing
from amparo.desk.cases.models import Case, Note, Person
from amparo.desk.cases.stages import Stage
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.core import keys
from amparo.desk.intake import actions, batches
from amparo.desk.intake.batch_forms import LINES, BatchForm
from amparo.desk.intake.models import Batch, BatchPerson

pytestmark = pytest.mark.django_db
NEW = "/batches/new/"
DAY = {"happened_on_day": "1", "happened_on_month": "6", "happened_on_year": "2026", "stage": "signal"}
WHO = [
    {"name": "Amara", "age": "17?", "gender": "Feminine", "citizenship": "Nigeria", "language": "English", "family": "a"},
    {"name": "-", "age": "34", "gender": "Masculine", "citizenship": '"', "language": '"', "family": '"'},
    {"age": "about 9", "contested": "on", "urgent": "Fever since two days"},
]


def typed(page, people=WHO, **more):
    cells = {f"{name}_{line}": value for line, cells in enumerate(people, start=1) for name, value in cells.items()}
    return posted(page, **{"scene": "landing", "place": "North quay", "present": "Coast guard", **cells, **more})


@pytest.fixture
def client_(sign_in, her_caseworker):
    return sign_in(her_caseworker)


def test_one_table_makes_a_case_each(client_, her_caseworker):
    answer = client_.post(NEW, typed(client_.get(NEW)))
    batch = Batch.objects.get()
    assert answer["Location"] == f"/batches/{batch.number}/"
    assert (batch.people, batch.scene, batch.place) == (3, "landing", "North quay")
    first, second, third = (one.case for one in batch.lines.select_related("case__person").order_by("line"))
    assert (first.person.given_names, first.person.stated_age, first.person.age_source) == ("Amara", 17, "estimated")
    assert (second.person.given_names, second.person.citizenship, second.person.languages) == ("", ["NG"], ["eng"]), "ditto"
    assert third.person.age_is_contested
    assert Note.objects.get(case=third).text == "Fever since two days"
    assert {case.stage for case in (first, second, third)} == {Stage.SIGNAL}
    assert {case.current_team[0].member for case in (first, second, third)} == {her_caseworker}
    assert [(one.line, one.family, one.is_urgent) for one in batch.lines.order_by("line")] == [
        (1, "A", False),
        (2, "A", False),
        (3, "", True),
    ]


def test_what_a_line_repeats_is_told_once_where_it_cannot_be_read(client_):
    people = [{"name": "Amara", "citizenship": "Nig", "language": "English"}] + [
        {"name": "-", "citizenship": '"', "language": "="}
    ] * 3
    page = client_.post(NEW, typed(client_.get(NEW), people))
    assert list(page.context["form"].errors) == ["citizenship_1"]
    assert not Case.objects.exists()


def test_sent_twice_they_are_the_same_people(client_):
    page = client_.get(NEW)
    data = typed(page)
    assert client_.post(NEW, data)["Location"] == client_.post(NEW, data)["Location"]
    assert (Batch.objects.count(), Case.objects.count()) == (1, 3)
    again = client_.post(NEW, data | {"name_3": "Somebody"})
    assert again.status_code == 422
    assert "sent before" in again.content.decode()
    assert Person.objects.count() == 3


@pytest.mark.parametrize(
    ("cell", "value", "words"),
    [
        ("age_2", "young", "no age"),
        ("citizenship_1", "Atlantis", "No country"),
        ("language_1", "Atlantic", "No language"),
        ("language_1", '"', "no line above"),
        ("family_3", "?", "One letter"),
        ("family_3", "ßßßß", "One letter"),
    ],
)
def test_one_bad_cell_registers_nobody_and_everything_typed_comes_back(client_, cell, value, words):
    page = client_.post(NEW, typed(client_.get(NEW), **{cell: value}))
    assert page.status_code == 422
    text = page.content.decode()
    assert words in text
    assert f'href="#id_{cell}"' in text, "the summary leads to the cell"
    assert "Amara" in text
    assert 'value="North quay"' in text
    assert not Case.objects.exists()
    assert not Batch.objects.exists()


def test_a_case_that_cannot_be_made_leaves_none(her_caseworker, monkeypatch):
    form = BatchForm(DAY | {"name_1": "A", "name_2": "B"})
    assert form.is_valid(), form.errors
    there, made = cases.open_case, []

    def failing(**given):
        made.append(1)
        if len(made) == 2:
            raise RuntimeError
        return there(**given)

    monkeypatch.setattr(cases, "open_case", failing)
    with pytest.raises(RuntimeError):
        batches.register(by=her_caseworker, values=form.event_values, people=form.people, stage=Stage.SIGNAL)
    assert not Case.objects.exists()
    assert not Batch.objects.exists()


def test_nobody_in_the_table_is_said(client_):
    page = client_.post(NEW, posted(client_.get(NEW)))
    assert page.status_code == 422
    assert "Nobody stands in the table yet" in page.content.decode()


def test_ten_more_lines_keep_what_is_typed_and_judge_nothing(client_):
    data = typed(client_.get(NEW), age_2="young")
    page = client_.post(NEW, data | {"go": "more"})
    text = page.content.decode()
    assert page.status_code == 200
    assert f'name="name_{LINES + 10}"' in text
    assert 'value="young"' in text
    assert "errsum" not in text
    assert not Case.objects.exists()


def test_checking_saves_nothing(client_):
    page = client_.post(NEW, typed(client_.get(NEW)) | {"go": "check"})
    assert "3 people can be registered. Nothing is saved yet." in page.content.decode()
    assert not Case.objects.exists()


def test_enter_without_script_only_checks(client_):
    text = client_.get(NEW).content.decode()
    assert re.search(r'<button[^>]*name="go"[^>]*value="(\w+)"', text[text.index("novalidate") :])[1] == "check"


def test_a_draft_with_more_lines_finds_them_again(client_):
    page = client_.get(NEW)
    typed_now = "&".join([f"lines={LINES + 20}", f"name_{LINES + 15}=Late"])
    token = page.context["csrf_token"]
    client_.post("/drafts/", {"form": NEW, "typed": typed_now, "csrfmiddlewaretoken": str(token)})
    assert 'value="Late"' in client_.get(NEW).content.decode()


def registered(by, people=3):
    form = BatchForm(DAY | {f"name_{line}": f"Person {line}" for line in range(1, people + 1)})
    assert form.is_valid()
    return batches.register(by=by, values=form.event_values | {"place": "North quay"}, people=form.people, stage=Stage.SIGNAL)


def test_how_far_each_is_stands_on_the_page_of_the_batch(client_, her_caseworker):
    batch = registered(her_caseworker)
    first, second, _third = (one.case for one in batch.lines.order_by("line"))
    today = timezone.localdate()
    cases.move(case=first, by=her_caseworker, to=Stage.FIRST_CONTACT, on=today)
    cases.move(case=second, by=her_caseworker, to=Stage.PRESUMED, on=today)
    progress = batches.progress(batch, her_caseworker)
    assert (progress.contacted, progress.screened, progress.presumed, progress.waiting) == (2, 1, 1, 1)
    in_french = client_.get(batch.address, headers={"accept-language": "fr"}).content.decode()
    for one in ("<b>2</b>ont eu un premier contact", "<b>1</b>dépistée<", "<b>1</b>présumée<"):
        assert one in in_french, "the words agree with how many there are"
    text = client_.get(batch.address).content.decode()
    for case in (first, second):
        assert case.pseudonym in text
        assert case.address in text
    assert "1 only registered so far" in text
    assert "Person 1" in text, "who registers them may see names"


def test_a_child_alone_stands_first_with_age_and_name_for_who_may_see_them(client_, her_caseworker):
    people = [{"name": "Bela", "age": "40"}, {"name": "Ana", "age": "about 15", "family": "a"}, {"name": "Cy", "family": "a"}]
    people += [{"name": "Dora", "age": "30", "urgent": "Fever"}, {"name": "Eli", "age": "9", "family": "b"}]
    people += [{"name": "Fen", "age": "11", "family": "b"}, {"name": "Gil", "age": "22", "contested": "on"}]
    client_.post(NEW, typed(client_.get(NEW), people))
    batch = Batch.objects.get()
    progress = batches.progress(batch, her_caseworker)
    assert [place.line for place in progress.places] == [1, 2, 3, 4, 5, 6, 7], "the strips to print keep their order"
    assert [(place.name, place.is_child, place.is_alone) for place in progress.first] == [
        ("Eli", True, True),
        ("Fen", True, True),
        ("Gil", True, True),
        ("Dora", False, False),
        ("Ana", True, False),
        ("Bela", False, False),
        ("Cy", False, False),
    ]
    text = client_.get(batch.address).content.decode()
    assert "children came alone" in text
    assert text.index("Eli") < text.index("Dora") < text.index("Ana") < text.index("Bela")
    assert "about 15" in text
    assert "22" in text
    assert "contested" in text


def test_names_and_ages_of_thirty_cost_no_query_more_than_of_three(her_caseworker):
    counts = []
    for people in (3, 30):
        batch = registered(her_caseworker, people)
        with CaptureQueriesContext(connection) as made:
            batches.progress(batch, her_caseworker)
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_a_range_of_ages_is_told_what_to_write(client_):
    page = client_.post(NEW, typed(client_.get(NEW), age_1="17-19"))
    assert page.status_code == 422
    assert "write the lowest, “about 17”" in page.content.decode()


def test_colleagues_see_how_many_and_not_who(sign_in, her_caseworker, make_member, shelter, the_partner):
    batch = registered(her_caseworker)
    colleague = make_member(shelter, "caseworker", name="C. Olleague")
    text = sign_in(colleague).get(batch.address).content.decode()
    assert "3 people are with colleagues" in text
    main = text.partition("<main")[2]
    assert not any(case.pseudonym in main or case.number in main for case in Case.objects.all())
    assert sign_in(the_partner).get(batch.address).status_code == 404
    for role in ("health", "data_steward", "administrator"):
        assert sign_in(make_member(shelter, role)).get(batch.address).status_code == 403


def test_the_numbers_to_print_bear_no_name(client_, her_caseworker):
    batch = registered(her_caseworker)
    text = client_.get(reverse("batch_numbers", args=[batch.number])).content.decode()
    assert all(case.pseudonym in text and case.number in text for case in Case.objects.all())
    assert "Person 1" not in text
    assert "North quay" not in text
    assert Event.objects.filter(action="batch.printed").exists()


def test_nobody_is_registered_tomorrow_or_by_whom_takes_nobody_in(her_caseworker, make_member, shelter):
    form = BatchForm(DAY | {"name_1": "A"})
    assert form.is_valid()
    tomorrow = {**form.event_values, "happened_on": timezone.localdate() + timedelta(days=1)}
    with pytest.raises(Denied, match="day_in_the_future"):
        batches.register(by=her_caseworker, values=tomorrow, people=form.people, stage=Stage.SIGNAL)
    for role in ("health", "administrator"):
        with pytest.raises(Denied):
            batches.register(by=make_member(shelter, role), values=form.event_values, people=form.people, stage=Stage.SIGNAL)


def test_the_words_of_a_batch_end_with_its_last_person(her_caseworker, supervisor):
    batch = registered(her_caseworker, people=2)
    for line in batch.lines.select_related("case__person"):
        assert actions.finish_all() == 0
        erasing.erase(person=line.case.person, asked_by=supervisor, confirmed_by=her_caseworker, ground=erasing.Ground.PERSON_ASKED)
    assert actions.finish_all() == 1
    batch = Batch.objects.get()
    assert batch.ended_at is not None
    assert (batch.scene, batch.happened_on.month) == ("", 1)
    with pytest.raises(keys.KeyDestroyed):
        keys.person_key(batch.key_id)
    assert not BatchPerson.objects.exclude(family="").exists()


def test_fields_that_the_table_does_not_show_change_nothing(client_, her_caseworker, make_member, shelter):
    other = make_member(shelter, "caseworker", name="C. Olleague")
    added = {"registered_by": other.pk, "registered_by_id": other.pk, "people": "99", "number": "X", "organisation": other.pk}
    added |= {
        "stage_1": "identified",
        "status": "Closed",
        "risk": "3",
        "is_urgent": "on",
        "key": other.pk,
        "ended_at": "2020-01-01",
    }
    client_.post(NEW, typed(client_.get(NEW)) | added)
    batch = Batch.objects.get()
    assert (batch.registered_by, batch.people, batch.organisation, batch.ended_at) == (her_caseworker, 3, shelter, None)
    assert batch.number != "X"
    assert {(case.stage, case.status, case.risk) for case in Case.objects.all()} == {(Stage.SIGNAL, "Active", 0)}
    assert [one.is_urgent for one in batch.lines.order_by("line")] == [False, False, True]
