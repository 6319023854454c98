"""Each fast attack agrees with its slow definition, and the statistics are those of the paper."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from amparo.disclosure import Table
from amparo.disclosure.attacks import (
    Attack,
    Finding,
    Rate,
    infer_attributes,
    link,
    nearest_records,
    require_attackable,
    single_out,
    wilson,
)
from amparo.disclosure.attacks.inference import _guess
from amparo.disclosure.attacks.linkability import _meet, _nearest
from amparo.disclosure.attacks.nearest import _distances
from amparo.disclosure.attacks.singling_out import expected_among_others, many_columns, one_column
from amparo.disclosure.attacks.tests import naive
from amparo.disclosure.attacks.tests.populations import population, split
from amparo.disclosure.counting import as_codes
from amparo.disclosure.tests.tables import invented, searched
from amparo.standard.reasons import Refused


def test_a_guess_describes_as_many_rows_as_have_its_values():
    released, table = population(60, 1), population(300, 2)
    for made in (one_column(released), many_columns(released, 80, np.random.default_rng(1))):
        guesses = naive.guesses_of(made)
        assert guesses
        assert made.counted(table).tolist() == [naive.matches(guess, naive.rows_of(table)) for guess in guesses]
        assert set(made.counted(released).tolist()) == {1}
        assert len({tuple(guess) for guess in guesses}) == len(guesses)


def test_every_lone_value_of_a_column_is_a_guess():
    released = population(60, 1)
    lone = {
        (i, code)
        for i, column in enumerate(released.columns)
        for code in range(released.domain.sizes[i])
        if column.tolist().count(code) == 1
    }
    assert {guess[0] for guess in naive.guesses_of(one_column(released))} == lone


def test_nearest_rows_are_nearest_and_of_equals_the_earlier():
    people, rows = as_codes(population(30, 3)), as_codes(population(200, 4))
    columns = [0, 3, 4, 5]
    found = _nearest(people, rows, columns, 5)
    for person, at in zip(people, found, strict=True):
        assert at.tolist() == naive.nearest(person, rows, columns, 5)


def test_each_column_is_guessed_from_the_row_nearest_in_the_others():
    people, rows = as_codes(population(30, 3)), as_codes(population(200, 4))
    found = _guess(people, rows)
    for person, guessed in zip(people, found, strict=True):
        for secret in range(people.shape[1]):
            others = [column for column in range(people.shape[1]) if column != secret]
            assert guessed[secret] == rows[naive.nearest(person, rows, others, 1)[0]][secret]


def test_distances_are_the_least_number_of_columns_that_differ():
    rows, people = as_codes(population(40, 5)), as_codes(population(150, 6))
    every = range(rows.shape[1])
    assert _distances(rows, people).tolist() == [min(naive.apart(row, one, every) for one in people) for row in rows]


def test_two_lists_meet_where_they_share_a_row():
    one, other = np.array([[1, 2], [3, 4], [5, 6]]), np.array([[2, 9], [7, 8], [6, 5]])
    assert _meet(one, other).tolist() == [True, False, True]


def test_the_control_of_singling_out_counts_subsets():
    inside, outside = np.array([0, 1, 2, 3, 9, 0, 1]), np.array([1, 1, 1, 1, 1, 0, 2])
    n, m = 20, 8
    expected = sum(
        naive.chance_that_all_gave_way(i, n, m) for i, o in zip(inside.tolist(), outside.tolist(), strict=True) if o == 1
    )
    raw = wilson(expected, len(inside))
    found = expected_among_others(inside, outside, n, m)
    assert found.value == pytest.approx(min(1.0, raw.value * n / m))
    assert found.error == pytest.approx(min(1.0, raw.error * n / m))


@pytest.mark.parametrize(("n", "m"), [(400, 400), (400, 150), (400, 40)])
def test_main_and_control_of_singling_out_have_one_mean_when_the_release_knows_nobody(n, m):
    """For a guess that each person meets with chance w: 200,000 draws; a difference of 5 standard errors is under 1e-6."""
    rng = np.random.default_rng(8)
    for w in (0.0005, 0.003, 0.02):
        inside, outside = rng.binomial(n, w, 200_000), rng.binomial(m, w, 200_000)
        control = (
            np.where(
                outside == 1,
                [naive.chance_that_all_gave_way(i, n, m) for i in range(inside.max() + 1)] @ np.eye(inside.max() + 1)[:, inside],
                0,
            )
            * n
            / m
        )
        gap = (inside == 1) - control
        assert abs(gap.mean()) < 5 * gap.std() / np.sqrt(len(gap))


def test_a_wilson_interval_is_that_of_the_textbook():
    """Fifty of a hundred: 40.4 to 59.6 percent (Wilson 1927); none of ten: 0 to 27.8 percent."""
    half, none = wilson(50, 100), wilson(0, 10)
    assert (half.low, half.high) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert (none.low, none.high) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0, 1)


@searched
@given(st.integers(1, 400), st.data())
def test_intervals_hold_the_share_and_grow_with_the_number_of_claims(guesses, data):
    hits = data.draw(st.integers(0, guesses))
    one, several = wilson(hits, guesses), wilson(hits, guesses, claims=40)
    assert one.low <= hits / guesses + 1e-12
    assert hits / guesses <= one.high + 1e-12
    assert several.error > one.error


def test_wilson_intervals_cover_95_percent():
    """20,000 draws of 200 guesses; below 93 % would need more than 10 standard errors."""
    rng = np.random.default_rng(3)
    for share in (0.03, 0.3, 0.5):
        made = [wilson(hits, 200) for hits in rng.binomial(200, share, 20_000).tolist()]
        assert np.mean([one.low <= share <= one.high for one in made]) > 0.93


def test_risk_is_the_success_that_only_being_there_explains():
    attack = Attack("x", Rate(0.6, 0.05, 100), Rate(0.2, 0.04, 100), Rate(0.1, 0.01, 100))
    assert attack.risk.value == pytest.approx(0.5)
    assert attack.risk.high - attack.risk.value == pytest.approx(np.hypot(0.05 / 0.8, 0.4 / 0.64 * 0.04))
    assert attack.finding is Finding.RISK


@pytest.mark.parametrize(
    ("main", "control", "naive_rate", "finding"),
    [
        (Rate(0.6, 0.1, 50), Rate(0.55, 0.1, 50), Rate(0.1, 0.1, 50), Finding.NONE),
        (Rate(0.6, 0.1, 50), Rate(0.1, 0.1, 50), Rate(0.6, 0.1, 50), Finding.BLIND),
        (Rate(0.5, 0.5, 0), Rate(0.1, 0.1, 50), Rate(0.1, 0.1, 50), Finding.UNTRIED),
        (Rate(0.9, 0.1, 50), Rate(1.0, 0.0, 50), Rate(0.1, 0.1, 50), Finding.NONE),
    ],
)
def test_findings_claim_no_more_than_their_intervals(main, control, naive_rate, finding):
    assert Attack("x", main, control, naive_rate).finding is finding


def test_inference_attacks_persons_of_whom_the_column_is_recorded():
    training, holdout, _ = split(200, 100, seed=4)
    for one in infer_attributes(training, holdout, training, rng=np.random.default_rng(1), targets=10_000):
        recorded = [int((t.columns[t.domain.names.index(one.about)] != 0).sum()) for t in (training, holdout)]
        assert [one.main.guesses, one.control.guesses, one.naive.guesses] == [recorded[0], recorded[1], recorded[0]]


def test_a_release_without_lone_rows_leaves_nothing_to_try():
    """A table in which each row stands eleven times, as in the k-anonymised file."""
    rows = np.repeat(as_codes(population(30, 1)), 11, axis=0)
    released = Table.from_codes(population(1, 1).domain, rows)
    training, holdout, _ = split(200, 200, seed=4)
    for one in single_out(training, holdout, released, rng=np.random.default_rng(1), guesses=50):
        assert one.finding is Finding.UNTRIED


def test_a_table_of_one_column_cannot_be_linked():
    table = invented(20, sizes=(3,))
    assert link(table, table, table, rng=np.random.default_rng(1)).finding is Finding.UNTRIED


def test_the_same_seed_gives_the_same_answers():
    tables = split(300, 200, seed=4)
    for attack in (single_out, link, infer_attributes, nearest_records):
        assert attack(*tables, rng=np.random.default_rng(5)) == attack(*tables, rng=np.random.default_rng(5))


def test_what_cannot_be_attacked_is_refused():
    table, empty, other = invented(5), invented(0), invented(5, sizes=(2, 3))
    for tables, code in (
        ((empty, table, table), "table_empty"),
        ((table, empty, table), "holdout_empty"),
        ((table, table, empty), "released_empty"),
        ((table, other, table), "tables_unlike"),
    ):
        with pytest.raises(Refused) as refused:
            require_attackable(*tables)
        assert refused.value.reasons[0].code == code
