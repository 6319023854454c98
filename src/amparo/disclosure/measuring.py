"""Measuring: the one moment at which the sensitive table is read, and the only place where noise is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.accounting import add_up, rho_spent, sigma_for
from amparo.disclosure.counting import DistinctRows, distinct_rows, pair_counts
from amparo.disclosure.domain import Table
from amparo.disclosure.measurements import FoundRows, Gate, Measurements
from amparo.disclosure.noise import NoiseSource, SystemNoise
from amparo.disclosure.plan import ROWS_WORTH, Plan, RowHistogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

Progress = Callable[[str, float], None]


def measure(table: Table, plan: Plan, *, noise: NoiseSource | None = None, progress: Progress | None = None) -> Measurements:
    """Count, add noise, and return counts that are safe to keep and to publish; the promise is `plan.privacy`.

    Unit: one row added or removed. Everything after this works on the returned counts alone. Noise comes from the
    operating system unless a test gives another source. `progress` hears a step's code and the share done.
    """
    if table.domain != plan.domain:
        raise ValueError("the table and the plan speak of different domains")
    source, tell = noise or SystemNoise(), progress or (lambda step, share: None)
    tell("gate", 0.0)
    gate, found, chosen = None, None, None
    if plan.gate_sigma:
        distinct = distinct_rows(table)
        gate = _gate(distinct, plan, plan.gate_sigma, source)
        chosen = choose(plan, gate)
        tell("rows", 0.1)
        if chosen:
            found = find_rows(distinct, chosen, source)
    tell("singles", 0.2)
    counts = pair_counts(table)
    singles = _singles(counts, plan, chosen, source)
    tell("pairs", 0.4)
    sigmas = pair_sigmas(plan, chosen, singles)
    pairs = _pairs(counts, plan, sigmas, source)
    made = Measurements(plan, gate, found, plan.singles_sigma(chosen), singles, sigmas, pairs)
    if not made.rho <= plan.privacy.rho:
        raise ArithmeticError("the release would disclose more than its promise")
    tell("measured", 1.0)
    return made


def choose(plan: Plan, gate: Gate) -> RowHistogram | None:
    """Decide from the gate's noisy counts how much whole rows are worth; reads nothing else."""
    for histogram, excess, worth in zip(plan.row_histograms, gate.excesses, ROWS_WORTH, strict=True):
        if excess > worth * max(gate.total, 1):
            return histogram
    return None


def gate_counts(distinct: DistinctRows, plan: Plan) -> NDArray[np.int64]:
    """Count all rows and, per threshold t, the sum of max(count - t, 0) over distinct rows.

    One row more or less changes each by at most 1: squared L2 sensitivity 1 + number of thresholds.
    """
    excesses = [np.maximum(distinct.counts - h.threshold, 0).sum() for h in plan.row_histograms]
    return np.array([distinct.counts.sum(), *excesses], np.int64)


def _gate(distinct: DistinctRows, plan: Plan, sigma: float, noise: NoiseSource) -> Gate:
    total, *excesses = noise.gaussian([gate_counts(distinct, plan)], [sigma])[0].tolist()
    return Gate(total, tuple(excesses))


def find_rows(distinct: DistinctRows, histogram: RowHistogram, noise: NoiseSource) -> FoundRows:
    """Show the rows whose noisy count reaches the threshold; sensitivity 1, plus the chance that pays from delta."""
    noisy = noise.gaussian([distinct.counts], [histogram.sigma])[0]
    shown = noisy >= histogram.threshold
    return FoundRows(histogram, distinct.codes[shown], noisy[shown])


def _singles(
    counts: NDArray[np.int64], plan: Plan, chosen: RowHistogram | None, noise: NoiseSource
) -> tuple[NDArray[np.int64], ...]:
    """Noise on every 1-way table; each has sensitivity 1."""
    offsets, diagonal = plan.domain.offsets, np.diagonal(counts)
    tables = [np.ascontiguousarray(diagonal[a:b]) for a, b in pairwise(offsets)]
    return tuple(noise.gaussian(tables, [plan.singles_sigma(chosen)] * len(tables)))


def _pairs(counts: NDArray[np.int64], plan: Plan, sigmas: Sequence[float], noise: NoiseSource) -> tuple[NDArray[np.int64], ...]:
    """Noise on every chosen pair table; each has sensitivity 1."""
    at = plan.domain.offsets
    tables = [np.ascontiguousarray(counts[at[i] : at[i + 1], at[j] : at[j + 1]]) for i, j in plan.pairs]
    return tuple(noise.gaussian(tables, sigmas))


def pair_sigmas(plan: Plan, chosen: RowHistogram | None, singles: Sequence[NDArray[np.int64]]) -> tuple[float, ...]:
    """Share the pairs' rho by the levels seen: 1-way cells above two standard deviations of their noise.

    Uses noisy counts only; the sum of what is spent never exceeds the pairs' share.
    """
    sigma = plan.singles_sigma(chosen)
    return share_pairs(plan, chosen, [int((single > 2 * sigma).sum()) for single in singles])


def share_pairs(plan: Plan, chosen: RowHistogram | None, levels_seen: Sequence[int]) -> tuple[float, ...]:
    """Give each pair a part of the pairs' rho by (s_i s_j)^(2/3), s the levels seen but at least two; return the scales."""
    if not plan.pairs:
        return ()
    seen = np.maximum(np.array(levels_seen, float), 2.0)
    weights = np.array([(seen[i] * seen[j]) ** (2 / 3) for i, j in plan.pairs])
    budget = plan.pairs_rho(chosen)
    sigmas = tuple(sigma_for(float(share)) for share in budget * (1 - 1e-9) * weights / weights.sum())
    if add_up(rho_spent(sigma) for sigma in sigmas) > budget:
        raise ArithmeticError("the pairs would spend more than their share")
    return sigmas


def expected_errors(plan: Plan, chosen: RowHistogram | None = None) -> dict[tuple[str, ...], float]:
    """The standard error of a cell of each 1-way and pair table, before anything is spent; from public facts alone.

    Supposes that all levels occur and, unless another choice of the gate is given, that whole rows are not measured.
    The real figures stand in the marginals.
    """
    sizes = plan.domain.sizes
    singles = tuple(np.zeros(size, np.int64) for size in sizes)
    pairs = tuple(np.zeros((sizes[i], sizes[j]), np.int64) for i, j in plan.pairs)
    gate = Gate(0, (0,) * len(plan.row_histograms)) if plan.gate_sigma else None
    sigmas = share_pairs(plan, chosen, sizes)
    empty = Measurements(plan, gate, None, plan.singles_sigma(chosen), singles, sigmas, pairs)
    return {marginal.names: marginal.standard_error for marginal in empty.marginals}
