"""Sums as they are told: added up currency by currency, never converted, never a verdict. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

ONCE = "once"
WAGE, PROMISED, PAID, DEDUCTED = "wage", "promised", "paid", "deducted"


@dataclass(frozen=True, slots=True)
class Money:
    """One sum: for what, in which state, how much of which currency, for which period, and how often."""

    purpose: str
    state: str
    amount: Decimal | None
    currency: str
    period: str = ONCE
    times: Decimal | None = None

    @property
    def total(self) -> Decimal | None:
        """The whole: the sum, or the sum for a period as often as it was; None where one of them is not known."""
        if self.amount is None or not self.currency:
            return None
        if self.period == ONCE:
            return self.amount
        return None if self.times is None else self.amount * self.times


@dataclass(frozen=True, slots=True)
class Sum:
    """What one purpose and state come to in one currency, and how many sums of it could not be added."""

    purpose: str
    state: str
    currency: str
    total: Decimal
    open: int


def sums(told: Iterable[Money]) -> tuple[Sum, ...]:
    """Return the sums by purpose, state and currency in the order in which they were told first.

    What is not known is counted, not guessed: a wage a month without the number of months is open.
    """
    found: dict[tuple[str, str, str], tuple[Decimal, int]] = {}
    for one in told:
        key = (one.purpose, one.state, one.currency)
        total, left = found.get(key, (Decimal(0), 0))
        whole = one.total
        found[key] = (total, left + 1) if whole is None else (total + whole, left)
    return tuple(Sum(*key, total, left) for key, (total, left) in found.items())


@dataclass(frozen=True, slots=True)
class WageLine:
    """What was promised as a wage, what was received and what was kept back, in one currency.

    `short` is what the promise comes to beyond what was received, where both are for the same period and
    it is known how often; deductions are part of what was promised and not received, and not taken off twice.
    """

    currency: str
    promised: tuple[Money, ...]
    received: tuple[Money, ...]
    deducted: tuple[Money, ...]
    short: Decimal | None


def wages(told: Sequence[Money]) -> tuple[WageLine, ...]:
    """Return, currency by currency, what was promised beside what was received; only where a wage was promised."""
    lines = []
    for currency in dict.fromkeys(one.currency for one in told if one.purpose == WAGE and one.state == PROMISED):
        own = [one for one in told if one.currency == currency]
        promised = tuple(one for one in own if one.purpose == WAGE and one.state == PROMISED)
        received = tuple(one for one in own if one.purpose == WAGE and one.state == PAID)
        deducted = tuple(one for one in own if one.state == DEDUCTED)
        lines.append(WageLine(currency, promised, received, deducted, _short(promised, received)))
    return tuple(lines)


def _short(promised: Sequence[Money], received: Sequence[Money]) -> Decimal | None:
    """Return what is missing, where one promise stands and everything received is for its period and counted."""
    if len(promised) != 1 or not received or promised[0].amount is None:
        return None
    promise = promised[0]
    if any(one.period != promise.period or one.total is None for one in received):
        return None
    if promise.period == ONCE:
        due = promise.amount
    else:
        times = promise.times if promise.times is not None else sum((one.times or Decimal(0) for one in received), Decimal(0))
        due = promise.amount * times
    missing = due - sum((one.total or Decimal(0) for one in received), Decimal(0))
    return missing if missing > 0 else None
