"""Ages and what follows from them: pure, from partial dates, with *unknown* kept apart from *no*."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from amparo.desk.core.partial_dates import Known, PartialDate
from amparo.standard import codes


class Finding(StrEnum):
    """What is established about one element: yes, no, or not known. *Declined* and *not asked* are not known."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def finding(answer: str) -> Finding:
    """Return what an answer establishes; everything but yes and no leaves the matter open."""
    return Finding(answer) if answer in (Finding.YES, Finding.NO) else Finding.UNKNOWN


def all_of(*findings: Finding) -> Finding:
    """Every one must hold: one no settles it, one unknown leaves it open (strong Kleene logic)."""
    if Finding.NO in findings:
        return Finding.NO
    return Finding.UNKNOWN if Finding.UNKNOWN in findings else Finding.YES


def any_of(*findings: Finding) -> Finding:
    """One must hold: one yes settles it, one unknown leaves it open; none at all is not known."""
    if Finding.YES in findings:
        return Finding.YES
    return Finding.UNKNOWN if not findings or Finding.UNKNOWN in findings else Finding.NO


@dataclass(frozen=True, slots=True)
class Age:
    """A person's age in whole years on a day, as a range; both ends None when nothing is known."""

    least: int | None = None
    most: int | None = None
    is_contested: bool = False
    is_shut: bool = False
    """Whether a date of birth is recorded that cannot be opened (see `core.damage`): the age may be any."""

    @property
    def is_known(self) -> bool:
        """Say whether anything is known of the age."""
        return self.least is not None


def age_on(day: date, *, born: PartialDate, stated: int | None, stated_on: date | None, contested: bool = False) -> Age:
    """Return the age on a day from the birth date, else from an age stated on another day.

    An age stated as 31 some years ago says that at least those whole years have passed, and at most
    one birthday more.
    """
    span = born.age_years_on(day)
    if span is not None:
        return Age(span[0], span[1], contested)
    if stated is None:
        return Age(is_contested=contested)
    if stated_on is None or stated_on == day:
        return Age(stated, stated, contested)
    whole = (day - stated_on).days / 365.2425
    fewest, most = int(whole) if whole >= 0 else -int(-whole) - 1, int(whole) + 1 if whole >= 0 else -int(-whole)
    return Age(max(0, stated + fewest), max(0, stated + most), contested)


def age_told(
    day: date,
    *,
    born: PartialDate | None,
    stated: int | None,
    stated_on: date | None,
    assessed: int | None,
    assessed_on: date | None,
    contested: bool,
) -> Age:
    """Return the age on a day from the birth date, else from an assessment that stands, else from the age that was stated.

    Where the birth date cannot be opened no other takes its place: it may say what they do not.
    """
    if born is not None and born.known is Known.DAMAGED:
        return Age(is_contested=contested, is_shut=True)
    years, since = (stated, stated_on) if assessed is None else (assessed, assessed_on)
    return age_on(day, born=born or PartialDate(), stated=years, stated_on=since, contested=contested)


def contradicts(born: PartialDate, *, stated: int | None, stated_on: date | None) -> bool:
    """Say whether an age that was stated on a day cannot be that of somebody born then; what is not known contradicts nothing."""
    if stated is None or stated_on is None:
        return False
    span = born.age_years_on(stated_on)
    return span is not None and not span[0] <= stated <= span[1]


def births(born: PartialDate, *, stated: int | None, stated_on: date | None) -> tuple[date, date] | None:
    """Return the first and the last day on which somebody was born, from the birth date, else from the age stated on a day.

    None where nothing is known, or nobody wrote down when the age was stated.
    """
    if born.earliest is not None and born.latest is not None:
        return born.earliest, born.latest
    if stated is None or stated_on is None or born.known is Known.DAMAGED:
        return None
    return _years_before(stated_on, stated + 1) + timedelta(days=1), _years_before(stated_on, stated)


def _years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=28 if (day.month, day.day) == (2, 29) else day.day)


def is_child(age: Age, *, majority_years: int) -> Finding:
    """Say what an age establishes for a code of the standard: below majority or contested yes, across it not known.

    Palermo Protocol art. 3(d) for the age; CoE Convention art. 10(3) for the benefit of doubt. Whether somebody is treated
    as a child is `childhood`, which leans to protection.
    """
    if age.is_contested:
        return Finding.YES
    if age.least is None or age.most is None:
        return Finding.UNKNOWN
    if age.most < majority_years:
        return Finding.YES
    return Finding.NO if age.least >= majority_years else Finding.UNKNOWN


class Childhood(StrEnum):
    """How a person's age stands to majority; the first three are treated as a child, the strongest ground first."""

    CHILD = "child"
    CONTESTED = "contested"
    PRESUMED = "presumed"
    OF_AGE = "of_age"
    UNKNOWN = "unknown"

    @property
    def protected(self) -> Finding:
        """Say whether the person is treated as a child."""
        return {Childhood.OF_AGE: Finding.NO, Childhood.UNKNOWN: Finding.UNKNOWN}.get(self, Finding.YES)


STRENGTH = {ground: place for place, ground in enumerate(Childhood)}


def childhood(age: Age, *, majority_years: int) -> Childhood:
    """Return how an age stands to majority: one that may lie below it presumes a child until the age is verified.

    Directive 2011/36/EU art. 13(2), CoE Convention art. 10(3): an uncertain age with reasons to believe that the person is
    a child. A range that reaches below majority is such a reason, and so is a date of birth that cannot be opened; of whom
    nothing is known there is none, and it stays open. A wider range never takes protection away.
    """
    if age.most is not None and age.most < majority_years:
        return Childhood.CHILD
    if age.is_contested:
        return Childhood.CONTESTED
    if age.is_shut:
        return Childhood.PRESUMED
    if age.least is None or age.most is None:
        return Childhood.UNKNOWN
    return Childhood.OF_AGE if age.least >= majority_years else Childhood.PRESUMED


def strongest(found: Iterable[Childhood]) -> Childhood:
    """Return what holds for a person with several records: the strongest ground of any; one that knows nothing adds nothing."""
    return min(found, key=STRENGTH.__getitem__, default=Childhood.UNKNOWN)


def disagrees(assessed: Finding, stated: Age, *, majority_years: int) -> bool:
    """Say whether an assessment and the age that the person states lie on two sides of majority.

    Who says that they are a child, or may be one by what they say, disagrees with being found an adult. An assessment
    without a clear result, and nothing stated, disagree with nobody.
    """
    if not stated.is_known or assessed is Finding.UNKNOWN:
        return False
    says = is_child(stated, majority_years=majority_years)
    return says is not Finding.NO if assessed is Finding.NO else says is Finding.NO


ADULT, MINOR = "Adult", "Minor"


def grows_younger(first: str, later: str) -> bool:
    """Say whether somebody would be an adult first and a child later, in the standard's codes."""
    return (first, later) == (ADULT, MINOR)


def was_of_age_too_early(then: str, now: Age, *, majority_years: int) -> bool:
    """Say whether somebody would have been an adult before and is certainly a child now; a contested age is not certain."""
    return then == ADULT and not now.is_contested and is_child(now, majority_years=majority_years) is Finding.YES


BANDS: tuple[tuple[str, int, int], ...] = (
    ("0--8", 0, 8),
    ("9--11", 9, 11),
    ("12--14", 12, 14),
    ("15--17", 15, 17),
    ("18--20", 18, 20),
    ("21--23", 21, 23),
    ("24--26", 24, 26),
    ("27--29", 27, 29),
    ("30--38", 30, 38),
    ("39--47", 39, 47),
    ("48+", 48, 200),
)
"""The bands of the standard's `age_band` list, fine to coarse (CTDC code book)."""


def age_band(age: Age) -> str:
    """Return the standard's age band when the whole range falls into one band; "" when it does not or nothing is known."""
    if age.least is None or age.most is None:
        return ""
    for code, low, high in (*BANDS, ("9--17", 9, 17)):
        if low <= age.least and age.most <= high:
            return code
    return ""


def majority(age: Age, *, majority_years: int) -> str:
    """Return the standard's code for child or adult; "" when it is not known. A contested age counts as a child's."""
    return {Finding.YES: "Minor", Finding.NO: "Adult", Finding.UNKNOWN: ""}[is_child(age, majority_years=majority_years)]


ANSWERS = frozenset(codes.load("answer").spellings())


def answers_fit(answers: Mapping[str, str], allowed: codes.CodeList) -> tuple[str, ...]:
    """Return the codes of four-valued answers that do not fit: a code outside the list, or an answer that is none of the four."""
    return tuple(code for code, answer in answers.items() if code not in allowed or answer not in ANSWERS)


def any_yes(answers: Mapping[str, str]) -> Finding:
    """Return what a group of four-valued answers establishes: yes when one is yes, no when all given are no."""
    return any_of(*map(finding, answers.values()))


def in_order(first: PartialDate, last: PartialDate) -> Finding:
    """Say whether one date is not after another: yes and no only where every day that they can mean agrees."""
    if first.earliest is None or first.latest is None or last.earliest is None or last.latest is None:
        return Finding.UNKNOWN
    if first.earliest > last.latest:
        return Finding.NO
    return Finding.YES if first.latest <= last.earliest else Finding.UNKNOWN


class Doubt(StrEnum):
    """What does not fit together in what is recorded of a person: a warning that stands, never a refusal of help."""

    CHILD_WITHOUT_GUARDIAN = "child_without_guardian"
    AGE_CONTESTED = "age_contested"
    MAY_BE_A_CHILD = "may_be_a_child"
    CHILD_ELSEWHERE = "child_elsewhere"
    AGE_IS_A_GUESS = "age_is_a_guess"
    PAPERS_WITH_ANOTHER = "papers_with_another"
    STATELESS_WITH_CITIZENSHIP = "stateless_with_citizenship"
    PARENT_TOO_YOUNG = "parent_too_young"
    TURNS_ADULT_SOON = "turns_adult_soon"
    GUARDIAN_OF_AN_ADULT = "guardian_of_an_adult"
    PRESUMED_ELSEWHERE = "presumed_elsewhere"
    AGE_TOLD_OTHERWISE = "age_told_otherwise"


NOT_KNOWN, NOT_ASKED = Age(), PartialDate()


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What the warnings may know of a person: findings, numbers and dates, never a name."""

    child: Finding
    is_presumed: bool = False
    """Whether they are treated as a child only because the age, which is not certain, may be under majority."""
    is_child_elsewhere: bool = False
    """Whether only another record of the same person says so."""
    has_guardian: bool = False
    age: Age = NOT_KNOWN
    age_is_estimated: bool = False
    has_citizenship: bool = False
    is_stateless: bool = False
    papers_with_another: bool = False
    born: PartialDate = NOT_ASKED
    children_born: tuple[PartialDate, ...] = ()
    presumed_before_the_case: bool = False
    age_told_otherwise: bool = False
    """Whether an age that was told does not fit the date of birth on record."""


def doubts(facts: PersonFacts, *, majority_in_days: int | None = None) -> tuple[Doubt, ...]:
    """Return what is to be looked at, the child's protection first.

    `majority_in_days` is in how many days a child may come of age at the earliest, where that is known.
    """
    found = {
        Doubt.CHILD_WITHOUT_GUARDIAN: facts.child is Finding.YES and not facts.has_guardian,
        Doubt.AGE_CONTESTED: facts.age.is_contested,
        Doubt.AGE_TOLD_OTHERWISE: facts.age_told_otherwise,
        Doubt.MAY_BE_A_CHILD: facts.is_presumed,
        Doubt.CHILD_ELSEWHERE: facts.is_child_elsewhere,
        Doubt.TURNS_ADULT_SOON: facts.child is Finding.YES and majority_in_days is not None and 0 <= majority_in_days <= 90,
        Doubt.GUARDIAN_OF_AN_ADULT: facts.child is Finding.NO and facts.has_guardian,
        Doubt.AGE_IS_A_GUESS: facts.age_is_estimated and facts.child is not Finding.NO,
        Doubt.PAPERS_WITH_ANOTHER: facts.papers_with_another,
        Doubt.STATELESS_WITH_CITIZENSHIP: facts.is_stateless and facts.has_citizenship,
        Doubt.PARENT_TOO_YOUNG: any(in_order(facts.born, born) is Finding.NO for born in facts.children_born),
        Doubt.PRESUMED_ELSEWHERE: facts.presumed_before_the_case,
    }
    return tuple(doubt for doubt, stands in found.items() if stands)


def years_after(day: date, years: int) -> date:
    """Return the same day some years later; who was born on 29 February comes of age on 1 March where the year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


RISK_AGAIN_AFTER_DAYS = {1: 90, 2: 30, 3: 7}
"""Days after which a risk is assessed again, low to high, where nobody set another day: a proposal, not a law."""


def risk_again_on(risk: int, on: date) -> date | None:
    """Return by when a risk is to be assessed again; None where it was not assessed."""
    days = RISK_AGAIN_AFTER_DAYS.get(risk)
    return on + timedelta(days=days) if days is not None else None
