"""Partial dates, ages and warnings: each line of the manual's tables holds, and the printed pages say the same."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.cases import manual, rules
from amparo.desk.cases.rules import Childhood, Finding
from amparo.desk.core.partial_dates import Known, PartialDate

DOCS = Path(__file__).resolve().parents[5] / "docs"
LINES = [(spec, row, expected) for spec in manual.page().specs for row, expected in spec.rows()]


@pytest.mark.parametrize(
    ("spec", "row", "expected"), LINES, ids=[f"{spec.name}-{'-'.join(row.values())}" for spec, row, _ in LINES]
)
def test_each_line_of_the_manual_holds(spec, row, expected):
    assert spec.run(row) == expected


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_printed_page_is_the_tables(language):
    assert (DOCS / manual.FILES[language]).read_text(encoding="utf-8") == manual.page().markdown(language)


def test_each_warning_and_each_ground_stands_in_a_table():
    shown = {word for _spec, _row, expected in LINES for word in expected.replace(",", "").split()}
    assert {*rules.Doubt, *Childhood} <= shown


@st.composite
def partial_dates(draw):
    """Any date as a person can give it."""
    if draw(st.integers(0, 5)) == 0:
        return PartialDate(known=draw(st.sampled_from([Known.ABSENT, Known.UNKNOWN, Known.DECLINED])))
    day = draw(st.dates(date(1930, 1, 1), date(2026, 1, 1)))
    month = day.month if draw(st.booleans()) else None
    known = draw(st.sampled_from([Known.STATED, Known.ESTIMATED]))
    return PartialDate(day.year, month, day.day if month and draw(st.booleans()) else None, known)


@given(partial_dates(), partial_dates())
def test_two_dates_are_never_both_before_and_after(first, last):
    there, back = rules.in_order(first, last), rules.in_order(last, first)
    if Finding.NO in (there, back):
        assert {there, back} == {Finding.NO, Finding.YES}


@given(partial_dates(), st.data())
def test_order_agrees_with_each_day_that_the_dates_can_mean(first, data):
    last = data.draw(partial_dates())
    if first.earliest is None or last.earliest is None:
        assert rules.in_order(first, last) is Finding.UNKNOWN
        return
    one = data.draw(st.dates(first.earliest, first.latest))
    other = data.draw(st.dates(last.earliest, last.latest))
    found = rules.in_order(first, last)
    assert found is not Finding.NO or one > other
    assert found is not Finding.YES or one <= other


@given(partial_dates())
def test_nobody_comes_of_age_before_they_are_no_child(born):
    if born.earliest is None or born.earliest != born.latest:
        return
    day = rules.years_after(born.earliest, 18)
    for days, found in ((0, Finding.NO), (-1, Finding.YES)):
        age = rules.age_on(day + timedelta(days), born=born, stated=None, stated_on=None)
        assert rules.is_child(age, majority_years=18) is found


@given(
    partial_dates(),
    st.none() | st.integers(0, 110),
    st.none() | st.dates(date(2010, 1, 1), date(2026, 1, 1)),
    st.dates(date(2000, 1, 1), date(2040, 1, 1)),
    st.booleans(),
)
def test_whoever_may_be_of_age_by_some_day_is_presumed_a_child_or_is_of_age(born, stated, stated_on, day, contested):
    """So no warning is needed of somebody who may be of age by now and of whom it is open whether they are a child."""
    if rules.births(born, stated=stated, stated_on=stated_on) is None:
        return
    age = rules.age_on(day, born=born, stated=stated, stated_on=stated_on, contested=contested)
    assert rules.childhood(age, majority_years=18) is not Childhood.UNKNOWN
    assert rules.childhood(age, majority_years=18).protected is not Finding.UNKNOWN
