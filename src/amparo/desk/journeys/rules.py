"""What does not fit in a journey, and what is not known: pure, from legs as values. Nothing is chosen for the person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from amparo.desk.core.partial_dates import PartialDate


class Oddity(StrEnum):
    """What a journey shows when it is laid out."""

    ENDS_BEFORE_IT_BEGINS = "ends_before_it_begins"
    OUT_OF_ORDER = "out_of_order"
    OVERLAP = "overlap"
    COUNTRY_GAP = "country_gap"
    TIME_GAP = "time_gap"
    TWO_ACCOUNTS = "two_accounts"


CONTRADICTIONS = frozenset({Oddity.ENDS_BEFORE_IT_BEGINS, Oddity.OUT_OF_ORDER, Oddity.OVERLAP, Oddity.TWO_ACCOUNTS})
"""The others are gaps."""
NOT_TOLD = PartialDate()
GAP = timedelta(days=14)
"""Time between two legs that is worth a question, unless the person does not want to be asked."""


@dataclass(frozen=True, slots=True)
class LegFacts:
    """One leg as the rules see it."""

    position: int
    account: str = ""
    from_country: str = ""
    to_country: str = ""
    started: PartialDate = NOT_TOLD
    ended: PartialDate = NOT_TOLD

    @property
    def name(self) -> str:
        """The leg's number, with the letter of its account: 3, 3a, 3b."""
        return f"{self.position}{self.account}"

    @property
    def first_day(self) -> date | None:
        """The first day that the leg can have had."""
        return self.started.earliest or self.ended.earliest

    @property
    def last_day(self) -> date | None:
        """The last day that the leg can have had."""
        return self.ended.latest or self.started.latest


@dataclass(frozen=True, slots=True)
class Found:
    """One oddity: which legs it concerns and, for a gap, what lies at its ends."""

    oddity: Oddity
    legs: tuple[str, ...]
    since: date | None = None
    until: date | None = None
    left: str = ""
    reached: str = ""

    @property
    def is_contradiction(self) -> bool:
        """Say whether two things cannot both be so; a gap only waits to be told."""
        return self.oddity in CONTRADICTIONS


def oddities(legs: Sequence[LegFacts]) -> tuple[Found, ...]:
    """Return what does not fit and what is missing, in the order of the journey.

    Only what is certain counts as a contradiction: a date that may fit, fits. Two accounts of one
    leg are named, and each is compared with the legs before and after.
    """
    ordered = sorted(legs, key=lambda leg: (leg.position, leg.account))
    found = [found for leg in ordered for found in _within(leg)]
    found += _accounts(ordered)
    for before, after in _neighbours(ordered):
        found += _between(before, after)
    return tuple(found)


def _within(leg: LegFacts) -> list[Found]:
    begins, ends = leg.started.earliest, leg.ended.latest
    if begins is not None and ends is not None and ends < begins:
        return [Found(Oddity.ENDS_BEFORE_IT_BEGINS, (leg.name,), ends, begins)]
    return []


def _accounts(legs: Sequence[LegFacts]) -> list[Found]:
    by_position: dict[int, list[LegFacts]] = {}
    for leg in legs:
        by_position.setdefault(leg.position, []).append(leg)
    return [Found(Oddity.TWO_ACCOUNTS, tuple(leg.name for leg in told)) for told in by_position.values() if len(told) > 1]


def _neighbours(legs: Sequence[LegFacts]) -> list[tuple[LegFacts, LegFacts]]:
    """Return each leg with each account of the following one."""
    positions = sorted({leg.position for leg in legs})
    at = {position: [leg for leg in legs if leg.position == position] for position in positions}
    return [(one, other) for first, second in pairwise(positions) for one in at[first] for other in at[second]]


def _between(before: LegFacts, after: LegFacts) -> list[Found]:
    pair = (before.name, after.name)
    found = []
    if before.to_country and after.from_country and before.to_country != after.from_country:
        found.append(Found(Oddity.COUNTRY_GAP, pair, left=before.to_country, reached=after.from_country))
    began, begins = before.started.earliest, after.started.latest
    if began is not None and begins is not None and begins < began:
        return [*found, Found(Oddity.OUT_OF_ORDER, pair, begins, began)]
    ended = before.ended.earliest
    if ended is not None and begins is not None and begins < ended:
        return [*found, Found(Oddity.OVERLAP, pair, begins, ended)]
    last, first = before.ended.latest, after.started.earliest
    if last is not None and first is not None and first - last > GAP:
        found.append(Found(Oddity.TIME_GAP, pair, last, first))
    return found


def span(legs: Sequence[LegFacts]) -> tuple[date, date] | None:
    """Return the first and the last day that the journey can have had; None when no leg has a date."""
    days = [day for leg in legs for day in (leg.first_day, leg.last_day) if day is not None]
    return (min(days), max(days)) if days else None


def countries(legs: Sequence[LegFacts]) -> tuple[str, ...]:
    """Return the countries in the order of the way, without repeating a country that is not left in between."""
    way: list[str] = []
    for leg in sorted(legs, key=lambda leg: (leg.position, leg.account)):
        for country in (leg.from_country, leg.to_country):
            if country and (not way or way[-1] != country):
                way.append(country)
    return tuple(way)
