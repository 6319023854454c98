"""Counting combinations of recorded values, wherever they occur."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.counting import as_codes
from amparo.disclosure.domain import BLANK, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

BLOCK = 65_536
MOST_AT_ONCE = 2**23


def combinations_found(table: Table, length: int, attributes: int) -> tuple[Numbers, Numbers]:
    """Return every combination of `length` recorded values that a row has, and how many rows have it, in order of levels.

    Combinations are `int64[found, length]`, a value by its place among all levels of all columns (`domain.offsets`). Of a
    row only its first `attributes` recorded values count, in the order of the columns: what a row adds depends on this
    row alone. One row more changes at most C(attributes, length) counts, each by 1.
    """
    from amparo.disclosure.aggregates.kernels import emit

    levels = table.domain.levels
    keys, counts = np.zeros(0, np.int64), np.zeros(0, np.int64)
    offsets = np.array(table.domain.offsets[:-1], np.int64)
    for start in range(0, table.rows, BLOCK):
        codes = as_codes(table, start, start + BLOCK)
        recorded = np.minimum((codes != BLANK).sum(axis=1), attributes)
        sizes = np.array([math.comb(int(c), length) for c in range(attributes + 1)], np.int64)[recorded]
        for rows in _portions(sizes):
            made = np.empty(int(sizes[rows].sum()), np.int64)
            emit(codes[rows], offsets, attributes, length, levels, made)
            keys, counts = _merged(keys, counts, made)
    return _spread(keys, levels, length), counts


def _portions(sizes: Numbers) -> list[slice]:
    """Cut rows into portions that make few enough combinations to be sorted at once."""
    total = np.cumsum(sizes)
    cuts = np.searchsorted(total, np.arange(MOST_AT_ONCE, int(total[-1]) + MOST_AT_ONCE, MOST_AT_ONCE)) + 1
    edges = np.unique([0, *np.minimum(cuts, len(sizes)), len(sizes)])
    return [slice(int(a), int(b)) for a, b in pairwise(edges)]


def _merged(keys: Numbers, counts: Numbers, made: Numbers) -> tuple[Numbers, Numbers]:
    new, times = np.unique(made, return_counts=True)
    together, place = np.unique(np.concatenate([keys, new]), return_inverse=True)
    return together, np.bincount(place, weights=np.concatenate([counts, times]), minlength=len(together)).astype(np.int64)


def _spread(keys: Numbers, levels: int, length: int) -> Numbers:
    return np.stack([keys // levels**place % levels for place in range(length - 1, -1, -1)], axis=1)


def joined(combinations: Numbers, levels: int) -> Numbers:
    """Return one number for each combination; the number of no values is 0."""
    key = np.zeros(len(combinations), np.int64)
    for place in range(combinations.shape[1]):
        key = key * levels + combinations[:, place]
    return key
