"""How exact a release will be, before anything is spent: the same plan, carried out on an invented table.

Nothing of the pool is read. The invented table has the recipe's public domain and a number of persons that is
public already; it goes through measuring, generating and counting exactly as a release does, so that the
margins shown before are of the kind that is published after: noise, whole persons, and how far the invented
rows lie from the estimate. The noise drawn for it is about nobody and costs nothing.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from amparo.bundle.contents import Counting
from amparo.bundle.intervals import Z95
from amparo.bundle.margins import tabulate
from amparo.disclosure import NoiseSource, Plan, Table, expected_errors, measure
from amparo.release import steps
from amparo.release.recipe import Recipe

PERSONS = 2_000
"""The size of the invented table where no number of persons is public yet."""
MOST_PERSONS = 20_000
MOST_CELLS = 100_000
"""Above this number of cells, drawing the noise would keep a reader waiting (about 16 microseconds a cell)."""
KINDS = 12
SEED = 20
DAY = datetime.date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Expected:
    """Margins of counts, 95 %, in persons, to expect of a release.

    `columns` holds the widest margin among the values of each column, in the recipe's order. Nine of ten
    counts by one column have at most `single`, by two columns at most `pair`; `pair_most` is the widest of
    the latter. `persons` is the size of the invented table, or nothing where the bound took its place.
    """

    columns: tuple[float, ...]
    single: float
    pair: float
    pair_most: float
    persons: int | None

    def plain(self) -> list[Any]:
        """Return the margins as plain numbers, as they may be kept."""
        return [
            [float(margin) for margin in self.columns],
            float(self.single),
            float(self.pair),
            float(self.pair_most),
            self.persons,
        ]

    @classmethod
    def of(cls, plain: list[Any]) -> Expected:
        """Return the margins that were kept."""
        columns, *rest = plain
        return cls(tuple(columns), *rest)

    @property
    def single_most(self) -> float:
        """The widest margin of a count by one column."""
        return max(self.columns)


def expected(recipe: Recipe, plan: Plan, *, persons: int | None = None, noise: NoiseSource | None = None) -> Expected:
    """Return the margins to expect; `persons` is a number that is public already or was published with noise."""
    if sum(step.cells for step in plan.steps) > MOST_CELLS:
        return bound(recipe, plan)
    persons = min(recipe.rows or persons or PERSONS, MOST_PERSONS)
    released = Counting.of(steps.compose(recipe, measure(invented(plan, persons), plan, noise=noise), seed=SEED, issued=DAY))
    singles = [tabulate(released, (column.name,)).margins for column in recipe.columns]
    names = [column.name for column in recipe.columns]
    pairs = [tabulate(released, (names[one], names[other])).margins for one, other in plan.pairs]
    widest = tuple(float(one.max()) for one in singles)
    return Expected(widest, _most_of(_joined(singles)), _most_of(_joined(pairs)), _widest(_joined(pairs)), persons)


def bound(recipe: Recipe, plan: Plan) -> Expected:
    """Return margins that hold as a rule, from the plan alone.

    A published margin is the noise's plus the distance from the released count to the estimate. That distance
    is at most the released count's own error plus the estimate's, and the former is rarely the larger: twice
    the noise's margin, in whole persons.
    """
    margins = {names: float(np.ceil(2 * Z95 * error)) for names, error in expected_errors(plan).items()}
    singles = tuple(margins[(column.name,)] for column in recipe.columns)
    names = [column.name for column in recipe.columns]
    both = np.array([margins[pair] for pair in combinations(names, 2) if pair in margins])
    return Expected(singles, _most_of(np.array(singles)), _most_of(both), _widest(both), None)


def invented(plan: Plan, persons: int) -> Table:
    """Return an invented table: a few kinds of persons, so that columns hang together and some values are rare."""
    random = np.random.default_rng(SEED)
    kinds = random.choice(KINDS, size=persons, p=random.dirichlet(np.ones(KINDS)))
    codes = np.empty((persons, len(plan.domain.sizes)), np.int64)
    for place, size in enumerate(plan.domain.sizes):
        chances = random.dirichlet(np.full(size, 0.25), size=KINDS).cumsum(axis=1)
        drawn = (random.random(persons)[:, None] > chances[kinds]).sum(axis=1)
        codes[:, place] = np.minimum(drawn, size - 1)
    return Table.from_codes(plan.domain, codes)


def _joined(margins: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate([one.ravel() for one in margins]) if margins else np.zeros(0)


def _most_of(margins: NDArray[np.float64]) -> float:
    return float(np.quantile(margins, 0.9)) if margins.size else 0.0


def _widest(margins: NDArray[np.float64]) -> float:
    return float(margins.max()) if margins.size else 0.0
