"""Fitting a draft to the targets: single changes of single rows that close the gaps."""

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

SWEEPS = 4
RESTLESS = 0.99
SHARDS = 2
ROWS_A_SHARD = 2_000
BARRED_BELOW = 0.3
BARRED_BY = 20.0
FORBIDDEN_BY = 1e5


def fit(aim: Targets, kept: Codes, rng: np.random.Generator) -> Codes:
    """Draft a table and close its gaps; the kept rows stay first, unchanged."""
    codes = draft(aim, kept, rng)
    close(codes, len(kept), aim)
    return codes


def close(codes: Codes, kept: int, aim: Targets) -> None:
    """Sweep over all rows but the kept; each takes the one change that brings pairs and 1-ways nearest the targets.

    Done when fewer than `RESTLESS` of the rows found a change, or after `SWEEPS`.
    """
    from amparo.disclosure import kernels

    at = np.array(aim.offsets, np.int64)
    for _ in range(SWEEPS):
        changed = in_shards(codes, kept, aim, lambda a, b, gap: kernels.sweep(codes, a, b, at, aim.measured, gap))
        if changed < RESTLESS * len(codes):
            return


def in_shards(codes: Codes, kept: int, aim: Targets, work: Callable[[int, int, Gap], int]) -> int:
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
