"""The administrator's pages: a pack is brought, read back, set in force, followed by a version, retired; nobody else comes in."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

import amparo
from amparo.desk.access.guard import Denied, ProofIsOld
from amparo.desk.access.roles import Role
from amparo.desk.audit.models import Event
from amparo.desk.core.locking import Stale
from amparo.desk.questions import actions, coded, pack, queries, xlsform
from amparo.desk.questions import form as forms
from amparo.desk.questions.choices import Kind
from amparo.desk.questions.models import Damaged, Edition
from amparo.standard.reasons import Refused

from .making import ask, form

PACKS = Path(amparo.__file__).parent / "demo" / "packs"
TODAY = timezone.localdate


def demo(number):
    return pack.read(pack.from_folder(PACKS / f"costaverde-{number}"), today=TODAY())


def of(one):
    return pack.Pack("XC", "1", (pack.form_piece(one),))


@pytest.fixture
def administrator(make_member, shelter):
    return make_member(shelter, Role.ADMINISTRATOR, name="A. Dmin")


def upload(client, content, name):
    return client.post(reverse("country_form_new"), {"file": SimpleUploadedFile(name, content)}, follow=True)


def test_a_pack_is_brought_read_set_in_force_and_retired(sign_in, administrator):
    client = sign_in(administrator)
    page = upload(client, pack.zipped(pack.from_folder(PACKS / "costaverde-1")), "costaverde.zip")
    assert Edition.objects.count() == 4
    assert "Living situation and needs" in page.content.decode()
    edition = Edition.objects.get(kind=Kind.FORM)
    assert not queries.in_force(administrator.organisation_id, Kind.FORM, on=TODAY())
    shown = client.get(reverse("country_form", args=[edition.pk])).content.decode()
    assert "Does the person feel safe there?" in shown
    assert edition.checksum in shown
    arabic = client.get(reverse("country_form", args=[edition.pk]) + "?language=ar").content.decode()
    assert "هل يشعر الشخص بالأمان هناك؟" in arabic
    assert 'lang="ar" dir="rtl"' in arabic

    today = TODAY()
    begin = reverse("country_form_begin", args=[edition.pk])
    day = {"activate-on_day": today.day, "activate-on_month": today.month, "activate-on_year": today.year}
    past = client.post(begin, {**day, "activate-on_year": today.year - 1, "activate-version": edition.version})
    assert past.status_code == 422
    assert client.post(begin, {**day, "activate-version": edition.version}).status_code == 302
    assert [one.code for one in queries.in_force(administrator.organisation_id, Kind.FORM, on=today)] == ["living"]
    later = today + timedelta(days=3)
    assert (
        client.post(
            reverse("country_form_end", args=[edition.pk]),
            {
                "retire-on_day": later.day,
                "retire-on_month": later.month,
                "retire-on_year": later.year,
                "retire-version": edition.version + 1,
            },
        ).status_code
        == 302
    )
    assert queries.in_force(administrator.organisation_id, Kind.FORM, on=today)
    assert not queries.in_force(administrator.organisation_id, Kind.FORM, on=later)
    assert {"questions.brought", "questions.activated", "questions.retired"} <= set(Event.objects.values_list("action", flat=True))


def test_a_form_with_contradictions_comes_back_with_each_reason_and_nothing_is_kept(sign_in, administrator):
    client = sign_in(administrator)
    wrong = form(ask("a", "select_one", list_name="places"), ask("b", relevant="${a} = 'house'"), ask("c", relevant="${x} = 'y'"))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    page = upload(client, xlsform.write(wrong), "wrong.xlsx")
    assert page.status_code == 422
    assert "no tiene el código «house»" in page.content.decode()
    assert "no hay pregunta «x»" in page.content.decode()
    assert not Edition.objects.exists()


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "a.zip"), (b"nonsense", "a.xlsx"), (b"nonsense", "a.zip"), (b"x" * 100, "a.exe")]
)
def test_a_file_that_is_nothing_of_the_kind_comes_back(sign_in, administrator, content, name):
    assert upload(sign_in(administrator), content, name).status_code == 422


def test_the_same_twice_is_once_and_a_change_is_the_next_version(sign_in, administrator):
    assert len(actions.bring(pack=demo(1), by=administrator)) == 4
    assert actions.bring(pack=demo(1), by=administrator) == []
    made = actions.bring(pack=demo(2), by=administrator)
    assert {(one.kind, one.number) for one in made} >= {("form", 2)}
    edition = next(one for one in made if one.kind == "form")
    page = sign_in(administrator).get(reverse("country_form", args=[edition.pk])).content.decode()
    assert "What differs from version 1" in page
    assert "Does the person want to move?" in page
    assert "added: tent" in page


def test_a_version_takes_over_on_its_day_and_no_older_one_comes_back(administrator):
    first = actions.bring(pack=of(form(ask("a"))), by=administrator)[0]
    second = actions.bring(pack=of(form(ask("a"), ask("b"))), by=administrator)[0]
    today, soon, later = TODAY(), TODAY() + timedelta(days=5), TODAY() + timedelta(days=9)
    actions.activate(edition=first, by=administrator, on=today, version=1)
    second = actions.activate(edition=second, by=administrator, on=soon, version=1)

    def on(day):
        return [one.number for one in queries.in_force(administrator.organisation_id, Kind.FORM, on=day)]

    assert (on(today), on(soon - timedelta(days=1)), on(soon)) == ([1], [1], [2])
    actions.retire(edition=second, by=administrator, on=later, version=2)
    assert on(later) == []


def test_a_name_keeps_its_meaning_through_all_versions(administrator):
    actions.bring(pack=of(form(ask("a", "integer"), ask("b"))), by=administrator)
    actions.bring(pack=of(form(ask("b"))), by=administrator)
    with pytest.raises(Refused) as refused:
        actions.bring(pack=of(form(ask("a", "text"), ask("b"))), by=administrator)
    assert [one.code for one in refused.value.reasons] == ["kind_changed"]


def test_what_was_brought_is_never_changed_unseen(administrator):
    edition = actions.bring(pack=of(form(ask("a"))), by=administrator)[0]
    Edition.objects.filter(pk=edition.pk).update(content={**edition.content, "title": {"en": "Other"}})
    edition = Edition.objects.get(pk=edition.pk)
    with pytest.raises(Damaged):
        edition.form  # noqa: B018
    with pytest.raises(Denied, match="edition_is_damaged"):
        actions.activate(edition=edition, by=administrator, on=TODAY(), version=1)


def test_an_older_page_sets_nothing_in_force(administrator):
    edition = actions.bring(pack=of(form(ask("a"))), by=administrator)[0]
    actions.activate(edition=edition, by=administrator, on=TODAY(), version=1)
    with pytest.raises(Stale):
        actions.activate(edition=edition, by=administrator, on=TODAY() + timedelta(days=1), version=1)


def test_only_the_administrator_with_a_fresh_proof_brings_and_activates(administrator, her_caseworker, make_member, shelter):
    for member in (her_caseworker, make_member(shelter, "supervisor"), make_member(shelter, "auditor")):
        with pytest.raises(Denied):
            actions.bring(pack=of(form(ask("a"))), by=member)
    edition = actions.bring(pack=of(form(ask("a"))), by=administrator)[0]
    administrator.is_fresh = False
    for act in (
        lambda: actions.bring(pack=of(form(ask("b"))), by=administrator),
        lambda: actions.activate(edition=edition, by=administrator, on=TODAY(), version=1),
    ):
        with pytest.raises(ProofIsOld):
            act()


def test_another_office_sees_none_of_it(sign_in, administrator, make_member, other_organisation):
    edition = actions.bring(pack=of(form(ask("a"))), by=administrator)[0]
    other = make_member(other_organisation, Role.ADMINISTRATOR)
    client = sign_in(other)
    for name in ("country_form", "country_form_workbook", "country_form_blank"):
        assert client.get(reverse(name, args=[edition.pk])).status_code == 404
    assert not queries.in_force(other.organisation_id, Kind.FORM, on=TODAY())


def test_a_form_leaves_as_the_workbook_that_it_came_as(sign_in, administrator):
    one = form(ask("a", "answer"), ask("b", relevant="${a} = 'yes'"))
    edition = actions.bring(pack=of(one), by=administrator)[0]
    answer = sign_in(administrator).get(reverse("country_form_workbook", args=[edition.pk]))
    assert xlsform.read(b"".join(answer.streaming_content))[0] == one


def test_the_empty_form_prints_in_every_language_and_tells_on_what_a_question_hangs(sign_in, administrator, her_caseworker):
    edition = next(one for one in actions.bring(pack=demo(1), by=administrator) if one.kind == "form")
    client = sign_in(her_caseworker)
    page = client.get(reverse("country_form_blank", args=[edition.pk]) + "?language=ar").content.decode()
    assert 'dir="rtl"' in page
    assert "أين ينام الشخص في الوقت الحالي؟" in page
    page = client.get(reverse("country_form_blank", args=[edition.pk])).content.decode()
    assert "Where does the person sleep at the moment?" in page
    assert "(← 2)" in page


def test_indicator_sets_and_codes_of_a_country_are_found_on_their_days(administrator):
    made = {one.kind: one for one in actions.bring(pack=demo(1), by=administrator)}
    today, office = TODAY(), administrator.organisation_id
    assert queries.indicator_sets_on(office, today) == []
    for one in made.values():
        actions.activate(edition=one, by=administrator, on=today, version=1)
    [held] = queries.indicator_sets_on(office, today)
    assert [(row.code, row.framework, row.strength) for row in held.rows] == [
        ("XC-1", "Costaverde list", "supporting"),
        ("XC-2", "Costaverde list", "supporting"),
    ]
    assert held.rows[0].question["ar"]
    offered = coded.offered("exploitation", today, organisation_id=office)
    assert offered.get("ForcedGuarding").maps_to == "ForcedLabour"
    actions.retire(edition=made["codes"], by=administrator, on=today, version=2)
    assert coded.offered("exploitation", today, organisation_id=office).get("ForcedGuarding") is None
    assert coded.label("exploitation", "ForcedGuarding", "fr", organisation_id=office).startswith("Contrainte")


def test_added_codes_are_called_by_their_words_and_not_by_the_name_of_their_list(sign_in, administrator):
    client = sign_in(administrator)
    page = upload(client, pack.zipped(pack.from_folder(PACKS / "costaverde-1")), "costaverde.zip").content.decode()
    added = Edition.objects.get(kind=Kind.CODES)
    first = forms.say(added.added.choices[0].label, "en")
    assert f">{first}" in page
    assert f">{added.code}</a>" not in page
