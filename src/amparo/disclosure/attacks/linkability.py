"""Linkability: two halves of a person's facts, held by two parties, are joined through the release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.attacks.rates import Attack, Rate, require_attackable, wilson
from amparo.disclosure.attacks.sampling import TARGETS, some_rows
from amparo.disclosure.counting import as_codes
from amparo.disclosure.domain import Table

if TYPE_CHECKING:
    from numpy.typing import NDArray


def link(
    training: Table,
    holdout: Table,
    released: Table,
    *,
    rng: np.random.Generator,
    halves: tuple[Sequence[int], Sequence[int]] | None = None,
    neighbours: int = 1,
    targets: int = TARGETS,
) -> Attack:
    """Find the released rows nearest to each half of a person's facts; a success is one row nearest to both.

    `halves` are columns by place; without them, every other column goes to either side. Of rows equally near the
    earlier are taken. The naive attack takes random rows. A table of one column cannot be linked: nothing is tried.
    """
    require_attackable(training, holdout, released)
    width = len(training.columns)
    one, other = halves or (range(0, width, 2), range(1, width, 2))
    if not (len(one) and len(other)):
        return Attack("link", wilson(0, 0), wilson(0, 0), wilson(0, 0))
    rows, wanted = as_codes(released), min(neighbours, released.rows)

    def rate(people: NDArray[np.uint16]) -> Rate:
        sides = [_nearest(people, rows, list(side), wanted) for side in (one, other)]
        return wilson(float(_meet(*sides).sum()), len(people))

    blind = [rng.integers(0, released.rows, (targets, wanted)) for _ in range(2)]
    return Attack(
        "link",
        main=rate(some_rows(training, targets, rng)),
        control=rate(some_rows(holdout, targets, rng)),
        naive=wilson(float(_meet(*blind).sum()), targets),
    )


def _nearest(people: NDArray[np.uint16], rows: NDArray[np.uint16], columns: list[int], wanted: int) -> NDArray[np.int64]:
    from amparo.disclosure.attacks import kernels

    nearest = np.empty((len(people), wanted), np.int64)
    kernels.find_nearest(
        np.ascontiguousarray(people[:, columns]), np.ascontiguousarray(rows[:, columns]), nearest, np.empty_like(nearest)
    )
    return nearest


def _meet(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return, for each line, whether the two lists of rows share one."""
    met: NDArray[np.bool_] = (one[:, :, None] == other[:, None, :]).any(axis=(1, 2))
    return met
