"""A day that nobody can mean comes back with the reason; one that can be meant is taken."""

from datetime import date

import pytest
from django import forms
from django.utils import timezone

from amparo.desk.core.days import YEARS_AHEAD, DayField
from amparo.desk.core.forms import PartialDateField
from amparo.desk.core.numbers import posted_number
from amparo.desk.core.partial_dates import FIRST_DAY, Known, PartialDate
from amparo.standard import pool

THIS_YEAR = timezone.localdate().year


@pytest.mark.parametrize(
    ("year", "code"),
    [("0001", "too_early"), ("1989", "too_early"), (str(THIS_YEAR + YEARS_AHEAD + 1), "too_late"), ("9999", "too_late")],
)
def test_an_absurd_year_of_a_day_comes_back(year, code):
    with pytest.raises(forms.ValidationError) as refused:
        DayField().clean(["1", "1", year])
    assert refused.value.code == code


def test_the_first_day_is_that_of_the_pool():
    assert DayField().clean(["1", "1", "1990"]) == FIRST_DAY == date(pool.FIRST_YEAR, 1, 1)


@pytest.mark.parametrize(
    ("year", "month", "code"),
    [("0001", "", "too_early"), ("1899", "12", "too_early"), (str(THIS_YEAR + 1), "", "future"), ("9999", "12", "future")],
)
def test_an_absurd_year_of_a_life_comes_back(year, month, code):
    with pytest.raises(forms.ValidationError) as refused:
        PartialDateField().clean(["", month, year, ""])
    assert refused.value.code == code


def test_a_life_of_a_hundred_years_and_this_very_year_are_taken():
    for year in (1900, THIS_YEAR):
        assert PartialDateField().clean(["", "", str(year), ""]).year == year


def test_the_last_year_there_is_has_a_last_day():
    assert PartialDate(9999, known=Known.STATED).latest == date(9999, 12, 31)


LONG = "9" * 5_000


@pytest.mark.parametrize("parts", [[LONG, "1", "2020"], ["1", LONG, "2020"]])
def test_a_number_too_long_to_be_read_comes_back_as_a_wrong_date(parts):
    """Python refuses to read more than 4,300 digits; that must not be a failure of the page."""
    with pytest.raises(forms.ValidationError):
        DayField().clean(parts)
    with pytest.raises(forms.ValidationError):
        PartialDateField().clean([*parts, ""])


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("007", 7), ("", None), ("-1", None), ("²", None), ("1" * 10, None), (LONG, None)]
)
def test_a_posted_number_is_short_or_none(text, number):
    assert posted_number(text) == number
