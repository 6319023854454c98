"""The loops of the attacks: every guess, target or person against every row. Distance is the number of columns that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.kernels import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.uint16]
    Lines = NDArray[np.int64]


@compiled()
def count_matches(codes: Codes, columns: Lines, values: Lines, most: int, found: Lines) -> None:
    """Count, for each guess, the rows that have its values, up to `most`.

    `codes` is columns by rows; a guess ends at column -1.
    """
    width = columns.shape[1]
    for g in range(columns.shape[0]):
        count, first, value = 0, columns[g, 0], values[g, 0]
        for r in range(codes.shape[1]):
            if codes[first, r] != value:
                continue
            matches = True
            for k in range(1, width):
                if columns[g, k] < 0:
                    break
                if codes[columns[g, k], r] != values[g, k]:
                    matches = False
                    break
            count += matches
            if count >= most:
                break
        found[g] = count


@compiled()
def find_nearest(targets: Codes, rows: Codes, nearest: Lines, distances: Lines) -> None:
    """Find, for each target, the nearest rows in order: nearer first, then the earlier one. Matrices are rows by columns."""
    width, wanted = targets.shape[1], nearest.shape[1]
    for t in range(targets.shape[0]):
        for k in range(wanted):
            nearest[t, k], distances[t, k] = -1, width + 1
        for r in range(rows.shape[0]):
            distance = 0
            for c in range(width):
                distance += targets[t, c] != rows[r, c]
            if distance >= distances[t, wanted - 1]:
                continue
            k = wanted - 1
            while k > 0 and distances[t, k - 1] > distance:
                distances[t, k], nearest[t, k] = distances[t, k - 1], nearest[t, k - 1]
                k -= 1
            distances[t, k], nearest[t, k] = distance, r


@compiled()
def find_nearest_without(targets: Codes, rows: Codes, nearest: Lines) -> None:
    """Find, for each target and column, the row nearest in all other columns, the earliest of equals. Rows by columns."""
    width = targets.shape[1]
    apart = np.empty(rows.shape[0], np.int64)
    best = np.empty(width, np.int64)
    for t in range(targets.shape[0]):
        least = width + 1
        for r in range(rows.shape[0]):
            distance = 0
            for c in range(width):
                distance += targets[t, c] != rows[r, c]
            apart[r] = distance
            least = min(least, distance)
        best[:] = width + 1
        for r in range(rows.shape[0]):
            if apart[r] > least + 1:
                continue
            for c in range(width):
                distance = apart[r] - (targets[t, c] != rows[r, c])
                if distance < best[c]:
                    best[c] = distance
                    nearest[t, c] = r


def warm() -> None:
    """Compile every kernel once and keep the result on disk."""
    codes, lines = np.ones((2, 2), np.uint16), np.zeros((2, 2), np.int64)
    count_matches(codes, lines, lines, 2, np.zeros(2, np.int64))
    find_nearest(codes, codes, lines.copy(), lines.copy())
    find_nearest_without(codes, codes, lines.copy())
