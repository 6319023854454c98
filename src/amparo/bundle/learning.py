"""Learns from a release's own published measurements how far its numbers may be off; the sensitive table is not needed.

Rows are not made from the probes, so the gap d between a probe (noise sigma) and the released rows is the error of the
rows plus independent noise, and d^2 - sigma^2 has the mean of the squared error, whatever structure the sensitive table
has. The factor is fitted to that by weighted least squares. It cannot lie below zero, and small factors are likelier than
large ones (exponential; its mean is 1, or the fit less two errors if that is more): the median of what then remains
possible is taken. It is never zero: the less the probes tell, the wider are the margins where nothing was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import inf, log, sqrt

import numpy as np
from numpy.typing import NDArray

from amparo.bundle.calibration import EDGES, PLACES, SCALES, STRUCTURE_UNTOLD, Calibration, Dependence, likelihood
from amparo.bundle.contents import Counting, Probe
from amparo.bundle.errors import Cells, believed, independence
from amparo.bundle.intervals import chance_below, place_of
from amparo.bundle.rowcounts import Asked, Released, count_probe, joint

Floats = NDArray[np.float64]

PASSES = 200
FAR = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """What a probe says: gaps to the released rows, their noise, the variance that is known, and what a factor multiplies."""

    gaps: Floats
    sigma: float
    known: Floats
    feature: Floats


def learn(counting: Counting) -> Calibration:
    """Return what the measurements of a release say of its errors."""
    paired = Calibration(_dependence(counting))
    fitted, error = _fit([_gaps(replace(counting, calibration=paired), probe) for probe in counting.probes if not probe.is_group])
    structure = STRUCTURE_UNTOLD if error == inf else _middle(fitted - error**2 / max(1.0, fitted - 2 * error), error)
    return Calibration(paired.dependence, structure, *((None, None) if error == inf else (fitted, error)))


def _fit(seen: Sequence[Gaps]) -> tuple[float, float]:
    """Return the factor that makes known + factor x feature the squared error of the rows, and its standard error by noise."""
    told = weight = 0.0
    for one in seen:
        weights = 1 / (2 * (one.sigma**2 + one.known + one.feature) ** 2)
        told += float((weights * one.feature * (one.gaps**2 - one.sigma**2 - one.known)).sum())
        weight += float((weights * one.feature**2).sum())
    return (told / weight, 1 / sqrt(weight)) if weight else (0.0, inf)


def _middle(fitted: float, error: float) -> float:
    """Return the median of a normal distribution that is cut off below zero; far below, that of its exponential tail."""
    if fitted / error < -FAR:
        return log(2) * error**2 / -fitted
    return max(0.0, fitted + error * place_of(1 - chance_below(fitted / error) / 2))


def _gaps(released: Released, probe: Probe) -> Gaps:
    """Compare a probe with the released rows; all that is not structure is known."""
    cells, errors = _cells(released, probe)
    return Gaps(probe.noisy - cells.counts, probe.sigma, cells.chance() + cells.from_pairs(errors), cells.structure())


def _cells(released: Released, probe: Probe) -> tuple[Cells, dict[tuple[str, str], Floats]]:
    """Return the released counts of a probe's cells, with those around them, and the squared errors of its pairs."""
    codes = dict(zip(probe.columns, probe.codes.T, strict=True))
    singles = {name: joint(released, name, name).diagonal()[at].astype(np.float64) for name, at in codes.items()}
    pairs, errors = {}, {}
    for one, other in combinations(probe.columns, 2):
        pairs[one, other] = joint(released, one, other)[codes[one], codes[other]].astype(np.float64)
        measured = released.by_columns.get(frozenset((one, other)))
        if measured is not None:
            whole = joint(released, *measured.columns).astype(np.float64)
            squared = believed(released, Asked(measured.columns, {}), measured).squared_distance(whole)
            errors[one, other] = squared[tuple(codes[name] for name in measured.columns)]
    counts = count_probe(released, probe).astype(np.float64)
    return Cells(max(1, released.description.rows), counts, singles, pairs), errors


def _dependence(released: Released) -> Dependence | None:
    """Fit the mixture to all cells of all pairs: by class, how far they are from what independence expects."""
    pairs = [measured for measured in released.by_columns.values() if len(measured.columns) == 2]
    if not pairs:
        return None
    seen = sum(_histogram(released, measured.columns) for measured in pairs)
    weights = np.full((len(EDGES) + 1, len(SCALES)), 1 / len(SCALES))
    like = likelihood()
    for _ in range(PASSES):
        parts = like[None] * weights[:, None, :]
        parts *= (seen / parts.sum(axis=2))[:, :, None]
        weights = parts.sum(axis=1) + 1 / len(SCALES)
        weights /= weights.sum(axis=1, keepdims=True)
    return Dependence(weights)


def _histogram(released: Released, columns: tuple[str, ...]) -> Floats:
    """Count the cells of a pair by class and by distance from independence in standard errors."""
    measured = released.by_columns[frozenset(columns)]
    expected, _ = independence(released, Asked(columns, {}), measured)
    error = float(measured.standard_error.flat[0])
    kind = np.searchsorted(EDGES, (expected / error).ravel())
    between = (PLACES[1:] + PLACES[:-1]) / 2
    place = np.searchsorted(between, np.abs(measured.estimate - expected).ravel() / error)
    cells = np.bincount(kind * len(PLACES) + place, minlength=(len(EDGES) + 1) * len(PLACES))
    return cells.reshape(len(EDGES) + 1, len(PLACES)).astype(np.float64)
