"""What a release knows of its own errors: a few figures, learnt from its published measurements, that stand in its certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amparo.bundle import files
from amparo.bundle.intervals import LEVEL, below
from amparo.standard.reasons import LANGUAGES, Reason, Refused, say

ROOM = "bundle"
BLOCK = "margins"
SCALES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0, 512.0)
EDGES = (0.25, 1.0, 4.0, 16.0)
STRENGTHS = (0.0, 1e-6, 4e-6, 1.6e-5, 6.4e-5, 2.56e-4, 1.024e-3, 4.096e-3, 1.6384e-2)
"""Variance of unseen structure, in parts of rows x count: relative errors do not depend on how many rows there are."""
REHEARSED = (0.16, 0.10, 0.12, 0.13, 0.19, 0.18, 0.10, 0.015, 0.005)
"""Shares of sets of columns with each strength, fitted on the rehearsed structures, none of which coverage is reported on."""
RATIOS = np.geomspace(1e-1, 1e10, 221)
PLACES = np.concatenate([np.linspace(0, 8, 161), np.geomspace(8.2, 1e4, 120)])

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Dependence:
    """How far cells of pairs lie from what independence expects, as a mixture of normal distributions.

    Distances are in standard errors of a cell; `weights: float64[classes, scales]` are the shares of cells with
    each of `SCALES`, for five classes of how many standard errors independence expects (`EDGES`). Source: adaptive
    shrinkage, Stephens 2017, *False discovery rates: a new deal*.
    """

    weights: Floats

    def believe(self, expected: Floats, estimates: Floats, error: float) -> tuple[Floats, Floats]:
        """Return where the true counts lie, and with which error, given what is expected and what was estimated."""
        distance = (estimates - expected) / error
        means, errors = self._posterior
        kinds = np.searchsorted(EDGES, expected / error)
        centre, spread = np.empty(distance.shape), np.empty(distance.shape)
        for kind in np.unique(kinds):
            at = kinds == kind
            centre[at] = np.interp(np.abs(distance[at]), PLACES, means[kind])
            spread[at] = np.interp(np.abs(distance[at]), PLACES, errors[kind])
        return expected + error * np.sign(distance) * centre, error * spread

    @cached_property
    def _posterior(self) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the truth by class and by distance of the estimate."""
        pull = np.square(SCALES) / (1 + np.square(SCALES))
        parts = likelihood()[None] * self.weights[:, None, :]
        parts /= parts.sum(axis=2, keepdims=True)
        mean = (parts * pull).sum(axis=2) * PLACES
        square = (parts * (pull + np.square(pull * PLACES[:, None]))).sum(axis=2)
        return mean, np.sqrt(np.maximum(square - mean**2, 0.0))


@dataclass(frozen=True, eq=False)
class Structure:
    """How much structure of three and more columns the rows miss: shares of sets of columns with each of `STRENGTHS`.

    A set of strength s has cells whose error has a variance of s times the feature (`Cells.structure`) beyond what chance
    and pairs explain. Where probes tell nothing the shares are those of other structures (`REHEARSED`).
    """

    weights: Floats

    def half_widths(self, known: Floats, feature: Floats) -> Floats:
        """Return how wide an interval must be to hold 95 of 100 errors of a set drawn from the mixture."""
        ratios, widths = self._widths
        at = np.log(np.clip(feature / known, ratios[0], ratios[-1]))
        return np.asarray(np.sqrt(known) * np.exp(np.interp(at, np.log(ratios), np.log(widths))))

    @cached_property
    def _widths(self) -> tuple[Floats, Floats]:
        """Solve by halving: the width in roots of what is known, by the ratio of the feature to what is known."""
        ratios = RATIOS
        spread = np.sqrt(1 + ratios[:, None] * np.array(STRENGTHS))
        low, high = np.ones(len(ratios)), 5 * spread.max(axis=1)
        for _ in range(60):
            middle = (low + high) / 2
            inside = 1 - 2 * (self.weights * below(-middle[:, None] / spread)).sum(axis=1)
            low, high = np.where(inside < LEVEL, middle, low), np.where(inside < LEVEL, high, middle)
        return ratios, high


def rehearsed() -> Structure:
    """Return what is believed where probes tell nothing."""
    return Structure(np.array(REHEARSED) / sum(REHEARSED))


@dataclass(frozen=True, eq=False)
class Calibration:
    """The learnt figures: dependence of pairs, and structure that pairs do not tell.

    `dependence` is missing where nothing was learnt: estimates are then believed as they are.
    """

    dependence: Dependence | None = None
    structure: Structure = field(default_factory=rehearsed)

    def to_json(self) -> dict[str, Any]:
        """Return the block of a certificate."""
        says = {language: say(ROOM, "margins_learnt", language) for language in LANGUAGES}
        weights = None if self.dependence is None else self.dependence.weights.tolist()
        structure = {"strengths": list(STRENGTHS), "weights": self.structure.weights.tolist()}
        dependence = {"scales": list(SCALES), "edges": list(EDGES), "weights": weights}
        return {"code": "margins_learnt", "says": says, "dependence": dependence, "structure": structure}


def of(certificate: Mapping[str, Any]) -> Calibration:
    """Return what a certificate says of margins, or that nothing was learnt; raise `Refused` when it says nonsense."""
    if BLOCK not in certificate:
        return Calibration()
    try:
        return _read(certificate[BLOCK])
    except (LookupError, TypeError, ValueError) as cause:
        raise Refused(Reason(ROOM, "not_a_certificate", files.CERTIFICATE)) from cause


def _read(block: Mapping[str, Any]) -> Calibration:
    weights, shares = block["dependence"]["weights"], block["structure"].get("weights")
    dependence = None if weights is None else Dependence(_weights(weights, (len(EDGES) + 1, len(SCALES))))
    structure = rehearsed() if shares is None else Structure(_weights(shares, (len(STRENGTHS),)))
    return Calibration(dependence, structure)


def _weights(said: Any, shape: tuple[int, ...]) -> Floats:
    """Return shares of a shape, adding up to one along the last axis; anything else is a `ValueError`."""
    array: Floats = np.array(said, dtype=np.float64)
    if array.shape != shape or not (array > 0).all() or not np.allclose(array.sum(axis=-1), 1):
        raise ValueError("weights")
    return array


def likelihood() -> Floats:
    """Return how likely an estimate's distance is (`PLACES`) under each of `SCALES`, up to a factor by distance."""
    variance = 1 + np.square(SCALES)
    log = -0.5 * np.square(PLACES)[:, None] / variance - 0.5 * np.log(variance)
    return np.asarray(np.exp(log - log.max(axis=1, keepdims=True)))
