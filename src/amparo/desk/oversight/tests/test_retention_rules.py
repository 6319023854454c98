"""Nothing is destroyed too early: whatever is unsure keeps a record longer, and no clock ends what nobody can date."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.desk.core.partial_dates import Known, PartialDate
from amparo.desk.country import lookup
from amparo.desk.oversight import retention
from amparo.desk.oversight.retention import Due, End, Facts, Keeping, Rule, Start

TODAY = date(2026, 11, 25)
CASEWORK = Rule(Keeping.CASEWORK, 84, frozenset({Start.CASE_CLOSED, Start.LAST_CONTACT}), End.ANONYMISE, "a law")
CHILD = Rule(Keeping.CHILD_CASE, 84, frozenset({Start.CASE_CLOSED, Start.MAJORITY}), End.ANONYMISE, "a law")
days = st.dates(date(1990, 1, 1), date(2060, 1, 1))


def day(text):
    return PartialDate.parse(text)


def test_the_latest_of_the_days_counts():
    facts = Facts(frozenset({Keeping.CASEWORK}), {Start.CASE_CLOSED: day("2010-03-05"), Start.LAST_CONTACT: day("2012-08-01")})
    assert retention.due(facts, [CASEWORK], on=TODAY) == Due(date(2019, 8, 1), CASEWORK, ("from_last_contact",))


def test_a_child_is_kept_until_long_after_majority_and_a_year_counts_to_its_end():
    starts = {Start.CASE_CLOSED: day("2010-03-05"), Start.LAST_CONTACT: day("2010-03-05"), Start.MAJORITY: day("2015")}
    facts = Facts(frozenset({Keeping.CASEWORK, Keeping.CHILD_CASE}), starts)
    assert retention.due(facts, [CASEWORK, CHILD], on=TODAY).on == date(2022, 12, 31)
    assert "later_reading" in retention.due(facts, [CASEWORK, CHILD], on=TODAY).reasons


@pytest.mark.parametrize("unknown", [PartialDate(), PartialDate(known=Known.UNKNOWN), PartialDate(known=Known.ERASED)])
def test_what_nobody_can_date_is_never_due(unknown):
    facts = Facts(frozenset({Keeping.CASEWORK}), {Start.CASE_CLOSED: unknown, Start.LAST_CONTACT: day("2001-01-01")})
    found = retention.due(facts, [CASEWORK], on=TODAY)
    assert (found.on, found.reasons) == (None, ("waits_for_case_closed",))
    assert not found.is_over(date.max)


def test_without_a_rule_for_each_purpose_nothing_is_due():
    facts = Facts(frozenset({Keeping.CASEWORK, Keeping.CHILD_CASE}), {start: day("1999-01-01") for start in Start})
    assert retention.due(facts, [CASEWORK], on=TODAY).reasons == ("no_rule",)


def test_what_is_kept_for_good_is_never_due():
    forever = Rule(Keeping.AUDIT, 0, frozenset({Start.SETTLED}), End.KEEP, "a law")
    facts = Facts(frozenset({Keeping.AUDIT}), {Start.SETTLED: day("1999-01-01")})
    assert retention.due(facts, [forever], on=TODAY).reasons == ("kept_for_good",)


@given(
    closed=days,
    contact=days,
    born=st.dates(date(1950, 1, 1), date(2020, 1, 1)),
    cut=st.integers(0, 2),
    months=st.integers(0, 600),
    extended=st.none() | days,
)
def test_less_knowledge_another_rule_and_an_extension_never_make_it_earlier(closed, contact, born, cut, months, extended):
    whole = PartialDate(born.year, born.month, born.day, Known.STATED)
    less = [whole, PartialDate(born.year, born.month, None, Known.STATED), PartialDate(born.year, None, None, Known.STATED)][cut]
    starts = {Start.CASE_CLOSED: day(closed.isoformat()), Start.LAST_CONTACT: day(contact.isoformat())}
    rule = Rule(Keeping.CHILD_CASE, months, frozenset(CHILD.starts), End.SHRED, "s")
    known = starts | {Start.MAJORITY: retention.majority(whole, 18)}
    partly = starts | {Start.MAJORITY: retention.majority(less, 18)}

    def due(starts, rules, keepings, until=None):
        return retention.due(Facts(frozenset(keepings), starts, until), rules, on=TODAY).on

    exact = due(known, [rule], [Keeping.CHILD_CASE])
    assert due(partly, [rule], [Keeping.CHILD_CASE]) >= exact
    assert due(known, [rule, CASEWORK], [Keeping.CHILD_CASE, Keeping.CASEWORK]) >= exact
    assert due(known, [rule], [Keeping.CHILD_CASE], extended) >= exact
    assert exact >= retention.after(closed, months)


@given(start=days, months=st.integers(0, 600))
def test_months_are_whole_months(start, months):
    end = retention.after(start, months)
    assert (end.year - start.year) * 12 + end.month - start.month == months
    assert end.day == start.day or (end + timedelta(days=1)).day == 1


@pytest.mark.parametrize("country", [*lookup.countries(), "FR"])
def test_every_country_has_a_rule_for_every_purpose_with_its_source(country):
    held = {rule.purpose: rule for rule in lookup.on(country, TODAY).retention}
    assert set(held) == set(Keeping)
    for rule in held.values():
        assert rule.valid.source
        assert set(rule.starts) <= set(Start)
        assert rule.end in set(End)
    assert all(rule.is_proposal for rule in lookup.on("FR", TODAY).retention), "no law is named: it is a proposal and says so"
    clock = lookup.on(country, TODAY).requests
    assert clock.months >= 1
    assert {"en", "fr", "es"} <= set(clock.remedy)


@pytest.mark.parametrize(("years", "wanted"), [(18, date(2022, 3, 1)), (20, date(2024, 2, 29)), (21, date(2025, 3, 1))])
def test_who_was_born_on_a_leap_day_comes_of_age_on_the_later_reading(years, wanted):
    assert retention.majority(day("2004-02-29"), years).latest == wanted
    assert retention.majority(day("2004-02"), years).latest == wanted, "of whom only the month is known may be"
