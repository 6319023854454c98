"""A selection of few persons does not contradict itself: no percentage of too few, no empty axes, the same land."""

import re

import pytest

from amparo.bundle.margins import Estimate
from amparo.pictures.values import Basis
from amparo.portal.explorer import explore, percentage
from amparo.portal.pages import years
from amparo.portal.parts import parts_of
from amparo.portal.selection import Selection, parse
from amparo.portal.shelf import Keeper
from amparo.portal.tests import making
from amparo.standard.reasons import LANGUAGES

THIN = "ageBroad=0--8&gender=Man&exploitation=isOrganRemoval"
TOO_FEW = {
    "en": "Too few persons remain for percentages.",
    "fr": "Trop peu de personnes restent pour des pourcentages.",
    "es": "Quedan muy pocas personas para calcular porcentajes.",
}
OF = {"en": "Percentages are of", "fr": "Les pourcentages", "es": "Los porcentajes"}
ONE = "r/invented-2025-1"


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """A release whose list of years runs on for years that no row has, as a public list does."""
    folder = tmp_path_factory.mktemp("thin")
    year, *others = making.COLUMNS
    late = making.replace_domain(year, tuple(str(one) for one in range(2015, 2031)), {})
    drawn = making.drawn

    def within(columns, rows, seed):
        codes = drawn(columns, rows, seed)
        return ((codes[0] % 4 + 5).astype(codes[0].dtype), *codes[1:])

    making.drawn = within
    try:
        making.make(folder / "one", rows=900, columns=(late, *others))
    finally:
        making.drawn = drawn
    (found,) = Keeper(folder).shelf().releases
    return found


def selected(release, *pairs):
    """A selection of a release."""
    description = release.bundle.description
    found, problems = parse(pairs, description, parts_of(description, release.token))
    assert not problems
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_too_few_remain_no_percentage_is_shown_and_the_page_says_so(portal, language):
    page = portal.ask(f"/{language}/{ONE}/explore?{THIN}").text
    told = portal.ask(f"/{language}/{ONE}/explore.json?{THIN}").json
    assert told["total"]["mark"] in ("suppressed", "zero")
    thin = [one for one in told["pictures"] if one["denominator"] is not None]
    assert thin
    assert page.count(TOO_FEW[language]) == len(thin)
    assert all(figure["percent"] is None for one in thin for figure in one["figures"])
    assert OF[language] not in page
    whole = portal.ask(f"/{language}/{ONE}/explore").text
    assert TOO_FEW[language] not in whole
    assert OF[language] in whole


@pytest.mark.parametrize(
    ("count", "margin", "whole", "of", "is_shown"),
    [(5, 2.0, 10, 17.0, False), (5, 2.0, 10, 10.0, False), (5, 6.0, 10, 2.0, False), (50, 6.0, 100, 2.0, True)],
)
def test_a_percentage_needs_a_number_to_be_of_and_a_margin_that_tells(count, margin, whole, of, is_shown):
    found = percentage(Estimate(count, margin, Basis.MEASURED), Estimate(whole, of, Basis.MEASURED))
    assert (found is not None) is is_shown
    assert found is None or found.margin < 50


@pytest.mark.parametrize("key", ["time", "flows"])
def test_an_empty_picture_says_so_in_words(portal, key):
    drawing = portal.ask(f"/en/{ONE}/explore/{key}.svg?{THIN}").text
    assert "Nothing to draw: no number here is larger than its margin of error." in drawing
    assert "<line" not in drawing
    page = portal.ask(f"/en/{ONE}/explore?{THIN}").text
    assert "A gap in a line is a year" not in page


@pytest.mark.parametrize("query", [THIN, "CountryOfExploitation=XB", "year_from=2020&year_to=2020&gender=Trans"])
def test_the_map_shows_the_same_land_and_names_whatever_is_filtered(portal, query):
    whole, part = (portal.ask(f"/en/{ONE}/explore/map.svg{query}").text for query in ("", f"?{query}"))
    window = [re.findall(r'viewBox="([^"]*)"', one)[1] for one in (whole, part)]
    assert window[0] == window[1]
    for name in ("Arvania", "Belmora", "Costaverde"):
        assert f">{name}</text>" in part
    assert ("too few to show" in part) == ("not shown" in part)


def test_years_without_rows_are_neither_offered_nor_drawn(release):
    held = ("2019", "2020", "2021", "2022")
    assert years(release, Selection()) == held
    assert years(release, selected(release, ("year_to", "2028"))) == (*held, "2028")
    thin = (("ageBroad", "0--8"), ("gender", "Trans"))
    for pairs in ((), (("year_from", "2015"),), (("year_from", "2021"), ("year_to", "2030")), thin):
        panel = explore(release, selected(release, *pairs)).panel("time")
        assert {one.code for one in panel.chart.periods} <= set(held)
    beyond = explore(release, selected(release, ("year_from", "2025"))).panel("time")
    assert beyond.chart.periods == ()
    assert "Nothing to draw" in beyond.chart.svg("en")
