"""Attribute inference: who knows all facts of a person but one reads the last off the nearest released row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.attacks.rates import Attack, Rate, require_attackable, wilson
from amparo.disclosure.attacks.sampling import TARGETS, some_rows
from amparo.disclosure.counting import as_codes
from amparo.disclosure.domain import BLANK, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray


def infer_attributes(
    training: Table, holdout: Table, released: Table, *, rng: np.random.Generator, targets: int = TARGETS
) -> tuple[Attack, ...]:
    """Guess each column from all others; persons of whom the column is recorded are attacked, so a success is a fact.

    The guess is the value of the released row nearest in the other columns, the earliest of equals. The naive attack
    takes the value of a random released row. All intervals of all columns hold together with 95 %.
    """
    require_attackable(training, holdout, released)
    rows = as_codes(released)
    people = some_rows(training, targets, rng)
    others = some_rows(holdout, targets, rng)
    guessed = [_guess(group, rows) for group in (people, others)]
    blind = rows[rng.integers(0, len(rows), len(people))]

    def rate(group: NDArray[np.uint16], guesses: NDArray[np.uint16], column: int) -> Rate:
        known = group[:, column] != BLANK
        hits = (group[:, column] == guesses[:, column]) & known
        return wilson(float(hits.sum()), int(known.sum()), claims=rows.shape[1])

    return tuple(
        Attack(
            "infer",
            main=rate(people, guessed[0], column),
            control=rate(others, guessed[1], column),
            naive=rate(people, blind, column),
            about=name,
        )
        for column, name in enumerate(training.domain.names)
    )


def _guess(people: NDArray[np.uint16], rows: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return, for each person and column, the value of the row nearest in the other columns."""
    from amparo.disclosure.attacks import kernels

    nearest = np.empty(people.shape, np.int64)
    kernels.find_nearest_without(people, rows, nearest)
    return rows[nearest, np.arange(rows.shape[1])[None, :]]
