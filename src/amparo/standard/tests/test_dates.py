"""Three orders of dates: found by proof, asked for in doubt, never guessed."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.standard import dates
from amparo.standard.dates import DateOrder
from amparo.standard.reasons import Refused

PATTERN = {DateOrder.ISO: "%Y-%m-%d", DateOrder.DAY_FIRST: "%d/%m/%Y", DateOrder.MONTH_FIRST: "%m/%d/%Y"}
days = st.lists(st.dates(min_value=date(1950, 1, 1), max_value=date(2030, 12, 31)), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(given_days=days, order=st.sampled_from(list(DateOrder)))
def test_an_order_is_proved_or_refused_and_never_wrong(given_days, order):
    column = pl.Series("when", [day.strftime(PATTERN[order]) for day in given_days])
    is_proved = order is DateOrder.ISO or any(day.day > 12 for day in given_days)
    is_alike = all(day.day == day.month for day in given_days)
    if not is_proved and not is_alike:
        with pytest.raises(Refused) as refused:
            dates.find_order(column)
        assert refused.value.reasons[0].code == "ambiguous_dates"
        return
    found = dates.find_order(column)
    read = pl.DataFrame({"when": column}).select(dates.day(pl.col("when"), found)).to_series()
    assert read.to_list() == given_days


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["2021-03-04", None, "2021-03-04T10:00:00"], DateOrder.ISO),
        (["2021-03-04 00:00:00"], DateOrder.ISO),
        (["13/02/2021", "01/02/2021"], DateOrder.DAY_FIRST),
        (["31.12.2021"], DateOrder.DAY_FIRST),
        (["02-13-2021", "2021-01-01"], DateOrder.MONTH_FIRST),
        (["5/5/2021"], DateOrder.DAY_FIRST),
        ([None, "nonsense"], DateOrder.ISO),
    ],
)
def test_columns_that_prove_their_order(values, order):
    assert dates.find_order(pl.Series("when", values, dtype=pl.String)) is order


def test_a_column_in_both_orders_is_refused():
    with pytest.raises(Refused) as refused:
        dates.find_order(pl.Series("when", ["13/02/2021", "02/13/2021"]))
    assert [(reason.code, reason.where) for reason in refused.value.reasons] == [("mixed_dates", "when")]


@pytest.mark.parametrize(
    ("text", "year"),
    [("2021", "2021"), ("2021-05", "2021"), ("2021-05-06", "2021"), ("21", None), ("31/02/2021", None), ("1/2/21", None)],
)
def test_the_year_of_whole_and_partial_dates(text, year):
    assert pl.DataFrame({"when": [text]}).select(dates.year(pl.col("when"), DateOrder.DAY_FIRST)).item() == year
