"""Anonymising: blur as little as keeps the promise, or refuse and say why.

Loss is the normalised certainty penalty (Xu, Wang, Pei, Wang, Shi & Fu 2006): a cell as it is has lost 0, a cell in a
group of g of a column's v values (g - 1) / (v - 1), a suppressed cell 1; a table's loss is the mean over its cells.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from amparo.disclosure.anonymity.checking import Findings, check, classes_of, distinct_in
from amparo.disclosure.anonymity.scheme import Scheme
from amparo.disclosure.domain import ROOM, Table, column_type
from amparo.standard.reasons import Reason, Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

Progress = Callable[[str, float], None]
MOST_CELLS = 40_000_000
MOST_PASSES = 6
DENSE = 4
LITTLE = 1e-3
MOST_STARTS, SMALL, SHAKEN = 24, 1_000_000, 0.5


@dataclass(frozen=True, slots=True)
class Loss:
    """What was lost: `penalty` from 0 to 1 over all quasi-identifying cells, and what became of the cells of each column."""

    penalty: float
    by_column: Mapping[str, float]
    suppressed: Mapping[str, int]
    recoded: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Anonymised:
    """A table that keeps its promise, over the scheme's released domain; rows in the order they came in."""

    scheme: Scheme
    table: Table
    loss: Loss
    findings: Findings


def anonymise(table: Table, scheme: Scheme, *, seed: int, progress: Progress | None = None) -> Anonymised:
    """Blur a table until it keeps the scheme's promise; what is returned has been checked, or it is refused.

    Which of several equal rows is blurred is drawn by `seed`; nothing else is drawn. Raises `Refused` when the table has
    fewer than k rows or too few sensitive values, or when there are too many ways to blur it.
    """
    if table.domain != scheme.domain:
        raise ValueError("the table and the scheme speak of different domains")
    tell = progress or (lambda step, share: None)
    _require_within_reach(table, scheme)
    columns = _blurred(table, scheme, seed, tell) if table.rows else table.columns
    released = Table(scheme.released, columns)
    findings = check(released, scheme.quasi_names, scheme.sensitive)
    if not findings.satisfies(scheme.k, scheme.l):
        raise ArithmeticError("the table does not keep its promise")
    tell("anonymised", 1.0)
    return Anonymised(scheme, released, loss_of(released, scheme), findings)


def loss_of(released: Table, scheme: Scheme) -> Loss:
    """Return what a table over the scheme's released domain has lost."""
    by_column, suppressed, recoded = {}, {}, {}
    for name, at, ladder in zip(scheme.quasi_names, scheme.places(scheme.quasi_names), scheme.ladders, strict=True):
        column, last, whole = released.columns[at], len(ladder.codes), ladder.steps.shape[1]
        by_column[name] = float(ladder.loss[column].mean()) if len(column) else 0.0
        suppressed[name] = int((column == last).sum())
        recoded[name] = int(((column >= whole) & (column < last)).sum())
    return Loss(float(np.mean(list(by_column.values()))), by_column, suppressed, recoded)


def _require_within_reach(table: Table, scheme: Scheme) -> None:
    """Refuse a table that cannot keep the promise even when every quasi-identifier is suppressed."""
    if table.rows < scheme.k:
        raise Refused(Reason(ROOM, "k_out_of_reach", values={"k": scheme.k}))
    everyone = classes_of([np.zeros(table.rows, np.uint8)], [1])
    for name, at in zip(scheme.sensitive, scheme.places(scheme.sensitive), strict=True):
        if scheme.l > 1 and int(distinct_in(everyone, table.columns[at], table.domain.sizes[at])[0]) < scheme.l:
            raise Refused(Reason(ROOM, "l_out_of_reach", name, {"l": scheme.l}))


def _blurred(table: Table, scheme: Scheme, seed: int, tell: Progress) -> tuple[Any, ...]:
    """Return the released columns."""
    quasi = scheme.places(scheme.quasi_names)
    watched = scheme.places(scheme.sensitive) if scheme.l > 1 else ()
    units = classes_of([table.columns[i] for i in (*quasi, *watched)], [table.domain.sizes[i] for i in (*quasi, *watched)])
    codes = np.stack([table.columns[i][units.first] for i in quasi], axis=1).astype(np.int64)
    sensitive = [table.columns[i][units.first].astype(np.int64) for i in watched]
    steps = np.array(list(itertools.product(*(range(len(ladder.steps)) for ladder in scheme.ladders))), np.int64)
    if len(units.first) * len(steps) > MOST_CELLS:
        values = {"ways": len(steps), "classes": len(units.first), "limit": MOST_CELLS}
        raise Refused(Reason(ROOM, "search_too_large", values=values))
    watched_sizes = [table.domain.sizes[i] for i in watched]
    way = _shared_out(units.of, _ways(codes, units.rows, sensitive, steps, scheme, watched_sizes, tell), seed)
    columns = list(table.columns)
    for place, (at, ladder) in enumerate(zip(quasi, scheme.ladders, strict=True)):
        columns[at] = ladder.steps[steps[way, place], table.columns[at]].astype(column_type(len(ladder.codes) + 1))
    return tuple(columns)


def _ways(
    codes: NDArray[np.int64],
    rows: NDArray[np.int64],
    sensitive: list[NDArray[np.int64]],
    steps: NDArray[np.int64],
    scheme: Scheme,
    sizes: list[int],
    tell: Progress,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return for each unit by which ways how many of its rows go."""
    from amparo.disclosure.anonymity import search

    tell("classes", 0.0)
    patterns, mean = _patterns(codes, rows, steps, scheme)
    held = np.stack(sensitive, axis=1) if sensitive else np.zeros((len(codes), 0), np.int64)
    starts = 1 + min(MOST_STARTS, SMALL // patterns[0].size)
    best, least = None, math.inf
    for start in range(starts):
        tell("blurring", start / starts)
        order = np.argsort(mean * np.random.default_rng(start).lognormal(0, SHAKEN * (start > 0), len(mean)), kind="stable")
        order = np.append(order[order != len(steps) - 1], len(steps) - 1)
        state, seen, scratch = search.kept(len(codes), len(patterns[4]), sizes)
        rule = scheme.k, scheme.l, held, seen, np.zeros(1, np.int64)
        if not search.gather(rows, order, patterns, state, rule):
            raise ArithmeticError("no class was found for some rows")
        for _ in range(MOST_PASSES):
            gain = search.improve(order, patterns, state, rule, *scratch)
            if gain <= LITTLE * float((state[1] * state[3]).sum()):
                break
        loss = float((state[1] * state[3]).sum())
        if loss < least:
            best, least = (state[0], state[1]), loss
    assert best is not None
    return best


def _patterns(
    codes: NDArray[np.int64], rows: NDArray[np.int64], steps: NDArray[np.int64], scheme: Scheme
) -> tuple[Any, NDArray[np.float64]]:
    """Return what every unit becomes by every way, as far as k rows can share it, and the loss if all units went by each way."""
    units, ways = len(codes), len(steps)
    pattern = np.empty((units, ways), np.int32)
    members, sizes, costs, base, mean = [], [], [], np.zeros(ways + 1, np.int64), np.empty(ways)
    coded = [[np.unique(step[codes[:, i]], return_inverse=True) for step in one.steps] for i, one in enumerate(scheme.ladders)]
    for way, step in enumerate(steps):
        parts = [coded[i][at] for i, at in enumerate(step)]
        of = _numbered([part[1] for part in parts], [len(part[0]) for part in parts])
        weight = np.bincount(of, weights=rows)
        shared = weight >= scheme.k
        number = np.where(shared, np.cumsum(shared) - 1 + base[way], -1)
        pattern[:, way] = number[of]
        inside = np.flatnonzero(pattern[:, way] >= 0)
        inside = inside[np.argsort(pattern[inside, way], kind="stable")]
        loss = np.mean([one.loss[part[0]][part[1]] for one, part in zip(scheme.ladders, parts, strict=True)], axis=0)
        mean[way] = loss @ rows
        base[way + 1] = base[way] + shared.sum()
        size = np.bincount(pattern[inside, way] - base[way], minlength=int(shared.sum()))
        members.append(inside.astype(np.int32))
        sizes.append(size)
        costs.append(loss[inside[np.cumsum(size) - size]])
    first = np.cumsum([0, *np.concatenate(sizes)]).astype(np.int64)
    return (pattern, first, np.concatenate(members), base, np.concatenate(costs)), mean


def _numbered(parts: list[NDArray[np.int64]], sizes: list[int]) -> NDArray[np.int64]:
    """Return the class of each unit, from numbers that are small where the columns allow it."""
    span = math.prod(sizes)
    if span > DENSE * len(parts[0]):
        return classes_of(parts, sizes).of
    key = np.zeros(len(parts[0]), np.int64)
    for part, size in zip(parts, sizes, strict=True):
        key = key * size + part
    return key


def _shared_out(unit: NDArray[np.int64], state: tuple[NDArray[np.int32], NDArray[np.int64]], seed: int) -> NDArray[np.int64]:
    """Return the way of every row: of a unit's rows, which goes by which of its ways is drawn."""
    at, amount = state
    drawn = np.random.default_rng(seed).permutation(len(unit))
    order = drawn[np.argsort(unit[drawn], kind="stable")]
    way = np.empty(len(unit), np.int64)
    way[order] = np.repeat(at.ravel().astype(np.int64), amount.ravel())
    return way
