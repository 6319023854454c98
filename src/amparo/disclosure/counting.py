"""Counting: the only step of a release that touches every row of the sensitive table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.domain import Domain, Rows, Table
from amparo.disclosure.structure import settle

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 65_536
MIXER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, eq=False)
class DistinctRows:
    """The distinct rows of a table in the order of their codes, and how often each stands in it."""

    codes: NDArray[np.uint16] = field(repr=False)  # rows never reach a log or an error page
    counts: NDArray[np.int64] = field(repr=False)


def pair_counts(rows: Rows) -> NDArray[np.int64]:
    """Count all 1-ways (diagonal) and pairs (upper blocks) on the square of all levels."""
    from amparo.disclosure import kernels

    offsets = np.array(rows.domain.offsets, np.int64)
    counts = np.zeros((rows.domain.levels, rows.domain.levels), np.int64)
    for table in rows.blocks():
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


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Rows in which every rule of the domain is kept; where there are no rules, the rows as they are."""

    rows: Rows = field(repr=False)

    @property
    def domain(self) -> Domain:
        """The public domain."""
        return self.rows.domain

    @property
    def parts(self) -> int:
        """In how many parts equal rows must be looked for."""
        return self.rows.parts

    def blocks(self) -> Iterator[Table]:
        """Give the rows, each settled by itself."""
        for table in self.rows.blocks():
            yield Table(self.domain, settle(table.columns, self.domain.impossible)[0]) if self.domain.rules else table


class DistinctParts:
    """The distinct rows of all rows, in parts that fit into memory; equal rows are always in one part.

    Going through them reads the rows once for each part; a single part is kept.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._kept: DistinctRows | None = None

    def __iter__(self) -> Iterator[DistinctRows]:
        if self._rows.parts > 1:
            yield from (distinct_rows(_of_part(self._rows, part)) for part in range(self._rows.parts))
            return
        self._kept = self._kept or distinct_rows(_of_part(self._rows, 0))
        yield self._kept


def _of_part(rows: Rows, part: int) -> Table:
    """Collect the rows of one part: which part a row is in follows from its codes alone."""
    blocks = list(rows.blocks()) if rows.parts == 1 else [_filtered(table, part, rows.parts) for table in rows.blocks()]
    if len(blocks) == 1:
        return blocks[0]
    return Table(rows.domain, tuple(np.concatenate(columns) for columns in zip(*(b.columns for b in blocks), strict=True)))


def _filtered(table: Table, part: int, parts: int) -> Table:
    mixed = np.zeros(table.rows, np.uint64)
    for column in table.columns:
        mixed = (mixed + column + np.uint64(1)) * MIXER
        mixed ^= mixed >> np.uint64(29)
    kept = mixed % np.uint64(parts) == part
    return Table(table.domain, tuple(column[kept] for column in table.columns))


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
