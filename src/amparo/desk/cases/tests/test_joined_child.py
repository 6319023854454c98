"""A child in two records: no join hides one, what one record knows better is taken over, and parting leaves each as it was."""

from datetime import date

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.audit.models import Event
from amparo.desk.cases import actions, erasing, joined, kin, merging, queries, summary, taking_over
from amparo.desk.cases.models import Case, Person, Relative, TakenOver
from amparo.desk.cases.rules import Childhood, Doubt
from amparo.desk.core import damage, withholding
from amparo.desk.core.ids import uuid7
from amparo.desk.core.partial_dates import PartialDate

from .browsing import posted

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


def year(age):
    """Return this year less so many: somebody who is one year younger or not, whatever the day."""
    return PartialDate.parse(f"{timezone.localdate().year - age}")


def child_born():
    today = timezone.localdate()
    return PartialDate.parse(f"{today.year - 16}-{today.month:02}-{min(today.day, 28):02}")


@pytest.fixture(autouse=True)
def _nobody_asked_before():
    cache.clear()


@pytest.fixture
def her_supervisor(make_member, shelter):
    return make_member(shelter, "supervisor", name="S. Tovan")


@pytest.fixture
def lina(her_caseworker):
    known = {
        "birth_date": child_born(),
        "languages": ["ara", "fra"],
        "citizenship": ["SY"],
        "gender": "Feminine",
        "interpreter": "yes",
    }
    names = {"given_names": "Lina", "family_name": "Haddad"}
    return actions.open_case(by=her_caseworker, opened_on=DAY, person=names | known)


@pytest.fixture
def her_other(her_caseworker):
    """The same girl, recorded again by others who were told only a name and an age of somebody grown."""
    person = {"given_names": "Лина", "family_name": "Хаддад", "birth_date": year(19), "languages": ["eng"]}
    return actions.open_case(by=her_caseworker, opened_on=DAY, person=person)


def join(case, other, by, supervisor, **chosen):
    row = merging.propose(case=case, other=other, by=by, reason="The same mother.", row_id=uuid7())
    supervisor.is_fresh = True
    pair = merging.pair_of(supervisor, row)
    return merging.decide(pair=pair, by=supervisor, is_same=True, reason="Both were asked.", **chosen)


def part(row, supervisor):
    return merging.part(pair=merging.pair_of(supervisor, row), by=supervisor, reason="Two persons.")


def fresh(case):
    found = Case.objects.select_related("person", "organisation").get(pk=case.pk)
    queries.open_all([found])
    return found


def said(case):
    with withholding.as_the_office():
        person = fresh(case).person
        return {name: getattr(person, name) for names in taking_over.SUBJECTS.values() for name in names}


@pytest.fixture
def a_joined_pair(lina, her_other, her_caseworker, her_supervisor):
    return join(her_other, lina, her_caseworker, her_supervisor)


def test_whoever_one_record_calls_a_child_is_one_in_all(lina, her_other, her_caseworker, her_supervisor):
    today = timezone.localdate()
    assert queries.treated_as_child(her_other, on=today) == "no"
    row = join(her_other, lina, her_caseworker, her_supervisor)
    assert row.remaining_id == her_other.person_id
    for case in (lina, her_other):
        assert queries.childhood(fresh(case), on=today) is Childhood.CHILD
    assert queries.majority(fresh(her_other)) == "Adult", "a code of the standard says what this record says"
    part(row, her_supervisor)
    assert queries.treated_as_child(fresh(her_other), on=today) == "no"


def test_a_list_brings_what_the_others_say_from_either_side(lina, her_other, a_joined_pair):
    for case, another in ((lina, her_other), (her_other, lina)):
        found = fresh(case)
        queries.fetch_joined([found])
        with CaptureQueriesContext(connection) as asked:
            assert [one.pk for one in joined.others_of(found.person)] == [another.person_id]
            assert queries.childhood(found, on=timezone.localdate()) is Childhood.CHILD
        assert not asked.captured_queries


def test_the_warnings_stand_on_every_record_and_a_guardian_counts_for_all(lina, her_other, a_joined_pair, her_caseworker):
    assert kin.doubts_of(fresh(her_other))[:2] == (Doubt.CHILD_WITHOUT_GUARDIAN, Doubt.CHILD_ELSEWHERE)
    assert kin.doubts_of(fresh(lina))[:1] == (Doubt.CHILD_WITHOUT_GUARDIAN,)
    kin.record(case=lina, by=her_caseworker, model=Relative, values={"relation": "guardian", "name": "R. Diaz"})
    for case in (lina, her_other):
        assert Doubt.CHILD_WITHOUT_GUARDIAN not in kin.doubts_of(fresh(case))


def test_the_record_that_remains_says_it_on_every_page(lina, her_other, a_joined_pair, sign_in, her_caseworker):
    client = sign_in(her_caseworker)
    page = client.get(reverse("record", args=[her_other.number])).text
    assert "Nothing is marked as urgent" not in page
    assert "To be treated as a child" in page
    assert "treated as a child</b>" in page, "in the strip"
    assert "no guardian is recorded" in page
    listed = client.get(reverse("people"), {"child": "yes"}).text
    assert her_other.number in listed
    assert lina.number in listed
    screening = client.get(reverse("screening_new", args=[her_other.number])).text
    assert "Does the child agree to this conversation?" in screening


def test_the_list_asks_as_often_for_many_as_for_few(lina, her_other, a_joined_pair, sign_in, her_caseworker):
    client, counts = sign_in(her_caseworker), []
    for more in (0, 8):
        for number in range(more):
            actions.open_case(by=her_caseworker, opened_on=DAY, person={"given_names": f"N{number}", "birth_date": year(18)})
        for asked in ({}, {"child": "yes"}):
            client.get(reverse("people"), asked)
            with CaptureQueriesContext(connection) as asked_for:
                client.get(reverse("people"), asked)
            counts.append(len(asked_for))
    assert counts[:2] == counts[2:]


def test_an_age_that_may_be_under_majority_is_listed_and_told(sign_in, her_caseworker):
    case = actions.open_case(
        by=her_caseworker, opened_on=DAY, person={"given_names": "Ana", "stated_age": 17, "age_stated_on": DAY}
    )
    born = year(18)
    with withholding.as_the_office():
        actions.change_person(
            case=case, by=her_caseworker, values={"birth_date": born, "stated_age": None}, version=case.person.version
        )
    ground = queries.childhood(fresh(case), on=timezone.localdate())
    if (timezone.localdate().month, timezone.localdate().day) == (12, 31):
        return  # on the last day of the year whoever was born in a year has had their birthday
    assert ground is Childhood.PRESUMED
    client = sign_in(her_caseworker)
    page = client.get(reverse("record", args=[case.number])).text
    assert "may be a child: treated as one" in page
    assert "May be a child: the age is not certain" in page
    assert case.number in client.get(reverse("people"), {"child": "yes"}).text
    assert "may be a child: treated as one" in client.get(reverse("identification", args=[case.number])).text
    known = PartialDate.parse(f"{born.year}-01-01")
    actions.change_person(case=fresh(case), by=her_caseworker, values={"birth_date": known}, version=fresh(case).person.version)
    assert queries.childhood(fresh(case), on=timezone.localdate()) is Childhood.OF_AGE, "worked out anew once it is known"
    assert case.number not in client.get(reverse("people"), {"child": "yes"}).text


def test_who_decides_chooses_which_record_remains(lina, her_other, her_caseworker, her_supervisor, sign_in):
    row = merging.propose(case=her_other, other=lina, by=her_caseworker, reason="The same mother.", row_id=uuid7())
    client, url = sign_in(her_supervisor), reverse("same_review", args=[row.pk])
    page = client.get(url)
    assert next(iter(page.context["form"].fields["remains"].choices))[0] == str(her_other.person_id)
    answers = {"answer": "same", "reason": "Both were asked.", "remains": str(lina.person_id)}
    assert client.post(url, posted(page, **answers)).status_code == 302
    assert Person.objects.get(pk=her_other.person_id).merged_into_id == lina.person_id
    row.refresh_from_db()
    assert (row.person_id, row.remaining_id) == (her_other.person_id, lina.person_id)
    part(row, her_supervisor)
    assert joined.ids(lina.person_id) == [lina.person_id]


def test_no_other_record_can_be_made_to_remain(lina, her_other, her_caseworker, her_supervisor):
    with pytest.raises(Denied, match="same_not_joined"):
        join(her_other, lina, her_caseworker, her_supervisor, remaining_id=uuid7())


def test_what_the_other_record_knows_is_shown_and_taken_over_in_one_press(lina, her_other, a_joined_pair, sign_in, her_caseworker):
    client, here = sign_in(her_caseworker), reverse("record", args=[her_other.number])
    before = said(her_other)
    page = client.get(here)
    assert [one.subject for one in page.context["found"].elsewhere.better] == list(taking_over.SUBJECTS)
    assert f"says {lina.number}" in page.text
    for subject in taking_over.SUBJECTS:
        sent = client.post(reverse("case_take_over", args=[her_other.number]), {"source": lina.number, "subject": subject})
        assert sent.status_code == 302
    now = said(her_other)
    assert now["birth_date"] == child_born()
    assert now["languages"] == ["eng", "ara", "fra"], "of a list what was there stays"
    assert (now["citizenship"], now["gender"], now["interpreter"]) == (["SY"], "Feminine", "yes")
    page = client.get(here)
    assert not page.context["found"].elsewhere.better
    assert f"taken over from {lina.number}" in page.text
    assert Event.objects.filter(action="person.taken_over").count() == len(taking_over.SUBJECTS)
    row = TakenOver.objects.get(subject="languages")
    client.post(reverse("case_take_over", args=[her_other.number]), {"back": row.pk})
    assert said(her_other)["languages"] == before["languages"]
    with pytest.raises(Denied, match="already_answered"):
        taking_over.put_back(case=fresh(her_other), row=row, by=her_caseworker)


def test_parting_leaves_each_record_as_it_was(lina, her_other, a_joined_pair, her_caseworker, her_supervisor):
    before = said(lina), said(her_other)
    for subject in taking_over.SUBJECTS:
        taking_over.take(case=fresh(her_other), source=fresh(lina), by=her_caseworker, subject=subject)
    taking_over.take(case=fresh(lina), source=fresh(her_other), by=her_caseworker, subject="languages")
    part(a_joined_pair, her_supervisor)
    assert (said(lina), said(her_other)) == before
    assert not TakenOver.objects.filter(undone_at=None).exists()


def test_what_was_taken_over_and_cannot_be_opened_waits_to_be_put_back(
    lina, her_other, a_joined_pair, her_caseworker, her_supervisor
):
    """It was called put back, with nothing done: one person's facts stayed for good on the record of another."""
    before = said(her_other)["languages"]
    row = taking_over.take(case=fresh(her_other), source=fresh(lina), by=her_caseworker, subject="languages")
    held = bytes(TakenOver.objects.filter(pk=row.pk).values_list("after", flat=True)[0])
    TakenOver._base_manager.filter(pk=row.pk).update(after=held[:-1] + bytes([held[-1] ^ 1]))
    with damage.passing_over():
        part(a_joined_pair, her_supervisor)
        with pytest.raises(Denied, match="field_damaged"):
            taking_over.put_back(case=fresh(her_other), row=TakenOver.objects.get(), by=her_caseworker)
    assert TakenOver.objects.get().undone_at is None
    TakenOver._base_manager.filter(pk=row.pk).update(after=held)
    taking_over.put_back(case=fresh(her_other), row=TakenOver.objects.get(), by=her_caseworker)
    assert said(her_other)["languages"] == before


def test_what_somebody_wrote_since_stays_when_the_records_are_parted(
    lina, her_other, a_joined_pair, her_caseworker, her_supervisor
):
    taking_over.take(case=fresh(her_other), source=fresh(lina), by=her_caseworker, subject="languages")
    case = fresh(her_other)
    actions.change_person(case=case, by=her_caseworker, values={"languages": ["tur"]}, version=case.person.version)
    part(a_joined_pair, her_supervisor)
    assert said(her_other)["languages"] == ["tur"]


def test_an_age_that_is_contested_here_stays_contested(lina, her_other, a_joined_pair, her_caseworker):
    case = fresh(her_other)
    actions.change_person(case=case, by=her_caseworker, values={"age_is_contested": True}, version=case.person.version)
    taking_over.take(case=fresh(her_other), source=fresh(lina), by=her_caseworker, subject="age")
    assert said(her_other)["age_is_contested"] is True


def test_of_a_record_that_one_does_not_read_only_the_subject_is_told(
    lina, her_other, a_joined_pair, her_supervisor, make_member, shelter
):
    colleague = make_member(shelter, "caseworker", name="C. Olleague")
    actions.join_team(case=her_other, by=her_supervisor, member=colleague, role="other", since=DAY)
    elsewhere = taking_over.of(colleague, fresh(her_other))
    assert not elsewhere.better
    assert [str(label) for label in elsewhere.hidden] == [str(label) for label in taking_over.LABELS.values()]
    with pytest.raises(Denied):
        taking_over.take(case=fresh(her_other), source=fresh(lina), by=colleague, subject="age")


def test_nothing_is_taken_from_a_record_of_somebody_else(lina, her_other, her_caseworker):
    with pytest.raises(Denied, match="same_not_joined"):
        taking_over.take(case=fresh(her_other), source=fresh(lina), by=her_caseworker, subject="age")


def test_erasing_takes_away_what_was_taken_over(
    lina, her_other, a_joined_pair, her_caseworker, her_supervisor, make_member, shelter
):
    taking_over.take(case=fresh(her_other), source=fresh(lina), by=her_caseworker, subject="age")
    second = make_member(shelter, "supervisor", name="T. Second")
    erasing.erase(person=fresh(lina).person, asked_by=her_supervisor, confirmed_by=second, ground=erasing.Ground.PERSON_ASKED)
    assert not TakenOver.objects.exists()


def test_the_warning_says_what_to_do(lina, her_other, a_joined_pair):
    assert any("Another record of this person" in words for words in summary.doubts(fresh(her_other)))


def test_the_list_of_children_shows_whom_a_record_that_is_not_listed_calls_one(
    lina, her_other, a_joined_pair, sign_in, her_caseworker
):
    Case.objects.filter(pk=lina.pk).update(stage="closed", status="Closed", closed_on=timezone.localdate())
    page = sign_in(her_caseworker).get(reverse("people"), {"child": "yes"}).text
    assert lina.number not in page
    assert her_other.number in page, "this record alone calls her grown"
