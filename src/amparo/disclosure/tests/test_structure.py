"""What a rule forbids is released by nobody, whatever the table held, and no sensitivity changes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.disclosure import AtMost, Attribute, Domain, Implies, Measurements, Privacy, Table, generate, measure, plan
from amparo.disclosure.counting import Settled, distinct_rows
from amparo.disclosure.structure import settle
from amparo.disclosure.tests.seeded import SeededNoise
from amparo.disclosure.tests.tables import searched
from amparo.standard.reasons import LANGUAGES, Refused

AGES = ("0--8", "9--17", "18+")
ATTRIBUTES = (
    Attribute("age_then", AGES),
    Attribute("age_now", AGES),
    Attribute("majority", ("Minor", "Adult")),
    Attribute("begging", ("1",)),
    Attribute("labour", ("1", "0")),
)
RULES = (
    Implies("age_now", ("0--8", "9--17"), "majority", ("Minor", "")),
    Implies("age_now", ("18+",), "majority", ("Adult", "")),
    Implies("begging", ("1",), "labour", ("1",)),
    AtMost("age_then", "age_now"),
)
DOMAIN = Domain(ATTRIBUTES, RULES)
ROWS = st.lists(st.tuples(*(st.integers(0, attribute.size - 1) for attribute in ATTRIBUTES)), max_size=30)


def keeps(row):
    """Every rule, said once more in plain words."""
    then, now, majority, begging, labour = row
    return (
        not (now in (1, 2) and majority == 2)
        and not (now == 3 and majority == 1)
        and not (begging == 1 and labour != 1)
        and not (then > now > 0)
    )


def table_of(rows):
    return Table.from_codes(DOMAIN, np.array(rows, np.uint8).reshape(len(rows), len(ATTRIBUTES)))


def rows_of(table):
    return list(zip(*(column.tolist() for column in table.columns), strict=True))


def settled(rows):
    (table,) = Settled(table_of(rows)).blocks()
    return rows_of(table)


@searched
@given(ROWS)
def test_a_settled_row_keeps_every_rule_and_says_nothing_new(rows):
    for before, after in zip(rows, settled(rows), strict=True):
        assert keeps(after)
        assert all(new in (old, 0) for old, new in zip(before, after, strict=True))
        assert after == before or not keeps(before)


@searched
@given(ROWS, ROWS)
def test_settling_a_row_looks_at_that_row_alone(some, others):
    """So one row more is one row more: sensitivities stand as they are."""
    assert settled(some + others) == settled(some) + settled(others)


@searched
@given(ROWS)
def test_rows_that_break_a_rule_are_counted(rows):
    _, broken = settle(table_of(rows).columns, DOMAIN.impossible)
    assert broken == sum(not keeps(row) for row in rows)


@pytest.mark.parametrize("epsilon", [0.05, 4.0])
def test_nothing_released_breaks_a_rule(epsilon):
    """Also where noise drowns everything, and where the table broke the rules itself."""
    rng = np.random.default_rng(2)
    table = table_of(np.stack([rng.integers(0, attribute.size, 3_000) for attribute in ATTRIBUTES], 1))
    measured = measure(table, plan(DOMAIN, Privacy(epsilon, 1e-6)), noise=SeededNoise(3))
    released = rows_of(generate(measured, seed=4))
    assert len(released) > 100
    assert all(keeps(row) for row in released)


def test_a_rule_does_not_cost_the_other_counts():
    """Rows that keep the rules are released about as they were: what is forbidden goes elsewhere in the fit, not into blanks."""
    rng = np.random.default_rng(6)
    rows = [row for row in zip(*(rng.integers(0, a.size, 20_000).tolist() for a in ATTRIBUTES), strict=True) if keeps(row)]
    released = generate(measure(table_of(rows), plan(DOMAIN, Privacy(4.0, 1e-6)), noise=SeededNoise(1)), seed=1)
    for name, column in zip(DOMAIN.names, table_of(rows).columns, strict=True):
        k = DOMAIN.names.index(name)
        gap = np.bincount(column, minlength=4) / len(rows) - np.bincount(released.columns[k], minlength=4) / released.rows
        assert np.abs(gap).max() < 0.01


def test_what_was_measured_is_settled_too():
    broken = table_of([(0, 1, 2, 0, 0)] * 500)
    measured = measure(broken, plan(DOMAIN, Privacy(4.0, 1e-6)), noise=SeededNoise(1))
    assert measured.singles[1][1] < 100, "a child of age is not counted as one"
    assert rows_of(table_of([(0, 0, 2, 0, 0)])) == [(0, 0, 2, 0, 0)]
    assert distinct_rows(next(Settled(broken).blocks())).codes.tolist() == [[0, 0, 2, 0, 0]]


def test_rules_are_stored_with_the_measurements():
    measured = measure(table_of([(1, 2, 1, 1, 1)] * 50), plan(DOMAIN, Privacy(4.0, 1e-6)), noise=SeededNoise(1))
    assert Measurements.from_bytes(measured.to_bytes()).domain.rules == RULES


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (Implies("begging", ("1",), "nothing", ("1",)), "rule_column_unknown"),
        (Implies("begging", ("1",), "begging", ("1",)), "rule_on_one_column"),
        (Implies("begging", ("2",), "labour", ("1",)), "rule_value_unknown"),
        (Implies("begging", ("",), "labour", ("1",)), "rule_on_blank"),
        (Implies("begging", (), "labour", ("1",)), "rule_empty"),
        (Implies("begging", ("1",), "labour", ()), "rule_empty"),
        (AtMost("age_now", "majority"), "rule_needs_one_order"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused(rule, code):
    with pytest.raises(Refused) as problem:
        Domain(ATTRIBUTES, (rule,))
    assert code in [reason.code for reason in problem.value.reasons]
    assert all(problem.value.say(language) for language in LANGUAGES)
