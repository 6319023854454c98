"""Gaps and contradictions: only what is certain counts, and nothing is chosen for the person."""

from dataclasses import replace
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


@pytest.mark.parametrize(
    ("legs", "ends"),
    [
        ([leg(1, began="2026~"), leg(2)], ("2026~", "2026~")),
        ([leg(1, began="2026"), leg(2, began="2026-01", ended="2026-02")], ("2026-01", "2026-02")),
        ([leg(1, began="2026"), leg(2, began="2026-03", ended="2026-06")], ("2026", "2026-06")),
        ([leg(1, began="2024", ended="2025"), leg(2, ended="2026")], ("2024", "2026")),
        ([leg(1), leg(2, began="declined")], None),
    ],
)
def test_a_journey_is_told_no_more_precisely_than_its_dates(legs, ends):
    found = rules.span_as_told(rules.bounded(legs, today=date(2026, 11, 26)))
    assert (found and tuple(map(str, found))) == ends


@given(LEGS)
def test_a_leg_ends_by_today_and_by_the_end_of_every_later_one(legs):
    today = date(2026, 3, 1)
    for told, made in zip(legs, rules.bounded(legs, today=today), strict=True):
        assert (made.started, made.ended, made.first_day) == (told.started, told.ended, told.first_day)
        if made.bound is None:
            assert made.last_day == told.last_day
        elif made.last_day is not None:
            assert told.first_day <= made.last_day <= today or told.last_day < told.first_day
            later = [one.ended.latest or one.started.latest for one in legs if one.position > told.position]
            assert all(day is None or made.last_day <= day for day in later)


def test_what_certainly_began_later_stays_as_it_was_told():
    legs = rules.bounded([leg(1, began="2026-05"), leg(2, ended="2026-02")], today=date(2026, 11, 26))
    assert [one.last_day for one in legs] == [date(2026, 5, 31), date(2026, 2, 28)]


def test_the_span_is_as_wide_as_the_dates_allow():
    assert rules.span([leg(1, began="2025"), leg(2, ended="2026-02")]) == (date(2025, 1, 1), date(2026, 2, 28))
    assert rules.span([leg(1)]) is None


def test_what_was_answered_about_one_oddity_answers_no_other():
    one = rules.Found(rules.Oddity.TIME_GAP, ("1", "2"), date(2026, 1, 1), date(2026, 2, 1), "XB", "XC")
    later = [
        {"since": date(2026, 1, 2)},
        {"until": date(2026, 2, 2)},
        {"since": None},
        {"until": None},
        {"left": ""},
        {"reached": ""},
    ]
    assert len({one.told, *(replace(one, **changed).told for changed in later)}) == 7


def test_a_gap_waits_to_be_told_and_a_contradiction_cannot_be_so():
    waits = {oddity for oddity in rules.Oddity if not rules.Found(oddity, ()).is_contradiction}
    assert waits == rules.GAPS
    assert rules.Oddity.OUT_OF_ORDER not in waits
