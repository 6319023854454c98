"""The pages of releases: who gets in, what a refused form keeps, what a page may not show."""

import datetime
import re

import numpy as np
import polars as pl
import pytest

from amparo.desk.publication import actions, composing, engine, evidence, pictures, queries
from amparo.desk.publication.forms import NewReleaseForm
from amparo.desk.publication.models import Release
from amparo.desk.publication.rules import Opinion
from amparo.desk.publication.tests.judging import version_of
from amparo.disclosure import Table
from amparo.release import steps
from amparo.release.recipe import parse

LIST = "/evidence/releases/"
NEW = LIST + "new/"


def choices(**more):
    given = {
        "title_en": "Persons",
        "title_fr": "Personnes",
        "title_es": "Personas",
        "columns": ["gender", "registration_year", "citizenship"],
        "first_year": "2024",
        "last_year": "2025",
        "countries": [],
        "other_countries": "XA, Belmora",
        "epsilon": "2",
        "delta": "1e-6",
        "contributors": "1",
    }
    return given | more


def test_a_steward_chooses_and_sees_the_cost_before_anything_is_spent(sign_in, steward, budget, version):
    answer = sign_in(steward).post(NEW, choices())
    one = Release.objects.get()
    assert answer.status_code == 302
    page = sign_in(steward).get(f"{LIST}{one.pk}/").content.decode()
    assert "12.00" not in page
    assert "5.00" in page
    assert not hasattr(one, "spend")
    recipe = parse(one.recipe)
    assert [column.name for column in recipe.columns] == ["gender", "registration_year", "citizenship"]
    assert recipe.columns[2].domain == ("XA", "XB", "Other"), "a country that is not named is no blank"
    assert recipe.person == composing.PERSON


def test_a_steward_ticks_the_countries_of_the_site_by_name(sign_in, steward, budget, version):
    page = sign_in(steward).get(NEW).content.decode()
    assert "Costaverde" in page
    sign_in(steward).post(NEW, choices(countries=["XC"]))
    assert parse(Release.objects.get().recipe).columns[2].domain == ("XC", "XA", "XB", "Other")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"other_countries": "XA, QQQ"}, "QQQ"),
        ({"other_countries": ""}, "at least one country"),
        ({"epsilon": "0"}, "Give 0.01 or more."),
        ({"epsilon": "-1"}, "Give 0.01 or more."),
        ({"last_year": "2001"}, "before the first"),
        ({"columns": []}, "required"),
        ({"title_fr": ""}, "required"),
    ],
)
def test_a_refused_choice_comes_back_filled_in(sign_in, steward, budget, change, words):
    answer = sign_in(steward).post(NEW, choices(**change))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'value="Personas"' in page
    assert not Release.objects.exists()


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("epsilon = 0.0", "epsilon"),
        ("epsilon = -2.0", "epsilon"),
        ('epsilon = 2.0\nepsillon = "x"', "epsillon"),
        ('epsilon = 2.0\n[[columns]]\nname = "no_such_column"', "no_such_column"),
    ],
)
def test_a_wrong_recipe_is_refused_with_its_place_and_kept_on_the_page(sign_in, steward, draft, recipe, broken, words):
    text = recipe.replace("epsilon = 2.0", broken)
    given = {"title": "Persons", "recipe": text, "version": draft.version}
    answer = sign_in(steward).post(f"{LIST}{draft.pk}/recipe/", given)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert broken.splitlines()[0] in page
    draft.refresh_from_db()
    assert draft.recipe == recipe


def test_whoever_saved_in_between_is_not_overwritten(sign_in, steward, draft, recipe):
    actions.edit(draft, by=steward, title="Earlier", recipe=recipe, version=draft.version)
    answer = sign_in(steward).post(f"{LIST}{draft.pk}/recipe/", {"title": "Later", "recipe": recipe, "version": draft.version})
    assert answer.status_code == 422
    assert 'value="Later"' in answer.content.decode()
    draft.refresh_from_db()
    assert draft.title == "Earlier"


def test_reviewers_see_no_draft_and_nobody_elses_steward_does(sign_in, draft, reviewers, make_member, other_organisation):
    address = f"{LIST}{draft.pk}/"
    assert sign_in(reviewers[0]).get(address).status_code == 404
    assert sign_in(make_member(other_organisation, "data_steward")).get(address).status_code == 404


@pytest.mark.parametrize("second", ["data_steward", "coordinator"])
def test_two_roles_see_what_each_of_them_sees(sign_in, steward, draft, reviewers, recipe, make_member, other_organisation, second):
    """A coordinator who also reviews is asked for verdicts on other organisations' releases, and sees no draft of theirs."""
    both = make_member(other_organisation, "reviewer", second)
    assert not queries.releases_for(both)
    actions.send_for_review(draft, by=steward, version=version_of(draft))
    own_steward = make_member(other_organisation, "data_steward")
    own = actions.draft(by=own_steward, title="Own", recipe=recipe)
    assert set(queries.releases_for(both)) == {draft, own}
    assert queries.waiting_for(both) == [draft]
    given = {"attempt": 1, "round": "recipe", "opinion": "release", "reasons": "Readable at this cost."}
    assert sign_in(both).post(f"{LIST}{draft.pk}/verdict/", given).status_code == 302
    assert set(queries.releases_for(reviewers[0])) == {draft}


@pytest.mark.parametrize("role", ["caseworker", "supervisor", "auditor", "administrator", "police", "immigration_enforcement"])
def test_other_roles_are_refused_everywhere(sign_in, make_member, shelter, draft, role):
    client = sign_in(make_member(shelter, role))
    for address in (LIST, NEW, f"{LIST}{draft.pk}/", f"{LIST}{draft.pk}/recipe/"):
        assert client.get(address).status_code == 403
    for verb in ("send", "drop", "verdict"):
        assert client.post(f"{LIST}{draft.pk}/{verb}/").status_code == 403


def test_wrong_methods_are_refused(sign_in, steward, draft):
    client = sign_in(steward)
    assert client.post(LIST).status_code == 405
    for verb in ("send", "drop", "verdict"):
        assert client.get(f"{LIST}{draft.pk}/{verb}/").status_code == 405


def test_a_verdict_without_reasons_comes_back(sign_in, steward, draft, reviewers):
    actions.send_for_review(draft, by=steward, version=version_of(draft))
    draft.refresh_from_db()
    given = {"attempt": draft.attempt, "round": "recipe", "opinion": "release", "reasons": ""}
    answer = sign_in(reviewers[0]).post(f"{LIST}{draft.pk}/verdict/", given)
    assert answer.status_code == 422
    assert not draft.reviews.exists()
    answer = sign_in(reviewers[0]).post(f"{LIST}{draft.pk}/verdict/", given | {"reasons": "Readable at this cost."})
    assert answer.status_code == 302
    assert draft.reviews.count() == 1


def test_the_result_is_drawn_for_its_reviewers(sign_in, steward, draft, reviewers):
    actions.send_for_review(draft, by=steward, version=version_of(draft))
    for reviewer in reviewers:
        draft.refresh_from_db()
        actions.judge(draft, by=reviewer, opinion=Opinion.RELEASE, reasons="Readable at this cost.", attempt=1, asked=draft.round)
    engine.carry_on(draft.pk)
    page = sign_in(reviewers[0]).get(f"{LIST}{draft.pk}/").content.decode()
    assert page.count("<svg") >= 3
    assert "Masculine" not in page
    assert "Male" in page


@pytest.mark.parametrize(("language", "words"), [("fr", "Publications"), ("es", "Publicaciones")])
def test_pages_speak_the_readers_language(sign_in, steward, draft, language, words):
    client = sign_in(steward)
    client.cookies["amparo_language"] = language
    for address in (LIST, NEW, f"{LIST}{draft.pk}/", f"{LIST}{draft.pk}/recipe/"):
        page = client.get(address).content.decode()
        assert f'lang="{language}"' in page
        assert words in page


def test_a_reviewer_is_shown_the_yes_however_the_recipe_orders_it(recipe, tmp_path):
    """A domain that begins with yes draws the same picture as one that ends with it."""
    drawn = []
    for order in ('["no", "yes"]', '["yes", "no"]'):
        text = recipe.replace('"exploitation_forced_labour"', f'"exploitation_forced_labour"\ndomain = {order}')
        held = parse(text)
        flag = [1 + held.columns[1].domain.index("yes")] * 900 + [1 + held.columns[1].domain.index("no")] * 100
        codes = (np.ones(1000, np.uint8), np.array(flag, np.uint8), np.ones(1000, np.uint8))
        measurements = steps.measure(held, Table(held.domain, codes))
        issued = datetime.date(2026, 1, 1)
        bundle = steps.publish(held, measurements, tmp_path / str(len(drawn)), seed=1, issued=issued, release_id="r")
        drawn.append(pictures.result(bundle, "en").pictures[1].rows)
    counted = [int(re.search(r"\d+", rows[0][1].replace(",", ""))[0]) for rows in drawn]
    assert min(counted) > 800, drawn


@pytest.mark.parametrize(("name", "publisher"), [("+Vida", "Vida"), ("=", "—")])
def test_an_organisation_whose_name_begins_like_a_formula_can_publish(sign_in, steward, budget, version, name, publisher):
    steward.organisation.name = name
    steward.organisation.save()
    assert sign_in(steward).post(NEW, choices()).status_code == 302
    assert parse(Release.objects.get().recipe).publisher == publisher


def test_a_title_like_a_formula_is_refused_and_kept_on_the_page(sign_in, steward, budget, version):
    answer = sign_in(steward).post(NEW, choices(title_fr="=1+1"))
    assert (answer.status_code, Release.objects.exists()) == (422, False)
    assert "title.fr begins with" in answer.content.decode()
    assert 'value="=1+1"' in answer.content.decode()


def test_every_releasable_column_is_offered(db):
    offered = [value for _, group in NewReleaseForm().fields["columns"].choices for value, _ in group]
    assert {"gender", "age_band", "citizenship", "means_debt_bondage"} <= set(offered)
    assert "recruitment_methods" not in offered


def test_a_release_shows_no_value_twice(sign_in, steward, budget, version):
    """Bands and genders that lie inside one another are counted once, under the coarser name."""
    sign_in(steward).post(NEW, choices(columns=["gender", "age_band"]))
    recipe = parse(Release.objects.get().recipe)
    gender, age = (column.domain for column in recipe.columns)
    assert "9--17" in age
    assert not {"9--11", "12--14", "15--17"} & set(age)
    assert gender == ("Feminine", "Masculine", "TransOrNonConforming")


def test_finer_codes_of_the_pool_are_counted_under_the_coarser(recipe, monkeypatch):
    text = recipe.replace('name = "gender"', 'name = "gender"\ndomain = ["Feminine", "TransOrNonConforming"]')
    people = pl.DataFrame(
        {
            "gender": ["TransgenderMasculine", "Feminine", "NonConforming", None],
            "exploitation_forced_labour": ["yes"] * 4,
            "registration_year": ["2024"] * 4,
            "person_key": list("abcd"),
            "record_key": list("1234"),
        }
    )
    monkeypatch.setattr(engine.pool, "read", lambda version: people)
    found = engine.sensitive(parse(text), None).get_column("gender").to_list()
    assert found == ["TransOrNonConforming", "Feminine", "TransOrNonConforming", None]
    assert engine.sensitive(parse(recipe), None).get_column("gender").to_list()[0] == "TransgenderMasculine"


def test_the_evidence_stands_above_the_verdict_and_beside_what_is_published(sign_in, steward, draft, reviewers, recipe):
    """Two columns, before and after: years, countries, partners, persons, columns, cost; then the verdict."""
    first = publish(draft, steward, reviewers)
    wider = recipe.replace('"2025"]', '"2025", "2026"]') + '[[columns]]\nname = "citizenship"\ndomain = ["XA", "XB"]\n'
    second = actions.draft(by=steward, title="Persons", recipe=wider.replace("epsilon = 2.0", "epsilon = 1.0"))
    actions.send_for_review(second, by=steward, version=version_of(second))
    page = sign_in(reviewers[0]).get(f"{LIST}{second.pk}/").content.decode()
    shown = [
        f"Published now, {first.name}",
        "2024–2025",
        "2024–2026",
        "told by the release itself",
        "New columns",
        "Arvania, Belmora",
    ]
    for words in (*shown, "Epsilon", "Expected margins"):
        assert 0 < page.index(words) < page.index('id="verdict"'), words
    lines = {
        one.what: one for one in evidence.lines(second, parse(second.recipe), evidence.published_now(but=second), persons=None)
    }
    assert lines["Persons"].before == str(evidence.published_now(but=second).description.rows)
    assert lines["Epsilon"].is_changed
    assert not lines["Delta"].is_changed


def publish(one, steward, reviewers):
    actions.send_for_review(one, by=steward, version=version_of(one))
    for _round in range(2):
        for reviewer in reviewers:
            one.refresh_from_db()
            words = "Readable at this cost."
            actions.judge(one, by=reviewer, opinion=Opinion.RELEASE, reasons=words, attempt=1, asked=one.round)
        engine.carry_on(one.pk)
    one.refresh_from_db()
    return one


def test_the_title_is_shown_in_the_readers_language(sign_in, steward, draft):
    title = 'title = { en = "Persons", fr = "Personnes", es = "Personas" }'
    Release.objects.filter(pk=draft.pk).update(recipe=draft.recipe.replace('title = "Persons"', title))
    client = sign_in(steward)
    client.cookies["amparo_language"] = "es"
    assert "<h1>Personas</h1>" in client.get(f"{LIST}{draft.pk}/").content.decode()


def test_a_recipe_names_its_region(sign_in, steward, budget, version):
    sign_in(steward).post(NEW, choices())
    assert parse(Release.objects.get().recipe).geography["fr"] == "Arvanie, Belmore"


def test_a_page_shows_no_less_than_is_disclosed(sign_in, steward, draft, recipe):
    actions.edit(draft, by=steward, title="Persons", recipe=recipe.replace("2.0", "2.0000004"), version=draft.version)
    page = sign_in(steward).get(f"{LIST}{draft.pk}/").content.decode()
    assert "epsilon 2.001 is spent for good" in page
    assert composing.rounded_up(1.1, 3) == 1.1
    assert composing.rounded_up(1.734001, 2) == 1.74
    assert composing.rounded_up(4.00000000000001, 2) == 4.0
