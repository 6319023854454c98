"""The whole measure of a release against the sensitive table: distances, worst cells, what was kept and what invented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from amparo.disclosure.domain import Table
from amparo.disclosure.evaluation.comparing import Cell, Kept, MarginalError, Progress, compare, is_feasible, require_comparable

SAMPLED = 300
MOST_WORK = 4_000_000_000
WORST = 12


@dataclass(frozen=True, slots=True)
class Exactness:
    """How far a release is from the sensitive table: for the steward's own eyes.

    `tvd[k]` is the mean total variation distance of the tables of k + 1 columns; of three columns that is a fixed
    sample of at most `SAMPLED`. `tvd3_all` is the mean over all three-column tables where they are few enough to
    count. `kept` counts combinations of one to three columns over every table that was counted; `counted` of
    `possible` three-column tables were.
    """

    persons: int
    released_rows: int
    tvd: tuple[float, ...]
    tvd3_all: float | None
    counted: int
    possible: int
    kept: Kept
    marginals: tuple[MarginalError, ...]
    worst: tuple[Cell, ...]


def exactness(real: Table, released: Table, *, most_work: int = MOST_WORK, progress: Progress | None = None) -> Exactness:
    """Compare two tables by one, two and three columns; raise `Refused` when they have different domains.

    Blank is a category of the distances and no part of a combination. All three-column tables are counted while
    rows x tables stays under `most_work`; otherwise the sample alone. Unfeasibly wide tables are left out.
    """
    require_comparable(real, released)
    triples = _triples(real)
    rows = real.rows + released.rows
    sample = _sampled(triples)
    counted = triples if rows * len(triples) <= most_work else sample
    counted = [one for one in counted if is_feasible(real.domain, one)]
    ones, kept_1 = compare(real, released, list(combinations(range(len(real.columns)), 1)), progress=progress)
    twos, kept_2 = compare(real, released, _feasible(real, 2), progress=progress)
    threes, kept_3 = compare(real, released, counted, progress=progress)
    tvd = {clique: error.tvd for clique, error in zip(counted, threes, strict=True)}
    in_sample = [tvd[one] for one in sample if one in tvd]
    is_all = bool(triples) and len(counted) == len(triples)
    return Exactness(
        persons=real.rows,
        released_rows=released.rows,
        tvd=(_mean([e.tvd for e in ones]), _mean([e.tvd for e in twos]), _mean(in_sample)),
        tvd3_all=_mean(list(tvd.values())) if is_all else None,
        counted=len(counted),
        possible=len(triples),
        kept=kept_1 + kept_2 + kept_3,
        marginals=(*ones, *twos),
        worst=(*_worst(ones), *_worst(twos), *_worst(threes)),
    )


def _triples(real: Table) -> list[tuple[int, ...]]:
    return list(combinations(range(len(real.columns)), 3))


def _feasible(real: Table, width: int) -> list[tuple[int, ...]]:
    return [one for one in combinations(range(len(real.columns)), width) if is_feasible(real.domain, one)]


def _sampled(triples: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Return the fixed sample of three-column tables: the same for every release of the same columns."""
    if not triples:
        return []
    picked = np.random.default_rng(0).choice(len(triples), min(SAMPLED, len(triples)), replace=False)
    return [triples[at] for at in picked]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def _worst(errors: Sequence[MarginalError]) -> tuple[Cell, ...]:
    """Return the worst cells, at most one of each table, worst first."""
    cells = sorted((error.worst for error in errors), key=lambda cell: (-abs(cell.error), cell.names, cell.values))
    return tuple(cells[:WORST])
