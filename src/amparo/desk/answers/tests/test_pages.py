"""A country's questions about a case: asked, saved, read for ever, closed to whom they are closed, answered anew, taken out."""

import io
import json
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from amparo.desk.access.guard import Denied
from amparo.desk.access.roles import Purpose, Role
from amparo.desk.answers import actions, exporting, queries, showing
from amparo.desk.answers.models import AnswerPart, Filling
from amparo.desk.cases import actions as cases
from amparo.desk.cases import erasing, secrecy
from amparo.desk.cases.models import Case
from amparo.desk.cases.tests.browsing import posted
from amparo.desk.core import keys, withholding
from amparo.desk.core.locking import Stale
from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.questions import actions as editions
from amparo.desk.questions import pack
from amparo.desk.questions.expressions import Said

from .asking import ANSWERS, SECRET, bring

DAY = date(2026, 3, 2)


@pytest.fixture
def administrator(make_member, shelter):
    return make_member(shelter, Role.ADMINISTRATOR, name="A. Dmin")


@pytest.fixture
def first(administrator):
    return bring(1, administrator)["form"]


@pytest.fixture
def a_case(her_caseworker):
    person = {"given_names": "Kestrella", "birth_date": PartialDate.parse("1995-04")}
    return cases.open_case(by=her_caseworker, opened_on=DAY, person=person)


@pytest.fixture
def her_nurse(a_case, make_member, shelter):
    nurse = make_member(shelter, Role.HEALTH, name="N. Urse")
    cases.join_team(case=a_case, by=make_member(shelter, "supervisor"), member=nurse, role="health", since=DAY)
    return nurse


@pytest.fixture
def a_filling(a_case, first, her_caseworker):
    return actions.fill(case=a_case, edition=first, by=her_caseworker, asked_on=DAY, answers=ANSWERS, language="en")


def page_of(client, name, case, *more):
    return client.get(reverse(name, args=[case.number, *more]))


def test_questions_are_asked_and_what_follows_is_shown_after_saving(sign_in, a_case, first, her_caseworker):
    client = sign_in(her_caseworker)
    assert "Living situation and needs" in page_of(client, "case_questions", a_case).content.decode()
    address = reverse("case_question_new", args=[a_case.number, first.pk])
    page = client.get(address)
    shown = [item.place for item in page.context["form"].items() if not item.is_hidden]
    assert "sleeps" in shown
    assert "safe" not in shown
    data = posted(page, **{"q.sleeps": "relatives", "q.needs": ["food"]})
    saved = client.post(address, data, follow=True)
    assert "1 more question follows" in saved.content.decode()
    filling = Filling.objects.get()
    assert saved.redirect_chain[-1][0] == reverse("case_answers_change", args=[a_case.number, filling.pk])
    assert "safe" in [item.place for item in saved.context["form"].items() if not item.is_hidden]
    data = posted(saved, **{"q.safe": "no"})
    saved = client.post(saved.redirect_chain[-1][0], data, follow=True)
    assert "unsafe" in [item.place for item in saved.context["form"].items() if not item.is_hidden]
    data = posted(saved, **{"q.unsafe": SECRET})
    done = client.post(saved.redirect_chain[-1][0], data, follow=True)
    assert SECRET in done.content.decode()
    assert client.post(address, posted(page, **{"q.sleeps": "relatives", "q.needs": ["food"]})).status_code in (302, 422)
    assert Filling.objects.count() == 1


def test_a_needed_answer_and_a_broken_constraint_come_back_with_their_words(sign_in, a_case, first, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("case_question_new", args=[a_case.number, first.pk])
    page = client.post(address, posted(client.get(address), **{"q.unsafe": "kept"}))
    assert page.status_code == 422
    assert "nobody waits for food" in page.content.decode()
    page = client.post(address, posted(client.get(address), **{"q.needs": ["food", "none"], "q.sleeps": "street"}))
    assert page.status_code == 422
    assert "not both" in page.content.decode()
    assert page.context["form"]["q.sleeps"].value() == "street"
    page = client.post(address, posted(client.get(address), **{"q.needs": ["unknown", "food"]}))
    assert page.status_code == 422
    page = client.post(address, posted(client.get(address), **{"q.needs": ["unknown"]}), follow=True)
    assert queries.answers_of(Filling.objects.get())["needs"] is Said.UNKNOWN


def test_a_day_that_has_not_come_is_told_at_the_day(sign_in, a_case, first, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("case_question_new", args=[a_case.number, first.pk])
    later = {"asked_on_year": str(DAY.year + 40), "q.needs": ["food"]}
    page = client.post(address, posted(client.get(address), **later))
    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["asked_on"]
    assert not Filling.objects.exists()


def test_an_answer_that_no_longer_belongs_is_told_and_not_kept(sign_in, a_case, a_filling, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("case_answers_change", args=[a_case.number, a_filling.pk])
    page = client.post(address, posted(client.get(address), **{"q.safe": "yes"}), follow=True)
    assert "No longer asked, so its answer was not kept: What makes it unsafe?" in page.content.decode()
    assert "unsafe" not in queries.answers_of(Filling.objects.get())
    assert SECRET in page.content.decode(), "the version before stays in the history"


def test_the_form_speaks_every_language_it_has(sign_in, a_case, first, her_caseworker):
    client = sign_in(her_caseworker)
    page = client.get(reverse("case_question_new", args=[a_case.number, first.pk]) + "?language=ar").content.decode()
    assert 'lang="ar" dir="rtl"' in page
    assert '<div class="body stackv" dir="rtl">' in page, "the questions stand as their language is read"
    assert "أين ينام الشخص في الوقت الحالي؟" in page
    assert "غير معروف" in page


def test_each_role_sees_and_writes_its_own_questions_only(sign_in, a_case, a_filling, her_nurse):
    client = sign_in(her_nurse)
    page = page_of(client, "case_answers", a_case, a_filling.pk).content.decode()
    assert "A cough" in page
    assert SECRET not in page
    assert "Does the child go to school?" not in page or "closed to your role" in page
    assert "closed to your role" in page
    address = reverse("case_answers_change", args=[a_case.number, a_filling.pk])
    form = client.get(address)
    assert "q.unsafe" not in form.context["form"].fields
    assert "q.ill_what" in form.context["form"].fields
    assert SECRET not in form.content.decode()
    assert client.post(address, posted(form, **{"q.ill_what": "A fever", "q.unsafe": "overwritten"})).status_code == 302
    held = queries.answers_of(Filling.objects.get())
    assert (held["ill_what"], held["unsafe"], held["sleeps"]) == ("A fever", SECRET, "relatives")


def test_nobody_writes_an_answer_that_they_cannot_read(a_case, a_filling, her_nurse):
    a_case = Case.objects.get(pk=a_case.pk)
    with pytest.raises(Denied, match="field_withheld"):
        actions.change(
            filling=queries.get_filling(a_case, a_filling.pk), by=her_nurse, answers={"unsafe": "x"}, asked_on=DAY, version=1
        )


def test_a_part_opens_to_whom_its_secrecy_says(a_case, a_filling, her_nurse):
    opened = set()
    with withholding.reading(secrecy.MemberReader(her_nurse, lambda: Purpose.CASEWORK)):
        for part in AnswerPart.objects.filter(filling=a_filling):
            if not withholding.is_withheld(part.answers):
                opened.add(part.secrecy)
    assert opened == {"personal", "health"}
    assert {part.secrecy for part in AnswerPart.objects.all()} == {"personal", "health", "whereabouts", "family"}


def test_old_answers_stay_readable_and_are_answered_anew_under_the_new_version(
    sign_in, a_case, a_filling, her_caseworker, administrator
):
    second = bring(2, administrator)["form"]
    client = sign_in(her_caseworker)
    page = page_of(client, "case_answers", a_case, a_filling.pk).content.decode()
    assert "Where does the person sleep at the moment?" in page
    assert SECRET in page
    assert "Answer anew, version 2" in page
    assert "older version" in page_of(client, "case_questions", a_case).content.decode()
    assert page_of(client, "case_answers_change", a_case, a_filling.pk).status_code == 403
    address = reverse("case_answers_anew", args=[a_case.number, a_filling.pk])
    form = client.get(address)
    assert form.context["form"]["q.unsafe"].value() == SECRET
    assert "Where does the person sleep these days?" in form.content.decode()
    assert client.post(address, posted(form, **{"q.moves": "yes", "q.industry": "Quarries"})).status_code == 302
    newer = Filling.objects.get(edition=second)
    assert newer.follows_id == a_filling.pk
    assert queries.answers_of(newer)["child.0.child_age"] == 7
    assert queries.answers_of(Filling.objects.get(pk=a_filling.pk))["unsafe"] == SECRET


def test_a_retired_form_is_asked_no_more_and_its_answers_stay(sign_in, a_case, a_filling, first, her_caseworker, administrator):
    editions.retire(edition=first, by=administrator, on=timezone.localdate(), version=2)
    client = sign_in(her_caseworker)
    assert SECRET in page_of(client, "case_answers", a_case, a_filling.pk).content.decode()
    assert client.get(reverse("case_question_new", args=[a_case.number, first.pk])).status_code == 403
    with pytest.raises(Denied, match="edition_not_in_force"):
        actions.fill(case=a_case, edition=first, by=her_caseworker, asked_on=DAY, answers={})


def test_two_people_at_one_filling_lose_nothing(sign_in, a_case, a_filling, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("case_answers_change", args=[a_case.number, a_filling.pk])
    data = posted(client.get(address), **{"q.unsafe": "mine"})
    filling = queries.get_filling(a_case, a_filling.pk)
    actions.change(
        filling=filling, by=her_caseworker, answers={**queries.answers_of(filling), "unsafe": "theirs"}, asked_on=DAY, version=1
    )
    assert client.post(address, data).status_code == 409
    assert queries.answers_of(Filling.objects.get())["unsafe"] == "theirs"
    with pytest.raises(Stale):
        actions.change(filling=queries.get_filling(a_case, a_filling.pk), by=her_caseworker, answers={}, asked_on=DAY, version=1)


def test_a_repeat_is_answered_one_time_after_the_other(sign_in, a_case, a_filling, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("case_answers_change", args=[a_case.number, a_filling.pk])
    client.post(address, posted(client.get(address), **{"q.child.1.child_age": "3"}))
    form = client.get(address)
    assert "q.child.2.child_age" in form.context["form"].fields
    client.post(address, posted(form, **{"q.child.0.child_age": "", "q.child.0.child_school": ""}))
    held = queries.answers_of(Filling.objects.get())
    assert {name: int(value) for name, value in held.items() if name.endswith("child_age")} == {"child.0.child_age": 3}


def test_answers_lie_sealed_and_an_erasure_takes_them(a_case, a_filling, her_caseworker, make_member, shelter):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT answers FROM answers_answerpart UNION SELECT answers FROM answers_historicalanswerpart")
        assert all(SECRET.encode() not in bytes(row[0]) for row in cursor.fetchall())
    other = make_member(shelter, "supervisor")
    erasing.erase(person=a_case.person, asked_by=her_caseworker, confirmed_by=other, ground=erasing.Ground.PERSON_ASKED)
    keys.forget_opened()
    filling = Filling.objects.get()
    assert list(showing.lines(filling, "en")) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(length(answers)) FROM answers_answerpart")
        assert cursor.fetchone()[0] < 40


def test_answers_leave_as_a_file_with_their_version_and_the_standards_field(sign_in, a_case, a_filling, her_caseworker):
    client = sign_in(her_caseworker)
    address = reverse("case_answers_export", args=[a_case.number])
    assert client.post(address, {"kind": "json"}).status_code == 422
    answer = client.post(address, {"kind": "json", "reason": "person_asked"})
    told = json.loads(b"".join(answer.streaming_content))
    row = next(row for row in told["answers"] if row["question"] == "papers")
    assert (row["version"], row["answer"], row["standard_field"]) == ("1", "yes", "means_withholds_documents")
    assert told["standard"] == {"means_withholds_documents": "yes"}
    book = b"".join(client.post(address, {"kind": "xlsx", "reason": "referral"}).streaming_content)
    assert book[:2] == b"PK"
    assert exporting.safe("=1+1") == "'=1+1"
    assert io.BytesIO(book).getbuffer().nbytes > 1000


def test_a_file_holds_only_what_its_taker_may_read(sign_in, a_case, a_filling, her_nurse):
    answer = sign_in(her_nurse).post(
        reverse("case_answers_export", args=[a_case.number]), {"kind": "json", "reason": "supervision"}
    )
    text = b"".join(answer.streaming_content).decode()
    assert "A cough" in text
    assert SECRET not in text


def test_a_document_shows_the_named_fields_and_closes_what_is_closed(
    sign_in, a_case, her_caseworker, administrator, make_member, shelter
):
    template = bring(1, administrator)["template"]
    address = reverse("case_made_document", args=[a_case.number, template.pk])
    page = sign_in(her_caseworker).get(address).content.decode()
    assert "Certificate of presumed status" in page
    assert a_case.number in page
    assert "Kestrella" in page
    helper = make_member(shelter, Role.SHELTER_STAFF)
    cases.join_team(case=a_case, by=make_member(shelter, "supervisor"), member=helper, role="other", since=DAY)
    page = sign_in(helper).get(address).content.decode()
    assert "Certificate of presumed status" in page
    assert "Kestrella" not in page
    assert "شهادة" in sign_in(her_caseworker).get(address + "?language=ar").content.decode()


def test_a_closed_case_and_an_outsider_answer_nothing(sign_in, a_case, a_filling, the_partner, the_outsider, make_member, shelter):
    for member in (the_partner, the_outsider, make_member(shelter, "caseworker"), make_member(shelter, "administrator")):
        assert page_of(sign_in(member), "case_answers", a_case, a_filling.pk).status_code in (403, 404)


def test_a_page_asks_as_often_for_many_fillings_as_for_one(
    sign_in, a_case, a_filling, first, her_caseworker, django_assert_max_num_queries
):
    client = sign_in(her_caseworker)
    for _time in range(6):
        actions.fill(case=a_case, edition=first, by=her_caseworker, asked_on=DAY, answers={"papers": "no"})
    page_of(client, "case_questions", a_case)
    with django_assert_max_num_queries(60):
        page_of(client, "case_questions", a_case)


def test_a_code_that_the_country_brings_is_offered_labelled_and_keeps_its_label(sign_in, a_case, her_caseworker, administrator):
    codes = bring(1, administrator)["codes"]
    client = sign_in(her_caseworker)
    address = reverse("case_facts", args=[a_case.number])
    form = client.get(address)
    assert "Forced to guard crops or goods" in form.content.decode()
    data = posted(form) | {"exploitation": "1", "exploitation.ForcedGuarding": "yes"}
    assert client.post(address, data).status_code == 302
    assert Case.objects.get(pk=a_case.pk).exploitation == {"ForcedGuarding": "yes"}
    editions.retire(edition=codes, by=administrator, on=timezone.localdate(), version=2)
    page = client.get(reverse("case_known", args=[a_case.number])).content.decode()
    assert "Forced to guard crops or goods" in page


HEAD = b'country = "XC"\nversion = "1"\nlanguages = ["en"]\n'


def brought(questions, by):
    today = timezone.localdate()
    text = 'code = "f"\ntitle = {en = "F"}\n' + questions
    read = pack.read({"pack.toml": HEAD, "forms/f.toml": text.encode()}, today=today)
    assert read.wrong == ()
    [made] = editions.bring(pack=read, by=by)
    return editions.activate(edition=made, by=by, on=today, version=made.version)


def test_a_long_chain_of_questions_is_shown(sign_in, a_case, administrator, her_caseworker):
    rows = [
        f'[[questions]]\nname = "q{one}"\ntype = "integer"\nlabel = {{en = "Q"}}\n'
        + f'relevant = "${{q{one + 1}}} = 1"\n' * (one < 249)
        for one in range(250)
    ]
    made = brought("".join(rows), administrator)
    assert page_of(sign_in(her_caseworker), "case_question_new", a_case, made.pk).status_code == 200


def test_a_town_called_nan_can_be_written_down(sign_in, a_case, administrator, her_caseworker):
    town = '[[questions]]\nname = "town"\ntype = "text"\nlabel = {en = "Town"}\n'
    town += 'constraint = ". > 5"\nconstraint_message = {en = "M"}\n'
    made, client = brought(town, administrator), sign_in(her_caseworker)
    page = page_of(client, "case_question_new", a_case, made.pk)
    names = [name for name in posted(page) if "town" in name and not name.endswith("said")]
    assert names
    assert client.post(page.wsgi_request.path, posted(page) | dict.fromkeys(names, "Nan")).status_code in (302, 422)
