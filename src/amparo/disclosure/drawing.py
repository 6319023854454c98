"""The first draft of a generated table: rows drawn along the tree of strongest dependence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.denoising import Targets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from amparo.disclosure.measurements import FoundRows, Measurements

    Codes = NDArray[np.uint16]
    Floats = NDArray[np.float64]

ROOT = -1
FALSE_ALARM = 1e-3


def keep_found(measured: Measurements, aim: Targets) -> Codes:
    """The rows of the row histogram as often as measured, all alike less often where the table shall be smaller.

    Where nothing else that was measured speaks for more than them they are all of the table, all alike more often:
    whatever else were invented to fill the gap would be nobody's.
    """
    found = measured.found
    if found is None:
        return np.empty((0, len(aim.singles)), np.uint16)
    wanted = found.counts * aim.scale
    whole = float(wanted.sum())
    if whole > aim.rows or is_all(measured, found):
        wanted = wanted * (aim.rows / max(whole, 1.0))
    ends = np.floor(np.cumsum(wanted) + 0.5).astype(np.int64)
    return np.repeat(found.codes, np.diff(ends, prepend=0), axis=0)[: aim.rows]


def is_all(measured: Measurements, found: FoundRows) -> bool:
    """Whether no 1-way and no pair contradicts that the rows shown whole, scaled to the table's size, are all there is.

    A table contradicts when its squared distances, each over its variance by noise, pass the bound of Laurent and
    Massart (2000, lemma 1): by noise alone one of them does so in at most about `FALSE_ALARM` of all releases.
    """
    scale, places = measured.total / max(1, int(found.counts.sum())), {name: i for i, name in enumerate(measured.domain.names)}
    unlikely = float(np.log(len(measured.marginals) / FALSE_ALARM))
    for marginal in measured.marginals:
        cells, shape = np.zeros(len(found.codes), np.int64), marginal.estimate.shape
        for name, size in zip(marginal.names, shape, strict=True):
            cells = cells * size + found.codes[:, places[name]]
        shown = scale * np.bincount(cells, found.counts, marginal.estimate.size)
        variance = (scale * found.histogram.sigma) ** 2 * np.bincount(cells, minlength=marginal.estimate.size)
        distance = (marginal.estimate.reshape(-1) - shown) ** 2 / (variance + marginal.standard_error**2)
        if distance.sum() > len(distance) + 2 * np.sqrt(len(distance) * unlikely) + 2 * unlikely:
            return False
    return True


def draft(aim: Targets, kept: Codes, rng: np.random.Generator) -> Codes:
    """Put the kept rows first and draw the others, so that together they follow the strongest pairs."""
    codes = np.empty((aim.rows, len(aim.singles)), np.uint16)
    codes[: len(kept)] = kept
    missing = np.maximum(aim.square - count_square(kept, aim.offsets), 0.0) if len(kept) else aim.square
    codes[len(kept) :] = draw(aim, missing, len(codes) - len(kept), rng)
    return codes


def draw(aim: Targets, square: Floats, rows: int, rng: np.random.Generator) -> Codes:
    """Draw rows attribute by attribute, each given its parent in the tree, by systematic sampling."""
    codes = np.empty((rows, len(aim.singles)), np.uint16)
    for child, parent in tree(aim):
        codes[:, child] = _draw_child(aim, square, codes, child, parent, rng)
    return codes


def _draw_child(aim: Targets, square: Floats, codes: Codes, child: int, parent: int, rng: np.random.Generator) -> Codes:
    from amparo.disclosure import kernels

    own = slice(aim.offsets[child], aim.offsets[child + 1])
    single = np.diagonal(square)[own]
    single = single if single.sum() > 0 else np.ones_like(single)
    shares, given = single[None, :], np.zeros(len(codes), np.uint16)
    if parent != ROOT:
        other = slice(aim.offsets[parent], aim.offsets[parent + 1])
        block = square[own, other].T if child < parent else square[other, own]
        shares = np.where(block.sum(axis=1, keepdims=True) > 0, block, single[None, :])
        given = np.ascontiguousarray(codes[:, parent])
    shares = np.cumsum(shares, axis=1)
    counts = np.bincount(given, minlength=len(shares)).astype(np.int64)
    children = np.empty(len(codes), np.uint16)
    kernels.draw_children(
        given,
        np.ascontiguousarray(shares / shares[:, -1:]),
        counts,
        rng.permutation(len(codes)),
        rng.random(len(shares)),
        children,
    )
    return children


def tree(aim: Targets) -> list[tuple[int, int]]:
    """The maximum spanning tree of mutual information as (child, parent) in drawing order.

    The first attribute is the root; where no measured pair leads on, the next attribute is a root of its own.
    """
    d, at = len(aim.singles), aim.offsets
    weight = np.full((d, d), -1.0)
    for i in range(d):
        for j in range(i + 1, d):
            if aim.measured[i, j]:
                weight[i, j] = weight[j, i] = information(aim.square[at[i] : at[i + 1], at[j] : at[j + 1]])
    order, reached = [(0, ROOT)], np.zeros(d, bool)
    reached[0] = True
    while len(order) < d:
        reach = np.where(reached[:, None] & ~reached[None, :], weight, -np.inf)
        parent, child = divmod(int(reach.argmax()), d)
        order.append((child, parent if aim.measured[parent, child] else ROOT))
        reached[child] = True
    return order


def information(table: Floats) -> float:
    """Mutual information of a pair table, in nats."""
    total = table.sum()
    if total <= 0:
        return 0.0
    p = table / total
    expected = p.sum(axis=1, keepdims=True) * p.sum(axis=0, keepdims=True)
    seen = p > 0
    return float((p[seen] * np.log(p[seen] / expected[seen])).sum())


def count_square(codes: Codes, offsets: tuple[int, ...]) -> Floats:
    """Count 1-ways (diagonal) and pairs (upper blocks) of invented rows."""
    from amparo.disclosure import kernels

    counts = np.zeros((offsets[-1], offsets[-1]), np.int64)
    kernels.count_pairs(codes, np.array(offsets, np.int64), counts)
    return counts.astype(np.float64)
