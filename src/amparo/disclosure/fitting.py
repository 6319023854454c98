"""Fitting a draft to the targets: single changes that close the gaps, and fewer combinations that nobody measured."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.denoising import Targets
from amparo.disclosure.drawing import count_square, draft

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.uint16]
    Gap = NDArray[np.float32]
    Seen = NDArray[np.uint8]

SWEEPS = 4
RESTLESS = 0.99
CLEANINGS = 3
SHARDS = 2
ROWS_A_SHARD = 2_000
BARRED_BELOW = 0.3
BARRED_BY = 20.0
FORBIDDEN_BY = 1e5
OTHERS = 2
DOUBTFUL_COST = 40.0
FAMILIAR_WORTH = 15.0
MAX_TRIPLES = 2**27


def fit(aim: Targets, kept: Codes, rng: np.random.Generator) -> Codes:
    """Draft a table, close its gaps and then rid it of doubtful combinations; the kept rows stay first, unchanged."""
    codes = draft(aim, kept, rng)
    close(codes, len(kept), aim)
    seen = combinations_elsewhere(aim, kept, rng)
    if seen is not None:
        reduce_doubtful(codes, len(kept), aim, seen)
    return codes


def close(codes: Codes, kept: int, aim: Targets) -> None:
    """Sweep over all rows but the kept; each takes the one change that brings pairs and 1-ways nearest the targets.

    Done when fewer than `RESTLESS` of the rows found a change, or after `SWEEPS`.
    """
    from amparo.disclosure import kernels

    at = np.array(aim.offsets, np.int64)
    for _ in range(SWEEPS):
        changed = _in_shards(codes, kept, aim, lambda a, b, gap: kernels.sweep(codes, a, b, at, aim.measured, gap))
        if changed < RESTLESS * len(codes):
            return


def combinations_elsewhere(aim: Targets, kept: Codes, rng: np.random.Generator) -> Seen | None:
    """Count the non-blank triples of `OTHERS` more tables invented independently from the same targets.

    Two tell better than one which triples to expect: with as many lost, a sixth fewer are fabricated. None where there
    are no triples, or so many that counting them would take more than `MAX_TRIPLES` bytes.
    """
    from amparo.disclosure import kernels

    levels = aim.offsets[-1] - len(aim.singles)
    triples = levels * (levels - 1) * (levels - 2) // 6
    if len(aim.singles) < 3 or aim.rows == 0 or triples > MAX_TRIPLES:
        return None
    seen = np.zeros(triples, np.uint8)
    for _ in range(OTHERS):
        other = draft(aim, kept, rng)
        close(other, len(kept), aim)
        kernels.count_triples(other, np.array(aim.offsets, np.int64), seen)
    return seen


def reduce_doubtful(codes: Codes, kept: int, aim: Targets, seen: Seen) -> None:
    """Change rows away from triples that the other tables hardly know, as far as the pairs can bear it."""
    from amparo.disclosure import kernels

    at = np.array(aim.offsets, np.int64)
    often = np.arange(kernels.MOST_SEEN + 1)
    absent = np.exp(-often / OTHERS)  # the chance that nobody has it, were the tables' mean the number to expect
    lost = (FAMILIAR_WORTH * (1 - absent) / np.maximum(often, 1) - DOUBTFUL_COST * absent).astype(np.float32)
    made = np.minimum(lost, np.float32(0))
    for _ in range(CLEANINGS):
        _in_shards(codes, kept, aim, lambda a, b, gap: kernels.clean(codes, a, b, at, aim.measured, gap, seen, lost, made))


def _in_shards(codes: Codes, kept: int, aim: Targets, work: Callable[[int, int, Gap], int]) -> int:
    """Let threads work on disjoint rows, each against its share of the gap; the shards depend on the size alone."""
    shards = SHARDS if len(codes) - kept >= SHARDS * ROWS_A_SHARD else 1
    gap = gap_of(codes, aim, shards)
    bounds = [kept + (len(codes) - kept) * k // shards for k in range(shards + 1)]
    with ThreadPoolExecutor(shards) as pool:
        parts = [pool.submit(work, a, b, gap.copy()) for a, b in pairwise(bounds)]
    return sum(part.result() for part in parts)


def gap_of(codes: Codes, aim: Targets, shards: int) -> Gap:
    """Target minus count, a shard's share of it; cells that should stay empty lie so low that nothing moves there."""
    gap = np.where(aim.cells, aim.square - count_square(codes, aim.offsets), 0.0) / shards
    gap -= BARRED_BY * (aim.cells & (aim.square < BARRED_BELOW)) + FORBIDDEN_BY * aim.impossible
    return (gap + np.triu(gap, 1).T).astype(np.float32)
