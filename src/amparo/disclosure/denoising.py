"""From noisy counts to the counts a generated table should have: free of charge, reads measurements only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.uncertainty import centred, solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amparo.disclosure.domain import Domain
    from amparo.disclosure.measurements import Measurements

    Floats = NDArray[np.float64]

KEEP_ABOVE = 3.0
RAKING_PASSES = 4
TINY = 1e-9
FAR_BELOW = 1e3


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """The counts to aim at for `rows` rows, on the square of all levels: pairs in the upper blocks, 1-ways on the diagonal.

    `scale` is rows wanted for each row measured; `measured` the pairs of attributes that were measured; `cells` the
    cells of the square that carry a target; `impossible` those that the domain's rules forbid, measured or not.
    """

    rows: int
    scale: float
    offsets: tuple[int, ...]
    singles: tuple[Floats, ...]
    square: Floats
    measured: NDArray[np.bool_]
    cells: NDArray[np.bool_]
    impossible: NDArray[np.bool_]


def targets(measured: Measurements) -> Targets:
    """Shrink each interaction by how much of it is noise, forbid negative counts, and make all tables agree."""
    domain, solution = measured.domain, solve(measured)
    rows = measured.total if measured.plan.rows is None else measured.plan.rows
    total, at = max(solution.total, 1.0), domain.offsets
    singles = [to_total(total / len(effect) + effect, total) for effect in solution.effects]
    square, cells = np.zeros((domain.levels, domain.levels)), np.eye(domain.levels, dtype=bool)
    known = np.zeros((len(singles), len(singles)), dtype=bool)
    np.fill_diagonal(square, np.concatenate(singles))
    impossible = forbidden(domain)
    for (i, j), table, sigma in zip(measured.plan.pairs, measured.pairs, measured.pair_sigmas, strict=True):
        estimate = shrink(table, sigma, np.outer(singles[i], singles[j]) / total)
        block = slice(at[i], at[i + 1]), slice(at[j], at[j + 1])
        possible = to_total(np.where(impossible[block], -FAR_BELOW * total, estimate), total)
        square[block] = rake(possible, singles[i], singles[j])
        cells[block], known[i, j], known[j, i] = True, True, True
    scale = rows / total
    return Targets(rows, scale, at, tuple(single * scale for single in singles), square * scale, known, cells, impossible)


def forbidden(domain: Domain) -> NDArray[np.bool_]:
    """The cells that the rules forbid, on the square of all levels, in the upper blocks."""
    square, at = np.zeros((domain.levels, domain.levels), np.bool_), domain.offsets
    for rule in domain.impossible:
        square[at[rule.first] : at[rule.first + 1], at[rule.second] : at[rule.second + 1]] |= rule.cells
    return np.triu(square | square.T, 1)


def shrink(table: NDArray[np.int64], sigma: float, expected: Floats) -> Floats:
    """Pull the interaction towards independence by James and Stein's factor; cells far off keep what they show."""
    freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
    rest = centred(table) - centred(expected)
    factor = max(0.0, 1 - freedom * sigma**2 / max(float((rest**2).sum()), TINY))
    return np.where(np.abs(table - expected) > KEEP_ABOVE * sigma, expected + rest, expected + factor * rest)


def to_total(values: Floats, total: float) -> Floats:
    """The nearest non-negative values with that total (Euclidean projection on a simplex)."""
    ordered = np.sort(values, axis=None)[::-1]
    excess = np.cumsum(ordered) - total
    last = np.nonzero(ordered - excess / np.arange(1, len(ordered) + 1) > 0)[0]
    shift = excess[last[-1]] / (last[-1] + 1) if len(last) else 0.0
    return np.maximum(values - shift, 0.0)


def rake(table: Floats, rows: Floats, columns: Floats) -> Floats:
    """Scale rows and columns in turn towards their 1-ways (iterative proportional fitting)."""
    for _ in range(RAKING_PASSES):
        table = table * (rows / np.maximum(table.sum(axis=1), TINY))[:, None]
        table = table * (columns / np.maximum(table.sum(axis=0), TINY))[None, :]
    return table
