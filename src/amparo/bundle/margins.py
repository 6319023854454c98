"""How far a published count may be from the truth, from the published measurements alone.

Every number shown is a count of released rows, so that anybody finds it again in the download. Its margin is the
half-width of a 95 % interval around that count for the number in the sensitive table: where the truth lies, and with which
error, says `errors`; how wide the interval around another centre must then be, says `intervals`.

*Measured* (no column, one, a measured pair; those without any answer in a counted group): the answer itself was counted
with noise. For no column and one the margin holds in at least 95 of 100 releases whatever the data, and single values that
noise has lifted are not forgotten. For a pair it holds so on average over the cells of the release, from which it learnt
how far pairs depart from independence; for a group likewise, from the count and the model together.

*Modelled* (three or more columns): the margin rests on what the release's probes say of its errors. That is calibrated,
not proven: `release/tests/test_coverage.py` and `benchmarks/calibration.py` count how often it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amparo.bundle import errors
from amparo.bundle.intervals import Z95, half_widths, mixed_half_width, whole
from amparo.bundle.rowcounts import BLANK, Asked, Released, Where, asked, count, count_probe
from amparo.pictures.values import Basis, Quantity

WIDEST_MARGIN = 50.0
"""In percent points: a percentage that may lie so far off on either side could be almost any, and is not shown."""

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""By which the modelled error of those without any answer may be wrong."""

__all__ = [
    "BLANK", "Basis", "Estimate", "Percentage", "Released", "Tabulation", "Where",
    "answered", "answered_and_not", "estimate", "percentage", "share", "tabulate",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Estimate:
    """A count of released rows and the half-width, in persons, of its 95 % interval.

    `is_apart` says that its error has nothing to do with the errors of its parts: it was counted by those outside it.
    """

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

    @property
    def is_shown(self) -> bool:
        """Return whether it says anything: of a number that is shown, and narrower than from nobody to everybody."""
        return self.whole.is_shown and self.margin < WIDEST_MARGIN


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
    return _tabulate(bundle, asked(bundle, by, where or {}))


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
    """Return a part in percent of a whole that it lies in, or nothing of nobody.

    By the delta method the variance of p = part / whole is (V(part) - 2 p C + p^2 V(whole)) / whole^2 with C their
    covariance. It is zero where the whole was counted apart from its parts. It is p V(whole) where p has nothing to do
    with the whole, as in modelled counts, whose errors grow in proportion (so too the American Community Survey,
    *Handbook* 2020, chapter 8). For measured counts it lies between, and is taken half way.
    """
    if whole.count <= 0:
        return None
    ratio = part.count / whole.count
    own, shared = part.margin**2, (ratio * whole.margin) ** 2
    if whole.is_apart:
        own += shared
    elif part.basis is whole.basis is Basis.MODELLED and own > shared:
        own -= shared
    margin = float(np.sqrt(own)) / whole.count
    return Percentage(100 * ratio, min(100.0, 100 * margin), part, whole)


def answered(bundle: Released, group: Sequence[str], where: Where | None = None) -> Estimate:
    """Return how many have any answer in a group of columns: the denominator of its percentages."""
    return answered_and_not(bundle, group, where)[0]


def answered_and_not(bundle: Released, group: Sequence[str], where: Where | None = None) -> tuple[Estimate, Estimate]:
    """Return how many have any answer in a group of columns, and how many have none.

    Those with an answer are all, less those who are blank in every column. Where the filter asks for an
    answer already, nobody is without one, and the margin of that is zero.
    """
    question, group = asked(bundle, (), where or {}), tuple(group)
    everybody = _tabulate(bundle, question).at()
    if any(name in question.chosen and not question.chosen[name][0] for name in group):
        return everybody, Estimate(0, 0.0, everybody.basis)
    blanks = {name: np.arange(len(bundle.description.column(name).domain) + 1) == 0 for name in group}
    nobody = _nobody(bundle, group, question, Asked((), {**question.chosen, **blanks}))
    if len(group) == 1 and group[0] not in question.chosen:
        filled = _tabulate(bundle, Asked((), {**question.chosen, group[0]: ~blanks[group[0]]}))
        return filled.at(), nobody
    basis = Basis.MEASURED if everybody.basis is nobody.basis is Basis.MEASURED else Basis.MODELLED
    margin = float(np.hypot(everybody.margin, nobody.margin))
    return Estimate(everybody.count - nobody.count, margin, basis, is_apart=True), nobody


def _tabulate(bundle: Released, question: Asked) -> Tabulation:
    counts = count(bundle, question)
    numbers, involved = counts.astype(np.float64), question.columns
    measured = bundle.by_columns.get(frozenset(involved)) if len(involved) < 3 else None
    if measured is not None:
        belief = errors.believed(bundle, question, measured)
        widths = half_widths(numbers, belief.centre, belief.error)
        if question.values(involved) == (1,):
            crowded = errors.crowded(question, measured)
            widths = np.maximum(widths, half_widths(numbers, crowded.centre, crowded.error))
        margins, basis = whole(widths), Basis.MEASURED
    else:
        widths, at_most = errors.modelled(bundle, question, numbers)
        widths = widths + _off_scale(bundle) * numbers
        margins, basis = np.minimum(widths, np.maximum(numbers, at_most - numbers)), Basis.MODELLED
    return Tabulation(question.by, counts, _only(question, np.asarray(margins)), basis)


def _off_scale(bundle: Released) -> float:
    """Return by which part every count is off because a public number of rows, not the measured one, was released."""
    return abs(float(bundle.by_columns[frozenset()].estimate) / max(1, bundle.description.rows) - 1)


def _only(question: Asked, margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the margins with zero where the filter excludes a value of a counted column."""
    for axis, name in enumerate(question.by):
        if name in question.chosen:
            shape = [1] * len(question.by)
            shape[axis] = -1
            margins = margins * question.chosen[name].reshape(shape)
    return margins


def _nobody(bundle: Released, group: tuple[str, ...], question: Asked, blank: Asked) -> Estimate:
    """Return those without any answer in a group, by the count of them where the group was counted.

    The rows were not made from that count, so two independent things speak of the rows' error: the modelled error, which may
    itself be wrong by a factor (`FACTORS`) and in which what the columns beyond two miss adds up with one sign, and the
    count's distance from the rows, less its noise. With a filter the error of the group is taken over in proportion, and so
    much of the filtered cell's own error as that does not explain.
    """
    modelled = _tabulate(bundle, blank).at()
    probe = next((one for one in bundle.probes if one.is_group and set(one.columns) == set(group)), None)
    if probe is None:
        return modelled
    rows = int(count_probe(bundle, probe)[0])
    alone = _tabulate(bundle, Asked((), {name: blank.chosen[name] for name in group})).at() if question.chosen else modelled
    part, factors = min(1.0, modelled.count / max(rows, 1)), np.array(FACTORS)
    together = np.sqrt(len(group) - 2)
    own = np.square(factors * together * max(alone.margin, 1.0) / Z95)
    variance = np.square(factors * modelled.margin / Z95) * (1 - part)
    weights = likelihoods(float(probe.noisy[0]) - rows, own + probe.sigma**2) * factor_chances()
    pull = own / (own + probe.sigma**2)
    error = np.sqrt(part**2 * pull * probe.sigma**2 + variance)
    width = mixed_half_width(part * pull * (float(probe.noisy[0]) - rows), error, weights / weights.sum())
    basis = Basis.MODELLED if question.chosen else Basis.MEASURED
    return Estimate(modelled.count, float(whole(np.array([width]))[0]), basis)


def likelihoods(gap: float, variances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how likely a gap is under each of several variances, up to a factor."""
    log = -(gap**2 / variances + np.log(variances)) / 2
    return np.asarray(np.exp(log - log.max()))


def factor_chances() -> NDArray[np.float64]:
    """Return how likely each of `FACTORS` is beforehand: the further from one the less, in proportion."""
    chances = np.minimum(np.array(FACTORS), 1 / np.array(FACTORS))
    return np.asarray(chances / chances.sum())
