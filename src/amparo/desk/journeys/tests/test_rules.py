"""Gaps and contradictions: only what is certain counts, and nothing is chosen for the person."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.core.partial_dates import PartialDate
from amparo.desk.journeys import rules
from amparo.desk.journeys.rules import LegFacts


def leg(position, route="", began="", ended="", account=""):
    origin, _, destination = route.partition(">")
    return LegFacts(position, account, origin, destination, PartialDate.parse(began), PartialDate.parse(ended))


def found(*legs):
    return [(str(one.oddity.value), one.legs) for one in rules.oddities(legs)]


@pytest.mark.parametrize(
    ("legs", "expected"),
    [
        ([leg(1, "XA>XB", "2026-01-05", "2026-01-08"), leg(2, "XB>XC", "2026-01-09", "2026-02")], []),
        ([leg(1, "XA>XB"), leg(2, "XC>XC")], [("country_gap", ("1", "2"))]),
        ([leg(1, "XA>"), leg(2, ">XC")], []),
        ([leg(1, "", "2026-02", "2026-01")], [("ends_before_it_begins", ("1",))]),
        ([leg(1, "", "2026", "2026-01")], []),
        ([leg(1, "", "2026-03-01"), leg(2, "", "2026-02-01")], [("out_of_order", ("1", "2"))]),
        ([leg(1, "", "2026-03"), leg(2, "", "2026-03-01")], []),
        ([leg(1, "", "2026-01-01", "2026-02-01"), leg(2, "", "2026-01-20")], [("overlap", ("1", "2"))]),
        ([leg(1, "", "2026-01-01", "2026-01"), leg(2, "", "2026-01-20")], []),
        ([leg(1, "", "", "2026-01-01"), leg(2, "", "2026-01-16")], [("time_gap", ("1", "2"))]),
        ([leg(1, "", "", "2026-01-01"), leg(2, "", "2026-01-15")], []),
        ([leg(1, "", "unknown"), leg(2, "", "declined")], []),
        ([leg(1, account="a"), leg(1, account="b")], [("two_accounts", ("1a", "1b"))]),
    ],
)
def test_what_is_certain_counts_and_what_may_fit_fits(legs, expected):
    assert found(*legs) == expected


def test_each_account_is_compared_with_its_neighbours():
    legs = [leg(1, "XA>XB"), leg(2, "XB>XC", account="a"), leg(2, "XA>XC", account="b"), leg(3, "XC>XC")]
    assert found(*legs) == [("country_gap", ("1", "2b")), ("two_accounts", ("2a", "2b"))]


DATES = st.sampled_from(["", "unknown", "declined", "2026", "2026-02", "2026-02-10", "2026-05~", "2025-12-31"])
LEGS = st.lists(st.builds(lambda p, b, e: leg(p, "XA>XB", b, e), st.integers(1, 5), DATES, DATES), max_size=6)


@given(LEGS, st.randoms())
def test_the_order_of_telling_does_not_matter(legs, random):
    shuffled = list(legs)
    random.shuffle(shuffled)
    assert {(one.oddity, frozenset(one.legs)) for one in rules.oddities(legs)} == {
        (one.oddity, frozenset(one.legs)) for one in rules.oddities(shuffled)
    }


def test_the_way_names_each_country_once_until_it_is_left():
    assert rules.countries([leg(2, "XB>XB"), leg(1, "XA>XB"), leg(3, "XB>XC"), leg(4, "XC>XA")]) == ("XA", "XB", "XC", "XA")


def test_the_span_is_as_wide_as_the_dates_allow():
    assert rules.span([leg(1, began="2025"), leg(2, ended="2026-02")]) == (date(2025, 1, 1), date(2026, 2, 28))
    assert rules.span([leg(1)]) is None
