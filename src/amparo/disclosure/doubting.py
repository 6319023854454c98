"""Fewer combinations that nobody has: what other tables, invented from the same measurements, hardly know is given up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.denoising import Targets, targets
from amparo.disclosure.fitting import fit, in_shards
from amparo.disclosure.memory import ROOM_FOR_TRIPLES, triples_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amparo.disclosure.measurements import Measurements

    Codes = NDArray[np.uint16]
    Floats = NDArray[np.float64]
    Seen = NDArray[np.uint8]

OTHERS = 2
APART = 0.5
CLEANINGS = 3
DOUBTFUL_COST = 80.0
FAMILIAR_WORTH = 30.0


def doubt(codes: Codes, kept: Codes, measured: Measurements, aim: Targets, rng: np.random.Generator) -> None:
    """Change rows after the kept ones away from triples that are not to be expected, as far as the pairs can bear it."""
    if len(aim.singles) > 2 and len(codes) > len(kept):
        reduce_doubtful(codes, len(kept), aim, combinations_elsewhere(measured, aim, kept, rng))


def combinations_elsewhere(measured: Measurements, aim: Targets, kept: Codes, rng: np.random.Generator) -> Seen:
    """Count the non-blank triples of `OTHERS` more tables, invented one by one from measurements that differ.

    Two tell better than one which triples to expect. Takes at most `ROOM_FOR_TRIPLES` bytes: where the domain has more
    triples some share a place, so that a doubtful one may pass for an expected one, never the other way round.
    """
    from amparo.disclosure import kernels

    offsets = np.array(aim.offsets, np.int64)
    seen = np.zeros(min(triples_of(aim.offsets[-1], len(aim.singles)), ROOM_FOR_TRIPLES), np.uint8)
    for other in apart(measured, rng):
        wanted = replace(targets(other), rows=aim.rows)
        kernels.count_triples(fit(wanted, kept, rng), offsets, seen)
    return seen


def apart(measured: Measurements, rng: np.random.Generator) -> tuple[Measurements, Measurements]:
    """Return the measurements with fresh noise added and with the same noise taken away, `APART` of their own.

    What the table shows stands in both; what only the noise of the measurements shows stands in both less often.
    """
    tables = (*measured.singles, *measured.pairs)
    sigmas = (*[measured.singles_sigma] * len(measured.singles), *measured.pair_sigmas)
    noise = [APART * sigma * rng.standard_normal(table.shape) for table, sigma in zip(tables, sigmas, strict=True)]
    return _moved(measured, noise, 1), _moved(measured, noise, -1)


def _moved(measured: Measurements, noise: list[Floats], sign: int) -> Measurements:
    tables = (*measured.singles, *measured.pairs)
    moved = [table + np.rint(sign * extra).astype(np.int64) for table, extra in zip(tables, noise, strict=True)]
    singles = len(measured.singles)
    return replace(measured, singles=tuple(moved[:singles]), pairs=tuple(moved[singles:]))


def reduce_doubtful(codes: Codes, kept: int, aim: Targets, seen: Seen) -> None:
    """Take the best change of each row, now that triples count as well: doubtful ones against, expected ones for it."""
    from amparo.disclosure import kernels

    offsets = np.array(aim.offsets, np.int64)
    often = np.arange(kernels.MOST_SEEN + 1)
    absent = np.exp(-often / OTHERS)  # the chance that nobody has it, were the tables' mean the number to expect
    lost = (FAMILIAR_WORTH * (1 - absent) / np.maximum(often, 1) - DOUBTFUL_COST * absent).astype(np.float32)
    made = np.minimum(lost, np.float32(0))
    for _ in range(CLEANINGS):
        in_shards(codes, kept, aim, lambda a, b, gap: kernels.clean(codes, a, b, offsets, aim.measured, gap, seen, lost, made))
