"""When a record has been kept long enough: pure, from dated facts and rules as data to a day with its reasons.

A day that is only partly known counts as the latest day it can mean, and of several days the latest
counts: who reads a date in two ways keeps the record longer, because what is destroyed does not come back.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from amparo.desk.core.partial_dates import Known, PartialDate


class Keeping(StrEnum):
    """For what something is kept; each has a rule of its own."""

    CASEWORK = "casework"
    CHILD_CASE = "child_case"
    UNSUCCESSFUL_SCREENING = "unsuccessful_screening"
    SIGNAL = "signal"
    EXCERPT = "excerpt"
    CONTRIBUTION = "contribution"
    REQUEST = "request"
    AUDIT = "audit"


class Start(StrEnum):
    """What a period runs from."""

    CASE_CLOSED = "case_closed"
    MAJORITY = "majority"
    LAST_CONTACT = "last_contact"
    SETTLED = "settled"
    CONSENT_ENDED = "consent_ended"


class End(StrEnum):
    """What two persons may do once the period is over."""

    SHRED = "shred"
    ANONYMISE = "anonymise"
    KEEP = "keep"
    LAPSE = "lapse"
    """The clock alone removes it: for signals that led to no record, and for nothing else."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A period in months after the latest of `starts`, where it comes from and when it holds; first and last day included."""

    keeping: Keeping
    months: int
    starts: frozenset[Start]
    end: End
    source: str
    is_proposal: bool = False
    is_own: bool = False
    valid_from: date | None = None
    valid_until: date | None = None
    source_in: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), compare=False)

    def holds_on(self, day: date) -> bool:
        """Say whether the rule is in force on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may know of what is kept: the days from which periods run; `extended_until` is what two persons decided."""

    keepings: frozenset[Keeping]
    starts: Mapping[Start, PartialDate]
    extended_until: date | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """From when two persons may decide, under which rule, and why then; `on` is None while a period has not begun."""

    on: date | None
    rule: Rule | None
    reasons: tuple[str, ...]

    def is_over(self, today: date) -> bool:
        """Say whether the time has come."""
        return self.on is not None and self.on <= today


def due(facts: Facts, rules: Iterable[Rule], *, on: date) -> Due:
    """Return when something has been kept long enough: the latest day that any rule for it asks for.

    A rule whose beginning has not come, or is not known at all, keeps it: no clock ends what nobody can date.
    """
    held = [rule for rule in rules if rule.keeping in facts.keepings and rule.holds_on(on)]
    if not held or {rule.keeping for rule in held} != facts.keepings:
        return Due(None, None, ("no_rule",))
    waiting = [(rule, found) for rule in held if (found := _waits(rule, facts))]
    if waiting:
        return Due(None, *waiting[0])
    last = max(held, key=lambda rule: (_day(rule, facts), rule.keeping))
    day, reasons = _day(last, facts), [f"from_{_decisive(last, facts)}"]
    if len(held) > 1:
        reasons.append("longest_rule")
    if not _is_whole(facts.starts[_decisive(last, facts)]):
        reasons.append("later_reading")
    if facts.extended_until is not None and facts.extended_until > day:
        return Due(facts.extended_until, last, ("extended",))
    return Due(day, last, tuple(reasons))


def _waits(rule: Rule, facts: Facts) -> tuple[str, ...]:
    """Return why a rule's period has not begun."""
    if rule.end is End.KEEP:
        return ("kept_for_good",)
    missing = sorted(start for start in rule.starts if facts.starts.get(start, PartialDate()).latest is None)
    return tuple(f"waits_for_{start}" for start in missing)


def _decisive(rule: Rule, facts: Facts) -> Start:
    return max(rule.starts, key=lambda start: (facts.starts[start].latest or date.min, start))


def _day(rule: Rule, facts: Facts) -> date:
    latest = facts.starts[_decisive(rule, facts)].latest
    if latest is None:
        raise ValueError("a period without a beginning has no end")
    return after(latest, rule.months)


def _is_whole(day: PartialDate) -> bool:
    return day.day is not None and day.known == "stated"


def after(day: date, months: int) -> date:
    """Return the day so many months later; the last of the month where that month is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = min(day.year + years, date.max.year)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def majority(born: PartialDate, years: int) -> PartialDate:
    """Return the day on which somebody comes of age, known as well as their birth is.

    Who was born on a leap day does so on it where the year has one, else on the first of March, the later reading.
    """
    if born.year is None:
        return born
    year = born.year + years
    may_be_leap = born.month == 2 and born.day in (29, None) and calendar.isleap(born.year)
    if may_be_leap and not calendar.isleap(year):
        return PartialDate(year, 3, 1, born.known if born.day else Known.ESTIMATED)
    return PartialDate(year, born.month, born.day, born.known)


def in_force(own: Iterable[Rule], country: Iterable[Rule], *, on: date) -> tuple[Rule, ...]:
    """Return one rule for each purpose on a day: the office's own, the latest first made of them last, else the country's."""
    found = {rule.keeping: rule for rules in (country, own) for rule in rules if rule.holds_on(on)}
    return tuple(found[keeping] for keeping in Keeping if keeping in found)
