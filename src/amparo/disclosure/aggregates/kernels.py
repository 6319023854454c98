"""The loop that writes out every combination of every row, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.kernels import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]


@compiled()
def emit(codes: NDArray[np.uint16], offsets: Numbers, attributes: int, length: int, levels: int, made: Numbers) -> None:
    """Write every combination of every row as one number; `made` has room for exactly all of them."""
    rows, columns = codes.shape
    held, chosen = np.empty(columns, np.int64), np.empty(length, np.int64)
    at = 0
    for row in range(rows):
        count = 0
        for column in range(columns):
            if codes[row, column] != 0 and count < attributes:
                held[count] = offsets[column] + codes[row, column]
                count += 1
        if count < length:
            continue
        for place in range(length):
            chosen[place] = place
        while True:
            key = np.int64(0)
            for place in range(length):
                key = key * levels + held[chosen[place]]
            made[at] = key
            at += 1
            place = length - 1
            while place >= 0 and chosen[place] == count - length + place:
                place -= 1
            if place < 0:
                break
            chosen[place] += 1
            for later in range(place + 1, length):
                chosen[later] = chosen[later - 1] + 1


def warm() -> None:
    """Compile the loop once and keep the result on disk."""
    emit(np.ones((1, 3), np.uint16), np.array([0, 2, 4], np.int64), 3, 3, 6, np.empty(1, np.int64))
