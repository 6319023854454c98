"""The one loop of an evaluation: two tables counted by the same columns and compared cell by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.kernels import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.uint16]
    Lines = NDArray[np.int64]
    Counts = NDArray[np.int32]
    Floats = NDArray[np.float64]


@compiled()
def compare_tables(
    real: Codes, released: Codes, cliques: Lines, sizes: Lines, scale: float, common: int,
    first: Counts, second: Counts, gaps: Floats, kept: Lines, worst: Lines,
) -> None:  # fmt: skip
    """Count both tables by each line of `cliques` and fill one line of `gaps`, `kept` and `worst` for each.

    Codes are columns by rows. `first` and `second` hold as many zeros as the largest clique has cells, and hold
    zeros again afterwards. `gaps[c]` is the sum over cells of |real - scale x released|. `kept[c]` counts, among
    cells without a blank: those with at least `common` real rows; of them, released at all; released cells; of
    them, without a real row; released rows in such cells; of them, in cells without a real row. `worst[c]` is the
    cell of the largest gap, its real and its released rows. Work grows with rows, not with cells.
    """
    width, n, m = cliques.shape[1], real.shape[1], released.shape[1]
    places, others = np.zeros(n, np.int32), np.zeros(m, np.int32)
    for c in range(cliques.shape[0]):
        places[:] = 0
        others[:] = 0
        for k in range(width):
            column, size = cliques[c, k], sizes[cliques[c, k]]
            for r in range(n):
                places[r] = places[r] * size + real[column, r]
            for r in range(m):
                others[r] = others[r] * size + released[column, r]
        for r in range(n):
            first[places[r]] += 1
        for r in range(m):
            second[others[r]] += 1
        largest = -1.0
        for side in range(2):
            for r in range(n if side == 0 else m):
                cell = places[r] if side == 0 else others[r]
                x, y = first[cell], second[cell]
                if x == 0 and y == 0:
                    continue
                first[cell] = 0
                second[cell] = 0
                gap = abs(x - y * scale)
                gaps[c] += gap
                if gap > largest:
                    largest = gap
                    worst[c, 0], worst[c, 1], worst[c, 2] = cell, x, y
                blank = False
                for k in range(width):
                    code = real[cliques[c, k], r] if side == 0 else released[cliques[c, k], r]
                    blank = blank or code == 0
                if blank:
                    continue
                if x >= common:
                    kept[c, 0] += 1
                    if y > 0:
                        kept[c, 1] += 1
                if y > 0:
                    kept[c, 2] += 1
                    kept[c, 4] += y
                    if x == 0:
                        kept[c, 3] += 1
                        kept[c, 5] += y


def warm() -> None:
    """Compile the kernel once and keep the result on disk."""
    codes, lines, cells = np.ones((2, 3), np.uint16), np.zeros((1, 1), np.int64), np.zeros(4, np.int32)
    found = np.zeros(1), np.zeros((1, 6), np.int64), np.zeros((1, 3), np.int64)
    compare_tables(codes, codes, lines, np.array([2, 2]), 1.0, 1, cells, cells.copy(), *found)
