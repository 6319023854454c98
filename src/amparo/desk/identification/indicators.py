"""Indicator sets as data: what each indicator asks, in three languages, and for which part of which element it speaks.

A set is a head (`sets/*.toml`: code, version, titles, source, validity) and its rows (a table beside it,
or indicators taken from another set). *Yes* always means that the sign is present. The wording is our own.
A version that somebody answered to is never changed: a change is a new version.
"""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from amparo.desk.country import lookup
from amparo.desk.questions.extending import FORMS
from amparo.desk.questions.indicators import FACT_LISTS
from amparo.standard import codes

from .rules import Element, Sign, Strength

STEPS = ("recruitment", "freedom", "work", "violence")
"""The pages of questions, in the order in which a conversation goes."""
PHASES = ("recruitment", "transport", "exploitation")
LANGUAGES = ("en", "fr", "es")
GENERAL = "general@1"
"""The set to which screenings were answered before sets could be chosen, and which every country offers."""
PARTS: Mapping[Element, tuple[str, ...]] = MappingProxyType(
    {
        Element.ACT: ("recruitment", "transportation", "transfer", "harbouring", "receipt"),
        Element.MEANS: (
            *("force", "coercion", "abduction", "fraud", "deception"),
            *("abuse_of_power", "abuse_of_vulnerability", "payment"),
        ),
        Element.PURPOSE: (
            *("sexual_exploitation", "forced_labour", "slavery", "servitude", "organ_removal", "forced_begging"),
            *("forced_criminality", "forced_marriage", "illegal_adoption", "extortion_detention", "forced_smuggling"),
            "armed_group",
        ),
    }
)
"""The parts of each element: the words of Palermo art. 3(a), and the purposes that countries add."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One question and what a yes speaks for; `fact` names the code that a yes would record, as `group.code`."""

    code: str
    framework: str
    phase: str
    step: str
    element: Element
    part: str
    strength: Strength
    fact: str
    prompts_men_and_boys: bool
    question: Mapping[str, str]
    hint: Mapping[str, str]

    def sign(self, answer: str, source: str = "") -> Sign:
        """Return the indicator as answered."""
        return Sign(self.code, self.element, self.part, self.strength, answer, source)


@dataclass(frozen=True, slots=True)
class IndicatorSet:
    """One version of one set: what is asked, where it comes from, where and when it is offered."""

    code: str
    version: str
    title: Mapping[str, str]
    source: Mapping[str, str]
    country: str
    valid_from: date | None
    valid_until: date | None
    indicators: Mapping[str, Indicator]

    @property
    def key(self) -> str:
        """The name under which a screening keeps the version that it was answered to."""
        return f"{self.code}@{self.version}"

    def holds(self, country: str, day: date) -> bool:
        """Say whether the set is offered in a country on a day; first and last day included."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_until is None or day <= self.valid_until) and self.country in ("", country)

    def of_step(self, step: str) -> tuple[Indicator, ...]:
        """Return the indicators asked on one page, in the order of asking."""
        return tuple(indicator for indicator in self.indicators.values() if indicator.step == step)

    def parts(self, element: Element) -> tuple[str, ...]:
        """Return the parts of an element that some indicator speaks for, in the order of asking."""
        return tuple(dict.fromkeys(one.part for one in self.indicators.values() if one.element is element))


@dataclass(frozen=True, slots=True)
class Source:
    """A set as somebody wrote it: its head and its own rows, nothing of it checked yet.

    The head has `code`, `version`, `title` (words by language), `source`, and where needed `source_in`,
    `country`, `valid_from`, `valid_until`, `facts` (those whose codes the country adds) and `takes`: a list of
    `{set = "code@version", codes = […]}`, without `codes` every indicator of that set. A row has the columns
    of `sets/general-1.csv`.
    """

    head: Mapping[str, Any]
    rows: tuple[Mapping[str, str], ...] = ()

    @property
    def key(self) -> str:
        """The set's code and version."""
        return f"{self.head.get('code', '')}@{self.head.get('version', '')}"


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a set is refused: a reason code, the set, and the indicator or the field that it is about."""

    reason: str
    key: str
    place: str = ""


class Contradictory(Exception):
    """Sets that contradict themselves or each other; nothing of them is taken. `choices.FLAWS` has the words."""

    def __init__(self, flaws: tuple[Flaw, ...]) -> None:
        self.flaws = flaws
        super().__init__("; ".join(f"{flaw.key}: {flaw.reason} {flaw.place}".strip() for flaw in flaws))


def load(sources: Iterable[Source]) -> Mapping[str, IndicatorSet]:
    """Return the sets by `code@version`; raise `Contradictory` with every reason where one of them cannot be asked.

    Sets may take indicators from each other in any order. The order of the sources is kept.
    """
    every = tuple(sources)
    flaws = [Flaw("version_twice", key) for key, times in Counter(one.key for one in every).items() if times > 1]
    made: dict[str, IndicatorSet] = {}
    waiting = {one.key: one for one in every}
    while ready := [one for one in waiting.values() if all(key in made for key in _taken(one))]:
        for one in ready:
            del waiting[one.key]
            wrong = list(_flaws(one, made))
            flaws += wrong
            made[one.key] = _made(one, made) if not wrong else IndicatorSet("", "", {}, {}, "", None, None, {})
    flaws += [Flaw("takes_from_nowhere", one.key, key) for one in waiting.values() for key in _taken(one) if key not in made]
    flaws += _overlaps([one for one in made.values() if one.code])
    if flaws:
        raise Contradictory(tuple(flaws))
    return MappingProxyType({one.key: made[one.key] for one in every})


def _taken(source: Source) -> tuple[str, ...]:
    return tuple(str(one.get("set", "")) for one in source.head.get("takes", ()))


def _rows_taken(source: Source, made: Mapping[str, IndicatorSet]) -> Iterator[tuple[str, Indicator | None]]:
    """Yield each indicator that a set takes from another, None where the other has none of that code."""
    for one in source.head.get("takes", ()):
        there = made[str(one.get("set", ""))].indicators
        for code in one.get("codes", there):
            yield code, there.get(code)


def _flaws(source: Source, made: Mapping[str, IndicatorSet]) -> Iterator[Flaw]:
    key, head = source.key, source.head
    for name in ("code", "version", "title", "source"):
        if not head.get(name):
            yield Flaw("head_incomplete", key, name)
    for language in LANGUAGES:
        if not dict(head.get("title") or {}).get(language):
            yield Flaw("language_missing", key, f"title {language}")
    begins, ends = head.get("valid_from"), head.get("valid_until")
    if begins and ends and ends < begins:
        yield Flaw("ends_before_it_begins", key)
    for code, taken in _rows_taken(source, made):
        if taken is None:
            yield Flaw("taken_is_unknown", key, code)
    codes_given = [code for code, _one in _rows_taken(source, made)] + [row.get("code", "") for row in source.rows]
    yield from (Flaw("code_twice", key, code) for code, times in Counter(codes_given).items() if times > 1)
    for row in source.rows:
        yield from (Flaw(reason, key, row.get("code", "")) for reason in row_flaws(row, frozenset(head.get("facts", ()))))
    yield from _elements_without_question(source, made)


def _elements_without_question(source: Source, made: Mapping[str, IndicatorSet]) -> Iterator[Flaw]:
    """A set in which no yes can show an element never proposes anything: it was not meant so."""
    direct = {(one.element.value) for _c, one in _rows_taken(source, made) if one and one.strength is Strength.DIRECT}
    direct |= {row.get("element", "") for row in source.rows if row.get("strength") == Strength.DIRECT}
    yield from (Flaw("element_never_shown", source.key, element.value) for element in Element if element.value not in direct)


def row_flaws(row: Mapping[str, str], added: Collection[str] = ()) -> Iterator[str]:
    """Yield why one row of a set cannot be asked, as reason codes; `added` are facts whose codes the country adds."""
    if not row.get("code"):
        yield "code_missing"
    if row.get("phase") not in PHASES or row.get("step") not in STEPS:
        yield "phase_or_step_unknown"
    if row.get("strength") not in set(Strength):
        yield "strength_unknown"
    if row.get("element") not in set(Element):
        yield "element_unknown"
    elif row.get("part") not in PARTS[Element(row["element"])]:
        yield "part_of_another_element"
    if any(not (row.get(f"question_{language}") or "").strip() for language in LANGUAGES):
        yield "language_missing"
    if row.get("fact") and row["fact"] not in added and not _is_fact(row["fact"]):
        yield "fact_unknown"


def _is_fact(fact: str) -> bool:
    group, _dot, code = fact.partition(".")
    if group == "abduction":
        return code == "yes"
    if group not in FACT_LISTS:
        return False
    return code in codes.load(FACT_LISTS[group]) or (group == FORMS and bool(lookup.standard_form(code)))


def _overlaps(sets: Iterable[IndicatorSet]) -> Iterator[Flaw]:
    """Two versions of one set are never offered on the same day: nobody would know which to ask."""
    by_code: dict[str, list[IndicatorSet]] = {}
    for one in sets:
        by_code.setdefault(one.code, []).append(one)
    for versions in by_code.values():
        ordered = sorted(versions, key=lambda one: one.valid_from or date.min)
        for earlier, later in pairwise(ordered):
            if (earlier.valid_until or date.max) >= (later.valid_from or date.min):
                yield Flaw("versions_overlap", later.key, earlier.key)


def _made(source: Source, made: Mapping[str, IndicatorSet]) -> IndicatorSet:
    head = source.head
    taken = {code: one for code, one in _rows_taken(source, made) if one}
    own = {row["code"]: _indicator(row) for row in source.rows}
    return IndicatorSet(
        code=head["code"],
        version=str(head["version"]),
        title=MappingProxyType(dict(head["title"])),
        source=MappingProxyType({"en": head["source"], **head.get("source_in", {})}),
        country=head.get("country", ""),
        valid_from=head.get("valid_from"),
        valid_until=head.get("valid_until"),
        indicators=MappingProxyType(taken | own),
    )


def _indicator(row: Mapping[str, str]) -> Indicator:
    return Indicator(
        code=row["code"],
        framework=row["framework"],
        phase=row["phase"],
        step=row["step"],
        element=Element(row["element"]),
        part=row["part"],
        strength=Strength(row["strength"]),
        fact=row["fact"],
        prompts_men_and_boys=row["prompt"] == "men_boys",
        question=MappingProxyType({language: row[f"question_{language}"] for language in LANGUAGES}),
        hint=MappingProxyType({language: row.get(f"hint_{language}", "") for language in LANGUAGES}),
    )


def shipped() -> tuple[Source, ...]:
    """Return the sets that come with the program, as they are written in `sets/`."""
    folder = files(__package__).joinpath("sets")
    names = sorted(path.name for path in folder.iterdir() if path.name.endswith(".toml") and path.name != "prompts.toml")
    return tuple(_source(tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8"))) for name in names)


def _source(head: Mapping[str, Any]) -> Source:
    if not head.get("rows"):
        return Source(head)
    text = files(__package__).joinpath("sets", head["rows"]).read_text(encoding="utf-8")
    return Source(head, tuple(csv.DictReader(text.splitlines())))


@cache
def all_sets() -> Mapping[str, IndicatorSet]:
    """Return every version of every set at hand, by `code@version`."""
    return load(shipped())


def sets_on(country: str, day: date) -> tuple[IndicatorSet, ...]:
    """Return the sets to choose from in a country on a day: the country's own first, then the general one, then the others."""
    found = [one for one in all_sets().values() if one.holds(country, day)]
    return tuple(sorted(found, key=lambda one: (not one.country, one.key != GENERAL)))


def get(key: str) -> IndicatorSet:
    """Return the version of a set to which a screening was answered; raise `LookupError` for one that nobody has."""
    found = all_sets().get(key or GENERAL)
    if found is None:
        raise LookupError(f"no indicator set {key}")
    return found


def every() -> Mapping[str, Indicator]:
    """Return the indicators of the general list by code, in the order of asking."""
    return get(GENERAL).indicators


@dataclass(frozen=True, slots=True)
class Prompt:
    """What whoever asks is reminded of until it was asked: never a verdict, and no answer is better than another."""

    code: str
    parts: frozenset[str]
    men_boys: bool
    words: Mapping[str, str]
    why: Mapping[str, str]

    def is_asked(self, answered: Iterable[Indicator]) -> bool:
        """Say whether something of it was asked, whatever the answer."""
        return any(one.part in self.parts or (self.men_boys and one.prompts_men_and_boys) for one in answered)

    def asks(self, indicator: Indicator) -> bool:
        """Say whether an indicator is the question that this prompt waits for."""
        return indicator.part in self.parts or (self.men_boys and indicator.prompts_men_and_boys)


@cache
def prompts() -> tuple[Prompt, ...]:
    """Return the prompts, in the order of the page."""
    held = tomllib.loads(files(__package__).joinpath("sets", "prompts.toml").read_text(encoding="utf-8"))
    return tuple(
        Prompt(one["code"], frozenset(one.get("parts", ())), one.get("men_boys", False), one["words"], one["why"])
        for one in held["prompts"]
    )
