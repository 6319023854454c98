"""What an age assessment changes: whoever may be a child is treated as a child until it is settled that they are not. Pure.

CoE Convention art. 10(3): where the age is uncertain and there is reason to believe that the person is a child, they
are presumed to be one. An assessment settles that only when nobody contests it and its whole range, with its
margin, lies on one side of majority; whatever else the record says on the child's side stays in force. What the
person says of their own age is part of the record: an assessment that says otherwise is contested by it, until somebody
decides on the contest, and never takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from amparo.desk.access.policies import YES, Verdict, no
from amparo.desk.cases.rules import Age, Finding, disagrees, is_child, years_after

OLDEST = 120
NOTHING_STATED = Age()


class Outcome(StrEnum):
    """What became of a contest of an assessment."""

    STANDS = "stands"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class Assessment:
    """One assessment: the range in years that it found, its margin on both sides, and whether somebody contests it."""

    on: date
    least: int | None
    most: int | None
    margin: int = 0
    is_contested: bool = False
    settled: Outcome | None = None

    @property
    def stands(self) -> bool:
        """Say whether it can be built upon: it has a result, and no contest is open or was successful."""
        has_result = self.least is not None and self.most is not None
        return has_result and (self.settled is Outcome.STANDS or not self.is_contested)

    @property
    def range(self) -> Age:
        """The range with its margin: what the method can tell and no more."""
        if self.least is None or self.most is None:
            return Age()
        return Age(max(0, self.least - self.margin), self.most + self.margin)


@dataclass(frozen=True, slots=True)
class Effect:
    """What the person's record says after all assessments: contested or not, and from which youngest age on which day."""

    is_contested: bool
    least: int | None = None
    on: date | None = None


def last_of(assessments: Iterable[Assessment]) -> Assessment | None:
    """Return the assessment that counts: the last by its day; of one day, the last recorded."""
    every = sorted(assessments, key=lambda one: one.on)
    return every[-1] if every else None


def is_contested_by(stated: Age, assessment: Assessment, *, majority_years: int) -> bool:
    """Say whether what the person says, as an age on the day of the assessment, contests it; a decided contest is decided."""
    if assessment.settled is not None:
        return False
    return disagrees(is_child(assessment.range, majority_years=majority_years), stated, majority_years=majority_years)


def effect(assessments: Iterable[Assessment], *, majority_years: int, record_says: Finding, stated: Age = NOTHING_STATED) -> Effect:
    """Return what assessments change; `record_says` is whether the birth date in the record makes the person a child.

    `stated` is what the person says, as an age on the day of the last assessment. The youngest age of the range counts.
    A range across majority, an open or successful contest, no result at all, or a record or a statement that says
    otherwise leave the age contested: the person is treated as a child.
    """
    last = last_of(assessments)
    if last is None or not last.stands:
        return Effect(is_contested=True)
    found = is_child(last.range, majority_years=majority_years)
    if is_contested_by(stated, last, majority_years=majority_years):
        return Effect(is_contested=True)
    if found is Finding.UNKNOWN or (found is Finding.YES and record_says is Finding.NO):
        return Effect(is_contested=True, least=last.range.least, on=last.on)
    return Effect(is_contested=False, least=last.range.least, on=last.on)


def may_assess(*, least: int | None, most: int | None, margin: int, agreed: str, guardian: str) -> Verdict:
    """An assessment is made with the person's agreement and a guardian beside them; its range has two ends in order."""
    if agreed != "yes":
        return no("age_not_agreed")
    if guardian != "yes":
        return no("age_without_guardian")
    if (least is None) != (most is None):
        return no("age_range_incomplete")
    if least is not None and most is not None and not 0 <= least <= most <= OLDEST:
        return no("age_range_reversed")
    return YES if 0 <= margin <= OLDEST else no("age_range_reversed")


@dataclass(frozen=True, slots=True)
class ComingOfAge:
    """Between which days a person comes of age, and until when protection as a child goes on after it."""

    earliest: date
    latest: date
    protected_until: date

    def is_near(self, day: date) -> bool:
        """Say whether it comes within a year, or came and the protection still goes on."""
        return self.latest.toordinal() - 366 <= day.toordinal() and day <= self.protected_until


def months_after(day: date, months: int) -> date:
    """Return the same day some months later, the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    raise AssertionError  # every month has 28 days


def coming_of_age(*, earliest_birth: date, latest_birth: date, majority_years: int, months: int) -> ComingOfAge:
    """Return when a person comes of age; where the birth date is unsure the later day counts for protection."""
    latest = years_after(latest_birth, majority_years)
    return ComingOfAge(years_after(earliest_birth, majority_years), latest, months_after(latest, months))
