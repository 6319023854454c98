"""The difference of two releases tells as much as the noise allows, and never more than the promise."""

import math

import numpy as np
import pytest

from amparo.disclosure import Privacy, Table, measure, plan
from amparo.disclosure.attacks import MeasuredTwice, RowsTwice, difference
from amparo.disclosure.attacks.differencing import _scores, advantage_of, promised
from amparo.disclosure.attacks.tests.populations import part, population
from amparo.disclosure.tests.seeded import SeededNoise
from amparo.standard.reasons import Refused

SIZES = (4, 3, 5, 2)
PRIVACY = Privacy(1.0, 1e-6)


def subtracted(before, after):
    pairs = zip(before.marginals, after.marginals, strict=True)
    total = MeasuredTwice((), *(np.array(one.gate.total) for one in (before, after)), *[before.plan.gate_sigma] * 2)
    return [total, *(MeasuredTwice(a.names, a.noisy, b.noisy, a.sigma, b.sigma) for a, b in pairs)]


def two_releases(pool, joined, noise, privacy=PRIVACY):
    planned = plan(pool.domain, privacy)
    whole = Table(pool.domain, tuple(np.concatenate(pair) for pair in zip(pool.columns, joined.columns, strict=True)))
    return measure(pool, planned, noise=noise), measure(whole, planned, noise=noise)


def naive_log_ratio(measured, joined):
    """The logarithm of the ratio of two normal densities, cell by cell."""
    total = 0.0
    for one in measured:
        for cell in np.ndindex(one.before.shape):
            z = float(one.after[cell] - one.before[cell])
            columns = [joined.columns[joined.domain.names.index(name)] for name in one.names]
            k = sum(tuple(int(column[r]) for column in columns) == cell for r in range(joined.rows))
            total += (-((z - k) ** 2) + z**2) / (2 * one.variance)
    return total


def test_the_ratio_is_that_of_the_densities():
    pool, joined = population(400, 1, SIZES), population(7, 2, SIZES)
    measured = subtracted(*two_releases(pool, joined, SeededNoise(1)))
    found = difference(measured, None, joined, pool, PRIVACY)
    assert found.log_ratio == pytest.approx(naive_log_ratio(measured, joined))
    lone = difference(measured, None, part(joined, 2, 3), pool, PRIVACY)
    assert lone.log_ratio == pytest.approx(_scores(measured, None, joined)[2])


def test_whole_rows_that_both_releases_show_are_cells_like_others():
    joined = population(5, 2, SIZES)
    codes = np.stack([column.astype(np.uint16) for column in joined.columns], axis=1)[:1]
    rows = RowsTwice(codes, np.array([40]), np.array([52]), 2.0, 3.0)
    times = sum((np.stack(joined.columns, 1) == codes[0]).all(axis=1))
    found = difference([], rows, joined, joined, PRIVACY)
    assert found.log_ratio == pytest.approx((times * 12 - times**2 / 2) / 13)
    assert found.expected_advantage == pytest.approx(advantage_of(1 / 13))


def test_two_means_apart_are_told_as_often_as_the_normal_distribution_says():
    """One deviation apart: 2 Phi(1/2) - 1 = 0.3829."""
    assert advantage_of(1.0) == pytest.approx(0.38292, abs=1e-5)
    assert advantage_of(0.0) == 0


def test_the_promise_is_that_of_epsilon_and_delta():
    assert promised(Privacy(1.0, 1e-6)) == pytest.approx((math.e - 1 + 2e-6) / (math.e + 1))


def test_one_person_more_is_told_as_often_as_foretold_and_never_more_than_promised():
    """400 pairs of releases with and 400 without the person; the bound on the false-alarm rate of both claims is 1e-3.

    The test "ratio above zero" is the best one; its advantage has a standard error of at most 0.05.
    """
    pool, joined = population(300, 1, SIZES), population(1, 9, SIZES)
    noise, nobody = SeededNoise(7), part(joined, 0, 0)
    hits = {True: 0, False: 0}
    for is_in in hits:
        for _ in range(400):
            measured = subtracted(*two_releases(pool, joined if is_in else nobody, noise))
            found = difference(measured, None, joined, pool, PRIVACY)
            hits[is_in] += found.log_ratio > 0
    seen = (hits[True] - hits[False]) / 400
    assert abs(seen - found.expected_advantage) < 3.3 * 0.05
    assert found.expected_advantage < found.promised_advantage
    assert seen - 3.3 * 0.05 < found.promised_advantage


def test_a_group_is_told_more_easily_than_a_person():
    pool, joined = population(400, 1, SIZES), population(40, 2, SIZES)
    measured = subtracted(*two_releases(pool, joined, SeededNoise(1)))
    group = difference(measured, None, joined, population(200, 3, SIZES), PRIVACY)
    assert group.expected_group_advantage > group.expected_advantage
    assert group.expected_advantage == pytest.approx(
        difference(measured, None, part(joined, 0, 1), pool, PRIVACY).expected_advantage
    )
    assert group.is_kept


def test_a_difference_without_noise_breaks_the_promise_and_is_said_to():
    """Exact counts of two releases tell everybody who joined."""
    joined, others = population(300, 2, (9, 9, 9)), population(300, 3, (9, 9, 9))
    counts = np.zeros((10, 10, 10), np.int64)
    np.add.at(counts, tuple(joined.columns), 1)
    exact = [MeasuredTwice(joined.domain.names, np.zeros_like(counts)[:9, :9, :9], counts[:9, :9, :9], 0.01, 0.01)]
    found = difference(exact, None, joined, others, Privacy(0.1, 1e-6))
    assert not found.is_kept
    assert found.change.low > found.promised_advantage


def test_one_person_alone_proves_nothing_by_counting():
    found = difference([], None, population(1, 2, SIZES), population(300, 3, SIZES), PRIVACY)
    assert found.change.low == 0


@pytest.mark.parametrize(
    ("joined", "others", "code"),
    [
        (population(0, 1, SIZES), population(5, 1, SIZES), "joined_empty"),
        (population(5, 1, SIZES), population(5, 1, (2, 2)), "tables_unlike"),
    ],
)
def test_bad_groups_are_refused(joined, others, code):
    with pytest.raises(Refused) as refused:
        difference([], None, joined, others, PRIVACY)
    assert refused.value.reasons[0].code == code
