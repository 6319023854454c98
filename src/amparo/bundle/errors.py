"""Where the truth of a count lies, and with which error: from measurements for one and two columns, modelled for more.

*Measured.* The estimate of one column is unbiased with a known error. In a pair most cells lie near what independence
of the two columns expects, and the release's own cells say how near (`Dependence`); estimate and expectation are brought
together by that, as an empirical Bayes estimate does.

*Modelled.* The squared error of a count of three or more columns is the sum of three parts.
*Chance*: even if pairs told everything, both the sensitive table and the released rows would scatter around what they
say. In a table of two values a column with its pairs fixed, a cell scatters with variance 1 / (sum of 1 / cell); twice
that, once for either table. *Pairs*: the error of each pair by the part that the cell is of it. *Structure*: what pairs
cannot tell, a variance in proportion to rows and count, of a strength that differs between sets of columns (`Structure`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from amparo.bundle.contents import Measured
from amparo.bundle.intervals import half_widths
from amparo.bundle.rowcounts import Asked, Released, joint

Floats = NDArray[np.float64]
Pairs = Mapping[tuple[str, str], Floats]

TABLES = 2.0
ROWS_KNOW = 0.65
THREE = 3
NEAR = 8.0
PASSES = 100


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """True counts of cells: normal around `centre` with standard deviation `error`, both of the cells' shape."""

    centre: Floats
    error: Floats

    def squared_distance(self, counts: Floats) -> Floats:
        """Return the mean square of the truth's distance from counts."""
        return np.asarray(self.error**2 + (self.centre - counts) ** 2)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Released counts of cells with the counts of all columns and pairs that they lie in, shaped alike."""

    rows: int
    counts: Floats
    singles: Mapping[str, Floats]
    pairs: Pairs

    def chance(self) -> Floats:
        """Return the variance by chance alone of true and released counts around what the pairs say."""
        around = [self.counts, *(together - self.counts for together in self.pairs.values()), *self._in_one_only()]
        return np.asarray(TABLES / sum(1 / np.maximum(cell, 1.0) for cell in around))

    def _in_one_only(self) -> list[Floats]:
        """Return how many have one of the values and no other, and none; for more than three columns the most that can."""
        of = {name: [together for names, together in self.pairs.items() if name in names] for name in self.singles}
        if len(self.singles) != THREE:
            return [alone - reduce(np.maximum, of[name]) for name, alone in self.singles.items()]
        single, paired = sum(self.singles.values()), sum(self.pairs.values())
        return [
            *(alone - of[name][0] - of[name][1] + self.counts for name, alone in self.singles.items()),
            self.rows - single + paired - self.counts,
        ]

    def from_pairs(self, errors: Pairs) -> Floats:
        """Return the variance that the squared errors of pairs bring; more than three pairs overlap and do not add up.

        The rows were fitted to all tables at once and lie nearer to the truth than a pair's own estimate tells.
        """
        variance = np.zeros(self.counts.shape)
        for names, squared in errors.items():
            variance = variance + (np.maximum(self.counts, 1.0) / np.maximum(self.pairs[names], 1.0)) ** 2 * squared
        return np.asarray(ROWS_KNOW * variance * min(1.0, THREE / len(self.pairs)))

    def structure(self) -> Floats:
        """Return what a strength of unseen structure multiplies: rows x count for every column beyond two, less near all rows."""
        share = np.maximum(1 - self.counts / self.rows, 1 / self.rows)
        return np.asarray(max(1, len(self.singles) - 2) * self.rows * np.maximum(self.counts, 1.0) * share)


def believed(released: Released, question: Asked, measured: Measured) -> Belief:
    """Return where the true counts of cells within one measured table lie."""
    estimates = np.asarray(question.of_table(measured.columns, measured.estimate), np.float64)
    error = float(np.sqrt(block_variance(released, measured, question.values(measured.columns))))
    dependence = released.calibration.dependence
    if len(measured.columns) < 2 or dependence is None:
        return Belief(estimates, np.full(estimates.shape, error))
    expected, blur = independence(released, question, measured)
    centre, spread = dependence.believe(expected, estimates, error)
    return Belief(centre, np.hypot(spread, blur))


def crowded(question: Asked, measured: Measured) -> Belief:
    """Return where the true counts of single values of one column lie, given how all its counts spread near zero."""
    belief = crowd(measured.estimate, float(measured.standard_error.flat[0]))
    centre, error = (question.of_table(measured.columns, one) for one in (belief.centre, belief.error))
    return Belief(np.asarray(centre, np.float64), np.asarray(error, np.float64))


def crowd(estimates: Floats, error: float) -> Belief:
    """Return the same for a whole column whose estimates all have one error.

    Among many codes of which few are large, those that are read are more often those that noise has lifted. How the true
    counts spread is fitted to the estimates without assuming a form (Koenker & Mizera 2014); far from zero nothing changes.
    """
    centre, spread = estimates.copy(), np.full(estimates.shape, error)
    near, places = estimates < NEAR * error, np.linspace(0, NEAR + 4, 49)
    distance = np.square(estimates[near, None] / error - places)
    like, shares = np.exp((distance.min(axis=1, keepdims=True) - distance) / 2), np.full(len(places), 1 / len(places))
    for _ in range(PASSES if near.any() else 0):
        chances = like * shares / (like @ shares)[:, None]
        shares = chances.mean(axis=0)
    chances = like * shares / (like @ shares)[:, None]
    mean = chances @ places
    centre[near] = error * mean
    spread[near] = error * np.sqrt(np.maximum(chances @ np.square(places) - mean**2, 0.0))
    return Belief(centre, spread)


def independence(released: Released, question: Asked, measured: Measured) -> tuple[Floats, Floats]:
    """Return how many independence of a pair's columns expects in each cell, with the error of that."""
    total, sides, variances = max(1.0, float(released.by_columns[frozenset()].estimate)), [], []
    for name in measured.columns:
        single = released.by_columns[frozenset({name})]
        alone = question.narrowed(measured.columns)
        side = Asked(alone.by, {key: mask for key, mask in alone.chosen.items() if key == name})
        sides.append(np.asarray(side.of_table((name,), np.maximum(single.estimate, 0.0)), np.float64))
        variances.append(block_variance(released, single, question.values((name,))))
    blur = np.hypot(sides[1] / total * np.sqrt(variances[0]), sides[0] / total * np.sqrt(variances[1]))
    return np.asarray(sides[0] * sides[1] / total), np.asarray(blur)


def block_variance(released: Released, measured: Measured, cells: tuple[int, ...]) -> float:
    """Return the variance of the estimate of a block of cells, `cells[k]` values of column k.

    A table is the sum of orthogonal parts: total, effect of each side, interaction. Errors of an effect
    sum to zero over its column, so k of a values have variance v (k - k^2 / a).
    """
    total = float(released.by_columns[frozenset()].standard_error) ** 2
    if not measured.columns:
        return total
    sizes = measured.noisy.shape
    parts = [share_of / size for share_of, size in zip(cells, sizes, strict=True)]
    spreads = [share_of - share_of**2 / size for share_of, size in zip(cells, sizes, strict=True)]
    effects = [_effect_variance(released, name) for name in measured.columns]
    if len(sizes) == 1:
        return float(total * parts[0] ** 2 + effects[0] * spreads[0])
    sides = effects[0] * spreads[0] * parts[1] ** 2 + effects[1] * spreads[1] * parts[0] ** 2
    return float(total * parts[0] ** 2 * parts[1] ** 2 + sides + measured.sigma**2 * spreads[0] * spreads[1])


def _effect_variance(released: Released, name: str) -> float:
    """Return the variance of one column's centred effect, from the published error of its counts."""
    single, total = released.by_columns[frozenset({name})], released.by_columns[frozenset()]
    size = single.noisy.size
    of_cells = float(single.standard_error.flat[0]) ** 2 - (float(total.standard_error) / size) ** 2
    return max(0.0, of_cells) / (1 - 1 / size)


def modelled(released: Released, question: Asked, counts: Floats) -> tuple[Floats, Floats]:
    """Return the half-widths around released counts that no measured table holds, and the most that the pairs allow in truth."""
    cells = cells_of(released, question, counts)
    errors, at_most = {}, np.full(counts.shape, float(cells.rows))
    for names, together in cells.pairs.items():
        measured = released.by_columns.get(frozenset(names))
        if measured is None:
            continue
        belief = believed(released, question.narrowed(names), measured)
        axes = [size for name, size in zip(question.by, together.shape, strict=True) if name in names]
        counted = together.reshape(axes)
        errors[names] = belief.squared_distance(counted).reshape(together.shape)
        width = half_widths(counted, belief.centre, belief.error).reshape(together.shape)
        at_most = np.minimum(at_most, together + width)
    widths = released.calibration.structure.half_widths(cells.chance() + cells.from_pairs(errors), cells.structure())
    return widths, at_most


def cells_of(released: Released, question: Asked, counts: Floats) -> Cells:
    """Return the cells of a question with the counts around them."""
    singles = {name: np.asarray(_around(released, question, (name,)), np.float64) for name in question.columns}
    pairs = {names: np.asarray(_around(released, question, names), np.float64) for names in combinations(question.columns, 2)}
    return Cells(max(1, released.description.rows), counts, singles, pairs)


def _around(released: Released, question: Asked, columns: tuple[str, ...]) -> NDArray[np.generic]:
    table = joint(released, columns[0], columns[-1])
    return question.of_table(columns, table.diagonal() if len(columns) == 1 else table)
