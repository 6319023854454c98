"""The fast engine agrees with the obvious one, step by step."""

from itertools import combinations, pairwise
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amparo.disclosure import Privacy, measure, plan
from amparo.disclosure.accounting import delta_of, rho_of, rho_spent, threshold
from amparo.disclosure.counting import as_codes, distinct_rows, pair_counts
from amparo.disclosure.denoising import RAKING_PASSES, rake, to_total
from amparo.disclosure.measuring import gate_counts
from amparo.disclosure.tests import naive
from amparo.disclosure.tests.seeded import SeededNoise
from amparo.disclosure.tests.tables import domain_of, invented, neighbours, searched

PRIVACY = Privacy(2.0, 1e-4)
figures = st.floats(0, 50, allow_subnormal=False)


def tuples(table):
    return list(zip(*(column.tolist() for column in table.columns), strict=True))


@searched
@given(neighbours())
def test_counting(pair):
    for table in pair:
        rows, sizes, at = tuples(table), table.domain.sizes, table.domain.offsets
        counts = pair_counts(table)
        diagonal = np.diagonal(counts)
        assert [diagonal[a:b].tolist() for a, b in pairwise(at)] == naive.singles(rows, sizes)
        for (i, j), wanted in naive.pairs(rows, sizes).items():
            assert counts[at[i] : at[i + 1], at[j] : at[j + 1]].tolist() == wanted


@searched
@given(neighbours())
def test_distinct_rows_and_the_gate(pair):
    planned = plan(domain_of((2, 2, 2)), PRIVACY)
    thresholds = [histogram.threshold for histogram in planned.row_histograms]
    for table in pair:
        found = distinct_rows(table)
        pairs = zip(map(tuple, found.codes.tolist()), found.counts.tolist(), strict=True)
        assert list(pairs) == naive.distinct(tuples(table))
        assert gate_counts(found, planned).tolist() == naive.gate(tuples(table), thresholds)


@pytest.mark.parametrize("sigma", [0.5, 1.5, 4.0])
@pytest.mark.parametrize("rows", [1, 2, 4])
@pytest.mark.parametrize("chance", [1e-3, 1e-8])
def test_the_threshold(sigma, rows, chance):
    """Never lower; for one row the same; for more no higher than the bound over all splits makes it."""
    fast, slow = threshold(sigma, chance, rows), naive.threshold(sigma, chance, rows)
    assert fast == slow if rows == 1 else slow <= fast <= slow + 2


@pytest.mark.parametrize("epsilon", [0.01, 0.5, 2.0, 8.0])
@pytest.mark.parametrize("delta", [1e-3, 1e-6, 1e-10])
def test_rho_epsilon_and_delta(epsilon, delta):
    """The stated figures are bounds on the exact privacy loss: true, and not loose: 1.7 times the rho would be too much."""
    rho = rho_of(epsilon, delta)
    assert naive.delta(rho, epsilon) <= delta_of(rho, epsilon) <= delta
    assert naive.delta(rho, epsilon) > delta / 100
    assert naive.delta(rho * 1.7, epsilon) > delta


@pytest.mark.parametrize("sigmas", [(2.0, 3.0), (1.5, 1.5, 4.0)])
@pytest.mark.parametrize("epsilon", [0.5, 1.5])
def test_composition(sigmas, epsilon):
    """The exact delta of several answers, by convolving their losses, is never above what the sum of rho states."""
    exact = naive.delta_of_sum(sigmas, epsilon)
    stated = delta_of(sum(rho_spent(sigma) for sigma in sigmas), epsilon)
    assert 0 < exact <= stated < 60 * exact


@searched
@given(st.floats(0.001, 20), st.booleans())
def test_what_is_spent_is_never_understated(epsilon, has_rows):
    privacy = Privacy(epsilon, 1e-6)
    table = invented(2_000 if has_rows else 40, (2, 3, 4))
    measured = measure(table, plan(table.domain, privacy), noise=SeededNoise(2))
    steps = [(3, measured.plan.gate_sigma), *((1, measured.singles_sigma) for _ in measured.singles)]
    steps += [(1, sigma) for sigma in measured.pair_sigmas] + ([(1, measured.found.histogram.sigma)] if measured.found else [])
    assert naive.spent(steps) <= measured.rho <= privacy.rho


@pytest.mark.parametrize("sizes", [(2, 3, 4), (3, 2, 2, 3)])
def test_the_estimate_is_the_least_squares_solution_over_the_whole_domain(sizes):
    table = invented(400, sizes)
    measured = measure(table, plan(table.domain, PRIVACY), noise=SeededNoise(4))
    slow, names = naive.least_squares(measured), measured.domain.names
    for marginal in measured.marginals:
        estimate, error = slow[tuple(names.index(name) for name in marginal.names)]
        assert np.allclose(marginal.estimate.reshape(-1), estimate, atol=1e-6)
        assert np.allclose(marginal.standard_error, error, rtol=1e-6)


@searched
@given(st.lists(st.lists(figures, min_size=3, max_size=3), min_size=2, max_size=4), st.lists(figures, min_size=3, max_size=3))
def test_raking(table, columns):
    rows = [sum(line) + 1 for line in table]
    fast = rake(np.array(table), np.array(rows), np.array(columns))
    assert np.allclose(fast, naive.raked(table, rows, columns, RAKING_PASSES), rtol=1e-6, atol=1e-9)


@searched
@given(st.lists(st.floats(-50, 50), min_size=1, max_size=9), st.floats(1, 80))
def test_the_nearest_counts_that_are_not_negative(values, total):
    assert np.allclose(to_total(np.array(values), total), naive.projected(values, total), atol=1e-6)


def wanted_of(table, rng):
    """Targets near a table that are no whole numbers, so that no two changes are worth the same: for both ways, and the gap."""
    sizes, at, d = table.domain.sizes, table.domain.offsets, len(table.columns)
    square = np.triu(pair_counts(table) + rng.normal(0, 4, (at[-1],) * 2))
    cells = np.eye(at[-1], dtype=bool)
    for i, j in combinations(range(d), 2):
        cells[at[i] : at[i + 1], at[j] : at[j + 1]] = True
    gap = np.where(cells, square - pair_counts(table), 0.0)
    singles = {(i, v): square[at[i] + v, at[i] + v] for i in range(d) for v in range(sizes[i])}
    pairs = {
        (i, v, j, w): square[at[i] + v, at[j] + w]
        for i, j in combinations(range(d), 2)
        for v in range(sizes[i])
        for w in range(sizes[j])
    }
    return singles, pairs, (gap + np.triu(gap, 1).T).astype(np.float32)


@settings(deadline=None, derandomize=True, max_examples=15)
@given(st.integers(0, 10**6))
def test_one_sweep(seed):
    from amparo.disclosure import kernels

    table = invented(25, (2, 3, 3), seed)
    codes, at = np.ascontiguousarray(as_codes(table)), np.array(table.domain.offsets, np.int64)
    singles, pairs, gap = wanted_of(table, np.random.default_rng(seed))
    slow = naive.swept(tuples(table), table.domain.sizes, singles, pairs)
    kernels.sweep(codes, 0, len(codes), at, ~np.eye(3, dtype=bool), gap)
    assert [tuple(row) for row in codes.tolist()] == slow
    assert naive.misfit(slow, singles, pairs) < naive.misfit(tuples(table), singles, pairs)


def places(domain, bits):
    """Where each possible triple is counted: each has a place of its own, or all are mixed into two to the power of `bits`."""
    levels = [(i, code) for i, size in enumerate(domain.sizes) for code in range(1, size)]
    made = {}
    for (p, a), (q, b), (r, c) in combinations(enumerate(levels), 3):
        exact = comb(r, 3) + comb(q, 2) + p
        made[a, b, c] = exact if bits is None else (exact * 0x9E3779B97F4A7C15 % 2**64) >> (64 - bits)
    return made


def seen_in(table, bits):
    """Count triples the fast way, for each possible triple."""
    from amparo.disclosure import kernels

    where = places(table.domain, bits)
    seen = np.zeros(len(where) if bits is None else 2**bits, np.uint8)
    kernels.count_triples(as_codes(table), np.array(table.domain.offsets, np.int64), seen)
    return where, seen


@searched
@given(neighbours())
def test_triples(pair):
    where, seen = seen_in(pair[1], None)
    slow = naive.triples_seen(tuples(pair[1]))
    assert {triple: int(seen[place]) for triple, place in where.items()} == {triple: slow[triple] for triple in where}


@searched
@given(st.integers(0, 10**6), st.integers(1, 5))
def test_triples_in_little_room(seed, bits):
    """Those that share a place are counted together, up to 255."""
    table = invented(40, (4, 4, 3, 4), seed)
    where, seen = seen_in(table, bits)
    slow, folded = naive.triples_seen(tuples(table)), [0] * 2**bits
    for triple, place in where.items():
        folded[place] += slow[triple]
    assert seen.tolist() == [min(255, often) for often in folded]


@settings(deadline=None, derandomize=True, max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from([None, 3]))
def test_one_pass_over_doubtful_combinations(seed, bits):
    """Some triples are dear, some are doubtful, each with a place of its own or folded."""
    from amparo.disclosure import kernels

    rng, table, other = np.random.default_rng(seed), invented(15, (2, 3, 3, 3), seed), invented(15, (2, 3, 3, 3), seed + 1)
    singles, pairs, gap = wanted_of(table, rng)
    lost = rng.normal(0, 6, kernels.MOST_SEEN + 1).astype(np.float32)
    made = np.minimum(lost, np.float32(0))
    where, seen = seen_in(other, bits)
    codes, at = np.ascontiguousarray(as_codes(table)), np.array(table.domain.offsets, np.int64)
    kernels.clean(codes, 0, len(codes), at, ~np.eye(4, dtype=bool), gap, seen, lost, made)
    often = {triple: int(seen[place]) for triple, place in where.items()}
    assert [tuple(row) for row in codes.tolist()] == naive.cleaned(
        tuples(table), table.domain.sizes, singles, pairs, often, lost, made
    )
