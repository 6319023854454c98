"""Half-widths of 95 % intervals around a count, where the truth lies at a centre that is not the count.

With the truth normal around `centre` with standard deviation `error`, the half-width m around `count` solves

    Phi((m - b) / error) - Phi((-m - b) / error) = .95,    b = |count - centre|,

which is 1.96 errors at b = 0 and b + 1.645 errors far away. Fewer than nobody is impossible: what the normal
distribution has below zero is left out, and an interval that reaches below zero only has an upper end.
"""

from __future__ import annotations

from functools import cache
from math import erf, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVEL = 0.95
Z95 = 1.959964
ONE_SIDED = 1.644854
FAR = 4.0
REACH = 8.0
LEAST = 1e-9


def half_widths(counts: Floats, centres: Floats, errors: Floats) -> Floats:
    """Return the half-width around each count that holds the truth in 95 of 100 cases, not rounded."""
    errors = np.maximum(errors, LEAST)
    both_sides = errors * _both_sides(np.abs(counts - centres) / errors)
    places, below = _normal()
    impossible = np.interp(-centres / errors, places, below)
    upper = centres + errors * np.interp(impossible + LEVEL * (1 - impossible), below, places) - counts
    return np.where(both_sides <= counts, both_sides, np.maximum(upper, np.minimum(both_sides, counts)))


def mixed_half_width(distances: Floats, errors: Floats, weights: Floats) -> float:
    """Return the half-width around a count that holds a truth of which several beliefs are possible, each normal, with weights."""
    low, high = 0.0, float((np.abs(distances) + REACH * errors).max())
    for _ in range(60):
        middle = (low + high) / 2
        inside = float(weights @ (below((middle - distances) / errors) - below((-middle - distances) / errors)))
        low, high = (middle, high) if inside < LEVEL else (low, middle)
    return high


def whole(widths: Floats) -> Floats:
    """Round half-widths up to whole persons so that a whole truth lies within at least as often: m + 1/2 is not below the width."""
    return np.maximum(np.ceil(widths - 0.5), 0.0)


def chance_below(place: float) -> float:
    """Return the chance that a standard normal number lies below a place."""
    return (1 + erf(place / sqrt(2))) / 2


def below(places: Floats) -> Floats:
    """Return the chances that a standard normal number lies below places."""
    known, chances = _normal()
    return np.asarray(np.interp(places, known, chances))


def _both_sides(distance: Floats) -> Floats:
    """Return the half-width in errors by the distance in errors."""
    distances, widths = _solved()
    return np.where(distance > FAR, distance + ONE_SIDED, np.interp(distance, distances, widths))


@cache
def _normal() -> tuple[Floats, Floats]:
    """Return places from -8 to 8 and the normal probability below each."""
    places = np.linspace(-REACH, REACH, 3_201)
    return places, np.array([chance_below(place) for place in places])


@cache
def _solved() -> tuple[Floats, Floats]:
    """Solve the equation at distances from 0 to 4 errors by halving."""
    distances = np.linspace(0.0, FAR, 401)
    low, high = distances.copy(), distances + 2.0
    places, below = _normal()
    for _ in range(40):
        middle = (low + high) / 2
        covered = np.interp(middle - distances, places, below) - np.interp(-middle - distances, places, below)
        low, high = np.where(covered < LEVEL, middle, low), np.where(covered < LEVEL, high, middle)
    return distances, high
