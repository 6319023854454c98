"""Releases that are not invented rows: shown with their words and files, without an explorer, and never a crash."""

import json

import pytest

from amparo.bundle.tests.making_kinds import aggregates, anonymous
from amparo.bundle.writing import write
from amparo.portal.tests import making
from amparo.portal.tests.conftest import case_folder, serve
from amparo.standard.reasons import LANGUAGES


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """The portal with an older release of invented rows and two newer ones of other kinds."""
    folder = case_folder(tmp_path_factory.mktemp("mixed") / "site")
    making.make(folder / "bundles" / "invented", rows=400)
    write(folder / "bundles" / "alike", anonymous(id="alike-1"))
    write(folder / "bundles" / "counts", aggregates(id="counts-1"))
    yield from serve(folder)


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """The portal with releases of other kinds only."""
    folder = case_folder(tmp_path_factory.mktemp("others") / "site")
    write(folder / "bundles" / "alike", anonymous(id="alike-1"))
    write(folder / "bundles" / "counts", aggregates(id="counts-1"))
    yield from serve(folder)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "table"), [("alike-1", "data.csv"), ("counts-1", "aggregates.csv")])
def test_a_release_of_another_kind_has_its_page_and_its_files(mixed, language, name, table):
    page = mixed.ask(f"/{language}/r/{name}/")
    assert page.status == 200
    assert f"/r/{name}/files/{table}" in page.text
    assert f"/r/{name}/files/report.{language}.html" in page.text
    assert f"/r/{name}/explore" not in page.text
    assert mixed.ask(f"/{language}/r/{name}/files/{table}").status == 200


def test_its_protection_is_said_as_it_is(mixed):
    alike, counts, invented = (mixed.ask(f"/en/r/{name}/").text for name in ("alike-1", "counts-1", "invented-2025-1"))
    assert "The rows are real rows" in alike
    assert "Epsilon" not in alike
    assert "No row in any file is a person" not in alike + counts
    assert "There are no rows, only counts of combinations" in counts
    assert "Epsilon" in counts
    assert "No row in any file is a person" in invented


@pytest.mark.parametrize("name", ["alike-1", "counts-1"])
@pytest.mark.parametrize(
    "page", ["explore", "explore.json", "explore.csv", "explore/time.json", "explore/time.csv", "explore/time.svg"]
)
def test_it_has_no_explorer(mixed, name, page):
    assert mixed.ask(f"/en/r/{name}/{page}").status == 404


@pytest.mark.parametrize("name", ["alike-1", "counts-1"])
def test_it_answers_programs_too(mixed, name):
    told = json.loads(mixed.ask(f"/en/r/{name}/release.json").text)
    assert told["release"]["kind"] in ("k-anonymous", "aggregates")
    assert mixed.ask(f"/en/r/{name}/release.csv").status == 200


def test_the_list_shows_all_kinds_and_the_front_page_the_newest_that_can_be_explored(mixed):
    listed = json.loads(mixed.ask("/en/releases.json").text)["releases"]
    assert {one["id"]: one["kind"] for one in listed} == {
        "alike-1": "k-anonymous",
        "counts-1": "aggregates",
        "invented-2025-1": "synthetic",
    }
    assert mixed.ask("/en/releases").text.count("/explore") == 1
    assert json.loads(mixed.ask("/en/home.json").text)["release"]["id"] == "invented-2025-1"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", ["", "releases", "methods", "about", "home.json", "home.csv", "releases.csv"])
def test_a_site_with_other_kinds_only_stands(others, language, page):
    assert others.ask(f"/{language}/{page}").status == 200


def test_such_a_site_says_that_there_is_nothing_to_explore(others):
    assert "No figures to explore yet" in others.ask("/en/").text
    assert json.loads(others.ask("/en/home.json").text)["release"] is None
