"""How far a release may be off, told by its noise alone: no table of persons is taken, so the answer may be published."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.domain import ROOM, Table
from amparo.standard.reasons import Reason, Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEAN_OF_ABSOLUTE_NORMAL = math.sqrt(2 / math.pi)
Z95 = 1.96
HALF_A_PERSON = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """One published table of counts: its columns, its estimates and their standard errors, `float64[levels, ...]`."""

    names: tuple[str, ...]
    estimate: NDArray[np.float64]
    standard_error: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MechanismError:
    """One published table: what its noise costs, in the cells that say anything.

    Of `cells`, `told` have a released count larger than its 95 % margin; `share` of the persons stand in them. There,
    `noise` is the mean error that noise leaves in the estimates, and `fit` the distance of the released rows from the
    estimates, both as half the sum over these cells divided by the number of persons. `margin` is the half-width
    of the widest 95 % interval of any cell, in persons.
    """

    names: tuple[str, ...]
    cells: int
    told: int
    share: float
    noise: float
    fit: float
    margin: float


def mechanism_error(counted: Sequence[Counted], released: Table, *, persons: float) -> tuple[MechanismError, ...]:
    """Say for each published table how far its noise and the drawing of rows may lead; `persons` is the noisy total.

    Takes what is published and nothing else. Only cells that say something count: unbiased estimates of the many empty
    cells of a wide table lie around zero, and their errors there concern nobody. The mean absolute error of a normal
    estimate is sqrt(2 / pi) standard errors. Raises `Refused` for a table of columns that the release does not have.
    """
    return tuple(_error(one, released, max(1.0, persons)) for one in counted if one.names)


def _error(one: Counted, released: Table, persons: float) -> MechanismError:
    counts = _count(released, one.names) * (persons / max(1, released.rows))
    if counts.shape != one.estimate.shape:
        raise Refused(Reason(ROOM, "tables_unlike"))
    away = np.abs(counts - one.estimate)
    margins = Z95 * one.standard_error + HALF_A_PERSON + away
    told = counts > margins
    return MechanismError(
        names=one.names,
        cells=counts.size,
        told=int(told.sum()),
        share=float(counts[told].sum()) / persons,
        noise=float(one.standard_error[told].sum()) * MEAN_OF_ABSOLUTE_NORMAL / 2 / persons,
        fit=float(away[told].sum()) / 2 / persons,
        margin=float(margins.max()),
    )


def _count(table: Table, names: tuple[str, ...]) -> NDArray[np.float64]:
    if not set(names) <= set(table.domain.names):
        raise Refused(Reason(ROOM, "tables_unlike"))
    places = [table.domain.names.index(name) for name in names]
    shape = tuple(table.domain.sizes[place] for place in places)
    cells = np.ravel_multi_index([table.columns[place].astype(np.int64) for place in places], shape)
    return np.bincount(cells, minlength=math.prod(shape)).reshape(shape).astype(np.float64)
