"""The best unbiased reading of the noisy counts, and how far it may be off; from mechanism and measurements only.

A pair table splits into four orthogonal parts: total, effect of each side, interaction. The total is measured by every
table, an attribute's effect by its 1-way and by every pair that holds it, an interaction by its pair alone. Each part is
averaged by inverse variance, which is the best linear unbiased estimate. (Public facts and noisy counts only.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amparo.disclosure.measurements import Measurements


@dataclass(frozen=True, slots=True, eq=False)
class Marginal:
    """One published table: noisy counts, their noise scale, and the estimate after all tables were brought together.

    `estimate` is unbiased and may lie below zero: add cells first, then cut at zero. `standard_error` holds per cell;
    the interval estimate plus or minus 1.96 standard errors covers the true count in 95 of 100 releases. Cells of one
    table are not independent (errors of a table's cells hang together through the common total).
    """

    names: tuple[str, ...]
    noisy: NDArray[np.int64]
    sigma: float
    estimate: NDArray[np.float64]
    standard_error: float


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """The orthogonal parts and their variances: total; per attribute the centred effect."""

    total: float
    total_variance: float
    effects: tuple[NDArray[np.float64], ...]
    effect_variances: tuple[float, ...]


def solve(measured: Measurements) -> Solution:
    """Average each orthogonal part over all tables that measure it."""
    sizes = measured.domain.sizes
    totals = [(single.sum(), len(single) * measured.singles_sigma**2) for single in measured.singles]
    parts = [[(single - single.mean(), measured.singles_sigma**2)] for single in measured.singles]
    for (i, j), table, sigma in zip(measured.plan.pairs, measured.pairs, measured.pair_sigmas, strict=True):
        totals.append((table.sum(), table.size * sigma**2))
        for side, axis, partner in ((i, 1, j), (j, 0, i)):
            margin = table.sum(axis=axis)
            parts[side].append((margin - margin.mean(), sizes[partner] * sigma**2))
    if measured.gate and measured.plan.gate_sigma:
        totals.append((measured.gate.total, measured.plan.gate_sigma**2))
    total, total_variance = _average([(np.array([total], float), variance) for total, variance in totals])
    effects = [_average(part) for part in parts]
    return Solution(float(total[0]), total_variance, tuple(e for e, _ in effects), tuple(v for _, v in effects))


def _average(parts: list[tuple[NDArray[np.float64], float]]) -> tuple[NDArray[np.float64], float]:
    weight = sum(1 / variance for _, variance in parts)
    summed = np.zeros_like(parts[0][0])
    for value, variance in parts:
        summed += value / variance
    return summed / weight, 1 / weight


def marginals(measured: Measurements) -> tuple[Marginal, ...]:
    """All 1-way and pair tables with their best linear unbiased estimate and its standard error."""
    solution, names, made = solve(measured), measured.domain.names, []
    for i, single in enumerate(measured.singles):
        a = len(single)
        estimate = solution.total / a + solution.effects[i]
        variance = solution.total_variance / a**2 + solution.effect_variances[i] * (1 - 1 / a)
        made.append(Marginal((names[i],), single, measured.singles_sigma, estimate, float(np.sqrt(variance))))
    for (i, j), table, sigma in zip(measured.plan.pairs, measured.pairs, measured.pair_sigmas, strict=True):
        a, b = table.shape
        main = solution.total / (a * b) + solution.effects[i][:, None] / b + solution.effects[j][None, :] / a
        variance = solution.total_variance / (a * b) ** 2 + sigma**2 * (1 - 1 / a) * (1 - 1 / b)
        variance += solution.effect_variances[i] * (1 - 1 / a) / b**2 + solution.effect_variances[j] * (1 - 1 / b) / a**2
        estimate = main + centred(table)
        made.append(Marginal((names[i], names[j]), table, sigma, estimate, float(np.sqrt(variance))))
    return tuple(made)


def centred(table: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.float64]:
    """The interaction of a pair table: what neither side explains."""
    exact = table.astype(np.float64)
    rest: NDArray[np.float64] = exact - exact.mean(axis=0) - exact.mean(axis=1, keepdims=True) + exact.mean()
    return rest
