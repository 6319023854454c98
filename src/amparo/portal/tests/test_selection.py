"""Filters as addresses write them: canonical, reversible, and never trusted."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.portal.explorer import explore
from amparo.portal.pages import facts, filters
from amparo.portal.parts import is_child_band, parts_of, yes_code
from amparo.portal.selection import BLANK, Selection, parse
from amparo.portal.shelf import Keeper
from amparo.portal.tests import making

ABOUT = making.description(10)
PARTS = parts_of(ABOUT, "token")
GOOD = [
    ("year_from", "2020"),
    ("year_to", "2022"),
    ("gender", "Woman"),
    ("gender", BLANK),
    ("ageBroad", "48+"),
    ("citizenship", "XA"),
    ("CountryOfExploitation", "XC"),
    ("exploitation", "isForcedLabour"),
    ("exploitation", "isSexualExploit"),
    ("means", "meansDebt"),
]


def test_parts_are_found_by_field_and_by_name():
    assert PARTS.year.name == "yearOfRegistration"
    bare = making.description(10, tuple(making.Column(c.name, c.kind, c.domain, c.label, {}) for c in making.COLUMNS), ())
    found = parts_of(bare, "bare")
    assert (found.year.name, found.gender.name, found.age.name) == ("yearOfRegistration", "gender", "ageBroad")
    assert (found.origin.name, found.destination.name) == ("citizenship", "CountryOfExploitation")
    assert len(found.others) == len(making.FORMS) + len(making.MEANS)


@given(st.lists(st.sampled_from(GOOD)))
def test_good_filters_have_one_address_whatever_their_order(pairs):
    selection, problems = parse(pairs, ABOUT, PARTS)
    assert problems == ()
    assert set(selection.pairs) == set(pairs)
    again, _ = parse(parse_qsl(selection.query.removeprefix("?")), ABOUT, PARTS)
    assert again == selection
    assert parse(reversed(pairs), ABOUT, PARTS)[0] == selection


@given(st.lists(st.tuples(st.text(max_size=10), st.text(max_size=10)), max_size=20))
def test_any_filters_give_a_selection_and_reasons(pairs):
    selection, problems = parse(pairs, ABOUT, PARTS)
    known = {name for name, _ in GOOD}
    assert len(problems) >= sum(name not in known for name, value in pairs if value)
    parse(selection.pairs, ABOUT, PARTS)


@given(st.sampled_from(GOOD), st.lists(st.sampled_from(GOOD), min_size=1))
def test_taking_a_filter_off_leaves_the_others(gone, pairs):
    selection, _ = parse(pairs, ABOUT, PARTS)
    left, _ = parse(parse_qsl(selection.without(gone).removeprefix("?")), ABOUT, PARTS)
    assert set(left.pairs) == set(selection.pairs) - {gone}


def test_filters_say_which_rows():
    selection, _ = parse(GOOD, ABOUT, PARTS)
    assert selection.where(ABOUT, PARTS) == {
        "yearOfRegistration": frozenset({"2020", "2021", "2022"}),
        "gender": frozenset({"Woman", ""}),
        "ageBroad": frozenset({"48+"}),
        "citizenship": frozenset({"XA"}),
        "CountryOfExploitation": frozenset({"XC"}),
        "isForcedLabour": frozenset({"1"}),
        "isSexualExploit": frozenset({"1"}),
        "meansDebt": frozenset({"1"}),
    }
    assert Selection().where(ABOUT, PARTS) == {}


def test_years_the_wrong_way_round_are_told_and_dropped():
    selection, (problem,) = parse([("year_from", "2022"), ("year_to", "2020"), ("gender", "Man")], ABOUT, PARTS)
    assert problem.code == "years"
    assert selection.pairs == (("gender", "Man"),)


def test_too_many_filters_are_one_problem():
    selection, (problem,) = parse([("x", "1")] * 500, ABOUT, PARTS)
    assert (selection, problem.code) == (Selection(), "too_many")


def test_yes_is_found_among_the_spellings():
    for domain, yes in ((("0", "1"), "1"), (("0.0", "1.0"), "1.0"), (("no", "yes"), "yes"), (("1",), "1"), (("n", "y"), "y")):
        assert yes_code(making.Column("c", "flag", domain, {}, {})) == yes
    assert yes_code(making.Column("c", "flag", ("0.0",), {}, {})) is None


def narrowed(name, *codes):
    """The columns of the invented release, one of them with another public list."""
    return tuple(making.replace_domain(one, codes, {}) if one.name == name else one for one in making.COLUMNS)


def test_no_is_never_shown_as_yes(tmp_path):
    """A recipe may narrow a flag to its no: nobody may then read how many have it, as a figure, a filter or a share."""
    columns = narrowed("isForcedLabour", "0")
    making.make(tmp_path / "one", rows=900, columns=columns)
    (release,) = Keeper(tmp_path).shelf().releases
    shown = explore(release, Selection())
    forms = shown.panel("exploitation").chart
    assert "isForcedLabour" not in {bar.category.code for bar in forms.bars}
    assert "Forced labour" not in forms.sentence("en")
    assert [bar.category.code for bar in shown.panel("isforcedlabour").chart.bars] == ["0", ""]
    parts = parts_of(release.bundle.description, release.token)
    _, problems = parse([("exploitation", "isForcedLabour")], release.bundle.description, parts)
    assert [problem.code for problem in problems] == ["unknown_value"]
    offered = next(one for one in filters(release, Selection()) if one.name == "exploitation")
    assert "isForcedLabour" not in {choice.value for choice in offered.choices}


@pytest.mark.parametrize(("name", "codes"), [("gender", ("Woman",)), ("ageBroad", ("0--8", "9--17"))])
def test_a_list_of_women_or_children_alone_says_nothing_of_their_share(tmp_path, name, codes):
    making.make(tmp_path / "one", rows=900, columns=narrowed(name, *codes))
    (release,) = Keeper(tmp_path).shelf().releases
    assert all(fact.share is None or fact.share.percent < 100 for fact in facts(release))


def test_children_are_bands_that_end_under_eighteen():
    assert [code for code in making.AGES if is_child_band(code)] == ["0--8", "9--17"]


@pytest.mark.parametrize("code", ["²--³", "2--³", "2--" + "9" * 5000, "2--\u0663", "2--", "2---3", "17"])
def test_what_only_looks_like_a_number_is_no_band(tmp_path, code):
    assert not is_child_band(code)
    making.make(tmp_path / "one", rows=90, columns=narrowed("ageBroad", code, "0--8"))
    (release,) = Keeper(tmp_path).shelf().releases
    assert facts(release)
