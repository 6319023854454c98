"""What a release teaches about its own errors: how strongly pairs depart from independence, and how far modelled counts are off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SCALES = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0, 512.0])
EDGES = np.array([0.25, 1.0, 4.0, 16.0])
PLACES = np.concatenate([np.linspace(0, 8, 161), np.geomspace(8.2, 1e4, 120)])
PASSES = 200


@dataclass(frozen=True, eq=False)
class Dependence:
    """How far cells of pairs lie from independence, in standard errors, by how many persons independence expects.

    `weights: float64[classes, scales]`.
    """

    weights: Floats

    @cached_property
    def _posterior(self) -> tuple[Floats, Floats]:
        """mean and standard deviation by class and place of |z|."""
        spread = 1 + SCALES**2
        log = -0.5 * PLACES[:, None] ** 2 / spread - 0.5 * np.log(spread)
        like = np.exp(log - log.max(axis=1, keepdims=True))[None] * self.weights[:, None, :]
        like /= like.sum(axis=2, keepdims=True)
        pull = SCALES**2 / spread
        mean = (like * pull).sum(axis=2) * PLACES
        second = (like * (pull + (pull * PLACES[:, None]) ** 2)).sum(axis=2)
        return mean, np.sqrt(np.maximum(second - mean**2, 0.0))

    def believe(self, expected: Floats, estimates: Floats, error: Floats) -> tuple[Floats, Floats]:
        """Return where the truth lies and with which error."""
        z = (estimates - expected) / error
        means, errors = self._posterior
        kind = np.searchsorted(EDGES, expected / error)
        mean, spread = np.empty(np.shape(z)), np.empty(np.shape(z))
        for k in range(len(EDGES) + 1):
            at = kind == k
            if at.any():
                mean[at] = np.interp(np.abs(z[at]), PLACES, means[k])
                spread[at] = np.interp(np.abs(z[at]), PLACES, errors[k])
        return expected + error * mean * np.sign(z), error * spread

    @classmethod
    def fit(cls, expected: Sequence[Floats], estimates: Sequence[Floats], errors: Sequence[float]) -> Dependence:
        bins = np.concatenate([PLACES - np.diff(PLACES, prepend=0) / 2, [np.inf]])
        histogram = np.zeros((len(EDGES) + 1, len(PLACES)))
        for one, other, error in zip(expected, estimates, errors, strict=True):
            kind = np.searchsorted(EDGES, one.ravel() / error)
            place = np.searchsorted(bins, np.abs(other - one).ravel() / error, side="right") - 1
            np.add.at(histogram, (kind, np.clip(place, 0, len(PLACES) - 1)), 1)
        spread = 1 + SCALES**2
        log = -0.5 * PLACES[:, None] ** 2 / spread - 0.5 * np.log(spread)
        like = np.exp(log - log.max(axis=1, keepdims=True))
        weights = np.full((len(EDGES) + 1, len(SCALES)), 1 / len(SCALES))
        for _ in range(PASSES):
            part = like[None] * weights[:, None, :]
            part *= (histogram / np.maximum(part.sum(axis=2), 1e-300))[:, :, None]
            weights = part.sum(axis=1) + 1.0 / len(SCALES)
            weights /= weights.sum(axis=1, keepdims=True)
        return cls(weights)


@dataclass(frozen=True)
class Calibration:
    dependence: Dependence
    gamma: float
