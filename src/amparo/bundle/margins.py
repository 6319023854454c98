"""How far a published count may be from the truth, from the published measurements alone.

Every number shown is a count of released rows, so that anybody finds it again in the download. Its margin
is the half-width of a 95 % interval around that count for the number in the sensitive table.

*Measured*: one column or a pair was measured itself. Its estimate is unbiased with a known error, so
`1.96 standard errors + half a person + |released count - estimate|` covers the truth in at least 95 of
100 releases: the interval around the estimate does (normal error; half a person because noise is whole),
and moving its centre to the released count by a distance adds that distance.

*Modelled*: three or more columns together were not measured; the rows follow the pairs. Three things add
up, as variances: drawing rows at random; the noise of the measured pairs, by the part that the cell is of
each; and structure that pairs cannot tell, taken as `UNSEEN` times the persons that each pair's dependence
makes or takes (higher interactions are mostly smaller than lower ones). No cell is larger than a pair that
it lies in, which bounds the margin. This is an approximation, set so that it held in at least 95 of 100
non-empty cells on invented tables with much structure of three columns;
`release/tests/test_coverage.py` counts it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from amparo.bundle import intervals
from amparo.bundle.calibration import Calibration, Dependence
from amparo.bundle.contents import Codes, Measured
from amparo.bundle.description import Description
from amparo.pictures.values import Basis, Quantity

Z95 = 1.96
HALF_A_PERSON = 0.5
UNSEEN = 0.4
BLANK = ""

Where = Mapping[str, frozenset[str]]
"""Which values each column may have; an empty text stands for blank. A column that is not named may have any."""


class Released(Protocol):
    """What margins need of a release: a `Bundle` on disk, or contents that are being written."""

    @property
    def description(self) -> Description:
        """Columns and their domains."""
        ...

    @property
    def codes(self) -> tuple[Codes, ...]:
        """The released table as codes."""
        ...

    @property
    def by_columns(self) -> Mapping[frozenset[str], Measured]:
        """Each measured table by its columns; no column is the number of persons."""
        ...

    @property
    def joint(self) -> dict[tuple[str, str], NDArray[np.int64]]:
        """Counts of released rows by pairs of columns, kept once they were made."""
        ...


@dataclass(frozen=True, slots=True)
class Estimate:
    """A count of released rows and the half-width, in persons, of its 95 % interval."""

    count: int
    margin: float
    basis: Basis
    is_apart: bool = False

    @property
    def quantity(self) -> Quantity:
        """Return the estimate as pictures draw it."""
        return Quantity(self.count, self.margin, self.basis)

    @property
    def is_shown(self) -> bool:
        """Return whether the number says anything: a count that is not larger than its margin is not shown."""
        return self.quantity.is_shown


@dataclass(frozen=True, slots=True)
class Percentage:
    """A part of those with any answer in a group of columns, in percent, with its margin in percent points."""

    percent: float
    margin: float
    part: Estimate
    whole: Estimate


@dataclass(frozen=True, slots=True)
class Tabulation:
    """Counts and margins by one or more columns: axis k runs over the codes of `columns[k]`, blank first.

    Values that the filter excludes hold zero with margin zero; they were not asked for.
    """

    columns: tuple[str, ...]
    counts: NDArray[np.int64]
    margins: NDArray[np.float64]
    basis: Basis

    def at(self, *codes: int) -> Estimate:
        """Return one cell by the codes of its values."""
        return Estimate(int(self.counts[codes]), float(self.margins[codes]), self.basis)

    @property
    def estimates(self) -> tuple[Estimate, ...]:
        """Return all cells in the order of memory."""
        pairs = zip(self.counts.ravel().tolist(), self.margins.ravel().tolist(), strict=True)
        return tuple(Estimate(count, margin, self.basis) for count, margin in pairs)


def estimate(bundle: Released, where: Where) -> Estimate:
    """Return how many released rows have these values, with the margin of that number."""
    return tabulate(bundle, (), where).at()


def tabulate(bundle: Released, by: Sequence[str], where: Where | None = None) -> Tabulation:
    """Count the released rows by columns, among those with the values of `where`, with margins.

    An unknown column or value is a `KeyError` or a `ValueError`: check a reader's input before.
    """
    by = tuple(by)
    chosen = _chosen(bundle, where or {})
    selected = _selected(bundle, chosen)
    counts = _count(bundle, by, selected)
    involved = tuple(dict.fromkeys((*by, *chosen)))
    measured = bundle.by_columns.get(frozenset(involved)) if len(involved) < 3 else None
    if measured is None:
        margins = _modelled(bundle, by, chosen, counts, involved)
        return Tabulation(by, counts, _only(bundle, by, chosen, margins), Basis.MODELLED)
    margins = _measured(bundle, by, chosen, counts, measured)
    return Tabulation(by, counts, _only(bundle, by, chosen, margins), Basis.MEASURED)


def share(bundle: Released, column: str, value: str, where: Where | None = None) -> Percentage | None:
    """Return the percentage with one value of a column, of those with any answer in the column's group.

    This is the denominator of the CTDC code book: persons without any answer in the group of columns
    are left out. A column in no group is its own group. Nothing is returned when nobody answered.
    """
    described = bundle.description.column(column)
    group = next((g.columns for g in bundle.description.groups if g.name == described.group), (column,))
    wanted = frozenset({value}) & (where or {}).get(column, frozenset({value}))
    part = estimate(bundle, {**(where or {}), column: wanted})
    return percentage(part, answered(bundle, group, where))


def percentage(part: Estimate, whole: Estimate) -> Percentage | None:
    """Return a part in percent of a whole, or nothing of nobody.

    The margin follows by the delta method, as if the errors of part and whole were independent; the two
    rise and fall together, so it errs to the wide side.
    """
    if whole.count <= 0:
        return None
    ratio = part.count / whole.count
    own, shared = part.margin**2, (ratio * whole.margin) ** 2
    margin = float(np.sqrt(own + shared if whole.is_apart else own)) / whole.count
    return Percentage(100 * ratio, min(100.0, 100 * margin), part, whole)


def answered(bundle: Released, group: Sequence[str], where: Where | None = None) -> Estimate:
    """Return how many have any answer in a group of columns: the denominator of its percentages."""
    return answered_and_not(bundle, group, where)[0]


def answered_and_not(bundle: Released, group: Sequence[str], where: Where | None = None) -> tuple[Estimate, Estimate]:
    """Return how many have any answer in a group of columns, and how many have none.

    Those with an answer are all, less those who are blank in every column. Where the filter asks for an
    answer already, nobody is without one, and the margin of that is zero.
    """
    chosen, group = _chosen(bundle, where or {}), tuple(group)
    blanks = {name: np.arange(len(bundle.description.column(name).domain) + 1) == 0 for name in group}
    whole = estimate(bundle, _spelled(bundle, chosen))
    if any(name in chosen and not chosen[name][0] for name in group):
        return whole, Estimate(0, 0.0, whole.basis)
    nobody = _nobody(bundle, chosen, group, estimate(bundle, _spelled(bundle, {**chosen, **blanks})))
    if len(group) == 1 and group[0] not in chosen:
        column = bundle.description.column(group[0])
        return estimate(bundle, _spelled(bundle, chosen) | {column.name: frozenset(column.domain)}), nobody
    basis = Basis.MEASURED if whole.basis is nobody.basis is Basis.MEASURED else Basis.MODELLED
    return Estimate(whole.count - nobody.count, float(np.hypot(whole.margin, nobody.margin)), basis, is_apart=True), nobody


def _nobody(bundle, chosen, group, modelled):
    """Counted as such: the margin of those without answer."""
    probe = next((p for p in bundle.probes if len(p.codes) == 1 and set(p.columns) == set(group)), None)
    if probe is None:
        return modelled
    places = [bundle.description.names.index(name) for name in group]
    count = int(count_cells([bundle.codes[p] for p in places], probe.codes)[0])
    part = modelled.count / max(count, 1)
    centre, error = modelled.count + (float(probe.noisy[0]) - count) * part, probe.sigma * part
    basis = Basis.MEASURED
    if chosen:
        error, basis = float(np.hypot(error, modelled.margin / Z95)), Basis.MODELLED
    width = intervals.half_widths(*(np.array([x], float) for x in (modelled.count, centre, error)))
    return Estimate(modelled.count, float(intervals.whole(width)[0]), basis)


def _spelled(bundle: Released, chosen: Mapping[str, NDArray[np.bool_]]) -> dict[str, frozenset[str]]:
    domains = {name: ("", *bundle.description.column(name).domain) for name in chosen}
    return {name: frozenset(np.array(domains[name], dtype=object)[mask]) for name, mask in chosen.items()}


def _chosen(bundle: Released, where: Where) -> dict[str, NDArray[np.bool_]]:
    """Return for each filtered column which of its codes are wanted; a filter that excludes nothing is none."""
    chosen = {}
    for name, values in where.items():
        domain = (BLANK, *bundle.description.column(name).domain)
        unknown = values.difference(domain)
        if unknown:
            raise ValueError(f"{name} has no such value")
        mask = np.array([value in values for value in domain])
        if not mask.all():
            chosen[name] = mask
    return chosen


def _selected(bundle: Released, chosen: Mapping[str, NDArray[np.bool_]]) -> NDArray[np.bool_] | None:
    """Return which rows pass the filter, or nothing when all do."""
    names, selected = bundle.description.names, None
    for name, mask in chosen.items():
        passed = mask[bundle.codes[names.index(name)]]
        selected = passed if selected is None else selected & passed
    return selected


def _count(bundle: Released, by: tuple[str, ...], selected: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    """Count rows by the codes of columns: int64[codes of each column]."""
    if not by:
        return np.array(bundle.description.rows if selected is None else int(np.count_nonzero(selected)), dtype=np.int64)
    places = [bundle.description.names.index(name) for name in by]
    shape = tuple(bundle.description.shape[place] for place in places)
    cell = bundle.codes[places[0]].astype(np.int64)
    for place, size in zip(places[1:], shape[1:], strict=True):
        cell = cell * size + bundle.codes[place]
    if selected is not None:
        cell = cell[selected]
    return np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape).astype(np.int64)


def _only(
    bundle: Released, by: tuple[str, ...], chosen: Mapping[str, NDArray[np.bool_]], margins: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the margins with zero where the filter excludes a value of a counted column."""
    for axis, name in enumerate(by):
        if name in chosen:
            shape = [1] * len(by)
            shape[axis] = -1
            margins = margins * chosen[name].reshape(shape)
    return margins


def _measured(
    bundle: Released,
    by: tuple[str, ...],
    chosen: Mapping[str, NDArray[np.bool_]],
    counts: NDArray[np.int64] | NDArray[np.float64],
    measured: Measured,
) -> NDArray[np.float64]:
    """Return the provable margins of cells that lie within one measured table."""
    estimates = _estimates(by, chosen, measured)
    centre, error = _believed(bundle, by, chosen, measured, estimates)
    return intervals.whole(intervals.half_widths(np.asarray(counts, float), centre, error))


def _estimates(by, chosen, measured):
    estimates = measured.estimate
    for axis, name in reversed(tuple(enumerate(measured.columns))):
        if name not in by:
            estimates = estimates.compress(chosen[name], axis=axis).sum(axis=axis)
    kept = tuple(name for name in measured.columns if name in by)
    return estimates.transpose([kept.index(name) for name in by])


def _believed(bundle, by, chosen, measured, estimates):
    error = float(np.sqrt(_variance(bundle, measured, _cells(measured, by, chosen))))
    if len(measured.columns) < 2:
        return estimates, np.full(np.shape(estimates), error)
    expected, blur = _expected(bundle, by, chosen, measured)
    centre, spread = bundle.calibration.dependence.believe(expected, estimates, np.asarray(error))
    return centre, np.hypot(spread, blur)


def _expected(bundle, by, chosen, measured):
    """What independence expects, and its error."""
    total = max(1.0, float(bundle.by_columns[frozenset()].estimate))
    sides, errors = [], []
    for name in measured.columns:
        single = bundle.by_columns[frozenset({name})]
        values = np.maximum(single.estimate, 0)
        if name in by:
            shape = [-1 if other == name else 1 for other in by]
            sides.append(values.reshape(shape))
            errors.append(_variance(bundle, single, (1,)))
        else:
            sides.append(np.array(values[chosen[name]].sum()).reshape([1] * len(by)))
            errors.append(_variance(bundle, single, (int(chosen[name].sum()),)))
    expected = sides[0] * sides[1] / total
    shape = [len(chosen_shape) for chosen_shape in ()]
    blur = np.sqrt((sides[1] / total) ** 2 * errors[0] + (sides[0] / total) ** 2 * errors[1])
    return np.asarray(expected), np.asarray(blur)


def calibrate(bundle):
    """Fit."""
    total = max(1.0, float(bundle.by_columns[frozenset()].estimate))
    P, E, S = [], [], []
    for columns, measured in bundle.by_columns.items():
        if len(measured.columns) == 2:
            a, b = (np.maximum(bundle.by_columns[frozenset({n})].estimate, 0) for n in measured.columns)
            P.append(np.outer(a, b) / total); E.append(measured.estimate); S.append(float(measured.standard_error.flat[0]))
    made = replace(bundle, calibration=Calibration(Dependence.fit(P, E, S), {}))
    data = {}
    for probe in bundle.probes:
        if len(probe.codes) == 1:
            continue
        places = [bundle.description.names.index(n) for n in probe.columns]
        counts = count_cells([bundle.codes[p] for p in places], probe.codes)
        parts = {n: (probe.codes[:, k]) for k, n in enumerate(probe.columns)}
        single = {n: np.diagonal(_joint(bundle, n, n))[c].astype(float) for n, c in parts.items()}
        pair = {(a, b): _joint(bundle, a, b)[parts[a], parts[b]].astype(float) for a, b in combinations(probe.columns, 2)}
        errors = {}
        for a, b in pair:
            measured = bundle.by_columns.get(frozenset((a, b)))
            if measured is not None:
                centre, error = _believed(made, measured.columns, {}, measured, measured.estimate)
                at = tuple(parts[n] for n in measured.columns)
                errors[a, b] = error[at] ** 2 + (centre[at] - pair[a, b]) ** 2
        A, B = _features(made, counts.astype(float), single, pair, errors)
        data.setdefault(0, []).append((A, B, (probe.noisy - counts).astype(float), np.full(len(counts), probe.sigma)))
    gamma = fit(data.get(0, []))
    return replace(made, calibration=Calibration(made.calibration.dependence, gamma))


def fit(parts):
    num = den = 0.0
    each = []
    g0 = 1.0
    if not parts:
        return g0
    for A, B, d, s in parts:
        w = 1 / (2 * (s**2 + A + g0 * B) ** 2)
        each.append(((w * B * (d**2 - s**2 - A)).sum(), (w * B * B).sum()))
    num, den = np.sum(each, axis=0)
    g = num / den
    se = den**-0.5
    robust = np.sqrt(sum((a - g * b) ** 2 for a, b in each)) / den
    se1 = se
    mu = g - se1**2 / max(g0, g)
    x = mu / se1
    from math import erf, exp, pi, sqrt
    P = (1 + erf(x / sqrt(2))) / 2
    post = mu + se1 * exp(-x * x / 2) / sqrt(2 * pi) / P if x > -6 else g0
    # quantile
    places, below = intervals._normal()
    q = mu + se1 * float(np.interp(1 - P * (1 - QUANTILE), below, places)) if x > -5 else g0
    if DEBUG: print('gamma %.2f se %.2f robust %.2f post %.2f q %.2f' % (g, se, robust, post, q))
    return max(q, 0.0)


QUANTILE = 0.6
DEBUG = False

def count_cells(columns, cells):
    step, elsewhere = len(cells), len(cells)
    place = np.zeros(len(columns[0]), np.int32)
    for column, codes in zip(columns, cells.T, strict=True):
        levels = np.unique(codes)
        step //= len(levels)
        places = np.full(max(int(levels[-1]), int(column.max(initial=0))) + 1, elsewhere, np.int32)
        places[levels] = step * np.arange(len(levels))
        place += places[column]
    return np.bincount(np.minimum(place, elsewhere), minlength=elsewhere + 1)[:elsewhere].astype(np.int64)


def _features(bundle, counts, single, pair, errors):
    """base variance and structure feature"""
    rows = max(1, bundle.description.rows)
    most = np.maximum(counts, 1.0)
    narrow, noise = 1 / most, np.zeros(counts.shape)
    for names, together in pair.items():
        narrow = narrow + 1 / np.maximum(together - counts, 1.0)
        if names in errors:
            noise = noise + (most / np.maximum(together, 1)) ** 2 * errors[names]
    for name, alone in single.items():
        largest = reduce(np.maximum, [together for names, together in pair.items() if name in names])
        narrow = narrow + 1 / np.maximum(alone - largest, 1.0)
    noise = noise * min(1.0, 3 / len(pair))
    return 2 / narrow + noise, (len(single) - 1) / 2 * most * np.maximum(1 - counts / rows, 1 / rows)


def _variance(bundle: Released, measured: Measured, cells: tuple[int, ...]) -> float:
    """Return the variance of the sum of a block of cells, `cells[k]` values of column k.

    A table is the sum of orthogonal parts: total, effect of each side, interaction. Errors of an effect
    sum to zero over its column, so k of a values have variance v (k - k^2 / a).
    """
    total = float(bundle.by_columns[frozenset()].standard_error) ** 2
    if not measured.columns:
        return total
    sizes = measured.noisy.shape
    parts = [share_of / size for share_of, size in zip(cells, sizes, strict=True)]
    spreads = [share_of - share_of**2 / size for share_of, size in zip(cells, sizes, strict=True)]
    effects = [_effect_variance(bundle, name) for name in measured.columns]
    if len(sizes) == 1:
        return float(total * parts[0] ** 2 + effects[0] * spreads[0])
    sides = effects[0] * spreads[0] * parts[1] ** 2 + effects[1] * spreads[1] * parts[0] ** 2
    return float(total * parts[0] ** 2 * parts[1] ** 2 + sides + measured.sigma**2 * spreads[0] * spreads[1])


def _effect_variance(bundle: Released, name: str) -> float:
    """Return the variance of one column's centred effect, from the published error of its counts."""
    single, total = bundle.by_columns[frozenset({name})], bundle.by_columns[frozenset()]
    size = single.noisy.size
    of_cells = float(single.standard_error.flat[0]) ** 2 - (float(total.standard_error) / size) ** 2
    return max(0.0, of_cells) / (1 - 1 / size)


def _modelled(
    bundle: Released,
    by: tuple[str, ...],
    chosen: Mapping[str, NDArray[np.bool_]],
    counts: NDArray[np.int64],
    involved: tuple[str, ...],
) -> NDArray[np.float64]:
    """Return approximate margins of cells that no measured table holds."""
    single = {name: _single(bundle, by, chosen, name) for name in involved}
    pair = {(a, b): _pair(bundle, by, chosen, a, b) for a, b in combinations(involved, 2)}
    at_most, errors = np.full(counts.shape, float(max(1, bundle.description.rows))), {}
    for names, together in pair.items():
        measured = bundle.by_columns.get(frozenset(names))
        if measured is not None:
            axes = tuple(name for name in by if name in measured.columns)
            sizes = [size for name, size in zip(by, together.shape, strict=True) if name in axes]
            counted = together.reshape(sizes)
            centre, error = _believed(bundle, axes, chosen, measured, _estimates(axes, chosen, measured))
            errors[names] = (error**2 + (centre - counted) ** 2).reshape(together.shape)
            widths = intervals.half_widths(counted, centre, error)
            at_most = np.minimum(at_most, together + widths.reshape(together.shape))
    base, structure = _features(bundle, counts.astype(float), single, pair, errors)
    spread = base + bundle.calibration.gamma * structure
    return np.asarray(np.minimum(Z95 * np.sqrt(spread), np.maximum(counts, at_most - counts)))


def _pair_margin(
    bundle: Released,
    by: tuple[str, ...],
    chosen: Mapping[str, NDArray[np.bool_]],
    together: NDArray[np.float64],
    measured: Measured,
) -> NDArray[np.float64]:
    """Return the provable margins of the pairs that cells lie in, shaped like their counts: no cell is larger than its pair."""
    axes = tuple(name for name in by if name in measured.columns)
    sizes = [size for name, size in zip(by, together.shape, strict=True) if name in axes]
    return _measured(bundle, axes, chosen, together.reshape(sizes), measured).reshape(together.shape)


def _changed_by(
    together: NDArray[np.float64], expected: NDArray[np.float64], independent: NDArray[np.float64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return how many persons of a cell one pair's dependence makes or takes, against the pair being independent."""
    ratio = together / np.where(expected > 0, expected, 1)
    made = np.maximum(counts, independent * ratio) * (1 - 1 / np.maximum(ratio, 1))
    return np.asarray(np.where(ratio > 1, made, independent * (1 - ratio)))


def _cells(measured: Measured, by: tuple[str, ...], chosen: Mapping[str, NDArray[np.bool_]]) -> tuple[int, ...]:
    """Return how many values of each column of a measured table one cell of `by` holds."""
    return tuple(1 if name in by else int(chosen[name].sum()) for name in measured.columns)


def _single(bundle: Released, by: tuple[str, ...], chosen: Mapping[str, NDArray[np.bool_]], name: str) -> NDArray[np.float64]:
    """Count released rows by one column's part of a cell, shaped to broadcast over the cells of `by`."""
    table = _joint(bundle, name, name).diagonal()
    if name not in by:
        return np.full([1] * len(by), table[chosen[name]].sum(), dtype=np.float64)
    return table.reshape([-1 if other == name else 1 for other in by]).astype(np.float64)


def _pair(
    bundle: Released, by: tuple[str, ...], chosen: Mapping[str, NDArray[np.bool_]], one: str, other: str
) -> NDArray[np.float64]:
    """Count released rows by two columns' parts of a cell, shaped to broadcast over the cells of `by`."""
    table = _joint(bundle, one, other)
    for axis, name in enumerate((one, other)):
        if name not in by:
            table = table.compress(chosen[name], axis=axis).sum(axis=axis, keepdims=True)
    sizes = dict(zip((one, other), table.shape, strict=True))
    if one in by and other in by and by.index(one) > by.index(other):
        table = table.T
    return table.reshape([sizes.get(name, 1) for name in by]).astype(np.float64)


def _joint(bundle: Released, one: str, other: str) -> NDArray[np.int64]:
    """Count released rows by two columns; made once for a release, which never changes."""
    found = bundle.joint.get((one, other))
    if found is None:
        if one == other:
            found = np.diag(_count(bundle, (one,), None))
        else:
            found = _count(bundle, (one, other), None)
            bundle.joint[other, one] = found.T
        bundle.joint[one, other] = found
    return found
