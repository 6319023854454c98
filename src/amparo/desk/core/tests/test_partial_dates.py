"""A date is kept as people gave it: a year, a month, an estimate, unknown, or not told."""

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as some

from amparo.desk.core.forms import PartialDateField
from amparo.desk.core.partial_dates import Known, PartialDate

days = some.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))
kinds = some.sampled_from([Known.STATED, Known.ESTIMATED])


@some.composite
def partial_dates(draw):
    if draw(some.booleans()):
        return PartialDate(known=draw(some.sampled_from([Known.ABSENT, Known.UNKNOWN, Known.DECLINED, Known.ERASED])))
    day, parts = draw(days), draw(some.integers(1, 3))
    return PartialDate(day.year, day.month if parts > 1 else None, day.day if parts > 2 else None, draw(kinds))


@given(partial_dates().filter(lambda found: found.known is not Known.ERASED))
def test_what_is_written_reads_back_the_same(found):
    assert PartialDate.parse(str(found)) == found


@given(partial_dates())
def test_the_earliest_day_is_never_after_the_latest(found):
    if found.earliest is None:
        assert found.latest is None
        assert found.year is None
    else:
        assert found.earliest <= found.latest
        assert PartialDate(found.year, known=Known.STATED).earliest <= found.earliest
        assert found.latest <= PartialDate(found.year, known=Known.STATED).latest


@given(days, days, some.integers(1, 3))
def test_the_true_age_always_lies_within_the_ages_that_the_date_allows(born, on, parts):
    told = PartialDate(born.year, born.month if parts > 1 else None, born.day if parts > 2 else None, Known.STATED)
    least, greatest = told.age_years_on(on)
    true = max(0, on.year - born.year - ((on.month, on.day) < (born.month, born.day)))
    assert least <= true <= greatest


@pytest.mark.parametrize(
    "text", ["1991-13", "1991-02-30", "91", "02/03/1991", "1991-4", "0000", "stated", "erased", "1991--02", "x"]
)
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError):
        PartialDate.parse(text)


@pytest.mark.parametrize("wrong", [{"year": 1991}, {"known": Known.STATED}, {"year": 1991, "day": 3, "known": Known.STATED}])
def test_a_date_that_contradicts_itself_cannot_be_made(wrong):
    with pytest.raises(ValueError):
        PartialDate(**wrong)


def test_unknown_declined_and_not_asked_are_three_things():
    absent, unknown, declined = PartialDate(), PartialDate.parse("unknown"), PartialDate.parse("declined")
    assert len({absent, unknown, declined}) == 3
    assert not absent
    assert unknown
    assert declined


def clean(day="", month="", year="", known=""):
    return PartialDateField(required=False).clean([day, month, year, known])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ({}, ""),
        ({"year": "1991"}, "1991"),
        ({"month": "4", "year": "1991"}, "1991-04"),
        ({"day": "2", "month": "4", "year": "1991", "known": "estimated"}, "1991-04-02~"),
        ({"known": "unknown"}, "unknown"),
        ({"known": "declined"}, "declined"),
    ],
)
def test_the_form_reads_what_was_typed(typed, meant):
    assert str(clean(**typed)) == meant


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"year": "91"}, "year"),
        ({"month": "4"}, "year"),
        ({"year": "1991", "day": "2"}, "month"),
        ({"year": "1991", "month": "2", "day": "30"}, "impossible"),
        ({"year": "1991", "month": "²"}, "impossible"),
        ({"year": "१९९१"}, "year"),
        ({"year": "1991", "known": "unknown"}, "both"),
        ({"month": "4", "known": "declined"}, "both"),
    ],
)
def test_the_form_says_what_is_wrong(typed, code):
    from django.forms import ValidationError

    with pytest.raises(ValidationError) as refused:
        clean(**typed)
    assert refused.value.code == code


def test_months_are_named_in_the_readers_language():
    with translation.override("es"):
        assert "abril" in PartialDateField().widget.render("born", None).lower()
