"""How much is disclosed, in numbers: zero-concentrated differential privacy (rho) and its (epsilon, delta) reading.

Sources: Bun & Steinke 2016 (composition, groups, approximate zCDP); Canonne, Kamath & Steinke 2020, corollary 13
(the conversion) and theorem 4 (a discrete Gaussian of scale sigma on counts of L2 sensitivity s has rho = s^2 / (2 sigma^2)).
Every figure is rounded towards more disclosure, so that a printed guarantee is never better than the true one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.domain import ROOM
from amparo.standard.reasons import Reason, Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_EPSILON = 100.0
MAX_DELTA = 0.01
MAX_CONTRIBUTORS = 100
SIGMA_GRID = 2**-16


def delta_of(rho: float, epsilon: float) -> float:
    """Return a delta such that rho-zCDP implies (epsilon, delta)-differential privacy.

    The infimum over Renyi orders alpha is searched numerically; any order gives a true bound, so the search errs safely.
    """
    if rho <= 0:
        return 0.0

    def exponent(log_order: float) -> float:
        x = math.exp(log_order)  # alpha - 1
        return x * ((x + 1) * rho - epsilon) - math.log(x) - (x + 1) * math.log1p(1 / x)

    low, high = math.log(1e-6), math.log(1e9)
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(60):
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if exponent(left) < exponent(right) else (left, high)
    bound = math.exp(min(0.0, exponent((low + high) / 2))) * (1 + 1e-12)
    return min(1.0, math.nextafter(bound, math.inf))


@lru_cache(maxsize=256)
def epsilon_of(rho: float, delta: float) -> float:
    """Return the smallest epsilon (rounded up) such that rho-zCDP implies (epsilon, delta)-differential privacy."""
    if rho <= 0:
        return 0.0
    low, high = 0.0, rho + 2 * math.sqrt(rho * math.log(1 / delta))
    while delta_of(rho, high) > delta:
        low, high = high, high * 2
    for _ in range(64):
        middle = (low + high) / 2
        low, high = (low, middle) if delta_of(rho, middle) <= delta else (middle, high)
    return high


@lru_cache(maxsize=256)
def rho_of(epsilon: float, delta: float) -> float:
    """Return the largest rho (rounded down) such that rho-zCDP implies (epsilon, delta)-differential privacy."""
    low, high = 0.0, epsilon
    while delta_of(high, epsilon) <= delta:
        low, high = high, high * 2
    for _ in range(64):
        middle = (low + high) / 2
        low, high = (middle, high) if delta_of(middle, epsilon) <= delta else (low, middle)
    return low


def rho_spent(sigma: float, sensitivity_squared: int = 1) -> float:
    """Return the rho (rounded up) of discrete Gaussian noise of scale `sigma` on counts of that squared L2 sensitivity."""
    return math.nextafter(sensitivity_squared / (2 * sigma * sigma), math.inf) * (1 + 2**-50)


def sigma_for(rho: float, sensitivity_squared: int = 1) -> float:
    """Return the smallest noise scale on a grid of 2^-16, an exact rational, that spends at most `rho`."""
    sigma = math.ceil(math.sqrt(sensitivity_squared / (2 * rho)) / SIGMA_GRID) * SIGMA_GRID
    while rho_spent(sigma, sensitivity_squared) > rho:
        sigma += SIGMA_GRID
    return sigma


def is_scale(sigma: float) -> bool:
    """Say whether noise of this scale is accounted for exactly: finite, positive, on the grid of 2^-16."""
    return math.isfinite(sigma) and sigma > 0 and (sigma / SIGMA_GRID).is_integer()


def add_up(rhos: Iterable[float]) -> float:
    """Compose: the sum of rhos, rounded up."""
    total = math.fsum(rhos)
    return math.nextafter(total, math.inf) if total else 0.0


@lru_cache(maxsize=64)
def _tails(sigma: float) -> NDArray[np.float64]:
    """The chances that a discrete Gaussian is at least 0, 1, 2 ... (rounded up), until they vanish in double precision."""
    steps = np.arange(math.ceil(40 * sigma) + 10, dtype=np.float64)
    weights = np.exp(-steps * steps / (2 * sigma * sigma))
    above: NDArray[np.float64] = np.cumsum(weights[::-1])[::-1] / (2 * weights.sum() - 1)
    return np.minimum(1.0, above * (1 + 1e-9) + 1e-300)


def tail(sigma: float, at_least: int) -> float:
    """Return the chance (rounded up) that a discrete Gaussian of scale `sigma` is at least `at_least`."""
    if at_least <= 0:
        return 1.0
    chances = _tails(sigma)
    return float(chances[min(at_least, len(chances) - 1)])


def threshold(sigma: float, chance: float, rows: int = 1) -> int:
    """Return the least count to be shown so that `rows` rows of one person show a row nobody else has with at most `chance`.

    If the rows form new keys with c1 + c2 + ... <= rows, the chance that any is shown is at most
    sum tail(t - c_i) <= rows * max_c tail(t - c) / c.
    """
    chances = _tails(sigma)
    t = 1 + int(np.searchsorted(-chances, -chance))
    while rows * max(tail(sigma, t - c) / c for c in range(1, rows + 1)) > chance:
        t += 1
    return t


@dataclass(frozen=True, slots=True)
class Privacy:
    """The promise of a release: (epsilon, delta) for one key, and with how many contributors one person may appear.

    Half of delta pays for reading rho as epsilon, half for showing rows found in the data.
    Raises `Refused` for values that promise nothing or nothing sensible.
    """

    epsilon: float
    delta: float
    contributors_per_person: int = 1

    def __post_init__(self) -> None:
        reasons = []
        if not (math.isfinite(self.epsilon) and 1e-3 <= self.epsilon <= MAX_EPSILON):
            reasons.append(Reason(ROOM, "epsilon_invalid", "epsilon", {"low": 1e-3, "limit": MAX_EPSILON}))
        if not (math.isfinite(self.delta) and 1e-15 <= self.delta <= MAX_DELTA):
            reasons.append(Reason(ROOM, "delta_invalid", "delta", {"low": 1e-15, "limit": MAX_DELTA}))
        if type(self.contributors_per_person) is not int or not (1 <= self.contributors_per_person <= MAX_CONTRIBUTORS):
            reasons.append(Reason(ROOM, "contributors_invalid", "contributors_per_person", {"limit": MAX_CONTRIBUTORS}))
        if reasons:
            raise Refused(*reasons)

    @property
    def rho(self) -> float:
        """The rho that may be spent: the tight reading of (epsilon, delta / 2)."""
        return rho_of(self.epsilon, self.delta / 2)

    @property
    def delta_for_rows(self) -> float:
        """The part of delta that pays for showing rows found in the data."""
        return self.delta / 2


def of_group(rho: float, rows: int) -> float:
    """Return the rho (rounded up) of that many rows together: rows^2 rho (Bun & Steinke 2016, proposition 1.9)."""
    return rho if rows == 1 else math.nextafter(rows * rows * rho, math.inf)


@dataclass(frozen=True, slots=True)
class PersonPromise:
    """What a release promises a person who appears with `contributors` contributors, under as many keys.

    By group privacy of rho-zCDP the person's rho is m^2 rho; the threshold for whole rows was made for m rows, so the
    person's share of delta for them is no larger than a key's. It reads as `epsilon` at the promise's own delta, or as
    m x epsilon at the larger `delta_of_multiple`; m x epsilon at the same delta would be wrong.
    """

    contributors: int
    rho: float
    epsilon: float
    delta: float
    epsilon_multiple: float
    delta_of_multiple: float


def for_person(privacy: Privacy) -> PersonPromise:
    """State the promise for a person with `contributors_per_person` rows, one per key."""
    m, rho = privacy.contributors_per_person, privacy.rho
    group, multiple = of_group(rho, m), m * privacy.epsilon
    epsilon = privacy.epsilon if m == 1 else epsilon_of(group, privacy.delta / 2)
    delta = privacy.delta if m == 1 else min(1.0, add_up([privacy.delta_for_rows, delta_of(group, multiple)]))
    return PersonPromise(m, group, epsilon, privacy.delta, multiple, delta)
