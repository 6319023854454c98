"""What a release knows of its own errors: a few figures, learnt from its published measurements, that stand in its certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amparo.bundle import files
from amparo.standard.reasons import LANGUAGES, Reason, Refused, say

ROOM = "bundle"
BLOCK = "margins"
SCALES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0, 512.0)
EDGES = (0.25, 1.0, 4.0, 16.0)
STRUCTURE_UNTOLD = 0.69
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
class Calibration:
    """The learnt figures: dependence of pairs, and structure that pairs do not tell.

    `dependence` is missing where nothing was learnt: estimates are then believed as they are. `structure` is the part
    of a modelled count that adds to its variance; `fitted` and `error` are what the probes said of it before it was
    kept from below zero.
    """

    dependence: Dependence | None = None
    structure: float = STRUCTURE_UNTOLD
    fitted: float | None = None
    error: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the block of a certificate."""
        says = {language: say(ROOM, "margins_learnt", language) for language in LANGUAGES}
        weights = None if self.dependence is None else self.dependence.weights.tolist()
        structure = {"used": self.structure, "fitted": self.fitted, "standard_error": self.error}
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
    shape = (len(EDGES) + 1, len(SCALES))
    dependence, weights = None, block["dependence"]["weights"]
    if weights is not None:
        array = np.array(weights, dtype=np.float64)
        if array.shape != shape or not np.isfinite(array).all() or (array <= 0).any():
            raise ValueError("weights")
        dependence = Dependence(array)
    structure = float(block["structure"]["used"])
    if not 0 <= structure < np.inf:
        raise ValueError("structure")
    return Calibration(dependence, structure, block["structure"]["fitted"], block["structure"]["standard_error"])


def likelihood() -> Floats:
    """Return how likely an estimate's distance is (`PLACES`) under each of `SCALES`, up to a factor by distance."""
    variance = 1 + np.square(SCALES)
    log = -0.5 * np.square(PLACES)[:, None] / variance - 0.5 * np.log(variance)
    return np.asarray(np.exp(log - log.max(axis=1, keepdims=True)))
