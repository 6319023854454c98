"""Two tables of one domain counted by the same columns: how far apart, which cell is worst, what was kept and invented."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.domain import ROOM, Domain, Table
from amparo.standard.reasons import Reason, Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

COMMON = 10
MAX_CELLS = 2**25
BLOCK = 64
THREADS = 2

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: its columns and values (an empty text is blank), true persons, released rows scaled to them."""

    names: tuple[str, ...]
    values: tuple[str, ...]
    true: int
    released: float

    @property
    def error(self) -> float:
        """Persons too many (or, below zero, too few)."""
        return self.released - self.true


@dataclass(frozen=True, slots=True)
class MarginalError:
    """One table of counts: the total variation distance between true and released, from 0 to 1, and its worst cell."""

    names: tuple[str, ...]
    tvd: float
    worst: Cell


@dataclass(frozen=True, slots=True)
class Kept:
    """Which combinations of recorded values survived, and which were invented.

    `common` combinations stand at least `COMMON` times in the sensitive table and `kept` of them in the release;
    `distinct` stand in the release, `invented` of them nowhere in the sensitive table; `mass` and `invented_mass`
    are the same two weighted by how often each is released.
    """

    common: int = 0
    kept: int = 0
    distinct: int = 0
    invented: int = 0
    mass: int = 0
    invented_mass: int = 0

    def __add__(self, other: Kept) -> Kept:
        pairs = zip(_six(self), _six(other), strict=True)
        return Kept(*(one + two for one, two in pairs))

    @property
    def preserved(self) -> float:
        """The share of common combinations that are released at all; 1 when none is common."""
        return self.kept / self.common if self.common else 1.0

    @property
    def fabricated(self) -> float:
        """The share of released combinations that do not occur; 0 when none is released."""
        return self.invented / max(1, self.distinct)

    @property
    def fabricated_mass(self) -> float:
        """The chance that a combination read off a released row does not occur."""
        return self.invented_mass / max(1, self.mass)


def _six(kept: Kept) -> tuple[int, ...]:
    return (kept.common, kept.kept, kept.distinct, kept.invented, kept.mass, kept.invented_mass)


def require_comparable(real: Table, released: Table) -> None:
    """Raise `Refused` unless both tables have the same domain and the sensitive one has a row."""
    if real.domain != released.domain:
        raise Refused(Reason(ROOM, "tables_unlike"))
    if not real.rows:
        raise Refused(Reason(ROOM, "table_empty"))


def is_feasible(domain: Domain, columns: Sequence[int]) -> bool:
    """Return whether the cells of these columns together fit the memory of a comparison (256 MiB a thread)."""
    return math.prod(domain.sizes[column] for column in columns) <= MAX_CELLS


def by_columns(table: Table) -> NDArray[np.uint16]:
    """Return all codes as one matrix, columns by rows."""
    return np.stack([column.astype(np.uint16) for column in table.columns])


def compare(
    real: Table,
    released: Table,
    cliques: Sequence[tuple[int, ...]],
    *,
    scale: float | None = None,
    progress: Progress | None = None,
) -> tuple[tuple[MarginalError, ...], Kept]:
    """Compare two tables by each clique of columns, all cliques of one width; `scale` makes released rows persons.

    Without a scale released rows are scaled to the number of true ones. Every clique must be feasible.
    """
    require_comparable(real, released)
    if not cliques:
        return (), Kept()
    scale = real.rows / max(1, released.rows) if scale is None else scale
    lines, sizes = np.array(cliques, np.int64), np.array(real.domain.sizes, np.int64)
    gaps, kept = np.zeros(len(lines)), np.zeros((len(lines), 6), np.int64)
    worst = np.zeros((len(lines), 3), np.int64)
    codes = by_columns(real), by_columns(released)
    _fill(codes, lines, sizes, scale, (gaps, kept, worst), progress or (lambda step, share: None))
    errors = tuple(
        MarginalError(tuple(real.domain.names[i] for i in clique), gap / 2 / real.rows, _cell(real.domain, clique, line, scale))
        for clique, gap, line in zip(cliques, gaps.tolist(), worst.tolist(), strict=True)
    )
    return errors, Kept(*(int(one) for one in kept.sum(axis=0)))


def _fill(
    codes: tuple[NDArray[np.uint16], NDArray[np.uint16]],
    lines: NDArray[np.int64],
    sizes: NDArray[np.int64],
    scale: float,
    found: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]],
    tell: Progress,
) -> None:
    """Share the cliques among threads, a block at a time; each counts in arrays of its own. Cancelled between blocks."""
    from amparo.disclosure.evaluation import kernels

    gaps, kept, worst = found
    cells, stopped = int(sizes[lines].prod(axis=1).max()), Event()

    def work(thread: int) -> None:
        first, second = np.zeros(cells, np.int32), np.zeros(cells, np.int32)
        for start in range(thread * BLOCK, len(lines), BLOCK * THREADS):
            if stopped.is_set():
                return
            part = slice(start, start + BLOCK)
            args = *codes, lines[part], sizes, scale, COMMON, first, second
            kernels.compare_tables(*args, gaps[part], kept[part], worst[part])
            tell(f"marginals_{lines.shape[1]}", start / len(lines))

    with ThreadPoolExecutor(THREADS) as pool:
        try:
            list(pool.map(work, range(THREADS)))
        finally:
            stopped.set()  # whoever cancels waits for one block, not for all


def _cell(domain: Domain, clique: tuple[int, ...], line: list[int], scale: float) -> Cell:
    place, true, released = line
    codes = np.unravel_index(place, [domain.sizes[i] for i in clique])
    values = tuple(("", *domain.attributes[i].codes)[int(code)] for i, code in zip(clique, codes, strict=True))
    return Cell(tuple(domain.names[i] for i in clique), values, true, released * scale)
