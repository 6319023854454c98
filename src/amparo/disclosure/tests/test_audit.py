"""Attackers who know everything but one person: what they can win stays under the promise.

Each audit runs a mechanism many times on a table and on the same table with one row more (the canary), guesses from a
score, and turns the guesses into a lower bound on epsilon that is right except once in a million runs (Clopper and
Pearson's bound by bisection of the binomial sum). The same audit must find a mechanism that has too little noise.
"""

import math

import numpy as np
import pytest

from amparo.disclosure import Privacy, Table, generate, measure, plan
from amparo.disclosure.accounting import epsilon_of
from amparo.disclosure.counting import distinct_rows
from amparo.disclosure.measuring import find_rows, gate_counts
from amparo.disclosure.tests.seeded import SeededNoise
from amparo.disclosure.tests.tables import domain_of, invented, with_row

FALSE_ALARM = 1e-6
PRIVACY = Privacy(1.0, 1e-3)


def binomial_at_least(successes: int, runs: int, p: float) -> float:
    k = np.arange(successes, runs + 1)
    logs = [math.lgamma(runs + 1) - math.lgamma(x + 1) - math.lgamma(runs - x + 1) for x in k]
    return float(np.exp(np.array(logs) + k * math.log(p) + (runs - k) * math.log1p(-p)).sum())


def least_rate(successes: int, runs: int) -> float:
    """The smallest rate that makes so many successes less unlikely than the false alarm."""
    if successes == 0:
        return 0.0
    low, high = 0.0, successes / runs
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if binomial_at_least(successes, runs, middle) > FALSE_ALARM else (middle, high)
    return low


def epsilon_at_least(with_canary: np.ndarray, without: np.ndarray, delta: float) -> float:
    """The largest epsilon that the guesses prove; cuts are chosen on the first half and judged on the second."""
    half = len(without) // 2
    cuts = np.quantile(without[:half], [0.5, 0.7, 0.8, 0.9, 0.95, 0.98])
    power = [((with_canary[:half] > c).mean() - delta) / max((without[:half] > c).mean(), 5 / half) for c in cuts]
    cut = cuts[int(np.argmax(power))]
    hits, alarms = int((with_canary[half:] > cut).sum()), int((without[half:] > cut).sum())
    runs = len(without) - half
    most_alarms = 1 - least_rate(runs - alarms, runs)
    return math.log(max(least_rate(hits, runs) - delta, 1e-12) / most_alarms)


def scores(score, runs):
    return np.array([score(k) for k in range(runs)])


class TooLittleNoise(SeededNoise):
    """A broken source: an eighth of the scale that is accounted for."""

    def gaussian(self, counts, sigmas):
        return super().gaussian(counts, [sigma / 8 for sigma in sigmas])


def canary_table():
    """Sixty rows of one kind; the canary is of another, found nowhere else."""
    table = invented(60, (2, 3, 2))
    return table, with_row(table, (1, 2, 1)), (1, 2, 1)


def gate_score(table, planned, noise):
    return float(noise.gaussian([gate_counts(distinct_rows(table), planned)], [planned.gate_sigma])[0].sum())


def marginal_score(table, canary, planned, noise):
    """The likelihood ratio of all cells that the canary stands in."""
    made = measure(table, planned, noise=noise)
    cells = [single[canary[i]] / made.singles_sigma**2 for i, single in enumerate(made.singles)]
    for (i, j), pair, sigma in zip(planned.pairs, made.pairs, made.pair_sigmas, strict=True):
        cells.append(pair[canary[i], canary[j]] / sigma**2)
    return float(sum(cells)) + made.gate.total / planned.gate_sigma**2


def audit(score, runs, noise_type):
    table, larger, _ = canary_table()
    noise = noise_type(11)
    return epsilon_at_least(
        scores(lambda k: score(larger, noise), runs), scores(lambda k: score(table, noise), runs), PRIVACY.delta
    )


def test_the_gate_gives_a_canary_away_no_more_than_promised():
    planned = plan(canary_table()[0].domain, PRIVACY)
    epsilon = epsilon_of(planned.gate_rho, PRIVACY.delta)
    found = audit(lambda table, noise: gate_score(table, planned, noise), 6_000, SeededNoise)
    assert found <= epsilon


def test_the_marginals_give_a_canary_away_no_more_than_promised():
    table, _, canary = canary_table()
    planned = plan(table.domain, PRIVACY)
    found = audit(lambda one, noise: marginal_score(one, canary, planned, noise), 1_500, SeededNoise)
    assert found <= PRIVACY.epsilon


def test_the_audit_finds_a_mechanism_with_too_little_noise():
    table, _, canary = canary_table()
    planned = plan(table.domain, PRIVACY)
    found = audit(lambda one, noise: marginal_score(one, canary, planned, noise), 600, TooLittleNoise)
    assert found > PRIVACY.epsilon


def test_a_row_that_nobody_shares_is_shown_no_more_often_than_delta_allows():
    """Drawn at a delta large enough to count: at most delta / 2 of the draws reach the threshold."""
    privacy = Privacy(4.0, 0.01)
    histogram = plan(domain_of((2, 2, 2)), privacy).row_histograms[0]
    draws = 1 + SeededNoise(3).draw(histogram.sigma, 40_000)
    shown = int((draws >= histogram.threshold).sum())
    assert 0 < least_rate(shown, 40_000) <= privacy.delta_for_rows
    assert (draws >= histogram.threshold - 1).mean() > privacy.delta_for_rows  # no larger than it must be


def test_whole_rows_give_a_canary_away_no_more_than_promised():
    """The canary joins a class that exists: sixty-one instead of sixty of a kind."""
    privacy = Privacy(4.0, 1e-3)
    planned = plan(domain_of((2, 3, 2)), privacy)
    histogram = planned.row_histograms[0]
    table = Table.from_codes(planned.domain, np.ones((60, 3), np.uint8))
    larger, noise = with_row(table, (1, 1, 1)), SeededNoise(4)

    def score(one: Table) -> float:
        found = find_rows([distinct_rows(one)], histogram, noise)
        return float(found.counts.sum())

    with_canary, without = (scores(lambda _, one=one: score(one), 6_000) for one in (larger, table))
    found = epsilon_at_least(with_canary, without, privacy.delta_for_rows)
    assert 0.2 < found <= epsilon_of(histogram.rho, privacy.delta_for_rows)


@pytest.mark.slow
def test_a_released_table_gives_a_canary_away_no_more_than_promised():
    """The whole way: measure, generate, count the canary's pairs in what would be published."""
    table, _, canary = canary_table()
    planned = plan(table.domain, PRIVACY)

    def score(one: Table, noise: SeededNoise) -> float:
        made = generate(measure(one, planned, noise=noise), seed=1)
        agree = [(column == code).astype(int) for column, code in zip(made.columns, canary, strict=True)]
        return float((np.sum(agree, axis=0) >= 2).sum())

    assert audit(score, 1_000, SeededNoise) <= PRIVACY.epsilon
