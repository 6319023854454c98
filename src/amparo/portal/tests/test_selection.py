"""Filters as addresses write them: canonical, reversible, and never trusted."""

from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from amparo.portal.parts import is_child_band, parts_of, yes_code
from amparo.portal.selection import BLANK, Selection, parse
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


def test_children_are_bands_that_end_under_eighteen():
    assert [code for code in making.AGES if is_child_band(code)] == ["0--8", "9--17"]
