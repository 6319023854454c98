"""Nearest records: whether released rows lie nearer to the persons in the table than to persons left out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.attacks.rates import Finding, Rate, require_attackable, wilson
from amparo.disclosure.attacks.sampling import TARGETS, some_rows
from amparo.disclosure.domain import Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class Nearness:
    """Distances of released rows to the nearest of `people` in the table and of as many left out: columns that differ.

    `nearer` is the share of released rows nearer to a person in the table, ties counted half: one half when the
    release knows nothing of who is in it. `inside` and `outside` are quantiles (`QUANTILES`) of the two distances,
    `same_inside` and `same_outside` the shares of rows that equal a person in every column.
    """

    people: int
    nearer: Rate
    inside: tuple[float, ...]
    outside: tuple[float, ...]
    same_inside: float
    same_outside: float

    @property
    def finding(self) -> Finding:
        """Return a risk where more than half lie nearer to the table, beyond chance."""
        return Finding.RISK if self.nearer.low > 0.5 else Finding.NONE


def nearest_records(
    training: Table, holdout: Table, released: Table, *, rng: np.random.Generator, targets: int = TARGETS
) -> Nearness:
    """Compare distances to equally many persons inside and outside; both are drawn anew, so neither side has more chances."""
    require_attackable(training, holdout, released)
    people = min(training.rows, holdout.rows)
    sample = some_rows(released, targets, rng)
    inside, outside = (_distances(sample, some_rows(table, people, rng)) for table in (training, holdout))
    nearer = float((inside < outside).sum() + (inside == outside).sum() / 2)
    return Nearness(
        people=people,
        nearer=wilson(nearer, len(sample)),
        inside=tuple(np.quantile(inside, QUANTILES).tolist()),
        outside=tuple(np.quantile(outside, QUANTILES).tolist()),
        same_inside=float((inside == 0).mean()),
        same_outside=float((outside == 0).mean()),
    )


def _distances(rows: NDArray[np.uint16], people: NDArray[np.uint16]) -> NDArray[np.int64]:
    from amparo.disclosure.attacks import kernels

    distances = np.empty((len(rows), 1), np.int64)
    kernels.find_nearest(rows, people, np.empty_like(distances), distances)
    return distances[:, 0]
