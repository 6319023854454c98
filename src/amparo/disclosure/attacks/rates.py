"""What an attack says: how often it succeeds, how often it would without the release's rows, and the risk between the two."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

from amparo.disclosure.domain import ROOM, Table
from amparo.standard.reasons import Reason, Refused

CONFIDENCE = 0.95


class Finding(StrEnum):
    """What may be concluded from one attack."""

    RISK = "risk"
    """It succeeds more often on persons in the table than on others, beyond chance."""
    NONE = "none"
    """No more often than on others: what it learns, it learns about everybody."""
    BLIND = "blind"
    """It does not beat guessing, so that it says nothing about the release."""
    UNTRIED = "untried"
    """There was nothing to try."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A success rate as the centre and half-width of its Wilson interval, from 0 to 1."""

    value: float
    error: float
    guesses: int

    @property
    def low(self) -> float:
        """The lower end of the interval."""
        return max(0.0, self.value - self.error)

    @property
    def high(self) -> float:
        """The upper end of the interval."""
        return min(1.0, self.value + self.error)


@dataclass(frozen=True, slots=True)
class Risk:
    """The part of success that only the presence in the table explains, from 0 to 1, with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack three times: on persons in the table, on persons left out of it (control), and by guessing (naive).

    `about` is the column that was guessed, where there is one.
    """

    name: str
    main: Rate
    control: Rate
    naive: Rate
    about: str = ""

    @property
    def risk(self) -> Risk:
        """Return (main - control) / (1 - control) with its error propagated (Giomi and others 2023, section 4.2)."""
        room = max(1e-9, 1 - self.control.value)
        value = (self.main.value - self.control.value) / room
        error = math.hypot(self.main.error / room, (self.main.value - 1) / room**2 * self.control.error)
        return Risk(*(min(1.0, max(0.0, one)) for one in (value, value - error, value + error)))

    @property
    def finding(self) -> Finding:
        """Return what may be concluded: a risk only where the whole interval lies above zero and guessing is beaten."""
        if not (self.main.guesses and self.control.guesses):
            return Finding.UNTRIED
        if self.main.low <= self.naive.value:
            return Finding.BLIND
        return Finding.RISK if self.risk.low > 0 else Finding.NONE


def wilson(successes: float, guesses: int, *, confidence: float = CONFIDENCE, claims: int = 1) -> Rate:
    """Return the Wilson interval of a success rate; `claims` intervals hold together with `confidence` (Bonferroni).

    Without guesses the rate is anything between 0 and 1.
    """
    if not guesses:
        return Rate(0.5, 0.5, 0)
    z = NormalDist().inv_cdf(1 - (1 - confidence) / 2 / claims)
    spread = z / (guesses + z * z) * math.sqrt(successes * max(0.0, guesses - successes) / guesses + z * z / 4)
    return Rate((successes + z * z / 2) / (guesses + z * z), spread, guesses)


def require_attackable(training: Table, holdout: Table, released: Table) -> None:
    """Raise `Refused` unless all three tables have one domain and each has a row."""
    if not training.domain == holdout.domain == released.domain:
        raise Refused(Reason(ROOM, "tables_unlike"))
    if not training.rows:
        raise Refused(Reason(ROOM, "table_empty"))
    if not holdout.rows:
        raise Refused(Reason(ROOM, "holdout_empty"))
    if not released.rows:
        raise Refused(Reason(ROOM, "released_empty"))
