"""Who is attacked: random persons, and tables as the loops read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.counting import as_codes
from amparo.disclosure.domain import Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

TARGETS = 2_000


def some_rows(table: Table, most: int, rng: np.random.Generator) -> NDArray[np.uint16]:
    """Return at most `most` random rows, none twice, as a matrix of codes, rows by columns."""
    picked = rng.choice(table.rows, min(most, table.rows), replace=False)
    return np.ascontiguousarray(as_codes(table)[picked])
