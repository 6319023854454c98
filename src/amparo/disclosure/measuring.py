"""Measuring: the one moment at which the sensitive table is read, and the only place where noise is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.accounting import add_up, rho_spent, sigma_for
from amparo.disclosure.counting import DistinctParts, DistinctRows, Settled, pair_counts
from amparo.disclosure.domain import Rows
from amparo.disclosure.measurements import FoundRows, Gate, Measurements, Probe
from amparo.disclosure.noise import NoiseSource, SystemNoise
from amparo.disclosure.plan import PROBED_LEVELS, ROWS_WORTH, Plan, RowHistogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amparo.disclosure.domain import Column

Progress = Callable[[str, float], None]


def measure(rows: Rows, plan: Plan, *, noise: NoiseSource | None = None, progress: Progress | None = None) -> Measurements:
    """Count, add noise, and return counts that are safe to keep and to publish; the promise is `plan.privacy`.

    Unit: one row added or removed. Everything after this works on the returned counts alone. Noise comes from the
    operating system unless a test gives another source. `progress` hears a step's code and the share done.
    """
    if rows.domain != plan.domain:
        raise ValueError("the table and the plan speak of different domains")
    rows = Settled(rows)
    source, tell = noise or SystemNoise(), progress or (lambda step, share: None)
    tell("gate", 0.0)
    gate, found, chosen = None, None, None
    if plan.gate_sigma:
        distinct = DistinctParts(rows)
        gate = _gate(distinct, plan, plan.gate_sigma, source)
        chosen = choose(plan, gate)
        tell("rows", 0.1)
        if chosen:
            found = find_rows(distinct, chosen, source)
    tell("singles", 0.2)
    counts = pair_counts(rows)
    singles = _singles(counts, plan, chosen, source)
    tell("pairs", 0.4)
    sigmas = pair_sigmas(plan, chosen, singles)
    pairs = _pairs(counts, plan, sigmas, source)
    tell("probes", 0.9)
    probes = _probes(rows, plan, chosen, singles, source)
    made = Measurements(plan, gate, found, plan.singles_sigma(chosen), singles, sigmas, pairs, probes)
    if not made.rho <= plan.privacy.rho:
        raise ArithmeticError("the release would disclose more than its promise")
    tell("measured", 1.0)
    return made


def choose(plan: Plan, gate: Gate) -> RowHistogram | None:
    """Decide from the gate's noisy counts how much whole rows are worth; reads nothing else."""
    for histogram, excess, worth in zip(plan.row_histograms, gate.excesses, ROWS_WORTH, strict=True):
        if excess > worth * max(gate.total, 1):
            return histogram
    return None


def gate_counts(distinct: DistinctRows, plan: Plan) -> NDArray[np.int64]:
    """Count all rows and, per threshold t, the sum of max(count - t, 0) over distinct rows.

    One row more or less changes each by at most 1: squared L2 sensitivity 1 + number of thresholds.
    """
    excesses = [np.maximum(distinct.counts - h.threshold, 0).sum() for h in plan.row_histograms]
    return np.array([distinct.counts.sum(), *excesses], np.int64)


def _gate(distinct: Iterable[DistinctRows], plan: Plan, sigma: float, noise: NoiseSource) -> Gate:
    counts = np.sum([gate_counts(part, plan) for part in distinct], axis=0)
    total, *excesses = noise.gaussian([counts], [sigma])[0].tolist()
    return Gate(total, tuple(excesses))


def find_rows(distinct: Iterable[DistinctRows], histogram: RowHistogram, noise: NoiseSource) -> FoundRows:
    """Show the rows whose noisy count reaches the threshold; sensitivity 1, plus the chance that pays from delta.

    They come in the order of their codes, so that nobody sees in how many parts they were looked for.
    """
    codes, counts = [], []
    for part in distinct:
        noisy = noise.gaussian([part.counts], [histogram.sigma])[0]
        shown = noisy >= histogram.threshold
        codes.append(part.codes[shown])
        counts.append(noisy[shown])
    found, often = np.concatenate(codes), np.concatenate(counts)
    order = np.lexsort(found.T[::-1])
    return FoundRows(histogram, found[order], often[order])


def _singles(
    counts: NDArray[np.int64], plan: Plan, chosen: RowHistogram | None, noise: NoiseSource
) -> tuple[NDArray[np.int64], ...]:
    """Noise on every 1-way table; each has sensitivity 1."""
    offsets, diagonal = plan.domain.offsets, np.diagonal(counts)
    tables = [np.ascontiguousarray(diagonal[a:b]) for a, b in pairwise(offsets)]
    return tuple(noise.gaussian(tables, [plan.singles_sigma(chosen)] * len(tables)))


def _pairs(counts: NDArray[np.int64], plan: Plan, sigmas: Sequence[float], noise: NoiseSource) -> tuple[NDArray[np.int64], ...]:
    """Noise on every chosen pair table; each has sensitivity 1."""
    at = plan.domain.offsets
    tables = [np.ascontiguousarray(counts[at[i] : at[i + 1], at[j] : at[j + 1]]) for i, j in plan.pairs]
    return tuple(noise.gaussian(tables, sigmas))


def _probes(
    rows: Rows, plan: Plan, chosen: RowHistogram | None, singles: Sequence[NDArray[np.int64]], noise: NoiseSource
) -> tuple[Probe, ...]:
    """Noise on the cells of every probe; each has sensitivity 1. Which levels are probed is read off the noisy 1-ways."""
    sigma = plan.probes_sigma(chosen)
    columns = plan.probes + plan.groups
    codes = [probed([singles[i] for i in probe]) for probe in plan.probes]
    codes += [np.zeros((1, len(group)), np.uint16) for group in plan.groups]
    counts = [np.zeros(len(cells), np.int64) for cells in codes]
    for table in rows.blocks():
        for probe, cells, counted in zip(columns, codes, counts, strict=True):
            counted += count_cells([table.columns[i] for i in probe], cells)
    noisy = noise.gaussian(counts, [sigma] * len(counts))
    return tuple(Probe(*parts, sigma) for parts in zip(columns, codes, noisy, strict=True))


def probed(singles: Sequence[NDArray[np.int64]]) -> NDArray[np.uint16]:
    """Return the cells of a probe, codes: uint16[cells, columns]: every combination of each column's most frequent levels."""
    most = PROBED_LEVELS[len(singles)]
    levels = [np.sort(np.argsort(-single, kind="stable")[:most]).astype(np.uint16) for single in singles]
    return np.stack(np.meshgrid(*levels, indexing="ij"), axis=-1).reshape(-1, len(singles))


def count_cells(columns: Sequence[Column], cells: NDArray[np.uint16]) -> NDArray[np.int64]:
    """Count the rows in each of the cells, which are all combinations of some levels: a row is in one of them or in none."""
    step, elsewhere = len(cells), len(cells)
    place = np.zeros(len(columns[0]), np.int32)
    for column, codes in zip(columns, cells.T, strict=True):
        levels = np.unique(codes)
        step //= len(levels)
        places = np.full(max(int(levels[-1]), int(column.max(initial=0))) + 1, elsewhere, np.int32)
        places[levels] = step * np.arange(len(levels))
        place += places[column]
    return np.bincount(np.minimum(place, elsewhere), minlength=elsewhere + 1)[:elsewhere].astype(np.int64)


def pair_sigmas(plan: Plan, chosen: RowHistogram | None, singles: Sequence[NDArray[np.int64]]) -> tuple[float, ...]:
    """Share the pairs' rho by the levels seen: 1-way cells above two standard deviations of their noise.

    Uses noisy counts only; the sum of what is spent never exceeds the pairs' share.
    """
    sigma = plan.singles_sigma(chosen)
    return share_pairs(plan, chosen, [int((single > 2 * sigma).sum()) for single in singles])


def share_pairs(plan: Plan, chosen: RowHistogram | None, levels_seen: Sequence[int]) -> tuple[float, ...]:
    """Give each pair a part of the pairs' rho by (s_i s_j)^(2/3), s the levels seen but at least two; return the scales."""
    if not plan.pairs:
        return ()
    seen = np.maximum(np.array(levels_seen, float), 2.0)
    weights = np.array([(seen[i] * seen[j]) ** (2 / 3) for i, j in plan.pairs])
    budget = plan.pairs_rho(chosen)
    sigmas = tuple(sigma_for(float(share)) for share in budget * (1 - 1e-9) * weights / weights.sum())
    if add_up(rho_spent(sigma) for sigma in sigmas) > budget:
        raise ArithmeticError("the pairs would spend more than their share")
    return sigmas


def expected_errors(plan: Plan, chosen: RowHistogram | None = None) -> dict[tuple[str, ...], float]:
    """The standard error of a cell of each 1-way and pair table, before anything is spent; from public facts alone.

    Supposes that all levels occur and, unless another choice of the gate is given, that whole rows are not measured.
    The real figures stand in the marginals.
    """
    sizes = plan.domain.sizes
    singles = tuple(np.zeros(size, np.int64) for size in sizes)
    pairs = tuple(np.zeros((sizes[i], sizes[j]), np.int64) for i, j in plan.pairs)
    gate = Gate(0, (0,) * len(plan.row_histograms)) if plan.gate_sigma else None
    sigmas = share_pairs(plan, chosen, sizes)
    empty = Measurements(plan, gate, None, plan.singles_sigma(chosen), singles, sigmas, pairs)
    return {marginal.names: marginal.standard_error for marginal in empty.marginals}
