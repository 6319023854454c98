"""A proposal in words: what it rests on, what speaks for and against it, what is open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _

from amparo.desk.cases import fields
from amparo.desk.cases.models import Case
from amparo.desk.cases.queries import treated_as_child
from amparo.desk.cases.rules import Finding
from amparo.desk.core.wording import labelled

from . import indicators
from .choices import CHILD_WORDS, ELEMENT_WORDS, FINDING_WORDS, PART_WORDS, Source
from .indicators import IndicatorSet
from .models import Screening
from .proposal import Proposal
from .rules import Element, Outcome, Sign, Strength

TONES = {Finding.YES: "ok", Finding.NO: "no", Finding.UNKNOWN: "low"}


@dataclass(frozen=True, slots=True)
class ShownSign:
    """One answered indicator in words."""

    part: str
    question: str
    code: str
    source: str
    is_direct: bool
    answer: str


@dataclass(frozen=True, slots=True)
class ShownElement:
    """One element with its finding and the signs for it."""

    label: str
    finding: str
    tone: str
    signs: tuple[ShownSign, ...]
    set_by_person: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """One question that nobody has asked yet, and the page on which it stands."""

    question: str
    code: str
    step: str


ASKED_NEXT = 6
"""So many questions are named; the pages hold them all."""


@dataclass(frozen=True, slots=True)
class ShownProposal:
    """A proposal as the page shows it."""

    title: str
    detail: str
    tone: str
    elements: tuple[ShownElement, ...]
    child: str
    speaks_for: tuple[ShownSign, ...]
    speaks_against: tuple[ShownSign, ...]
    left_open: tuple[ShownSign, ...]
    ask_next: tuple[ShownQuestion, ...]
    more_to_ask: int
    not_in_list: str
    answered: int


def of(found: Proposal, told: dict[str, str] | None = None) -> ShownProposal:
    """Return a proposal in words."""
    return ShownProposal(
        title=title(found),
        detail=detail(found),
        tone={Outcome.PRESUMED: "teal", Outcome.NOT_PRESUMED: "", Outcome.MORE_NEEDED: "teal"}[found.outcome],
        elements=tuple(_element(found, element, told or {}) for element in Element),
        child=str(CHILD_WORDS[found.child_reason]),
        speaks_for=tuple(sign(one, found.asks) for one in found.speaks_for),
        speaks_against=tuple(sign(one, found.asks) for one in found.speaks_against),
        left_open=tuple(sign(one, found.asks) for one in found.left_open),
        ask_next=tuple(ShownQuestion(one.question[fields.language()], one.code, one.step) for one in found.ask_next[:ASKED_NEXT]),
        more_to_ask=max(0, len(found.ask_next) - ASKED_NEXT),
        not_in_list=", ".join(str(PART_WORDS[part]) for part in found.not_in_list),
        answered=found.answered,
    )


def sign(one: Sign, asks: IndicatorSet) -> ShownSign:
    """Return an answered indicator in words, as the list asked it that it was answered to."""
    indicator = asks.indicators[one.code]
    source = str(Source(one.source).label) if one.source else ""
    return ShownSign(
        part=str(PART_WORDS[one.part]),
        question=indicator.question[fields.language()],
        code=one.code,
        source=source,
        is_direct=one.strength is Strength.DIRECT,
        answer=one.answer,
    )


def _element(found: Proposal, element: Element, told: dict[str, str]) -> ShownElement:
    finding = found.elements[element]
    prefix = f"{element.value}."
    set_by_person = tuple(
        labelled(PART_WORDS[key.removeprefix(prefix)], FINDING_WORDS[Finding(value)])
        for key, value in told.items()
        if key.startswith(prefix)
    )
    return ShownElement(
        label=str(ELEMENT_WORDS[element]),
        finding=str(FINDING_WORDS[finding]),
        tone=TONES[finding],
        signs=_told_apart([one for one in found.speaks_for if one.element is element], found.asks),
        set_by_person=set_by_person,
    )


def _told_apart(signs: Sequence[Sign], asks: IndicatorSet) -> tuple[ShownSign, ...]:
    """Return signs in words; where several speak for the same part, each says what was found."""
    often = Counter(one.part for one in signs)
    shown = [(one, sign(one, asks)) for one in signs]
    return tuple(
        replace(words, part=labelled(words.part, _what(one, asks))) if often[one.part] > 1 else words for one, words in shown
    )


def _what(one: Sign, asks: IndicatorSet) -> str:
    """Return what an indicator found: the standard's words for the means it tells of, else its question."""
    indicator = asks.indicators[one.code]
    group, _dot, code = indicator.fact.partition(".")
    return fields.label("means_of_control", code) if group == "means" else indicator.question[fields.language()]


def title(found: Proposal) -> str:
    """Return what is proposed, in one line."""
    if found.outcome is Outcome.PRESUMED:
        return _("Proposed: presumed victim of trafficking")
    if found.outcome is Outcome.NOT_PRESUMED:
        return _("Proposed: not presumed a victim")
    return _("Not yet: more needs to be known")


def detail(found: Proposal) -> str:
    """Return why, in one sentence."""
    if found.outcome is Outcome.PRESUMED and found.child is not Finding.NO and found.elements[Element.MEANS] is not Finding.YES:
        return _("Act and purpose are shown. For a child no means is needed.")
    if found.outcome is Outcome.PRESUMED:
        return _("Act, means and purpose are shown.")
    if found.outcome is Outcome.NOT_PRESUMED:
        missing = [str(ELEMENT_WORDS[element]) for element, finding in found.elements.items() if finding is Finding.NO]
        return _(
            "Everything asked about this element was answered no, or set so: %(elements)s. The person may still need help."
        ) % {"elements": ", ".join(missing)}
    still_open = [str(ELEMENT_WORDS[element]) for element in found.open_elements]
    if still_open:
        if not found.answered:
            return _("Nothing is answered yet.")
        return _("Not enough is known. Still open: %(elements)s.") % {"elements": ", ".join(still_open)}
    if found.child_reason == "beginning_not_told":
        return _("Act and purpose are shown and no means: note in the record whether the person was a child when it began.")
    return _("Whether the person is a child is open, and it matters here.")


@dataclass(frozen=True, slots=True)
class Law:
    """What the organisation's country says about identification, with its sources."""

    bodies: tuple[tuple[str, str], ...]
    reflection_days: int
    reflection_source: str


def law(case: Case, day: date) -> Law:
    """Return who decides formally and how long the reflection period is, for this person on a day."""
    profile = case.profile_on(day)
    names = tuple((body.name[fields.language()], body.valid.source) for body in profile.bodies_that("formal_decision"))
    is_child = treated_as_child(case, on=day) is Finding.YES
    reflection = profile.reflection
    return Law(names, reflection.child_days if is_child else reflection.adult_days, reflection.valid.source)


@dataclass(frozen=True, slots=True)
class ShownPrompt:
    """What whoever asks is reminded of: asked already, or still to ask and on which page."""

    words: str
    why: str
    is_asked: bool
    step: str


def prompts(screening: Screening) -> tuple[ShownPrompt, ...]:
    """Return what this conversation easily overlooks; `step` is empty where the list has no question for it."""
    asks, language = screening.asks.indicators, fields.language()
    answered = [indicator for code, indicator in asks.items() if code in screening.answers]
    return tuple(
        ShownPrompt(
            words=one.words[language],
            why=one.why[language],
            is_asked=one.is_asked(answered),
            step=next((indicator.step for indicator in asks.values() if one.asks(indicator)), ""),
        )
        for one in indicators.prompts()
    )


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """One answer with its question, its source and its note."""

    question: str
    code: str
    answer: str
    source: str
    note: str


def answers(screening: Screening, step: str) -> tuple[ShownAnswer, ...]:
    """Return what was answered on one page of questions."""
    found = []
    for indicator in screening.asks.of_step(step):
        given = screening.answers.get(indicator.code)
        if given:
            source = str(Source(given["source"]).label) if given.get("source") else ""
            question = indicator.question[fields.language()]
            found.append(ShownAnswer(question, indicator.code, given["answer"], source, given.get("note", "")))
    return tuple(found)
