"""Comparing two descriptions of a person: for each field a level, for each level a weight, and their sum.

The scheme is Fellegi and Sunter's (Journal of the American Statistical Association 64, 1969): a level weighs
log2(m / u), m its share among pairs of one person, u its share among pairs of two. The shares are rounded;
`benchmarks/linkage.py` prints what FEBRL's and Splink's published pairs give for names and births. The shares of gender,
citizenship, telephone and document are assumptions for an office of some thousand persons from a few countries, and are
said beside each. A field that one side does not know weighs nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from .words import CLOSE, Word, paired, words

WORTH_A_LOOK = 5.0
"""From this score on a pair is shown to a person: the odds are then some thirty times those of any two persons."""
STRONG = 12.0
"""From this score on the evidence is called strong; it still decides nothing."""


class Level(StrEnum):
    """How far one field of two descriptions agrees."""

    NAME_SAME = "name_same"
    NAME_OTHERWISE_WRITTEN = "name_otherwise_written"
    NAME_PART = "name_part"
    NAME_ALONE = "name_alone"
    NAME_ONE_WORD = "name_one_word"
    NAME_DIFFERS = "name_differs"
    BIRTH_SAME = "birth_same"
    BIRTH_SWAPPED = "birth_swapped"
    BIRTH_ONE_PART = "birth_one_part"
    BIRTH_FITS = "birth_fits"
    BIRTH_NEAR = "birth_near"
    BIRTH_DIFFERS = "birth_differs"
    GENDER_SAME = "gender_same"
    GENDER_DIFFERS = "gender_differs"
    CITIZENSHIP_SHARED = "citizenship_shared"
    CITIZENSHIP_DIFFERS = "citizenship_differs"
    PHONE_SAME = "phone_same"
    PHONE_DIFFERS = "phone_differs"
    DOCUMENT_SAME = "document_same"
    DOCUMENT_DIFFERS = "document_differs"


SHARES: dict[Level, tuple[float, float]] = {
    Level.NAME_SAME: (0.40, 0.0001),
    Level.NAME_OTHERWISE_WRITTEN: (0.40, 0.0005),
    Level.NAME_PART: (0.10, 0.001),
    Level.NAME_ALONE: (0.30, 0.008),  # two records of one word only, which few are, and the same one
    Level.NAME_ONE_WORD: (0.20, 0.06),  # one given name of the most frequent is borne by one person in twenty
    Level.NAME_DIFFERS: (0.05, 0.93),  # who was sold under another name often gives it first
    Level.BIRTH_SAME: (0.60, 0.0001),  # some thirty years of births
    Level.BIRTH_SWAPPED: (0.02, 0.0001),
    Level.BIRTH_ONE_PART: (0.15, 0.006),
    Level.BIRTH_FITS: (0.30, 0.05),  # one year in twenty
    Level.BIRTH_NEAR: (0.10, 0.12),
    Level.BIRTH_DIFFERS: (0.05, 0.80),
    Level.GENDER_SAME: (0.95, 0.55),  # assumed: half and half, and recorded otherwise for one in twenty
    Level.GENDER_DIFFERS: (0.05, 0.45),
    Level.CITIZENSHIP_SHARED: (0.90, 0.20),  # assumed: five countries of origin
    Level.CITIZENSHIP_DIFFERS: (0.10, 0.80),
    Level.PHONE_SAME: (0.50, 0.0005),  # assumed: families, shelters and exploiters share one telephone
    Level.PHONE_DIFFERS: (0.50, 0.9995),
    Level.DOCUMENT_SAME: (0.60, 0.00001),
    Level.DOCUMENT_DIFFERS: (0.40, 0.99999),  # assumed: several documents, lost and forged ones
}
"""For each level m and u."""


def weight(level: Level) -> float:
    """Return the weight of a level, in bits: positive speaks for one person, negative against."""
    m, u = SHARES[level]
    return math.log2(m / u)


@dataclass(frozen=True, slots=True)
class Span:
    """The days on which a person can have been born, both ends included; `is_guess` where somebody estimated."""

    earliest: date
    latest: date
    is_guess: bool = False

    @property
    def is_a_day(self) -> bool:
        """Say whether one day is meant. The first of January is registered for whoever knows the year only."""
        return self.earliest == self.latest and not self.is_guess and (self.earliest.month, self.earliest.day) != (1, 1)

    @property
    def widened(self) -> Span:
        """The whole year where a first of January stands, two more years where it is a guess."""
        first, last = self.earliest, self.latest
        if first == last and (first.month, first.day) == (1, 1):
            last = date(first.year, 12, 31)
        if self.is_guess:
            first, last = date(max(1, first.year - 2), 1, 1), date(min(9999, last.year + 2), 12, 31)
        return Span(first, last)


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of one person; everything can be absent. `names` are whole names: the name, and each alias."""

    names: tuple[str, ...] = ()
    born: Span | None = None
    gender: str = ""
    citizenships: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reason:
    """One field's level and what it adds to the score, in bits."""

    level: Level
    weight: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The sum of the weights and what it consists of, the strongest first. No verdict: a person decides."""

    score: float
    reasons: tuple[Reason, ...]

    @property
    def is_worth_a_look(self) -> bool:
        """Say whether a person should look at the two."""
        return self.score >= WORTH_A_LOOK

    @property
    def is_strong(self) -> bool:
        """Say whether the evidence is strong."""
        return self.score >= STRONG


def compare(one: Description, other: Description) -> Comparison:
    """Compare two descriptions; the same both ways round."""
    levels = (
        name_level(one.names, other.names),
        birth_level(one.born, other.born),
        _same(one.gender, other.gender, Level.GENDER_SAME, Level.GENDER_DIFFERS),
        _shared(one.citizenships, other.citizenships, Level.CITIZENSHIP_SHARED, Level.CITIZENSHIP_DIFFERS),
        _shared(_tails(one.phones), _tails(other.phones), Level.PHONE_SAME, Level.PHONE_DIFFERS),
        _shared(_marks(one.documents), _marks(other.documents), Level.DOCUMENT_SAME, Level.DOCUMENT_DIFFERS),
    )
    reasons = sorted((Reason(level, weight(level)) for level in levels if level), key=lambda one: (-abs(one.weight), one.level))
    return Comparison(sum(reason.weight for reason in reasons), tuple(reasons))


WHOLE_NAMES = frozenset({Level.NAME_SAME, Level.NAME_OTHERWISE_WRITTEN, Level.NAME_PART})


def may_be_twice(one: Description, other: Description) -> bool:
    """Say whether two lines of one list may be of one person.

    Who is met together comes from one place, so that a shared citizenship tells nothing there; and one word in common tells
    something only where it is the whole name of one of them and the ages fit.
    """
    found = compare(replace(one, citizenships=frozenset()), replace(other, citizenships=frozenset()))
    levels = {reason.level for reason in found.reasons}
    if not found.is_worth_a_look or levels & WHOLE_NAMES:
        return found.is_worth_a_look
    is_alone = any(len(words(name)) == 1 for name in (*one.names, *other.names))
    return is_alone and not levels.isdisjoint({Level.NAME_ALONE, Level.NAME_ONE_WORD}) and Level.BIRTH_NEAR not in levels


def name_level(ones: Iterable[str], others: Iterable[str]) -> Level | None:
    """Return how far the best pair of two persons' names agrees; None where one of them has none."""
    firsts, seconds = ([read for name in names if (read := words(name))] for names in (ones, others))
    found = [_pair(first, second) for first in firsts for second in seconds]
    return max(found, key=weight, default=None)


def _pair(first: tuple[Word, ...], second: tuple[Word, ...]) -> Level:
    near = paired(first, second)
    same = sum(one >= CLOSE for one in near)
    shorter, longer = sorted((len(first), len(second)))
    if not same:
        return Level.NAME_DIFFERS
    if same == longer == 1:
        return Level.NAME_ALONE
    if same < 2 or same < shorter:
        return Level.NAME_ONE_WORD
    if same < longer:
        return Level.NAME_PART
    return Level.NAME_SAME if all(one == 1.0 for one in near) else Level.NAME_OTHERWISE_WRITTEN


def birth_level(one: Span | None, other: Span | None) -> Level | None:
    """Return how far two birth dates agree; None where one is not known, or so wide that it fits everybody."""
    if one is None or other is None:
        return None
    if one.is_a_day and other.is_a_day:
        return _days(one.earliest, other.earliest)
    first, second = one.widened, other.widened
    if max((span.latest - span.earliest).days for span in (first, second)) > 11 * 366:
        return None
    apart = max((second.earliest - first.latest).days, (first.earliest - second.latest).days)
    if apart <= 0:
        return Level.BIRTH_FITS
    return Level.BIRTH_NEAR if apart <= 2 * 366 else Level.BIRTH_DIFFERS


def _days(one: date, other: date) -> Level:
    if one == other:
        return Level.BIRTH_SAME
    if one.year == other.year and (one.month, one.day) == (other.day, other.month):
        return Level.BIRTH_SWAPPED
    parts = sum((one.year == other.year, one.month == other.month, one.day == other.day))
    if parts == 2:
        return Level.BIRTH_ONE_PART
    return Level.BIRTH_NEAR if abs((one - other).days) <= 2 * 366 else Level.BIRTH_DIFFERS


def _same(one: str, other: str, same: Level, differs: Level) -> Level | None:
    if not one or not other:
        return None
    return same if one == other else differs


def _shared(ones: frozenset[str], others: frozenset[str], shared: Level, differs: Level) -> Level | None:
    if not ones or not others:
        return None
    return shared if ones & others else differs


PHONE_TAIL = 8
"""The last digits of a telephone number are the same with and without the code of the country, zero or plus."""
SHORTEST_PHONE = 6


def phone_tail(number: str) -> str:
    """Return the digits by which a telephone number is compared; "" for what is too short to be one."""
    digits = "".join(str(int(c)) for c in number if c.isdecimal())
    return digits[-PHONE_TAIL:] if len(digits) >= SHORTEST_PHONE else ""


def document_mark(number: str) -> str:
    """Return a document's number in capitals and digits only; "" for what is too short to tell somebody apart."""
    bare = re.sub(r"[\W_]", "", number).upper()
    return bare if len(bare) >= 4 else ""


def _tails(numbers: frozenset[str]) -> frozenset[str]:
    return frozenset(filter(None, map(phone_tail, numbers)))


def _marks(numbers: frozenset[str]) -> frozenset[str]:
    return frozenset(filter(None, map(document_mark, numbers)))
