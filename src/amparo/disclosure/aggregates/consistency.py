"""From noisy counts to a list that does not contradict itself; a function of the noisy counts alone.

A combination is listed when its measured count reaches its threshold and all its parts are listed. Then, from short
combinations to long ones, counts are brought to agree: the counts of a part with the different values of one more column
add up to no more than the part itself. The measured counts are projected onto these conditions and zero in turn, until none
is broken by more than half a person, then rounded, and what rounding broke is rounded down in proportion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.aggregates.counting import joined
from amparo.disclosure.aggregates.measuring import Aggregates
from amparo.disclosure.domain import Domain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Reals = NDArray[np.float64]

Z95 = 1.96
MOST_SWEEPS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """All listed combinations of one length, in order of levels; every line `[listed]` long.

    `combinations: int64[listed, length]` are places among all levels. `measured` is what the mechanism says on its own,
    `standard_error` the standard deviation of its noise; `counts` is the consistent count, `margins` the half-width of a
    95 % interval about it. `is_table` says that all combinations were counted, not only those that occur.
    """

    combinations: Numbers
    counts: Numbers
    margins: Reals
    measured: Reals
    standard_error: Reals
    thresholds: Numbers
    is_table: bool


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """The list that is published: the number of persons, and the combinations of length 1, 2, 3 ... in order."""

    domain: Domain
    total: int
    lengths: tuple[Listed, ...]


def listing(made: Aggregates) -> Listing:
    """Return the list: closed under parts, whole, never negative, and no combination above what it is part of."""
    domain, total, done = made.plan.domain, made.tables.total, list[Listed]()
    shorter, wholes = np.zeros((1, 0), np.int64), np.array([total], np.int64)
    for candidate in (*_tables(made), *(_found(made, length) for length in range(3, made.plan.length + 1))):
        one = _agreed(candidate, shorter, wholes, domain, made.plan.least)
        done.append(one)
        shorter, wholes = one.combinations, one.counts
    return Listing(domain, total, tuple(done))


def _tables(made: Aggregates) -> list[Listed]:
    """Return the single values and the pairs whose estimates reach their thresholds."""
    names, at = made.plan.domain.names, made.plan.domain.offsets
    found = []
    for length in range(1, min(made.plan.length, 2) + 1):
        tables = [one for one in made.tables.marginals if len(one.names) == length]
        cells = sum(math.prod(size - 1 for size in one.estimate.shape) for one in tables)
        parts = []
        for one in tables:
            least = reporting_threshold(one.standard_error, cells, made.plan.least)
            inner = one.estimate[(slice(1, None),) * length]
            places = np.argwhere(inner >= least)
            starts = np.array([at[names.index(name)] + 1 for name in one.names], np.int64)
            parts.append((places + starts, inner[tuple(places.T)], one.standard_error, least))
        found.append(_collected(parts, length))
    return found


def reporting_threshold(standard_error: float, cells: int, least: int) -> int:
    """Return the least estimate that is listed: of `cells` counts that are truly zero at most one is expected to reach it."""
    return max(least, math.ceil(standard_error * NormalDist().inv_cdf(cells / (cells + 1)))) if cells else least


def _collected(parts: list[tuple[Numbers, Reals, float, int]], length: int) -> Listed:
    combinations = np.concatenate([np.zeros((0, length), np.int64), *(part[0] for part in parts)])
    measured = np.concatenate([np.zeros(0), *(part[1] for part in parts)])
    errors = np.repeat([part[2] for part in parts], [len(part[1]) for part in parts]).astype(float)
    thresholds = np.repeat([part[3] for part in parts], [len(part[1]) for part in parts]).astype(np.int64)
    return _listed(combinations, measured, errors, thresholds, is_table=True)


def _found(made: Aggregates, length: int) -> Listed:
    for one in made.found:
        if one.step.length == length:
            shown, many = one.noisy >= made.plan.least, len(one.noisy)
            errors, thresholds = np.full(many, one.step.sigma), np.full(many, max(one.step.threshold, made.plan.least))
            return _listed(
                one.combinations[shown], one.noisy[shown].astype(float), errors[shown], thresholds[shown], is_table=False
            )
    return _listed(np.zeros((0, length), np.int64), np.zeros(0), np.zeros(0), np.zeros(0, np.int64), is_table=False)


def _listed(combinations: Numbers, measured: Reals, errors: Reals, thresholds: Numbers, *, is_table: bool) -> Listed:
    order = np.lexsort(combinations.T[::-1]) if len(combinations) else np.zeros(0, np.int64)
    nothing = np.zeros(len(order))
    return Listed(
        combinations[order], nothing.astype(np.int64), nothing, measured[order], errors[order], thresholds[order], is_table
    )


def _agreed(candidate: Listed, shorter: Numbers, wholes: Numbers, domain: Domain, least: int) -> Listed:
    """Keep the combinations whose parts are all listed, and make their counts agree with those of their parts."""
    parts = _parts(candidate.combinations, shorter, domain)
    kept = (parts >= 0).all(axis=1)
    combinations, parts, measured = candidate.combinations[kept], parts[kept], candidate.measured[kept]
    counts = agree(measured, _groups(combinations, parts, domain), wholes[parts] if len(wholes) else parts)
    errors, shown = candidate.standard_error[kept], counts >= least
    margins = Z95 * errors + 0.5 + np.abs(counts - measured)
    thresholds = candidate.thresholds[kept]
    return Listed(
        combinations[shown],
        counts[shown],
        margins[shown],
        measured[shown],
        errors[shown],
        thresholds[shown],
        candidate.is_table,
    )


def _parts(combinations: Numbers, shorter: Numbers, domain: Domain) -> Numbers:
    """Return for each combination where each part (one value left out) stands among the shorter ones; -1 for nowhere."""
    known = joined(shorter, domain.levels)
    found = np.full(combinations.shape, -1, np.int64)
    if not len(known):
        return found
    for out in range(combinations.shape[1]):
        keys = joined(np.delete(combinations, out, axis=1), domain.levels)
        at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        found[:, out] = np.where(known[at] == keys, at, -1)
    return found


def _groups(combinations: Numbers, parts: Numbers, domain: Domain) -> Numbers:
    """Number, for each value left out, the combinations of one part with the values of one column."""
    columns = np.searchsorted(np.array(domain.offsets), combinations, side="right") - 1
    together = parts * len(domain.attributes) + columns
    groups = np.empty_like(together)
    for out in range(together.shape[1]):
        groups[:, out] = np.unique(together[:, out], return_inverse=True)[1]
    return groups


def agree(measured: Reals, groups: Numbers, wholes: Numbers) -> Numbers:
    """Return whole counts, never negative, of which no group adds up to more than its whole.

    `groups: int64[counts, parts]` number the groups, for each part in turn; `wholes` is each group's whole, where it stands.
    """
    counts = np.maximum(measured, 0.0)
    for _ in range(MOST_SWEEPS):
        worst = 0.0
        for out in range(groups.shape[1]):
            excess = np.maximum(_summed(counts, groups[:, out]) - wholes[:, out], 0.0)
            worst = max(worst, float(excess.max(initial=0.0)))
            counts = np.maximum(counts - excess / np.maximum(_summed(counts > 0, groups[:, out]), 1), 0.0)
        if worst <= 0.5:
            break
    whole = np.floor(counts + 0.5).astype(np.int64)
    for out in range(groups.shape[1]):
        summed = _summed(whole, groups[:, out]).astype(np.int64)
        whole = np.where(summed > wholes[:, out], whole * wholes[:, out] // np.maximum(summed, 1), whole)
    return whole


def _summed(values: Reals | Numbers | NDArray[np.bool_], groups: Numbers) -> Reals:
    """Return for each count the sum over its group."""
    if not len(groups):
        return np.zeros(0)
    sums = np.bincount(groups, weights=values.astype(float)).astype(np.float64)
    return sums[groups]
