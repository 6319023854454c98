"""Where a release's noise comes from: OpenDP's exact discrete Gaussian, unseeded, from the operating system.

A source that can be seeded exists in the tests alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK = 4_096


class NoiseSource(Protocol):
    """Adds independent discrete Gaussian noise to whole counts."""

    def gaussian(self, counts: Sequence[NDArray[np.int64]], sigmas: Sequence[float]) -> list[NDArray[np.int64]]:
        """Return each array of counts with fresh noise of its scale added to every cell."""


class SystemNoise:
    """OpenDP's discrete Gaussian sampler: exact, in whole numbers, with the operating system's randomness.

    Scales are binary fractions, which OpenDP reads exactly. About 16 microseconds a draw; two threads share the work.
    """

    def gaussian(self, counts: Sequence[NDArray[np.int64]], sigmas: Sequence[float]) -> list[NDArray[np.int64]]:
        """Return each array of counts with fresh noise of its scale added to every cell."""
        pieces = [
            (i, start, array.reshape(-1)[start : start + CHUNK], sigma)
            for i, (array, sigma) in enumerate(zip(counts, sigmas, strict=True))
            for start in range(0, max(1, array.size), CHUNK)
        ]
        noisy = [np.empty(array.size, np.int64) for array in counts]
        if not pieces:
            return noisy
        with ThreadPoolExecutor(2) as pool:
            for (i, start, piece, _), made in zip(pieces, pool.map(lambda p: _sample(p[2], p[3]), pieces), strict=True):
                noisy[i][start : start + piece.size] = made
        return [made.reshape(array.shape) for made, array in zip(noisy, counts, strict=True)]


def _sample(counts: NDArray[np.int64], sigma: float) -> list[int]:
    from opendp.domains import atom_domain, vector_domain
    from opendp.measurements import make_gaussian
    from opendp.metrics import l2_distance
    from opendp.mod import enable_features

    enable_features("contrib")
    space = vector_domain(atom_domain(T="i64")), l2_distance(T="f64")
    noised: list[int] = make_gaussian(*space, scale=sigma)(counts.tolist())
    return noised


def opendp_version() -> str:
    """The version of OpenDP that draws the noise."""
    from importlib.metadata import version

    return version("opendp")
