"""Differencing: what two releases of one pool, before and after some persons joined, tell about these persons.

The measured tables of both are subtracted. Under "the group joined" a cell of the difference has mean k, the number of
the group in the cell, else 0; its variance is the sum of both noises. The sum over cells of (k z - k^2 / 2) / variance is
the logarithm of the likelihood ratio (normal noise of the same variance for the discrete), the best statistic there is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from amparo.disclosure.accounting import Privacy
from amparo.disclosure.counting import as_codes
from amparo.disclosure.domain import ROOM, Table
from amparo.standard.reasons import Reason, Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHANCE = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredTwice:
    """One table of counts as both releases measured it; no columns are the number of persons. Noise in standard deviations."""

    names: tuple[str, ...]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    sigma_before: float
    sigma_after: float

    @property
    def change(self) -> NDArray[np.int64]:
        """The difference of both, cell by cell; a table without columns has one cell."""
        return np.atleast_1d(self.after - self.before)

    @property
    def variance(self) -> float:
        """The variance of a cell of the difference."""
        return self.sigma_before**2 + self.sigma_after**2


@dataclass(frozen=True, slots=True, eq=False)
class RowsTwice:
    """Whole rows that both releases showed with a count: `codes: uint16[rows, columns]`."""

    codes: NDArray[np.uint16]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    sigma_before: float
    sigma_after: float


@dataclass(frozen=True, slots=True)
class Change:
    """How well persons who joined are told from persons who did not, by the difference.

    `advantage` is the largest difference between the shares of both that a threshold lets pass, `low` its lower 95 %
    bound (Dvoretzky, Kiefer and Wolfowitz, on each side).
    """

    joined: int
    others: int
    advantage: float
    low: float


@dataclass(frozen=True, slots=True)
class Difference:
    """What the difference tells of a whole group, of one person of it, and what is promised.

    `log_ratio` is the logarithm of the likelihood ratio that exactly this group joined against that nothing changed.
    `expected_advantage` is what the noise of both releases leaves to the best test for one person, and
    `expected_group_advantage` for the group; `promised_advantage` what (epsilon, delta) allow at most for one person.
    """

    group: int
    log_ratio: float
    expected_group_advantage: float
    expected_advantage: float
    promised_advantage: float
    change: Change

    @property
    def is_kept(self) -> bool:
        """Whether the promise stands: nothing that was seen or computed exceeds what it allows."""
        return max(self.expected_advantage, self.change.low) <= self.promised_advantage


def difference(
    measured: Sequence[MeasuredTwice], rows: RowsTwice | None, joined: Table, others: Table, privacy: Privacy
) -> Difference:
    """Test whether the persons of `joined` came between two releases; `others` are persons who are in neither.

    `privacy` is the promise of the later release. Raises `Refused` when nobody joined or both have no persons.
    """
    if joined.domain != others.domain:
        raise Refused(Reason(ROOM, "tables_unlike"))
    if not joined.rows:
        raise Refused(Reason(ROOM, "joined_empty"))
    scores = [_scores(measured, rows, table) for table in (joined, others)]
    group, single = _of_group(measured, rows, joined), _spread_of_one(measured, rows, joined)
    return Difference(
        group=joined.rows,
        log_ratio=group[0],
        expected_group_advantage=advantage_of(group[1]),
        expected_advantage=advantage_of(single),
        promised_advantage=promised(privacy),
        change=_tell_apart(*scores),
    )


def advantage_of(spread_squared: float) -> float:
    """Return the advantage of the best test between two normal distributions whose means are so many deviations apart."""
    return math.erf(math.sqrt(spread_squared / 8))


def promised(privacy: Privacy) -> float:
    """Return the most by which (epsilon, delta) let true and false alarms differ: (e^epsilon - 1 + 2 delta) / (e^epsilon + 1)."""
    return math.tanh(privacy.epsilon / 2) + 2 * privacy.delta / (math.exp(privacy.epsilon) + 1)


def _scores(measured: Sequence[MeasuredTwice], rows: RowsTwice | None, table: Table) -> NDArray[np.float64]:
    """Return for each row the logarithm of the likelihood ratio that it joined alone."""
    scores = np.zeros(table.rows)
    for one in measured:
        scores += (one.change[_places(one, table)] - 0.5) / one.variance
    shown = _shown(rows)
    for at, row in enumerate(as_codes(table) if shown else ()):
        change, variance = shown.get(row.tobytes(), (0.5, 1.0))
        scores[at] += (change - 0.5) / variance
    return scores


def _of_group(measured: Sequence[MeasuredTwice], rows: RowsTwice | None, joined: Table) -> tuple[float, float]:
    """Return the group's logarithm of the likelihood ratio, and how many deviations (squared) its two means are apart."""
    ratio = spread = 0.0
    for one in measured:
        counts = np.zeros(one.change.shape)
        np.add.at(counts, _places(one, joined), 1)
        ratio += float((counts * one.change - counts**2 / 2).sum()) / one.variance
        spread += float((counts**2).sum()) / one.variance
    counted: dict[bytes, int] = {}
    shown = _shown(rows)
    for row in as_codes(joined) if shown else ():
        counted[row.tobytes()] = counted.get(row.tobytes(), 0) + 1
    for key, count in counted.items():
        if key in shown:
            change, variance = shown[key]
            ratio += (count * change - count**2 / 2) / variance
            spread += count**2 / variance
    return ratio, spread


def _spread_of_one(measured: Sequence[MeasuredTwice], rows: RowsTwice | None, joined: Table) -> float:
    """Return how many deviations (squared) the difference is apart with and without the most exposed person of the group."""
    spread = math.fsum(1 / one.variance for one in measured)
    shown = _shown(rows)
    exposed = [1 / shown[row.tobytes()][1] for row in (as_codes(joined) if shown else ()) if row.tobytes() in shown]
    return spread + max(exposed, default=0.0)


def _places(one: MeasuredTwice, table: Table) -> tuple[NDArray[np.integer], ...]:
    """Return the cell of each row; a table without columns has one cell."""
    if not one.names:
        return (np.zeros(table.rows, np.int64),)
    return tuple(table.columns[table.domain.names.index(name)] for name in one.names)


def _shown(rows: RowsTwice | None) -> dict[bytes, tuple[float, float]]:
    """Return the change and the variance of each whole row that both releases show."""
    if rows is None:
        return {}
    variance = rows.sigma_before**2 + rows.sigma_after**2
    changes = (rows.after - rows.before).tolist()
    return {np.ascontiguousarray(code).tobytes(): (change, variance) for code, change in zip(rows.codes, changes, strict=True)}


def _tell_apart(joined: NDArray[np.float64], others: NDArray[np.float64]) -> Change:
    """Return the largest gap between the two distributions of scores, by any threshold."""
    if not len(others):
        return Change(len(joined), 0, 0.0, 0.0)
    levels = np.concatenate([joined, others])
    passed = [1 - np.searchsorted(np.sort(side), levels, side="left") / len(side) for side in (joined, others)]
    advantage = float(max(0.0, (passed[0] - passed[1]).max()))
    slack = sum(math.sqrt(math.log(2 / (CHANCE / 2)) / (2 * len(side))) for side in (joined, others))
    return Change(len(joined), len(others), advantage, max(0.0, advantage - slack))
