"""What a record still lacks, and what must stand out on it: pure, from facts to codes, in the order of urgency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

RISK_IS_OLD_AFTER = timedelta(days=90)
"""A risk that was not looked at for so long is asked for again."""


class Gap(StrEnum):
    """A question that nobody answered yet."""

    SAFE_CONTACT = "safe_contact"
    OF_AGE = "of_age"
    GUARDIAN = "guardian"
    AS_A_CHILD = "as_a_child"
    RISK = "risk"
    RISK_OLD = "risk_old"
    NEXT_STEP = "next_step"
    LANGUAGE = "language"
    AGE = "age"
    GENDER = "gender"
    CITIZENSHIP = "citizenship"
    SCREENING = "screening"
    DECISION = "decision"
    EXPLOITATION = "exploitation"
    JOURNEY = "journey"
    ASSISTANCE_CONSENT = "assistance_consent"
    STATISTICS_CONSENT = "statistics_consent"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a case, as yes or no: never the answers themselves."""

    has_safe_contact: bool
    risk_assessed_on: date | None
    has_next_step: bool
    has_language: bool
    has_age: bool
    has_gender: bool
    has_citizenship: bool
    has_screening: bool
    has_undecided_screening: bool
    has_exploitation: bool
    has_legs: bool
    was_asked_assistance: bool
    was_asked_statistics: bool
    is_closed: bool = False
    must_ask_guardian: bool = False
    """Whether something was decided without a guardian, and one is recorded by now."""
    must_ask_anew: bool = False
    """Whether the person's age ended an answer about consent, and nobody asked anew since."""
    is_child: bool = False


def missing(known: Known, *, today: date) -> tuple[Gap, ...]:
    """Return what is missing, the person's safety first; nothing is asked for once the case has ended."""
    if known.is_closed:
        return ()
    gaps = {
        Gap.SAFE_CONTACT: not known.has_safe_contact,
        Gap.OF_AGE: known.must_ask_anew and not known.is_child,
        Gap.AS_A_CHILD: known.must_ask_anew and known.is_child,
        Gap.GUARDIAN: known.must_ask_guardian,
        Gap.RISK: known.risk_assessed_on is None,
        Gap.RISK_OLD: known.risk_assessed_on is not None and today - known.risk_assessed_on > RISK_IS_OLD_AFTER,
        Gap.NEXT_STEP: not known.has_next_step,
        Gap.ASSISTANCE_CONSENT: not known.was_asked_assistance,
        Gap.LANGUAGE: not known.has_language,
        Gap.DECISION: known.has_undecided_screening,
        Gap.SCREENING: not known.has_screening,
        Gap.AGE: not known.has_age,
        Gap.GENDER: not known.has_gender,
        Gap.CITIZENSHIP: not known.has_citizenship,
        Gap.EXPLOITATION: known.has_screening and not known.has_exploitation,
        Gap.JOURNEY: known.has_screening and not known.has_legs,
        Gap.STATISTICS_CONSENT: known.was_asked_assistance and not known.was_asked_statistics,
    }
    return tuple(gap for gap, is_missing in gaps.items() if is_missing)


class Due(StrEnum):
    """How near a day is."""

    LATE = "late"
    SOON = "soon"
    CALM = "calm"


def due(day: date, *, today: date) -> Due:
    """Say whether a day has passed, comes within two days, or can wait."""
    if day < today:
        return Due.LATE
    return Due.SOON if day <= today + timedelta(days=2) else Due.CALM


@dataclass(frozen=True, slots=True)
class Place:
    """A member's place on a case: from a day, until a day or still; and the day on which the case was closed."""

    case_id: Any
    since: date
    until: date | None
    closed_on: date | None

    def is_held(self, day: date) -> bool:
        """Say whether the case was the member's to work on at the end of a day."""
        return self.since <= day and all(end is None or end > day for end in (self.until, self.closed_on))


@dataclass(frozen=True, slots=True)
class Week:
    """The last day of a week, and how many cases were somebody's then."""

    day: date
    cases: int


def weeks_back(today: date, weeks: int) -> list[date]:
    """Return the last days of so many weeks, seven days apart, the last one today."""
    return [today - timedelta(days=7 * back) for back in range(weeks - 1, -1, -1)]


def carried(places: Iterable[Place], *, today: date, weeks: int) -> tuple[Week, ...]:
    """Return how many cases somebody had week by week; two places on one case are one case."""
    held = list(places)
    return tuple(Week(day, len({one.case_id for one in held if one.is_held(day)})) for day in weeks_back(today, weeks))


WORTH_SHARING = 4
"""A difference of fewer cases is none to hand persons over for: each handing over costs them somebody they know."""


Who = TypeVar("Who")


@dataclass(frozen=True, slots=True)
class Suggestion(Generic[Who]):
    """How cases could be shared anew: from whom, to whom, how many at most. A number, no verdict on anybody."""

    giver: Who
    taker: Who
    cases: int


def balance(loads: Sequence[tuple[Who, int]]) -> Suggestion[Who] | None:
    """Suggest from who has most open cases to who has fewest half of the difference, rounded down; None where it is small.

    Of equals the one named first. It counts cases and knows nothing of how heavy they are.
    """
    if not loads:
        return None
    giver, most = max(loads, key=lambda load: load[1])
    taker, fewest = min(loads, key=lambda load: load[1])
    if most - fewest < WORTH_SHARING:
        return None
    return Suggestion(giver, taker, (most - fewest) // 2)
