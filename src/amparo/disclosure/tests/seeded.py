"""Noise that can be seeded: for tests alone, so that nothing that makes a release can construct it."""

import numpy as np


class SeededNoise:
    """Discrete Gaussian noise from a seed, drawn by inverting its cumulative weights in floating point."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.tables = {}

    def gaussian(self, counts, sigmas):
        return [np.asarray(c) + self.draw(sigma, np.shape(c)) for c, sigma in zip(counts, sigmas, strict=True)]

    def draw(self, sigma, shape):
        if sigma not in self.tables:
            reach = int(np.ceil(12 * sigma)) + 2
            k = np.arange(-reach, reach + 1)
            weights = np.exp(-(k.astype(float) ** 2) / (2 * sigma**2))
            self.tables[sigma] = k, np.cumsum(weights / weights.sum())
        k, cumulative = self.tables[sigma]
        return k[np.minimum(np.searchsorted(cumulative, self.rng.random(shape)), len(k) - 1)].astype(np.int64)


class ScriptedNoise:
    """Answers that do not depend on the counts, so that a table and its neighbour take the same path; keeps the questions."""

    def __init__(self, seed, gate):
        self.seed, self.gate, self.calls, self.asked = seed, gate, 0, []

    def gaussian(self, counts, sigmas):
        self.calls += 1
        self.asked += list(zip([np.array(c) for c in counts], sigmas, strict=True))
        if self.calls == 1 and self.gate is not None:
            return [np.array(self.gate, np.int64)]
        rng = np.random.default_rng([self.seed, self.calls])
        return [rng.integers(0, 100, np.shape(c)) for c in counts]
