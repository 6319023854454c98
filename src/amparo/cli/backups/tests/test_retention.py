"""Which backups stay is a rule over days, weeks and months; the newest always stays."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.cli.backups.retention import Keep, kept
from amparo.standard.reasons import Refused

START = datetime.datetime(2026, 3, 1, 3, tzinfo=datetime.UTC)
DAILY = [START - datetime.timedelta(days=n) for n in range(400)]


@pytest.mark.parametrize(
    ("rule", "count", "oldest"),
    [
        ("7d", 7, "2026-02-23"),
        ("3w", 3, "2026-02-15"),
        ("2m", 2, "2026-02-28"),
        ("7d,4w,6m", 14, "2025-10-31"),
        ("1d", 1, "2026-03-01"),
    ],
)
def test_so_many_days_weeks_and_months(rule, count, oldest):
    stays = kept(DAILY, Keep.parse(rule))
    assert (len(stays), str(min(stays).date())) == (count, oldest)


@pytest.mark.parametrize("rule", ["", "7", "0d", "7d,7d", "7y", "-1d", "7d;4w"])
def test_a_rule_that_says_nothing_is_refused(rule):
    with pytest.raises(Refused):
        Keep.parse(rule)


@given(st.lists(st.integers(0, 10_000), max_size=60), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_the_newest_stays_and_never_more_than_the_rule_says(hours, days, weeks, months):
    moments = [START - datetime.timedelta(hours=n) for n in hours]
    stays = kept(moments, Keep(days, weeks, months))
    assert stays <= set(moments)
    assert len(stays) <= max(1, days + weeks + months)
    assert not moments or max(moments) in stays
    assert kept(stays, Keep(days, weeks, months)) == stays
