"""Counting: the only step of a release that touches every row of the sensitive table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.domain import Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class DistinctRows:
    """The distinct rows of a table in the order of their codes, and how often each stands in it."""

    codes: NDArray[np.uint16] = field(repr=False)  # rows never reach a log or an error page
    counts: NDArray[np.int64] = field(repr=False)


def pair_counts(table: Table) -> NDArray[np.int64]:
    """Count all 1-ways (diagonal) and pairs (upper blocks) on the square of all levels."""
    from amparo.disclosure import kernels

    offsets = np.array(table.domain.offsets, np.int64)
    counts = np.zeros((table.domain.levels, table.domain.levels), np.int64)
    for start in range(0, table.rows, BLOCK):
        kernels.count_pairs(as_codes(table, start, start + BLOCK), offsets, counts)
    return counts


def as_codes(table: Table, start: int = 0, stop: int | None = None) -> NDArray[np.uint16]:
    """Copy rows into a matrix of codes, rows by attributes."""
    columns = [column[start:stop] for column in table.columns]
    codes = np.empty((len(columns[0]), len(columns)), np.uint16)
    for i, column in enumerate(columns):
        codes[:, i] = column
    return codes


def distinct_rows(table: Table) -> DistinctRows:
    """Find the distinct rows; their order follows from the codes alone, never from the order of the table."""
    key, span = np.zeros(table.rows, np.int64), 1
    for column, size in zip(table.columns, table.domain.sizes, strict=True):
        if span > 2**62 // size:
            levels, key = np.unique(key, return_inverse=True)
            span = max(1, len(levels))
        key, span = key * size + column, span * size
    _, first, counts = np.unique(key, return_index=True, return_counts=True)
    codes = np.empty((len(first), len(table.columns)), np.uint16)
    for i, column in enumerate(table.columns):
        codes[:, i] = column[first]
    return DistinctRows(codes, counts.astype(np.int64))
