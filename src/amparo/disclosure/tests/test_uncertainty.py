"""Margins of error hold as often as they say, from mechanism and measurements alone."""

from itertools import pairwise

import numpy as np
import pytest

from amparo.disclosure import Privacy, Table, expected_errors, measure, plan
from amparo.disclosure.counting import pair_counts
from amparo.disclosure.tests.seeded import SeededNoise
from amparo.disclosure.tests.tables import domain_of, invented

RELEASES = 150


@pytest.fixture(scope="module")
def releases():
    rng, sizes = np.random.default_rng(6), (2, 3, 9, 4, 2, 12)
    first = rng.random(2_000)
    codes = [(np.where(rng.random(2_000) < 0.5, first, rng.random(2_000)) ** 2 * size).astype(int) for size in sizes]
    table = Table.from_codes(domain_of(sizes), np.stack(codes, 1))
    planned = plan(table.domain, Privacy(2.0, 1e-6))
    noise = SeededNoise(20)
    true, at = pair_counts(table), table.domain.offsets
    names = table.domain.names
    blocks = {(names[i],): np.diagonal(true)[at[i] : at[i + 1]] for i in range(len(names))}
    for i in range(len(names)):
        for j in range(i + 1, len(names)):
            blocks[names[i], names[j]] = true[at[i] : at[i + 1], at[j] : at[j + 1]]
    made = [measure(table, planned, noise=noise) for _ in range(RELEASES)]
    chosen = made[0].found.histogram if made[0].found else None
    return expected_errors(planned, chosen), blocks, [one.marginals for one in made]


@pytest.mark.parametrize("columns", [1, 2])
def test_95_percent_intervals_cover_at_least_93_percent_of_cells(releases, columns):
    _, blocks, made = releases
    hits = [
        np.abs(marginal.estimate - blocks[marginal.names]) <= 1.96 * marginal.standard_error
        for marginals in made
        for marginal in marginals
        if len(marginal.names) == columns
    ]
    assert np.concatenate([hit.ravel() for hit in hits]).mean() >= 0.93


def test_the_standard_error_of_every_table_is_its_true_one(releases):
    """Neither too small nor padded: squared errors over 150 releases, within 35 %; seeded, so it cannot fail by chance."""
    _, blocks, made = releases
    for position, first in enumerate(made[0]):
        squares = [(m[position].estimate - blocks[first.names]) ** 2 / m[position].standard_error ** 2 for m in made]
        assert 0.65 < np.mean(squares) < 1.35, first.names


def test_estimates_are_unbiased_and_better_than_the_raw_counts(releases):
    _, blocks, made = releases
    for position, first in enumerate(made[0]):
        errors = np.mean([m[position].estimate - blocks[first.names] for m in made], axis=0)
        standard_error = max(m[position].standard_error for m in made)
        assert (np.abs(errors) < 5 * standard_error / np.sqrt(RELEASES)).all()
        assert first.standard_error < first.sigma


def test_all_tables_agree_with_each_other(releases):
    """A 1-way estimate is the margin of every pair that contains it."""
    _, _, made = releases
    estimates = {marginal.names: marginal.estimate for marginal in made[0]}
    for names, estimate in estimates.items():
        if len(names) == 2:
            assert estimate.sum(axis=1) == pytest.approx(estimates[names[0],])
            assert estimate.sum(axis=0) == pytest.approx(estimates[names[1],])


def test_the_error_expected_before_spending_is_near_the_error_afterwards(releases):
    expected, _, made = releases
    for marginal in made[0]:
        assert expected[marginal.names] == pytest.approx(marginal.standard_error, rel=0.5)


def test_more_privacy_is_never_less_noise():
    table = invented(500)
    errors = [expected_errors(plan(table.domain, Privacy(epsilon, 1e-6))) for epsilon in (0.5, 1.0, 2.0, 4.0)]
    for strict, loose in pairwise(errors):
        assert all(strict[names] > loose[names] for names in strict)
