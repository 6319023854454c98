"""Learns from a release's own published measurements how far its numbers may be off; the sensitive table is not needed.

Rows are not made from the probes, so the gap between a probe and the released rows is the error of the rows plus
independent noise of a known scale. For each probe this says how likely each strength of unseen structure is; over all
probes the shares of the strengths are fitted, as a mixture (the same as for pairs). Beforehand it is as if one set of
columns of other structures had been seen: where probes tell nothing, margins are those of such sets, never narrower.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from amparo.bundle.calibration import EDGES, PLACES, SCALES, STRENGTHS, Calibration, Dependence, Structure, likelihood, rehearsed
from amparo.bundle.contents import Counting, Probe
from amparo.bundle.errors import Cells, believed, independence
from amparo.bundle.rowcounts import Asked, Released, count_probe, joint

Floats = NDArray[np.float64]

PASSES = 200
PRIOR = 1.0


def learn(counting: Counting) -> Calibration:
    """Return what the measurements of a release say of its errors."""
    paired = replace(counting, calibration=Calibration(_dependence(counting)))
    seen = [_likelihood(paired, probe) for probe in counting.probes if not probe.is_group]
    return Calibration(paired.calibration.dependence, _structure(seen))


def _likelihood(released: Released, probe: Probe) -> Floats:
    """Return how likely a probe's gaps to the released rows are under each of `STRENGTHS`, up to a factor."""
    cells, errors = _cells(released, probe)
    known = cells.chance() + cells.from_pairs(errors) + probe.sigma**2
    variance = known[:, None] + cells.structure()[:, None] * np.array(STRENGTHS)
    log = -(np.square(probe.noisy - cells.counts)[:, None] / variance + np.log(variance)).sum(axis=0) / 2
    return np.asarray(np.exp(log - log.max()))


def _structure(seen: Sequence[Floats]) -> Structure:
    """Fit the mixture of strengths to all probes, as if `PRIOR` sets of other structures had been seen before."""
    weights = prior = rehearsed().weights
    for _ in range(PASSES if seen else 0):
        told = sum(one * weights / (one * weights).sum() for one in seen)
        weights = (told + PRIOR * prior) / (len(seen) + PRIOR)
    return Structure(np.asarray(weights))


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
