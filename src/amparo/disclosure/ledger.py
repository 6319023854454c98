"""The ledger of a pool: what all its releases together may disclose, and a typed refusal to go beyond.

Only rho composes tightly, so rho is what adds up (Bun & Steinke 2016, lemma 2.3) and epsilon is how the sum is read.
Releases that touch different frozen registration years compose in parallel, because a row has one year for life;
anything else adds up. A person who stands in the pool under several keys is several rows: `Ledger.for_person` reads the
same spends for them. A ledger is a value: spending returns a new one, and storing it is the caller's business.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from amparo.disclosure.accounting import Privacy, add_up, epsilon_of, of_group, rho_of
from amparo.disclosure.domain import ROOM
from amparo.standard.reasons import Reason, Refused


@dataclass(frozen=True, slots=True)
class Spend:
    """What one release may disclose of the rows it touches: rho, and the delta that pays for rows found in the data.

    `years` are the frozen registration years that the release read, or None when it read them all; `contributors` the
    number of keys of one person for which its delta holds. It stays spent when the release is rejected.
    """

    release: str
    rho: float
    delta: float
    years: frozenset[int] | None = None
    contributors: int = 1

    def __post_init__(self) -> None:
        if not (self.release and math.isfinite(self.rho) and self.rho > 0 and 0 <= self.delta < 1 and self.contributors >= 1):
            raise ValueError("a spend names its release and discloses something finite")
        if self.years is not None and not self.years:
            raise ValueError("a spend over no year is no spend")

    @classmethod
    def of(cls, release: str, privacy: Privacy, years: frozenset[int] | None = None) -> Spend:
        """The spend of a release under this promise, known before anything is measured."""
        return cls(release, privacy.rho, privacy.delta_for_rows, years, privacy.contributors_per_person)


@dataclass(frozen=True, slots=True)
class PersonSpent:
    """What all releases of a pool together may disclose of a person under `contributors` keys: rho, and its reading.

    `epsilon` is read at the ledger's delta; it is infinite where delta is used up, or where a release counted on fewer
    keys than these and so promised nothing about showing the person's rows whole.
    """

    contributors: int
    rho: float
    epsilon: float
    delta: float


class BudgetExceeded(Refused):
    """The pool's ceiling does not allow this spend; nothing was spent. `epsilon_after` is what it would have come to."""

    def __init__(self, reason: Reason, *, epsilon_after: float, ceiling: float) -> None:
        super().__init__(reason)
        self.epsilon_after = epsilon_after
        self.ceiling = ceiling


@dataclass(frozen=True, slots=True)
class Ledger:
    """A pool's spends for life under a ceiling (epsilon, delta) for one key; frozen."""

    pool: str
    epsilon: float
    delta: float
    spends: tuple[Spend, ...] = ()

    def __post_init__(self) -> None:
        Privacy(self.epsilon, self.delta)
        if len({spend.release for spend in self.spends}) != len(self.spends):
            raise ValueError("a release stands in a ledger once")

    @property
    def rho(self) -> float:
        """The rho disclosed of the most disclosed year (rounded up)."""
        return max(rho for rho, _ in self._by_year())

    @property
    def epsilon_spent(self) -> float:
        """All spends together, read as epsilon at the ledger's delta; infinite when delta is used up."""
        return max(self._epsilon(rho, delta) for rho, delta in self._by_year())

    @property
    def epsilon_basic(self) -> float:
        """The same without tight composition: each spend's own epsilon at an equal share of delta, added up."""
        return max(
            math.fsum(epsilon_of(s.rho, self.delta / len(self.spends) / 2) for s in spends) if spends else 0.0
            for spends in self._spends_by_year()
        )

    @property
    def rho_left(self) -> float:
        """The rho that a release over all years could still spend, if it found no rows."""
        return max(0.0, min(self._room(rho, delta) for rho, delta in self._by_year()))

    def for_person(self, contributors: int) -> PersonSpent:
        """Read all spends for a person under so many keys, in whatever years these stand.

        With n_i <= m of the keys in the years of release i the sum of n_i^2 rho_i is at most m times the sum over her keys
        of their years' rho, so at most m^2 times the rho of the most disclosed year; delta likewise, m times.
        """
        years = self._by_year()
        rho = of_group(max(rho for rho, _ in years), contributors)
        delta = min(add_up(s.delta for s in self.spends), add_up([max(delta for _, delta in years)] * contributors))
        is_counted_on = all(spend.contributors >= contributors for spend in self.spends)
        return PersonSpent(contributors, rho, self._epsilon(rho, delta) if is_counted_on else math.inf, self.delta)

    def spend(self, spend: Spend) -> Ledger:
        """Return the ledger with this spend in it; raise `BudgetExceeded` over the ceiling, `Refused` for a repetition."""
        if any(earlier.release == spend.release for earlier in self.spends):
            raise Refused(Reason(ROOM, "spend_repeated", spend.release))
        after = replace(self, spends=(*self.spends, spend))
        if after.epsilon_spent <= self.epsilon:
            return after
        values = {
            "after": _shown(after.epsilon_spent),
            "ceiling": _shown(self.epsilon),
            "spent": _shown(self.epsilon_spent),
        }
        reason = Reason(ROOM, "budget_exceeded", self.pool, values)
        raise BudgetExceeded(reason, epsilon_after=after.epsilon_spent, ceiling=self.epsilon)

    def _epsilon(self, rho: float, delta: float) -> float:
        left = self.delta - delta
        return epsilon_of(rho, left) if left > 0 else math.inf

    def _room(self, rho: float, delta: float) -> float:
        left = self.delta - delta
        return rho_of(self.epsilon, left) - rho if left > 0 else 0.0

    def _spends_by_year(self) -> list[list[Spend]]:
        years = {year for spend in self.spends for year in spend.years or ()}
        everywhere = [spend for spend in self.spends if spend.years is None]
        return [everywhere, *([s for s in self.spends if s.years is None or year in s.years] for year in sorted(years))]

    def _by_year(self) -> list[tuple[float, float]]:
        return [(add_up(s.rho for s in spends), add_up(s.delta for s in spends)) for spends in self._spends_by_year()]


def _shown(epsilon: float) -> str:
    return "∞" if math.isinf(epsilon) else f"{math.ceil(epsilon * 1000) / 1000:g}"
