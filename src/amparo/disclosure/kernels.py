"""The loops that touch every row, compiled once by numba and kept beside the source.

All work on codes as a matrix, rows by attributes, and on squares over all levels of all attributes in one line
(attribute i holds the levels offsets[i] to offsets[i + 1]). A `gap` square is target minus count: symmetric, 1-ways on
the diagonal, zero inside one attribute and where a pair was not measured.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.uint16]
    Lines = NDArray[np.int64]
    Gap = NDArray[np.float32]
    Worth = NDArray[np.float32]
    Seen = NDArray[np.uint8]
    Flags = NDArray[np.bool_]

    Kernel = TypeVar("Kernel", bound=Callable[..., Any])

MOST_SEEN = 255
MIXER = np.uint64(0x9E3779B97F4A7C15)
LEAST_GAIN = np.float32(1e-3)
MOST_TRIED = 64


def compiled(*, fastmath: bool = False) -> Callable[[Kernel], Kernel]:
    """Compile on first use, free of the interpreter's lock, and keep the result on disk where that can be written."""

    def compile_lazily(kernel: Kernel) -> Kernel:
        try:
            made: Kernel = njit(cache=True, nogil=True, fastmath=fastmath)(kernel)
        except RuntimeError:  # no folder to keep the compiled code in: compile afresh in each process
            made = njit(nogil=True, fastmath=fastmath)(kernel)
        return made

    return compile_lazily


@compiled()
def count_pairs(codes: Codes, offsets: Lines, counts: Lines) -> None:
    """Add every row to the square of pair counts (upper blocks) and 1-way counts (diagonal)."""
    rows, d = codes.shape
    places = np.empty(d, np.int64)
    for r in range(rows):
        for i in range(d):
            places[i] = offsets[i] + codes[r, i]
        for i in range(d):
            for j in range(i, d):
                counts[places[i], places[j]] += 1


@compiled()
def draw_children(
    parents: Codes, shares: NDArray[np.float64], counts: Lines, order: Lines, starts: NDArray[np.float64], children: Codes
) -> None:
    """Give each row a child code by systematic sampling: rows of one parent code split as `shares` says.

    `shares` is cumulative, a line per parent code; `order` is a random order of the rows, so that siblings are independent.
    """
    levels = shares.shape[1]
    walked = np.zeros(len(counts), np.int64)
    for r in order:
        p = parents[r]
        u = (walked[p] + starts[p]) / counts[p]
        walked[p] += 1
        low, high = 0, levels - 1
        while low < high:
            middle = (low + high) // 2
            if shares[p, middle] > u:
                high = middle
            else:
                low = middle + 1
        children[r] = low


@compiled(fastmath=True)
def _weigh(codes: Codes, row: int, offsets: Lines, gap: Gap, pull: Gap) -> None:
    """Add up the gap's lines at a row's codes: what each level would gain from standing beside them."""
    pull[:] = 0.0
    for k in range(codes.shape[1]):
        line = gap[offsets[k] + codes[row, k]]
        for s in range(len(pull)):
            pull[s] += line[s]


@compiled()
def _partners(measured: Flags) -> Gap:
    """How many tables a change of each attribute touches: its 1-way and its measured pairs."""
    d = len(measured)
    partners = np.ones(d, np.float32)
    for i in range(d):
        for j in range(d):
            if i != j and measured[i, j]:
                partners[i] += 1.0
    return partners


@compiled()
def _move(codes: Codes, row: int, i: int, to: int, offsets: Lines, measured: Flags, gap: Gap) -> None:
    """Change attribute i of a row to level `to` and keep the gap true."""
    was = offsets[i] + codes[row, i]
    codes[row, i] = to - offsets[i]
    gap[was, was] += 1.0
    gap[to, to] -= 1.0
    for j in range(codes.shape[1]):
        if j != i and measured[i, j]:
            other = offsets[j] + codes[row, j]
            gap[was, other] += 1.0
            gap[other, was] += 1.0
            gap[to, other] -= 1.0
            gap[other, to] -= 1.0


@compiled(fastmath=True)
def sweep(codes: Codes, first: int, last: int, offsets: Lines, measured: Flags, gap: Gap) -> int:
    """Visit each row once and make the one change of one attribute that closes the gap most; return how many changed.

    Moving a row from level v to w lowers half the sum of squared gaps by pull[w] + gap[w, w] - pull[v] - tables touched.
    """
    d = codes.shape[1]
    pull, partners = np.empty(len(gap), np.float32), _partners(measured)
    changed = 0
    for row in range(first, last):
        _weigh(codes, row, offsets, gap, pull)
        best, best_i, best_to = LEAST_GAIN, -1, -1
        for i in range(d):
            own = offsets[i] + codes[row, i]
            here = pull[own] + partners[i]
            for s in range(offsets[i], offsets[i + 1]):
                gain = pull[s] + gap[s, s] - here
                if gain > best and s != own:
                    best, best_i, best_to = gain, i, s
        if best_i >= 0:
            changed += 1
            _move(codes, row, best_i, best_to, offsets, measured, gap)
    return changed


@compiled()
def _hold(codes: Codes, row: int, offsets: Lines, held: Lines, places: Lines) -> int:
    """List a row's non-blank attributes and their places among the non-blank levels; return how many there are."""
    count = 0
    for i in range(codes.shape[1]):
        if codes[row, i] > 0:
            held[count] = i
            places[count] = offsets[i] - i + codes[row, i] - 1
            count += 1
    return count


@compiled()
def _fold(offsets: Lines, seen: Seen) -> int:
    """How far a mixed triple is shifted to lie in `seen`; 0 where each triple has a place of its own there."""
    levels = offsets[-1] - len(offsets) + 1
    if len(seen) >= levels * (levels - 1) * (levels - 2) // 6:
        return 0
    bits = 0
    while (2 << bits) <= len(seen):
        bits += 1
    return 64 - bits


@compiled()
def _slot(triple: int, fold: int) -> int:
    """Where a triple is counted; folded, some triples share a place and count as often as all of them together."""
    if fold == 0:
        return triple
    return int(np.int64((np.uint64(triple) * MIXER) >> np.uint64(fold)))


@compiled()
def count_triples(codes: Codes, offsets: Lines, seen: Seen) -> None:
    """Count non-blank triples, up to 255 each, at places p < q < r of a tetrahedron: C(r, 3) + C(q, 2) + p.

    Where `seen` is shorter than that it is a power of two long, and places are folded into it.
    """
    d, fold = codes.shape[1], _fold(offsets, seen)
    held, places = np.empty(d, np.int64), np.empty(d, np.int64)
    for row in range(len(codes)):
        count = _hold(codes, row, offsets, held, places)
        for c in range(2, count):
            r = places[c]
            for b in range(1, c):
                q = places[b]
                line = r * (r - 1) * (r - 2) // 6 + q * (q - 1) // 2
                for a in range(b):
                    slot = _slot(line + places[a], fold)
                    if seen[slot] < MOST_SEEN:
                        seen[slot] += 1


@compiled(fastmath=True)
def _worth_of_row(held: Lines, places: Lines, count: int, seen: Seen, fold: int, lost: Worth, now: Worth) -> None:
    """Add up, per attribute, what the triples are worth that a row would lose by changing it."""
    now[:] = 0.0
    for c in range(2, count):
        r = places[c]
        for b in range(1, c):
            q = places[b]
            line = r * (r - 1) * (r - 2) // 6 + q * (q - 1) // 2
            for a in range(b):
                worth = lost[seen[_slot(line + places[a], fold)]]
                now[held[a]] += worth
                now[held[b]] += worth
                now[held[c]] += worth


@compiled(fastmath=True)
def _worth_of_level(
    i: int, place: int, held: Lines, places: Lines, count: int, seen: Seen, fold: int, made: Worth, least: np.float32
) -> np.float32:
    """What the triples are worth that a row's other non-blank codes would form with a level of attribute i.

    None is worth more than zero, so it stops where the sum is no more than `least`.
    """
    total = np.float32(0.0)
    for b in range(count):
        if held[b] == i:
            continue
        if total <= least:
            break
        for a in range(b):
            if held[a] == i:
                continue
            low, middle, high = places[a], places[b], place
            if held[b] > i:
                middle, high = place, places[b]
                if held[a] > i:
                    low, middle = place, places[a]
            total += made[seen[_slot(high * (high - 1) * (high - 2) // 6 + middle * (middle - 1) // 2 + low, fold)]]
    return total


@compiled(fastmath=True)
def clean(
    codes: Codes, first: int, last: int, offsets: Lines, measured: Flags, gap: Gap, seen: Seen, lost: Worth, made: Worth
) -> int:
    """Like `sweep`, but a change also counts what triples come and go; return how many rows changed.

    A triple seen k times in the other tables is worth `lost[k]` when it goes and `made[k]`, never above zero, when it comes.
    Blanks make no triples and are tried first; of all other changes, the `MOST_TRIED` that would gain most if they made none.
    """
    d, fold = codes.shape[1], _fold(offsets, seen)
    pull, partners = np.empty(len(gap), np.float32), _partners(measured)
    held, places = np.empty(d, np.int64), np.empty(d, np.int64)
    now, here = np.empty(d, np.float32), np.empty(d, np.float32)
    hope, levels, owners = np.empty(len(gap), np.float32), np.empty(len(gap), np.int64), np.empty(len(gap), np.int64)
    changed = 0
    for row in range(first, last):
        count = _hold(codes, row, offsets, held, places)
        _worth_of_row(held, places, count, seen, fold, lost, now)
        _weigh(codes, row, offsets, gap, pull)
        best, best_i, best_to = LEAST_GAIN, -1, -1
        for i in range(d):
            blank, own = offsets[i], offsets[i] + codes[row, i]
            here[i] = pull[own] + partners[i] + now[i]
            gain = pull[blank] + gap[blank, blank] - here[i]
            if gain > best and blank != own:
                best, best_i, best_to = gain, i, blank
        hopeful = 0
        for i in range(d):
            for s in range(offsets[i] + 1, offsets[i + 1]):
                gain = pull[s] + gap[s, s] - here[i]
                if gain > best and s != offsets[i] + codes[row, i]:
                    hope[hopeful], levels[hopeful], owners[hopeful] = -gain, s, i
                    hopeful += 1
        for k in np.argsort(hope[:hopeful])[:MOST_TRIED]:
            gain, s, i = -hope[k], levels[k], owners[k]
            if gain <= best:
                break
            gain += _worth_of_level(i, s - i - 1, held, places, count, seen, fold, made, best - gain)
            if gain > best:
                best, best_i, best_to = gain, i, s
        if best_i >= 0:
            changed += 1
            _move(codes, row, best_i, best_to, offsets, measured, gap)
    return changed


def warm() -> None:
    """Compile every kernel once and keep the result on disk, so that later starts only load it."""
    from amparo.disclosure.attacks import kernels as attacks
    from amparo.disclosure.evaluation import kernels as evaluation

    attacks.warm()
    evaluation.warm()
    offsets, square = np.array([0, 2, 4, 6], np.int64), np.zeros((6, 6), np.float32)
    codes, measured = np.ones((4, 3), np.uint16), np.ones((3, 3), np.bool_)
    count_pairs(codes, offsets, np.zeros((6, 6), np.int64))
    given, order, children = np.zeros(4, np.uint16), np.arange(4), np.empty(4, np.uint16)
    draw_children(given, np.ones((1, 2)), np.array([4]), order, np.zeros(1), children)
    sweep(codes, 0, 4, offsets, measured, square)
    seen, worth = np.zeros(1, np.uint8), np.zeros(MOST_SEEN + 1, np.float32)
    count_triples(codes, offsets, seen)
    clean(codes, 0, 4, offsets, measured, square, seen, worth, worth)
    from amparo.disclosure.aggregates.kernels import warm as warm_combinations
    from amparo.disclosure.anonymity.search import warm as warm_search

    warm_combinations()
    warm_search()
