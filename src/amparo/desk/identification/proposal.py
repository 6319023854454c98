"""What the answers of a screening propose, and why: every sign for it, every sign against it, what is still open.

A proposal is no verdict: nothing is counted, and a named person decides.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from amparo.desk.cases.models import Case
from amparo.desk.cases.queries import childhood
from amparo.desk.cases.rules import Finding
from amparo.desk.core import withholding
from amparo.desk.questions import coded
from amparo.desk.questions.extending import FORMS
from amparo.desk.questions.indicators import FACT_LISTS
from amparo.standard import codes

from . import indicators, rules
from .indicators import Indicator, IndicatorSet
from .models import Screening
from .rules import Element, Outcome, Sign, Strength


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed, element by element, with the signs behind it."""

    elements: Mapping[Element, Finding]
    child: Finding
    child_reason: str
    finding: Finding
    outcome: Outcome
    speaks_for: tuple[Sign, ...]
    speaks_against: tuple[Sign, ...]
    left_open: tuple[Sign, ...]
    ask_next: tuple[Indicator, ...]
    """Questions of the open elements that nobody has asked yet, those that settle something first."""
    not_in_list: tuple[str, ...]
    """Parts of absent elements that the general list asks about and this one does not."""
    answered: int
    asks: IndicatorSet

    @property
    def open_elements(self) -> tuple[Element, ...]:
        """The elements that the proposal waits for; for a child, means is never among them."""
        return rules.still_open(self.elements, child=self.child)

    @property
    def applies_child_rule(self) -> bool:
        """Say whether the rule for a child applies."""
        return self.child is Finding.YES


def signs_of(screening: Screening) -> tuple[Sign, ...]:
    """Return every indicator of the screening's list as a sign, in the order of asking; what nobody answered has no answer."""
    answers = screening.answers
    given = ((indicator, answers.get(indicator.code, {})) for indicator in screening.asks.indicators.values())
    return tuple(indicator.sign(held.get("answer", ""), held.get("source", "")) for indicator, held in given)


def explain(screening: Screening, case: Case) -> Proposal:
    """Return what a screening's answers propose for this person, with what speaks for and against it, and what to ask next."""
    signs = signs_of(screening)
    told = {element: _told(screening.told, element) for element in Element}
    elements = {element: rules.element_finding(element, signs, told=told[element]) for element in Element}
    child, child_reason = child_rule(screening, case)
    finding = rules.trafficking(
        act=elements[Element.ACT], means=elements[Element.MEANS], purpose=elements[Element.PURPOSE], child=child
    )
    outcome = rules.proposes(elements, child=child)
    waits = rules.still_open(elements, child=child) if outcome is Outcome.MORE_NEEDED else ()
    return Proposal(
        elements=elements,
        child=child,
        child_reason=child_reason,
        finding=finding,
        outcome=outcome,
        speaks_for=tuple(sign for sign in signs if sign.answer == "yes"),
        speaks_against=tuple(sign for sign in signs if sign.answer == "no"),
        left_open=tuple(sign for sign in signs if sign.answer in ("unknown", "declined")),
        ask_next=_ask_next(screening.asks, signs, waits, told),
        not_in_list=_not_in_list(screening.asks, elements, told) if outcome is Outcome.NOT_PRESUMED else (),
        answered=sum(bool(sign.answer) for sign in signs),
        asks=screening.asks,
    )


def _ask_next(
    asks: IndicatorSet, signs: tuple[Sign, ...], waits: tuple[Element, ...], told: Mapping[Element, Mapping[str, str]]
) -> tuple[Indicator, ...]:
    unasked = [
        asks.indicators[sign.code]
        for sign in signs
        if not sign.answer and sign.element in waits and sign.part not in told[sign.element]
    ]
    return tuple(sorted(unasked, key=lambda one: one.strength is not Strength.DIRECT))


def _not_in_list(
    asks: IndicatorSet, elements: Mapping[Element, Finding], told: Mapping[Element, Mapping[str, str]]
) -> tuple[str, ...]:
    absent = [element for element, found in elements.items() if found is Finding.NO]
    parts = ((element, part) for element in absent for part in indicators.get(indicators.GENERAL).parts(element))
    return tuple(part for element, part in parts if part not in asks.parts(element) and part not in told[element])


def _told(told: Mapping[str, str], element: Element) -> dict[str, str]:
    prefix = f"{element}."
    return {key.removeprefix(prefix): value for key, value in told.items() if key.startswith(prefix) and value}


def child_rule(screening: Screening, case: Case) -> tuple[Finding, str]:
    """Say whether the rule for a child applies, and why: now, when the trafficking began, or during it; contested counts."""
    recorded = {name: getattr(case, name) for name in rules.WHEN}
    return rules.child_rule(
        now=childhood(case, on=screening.held_on),
        at_opening=childhood(case, on=case.opened_on),
        recorded={name: Finding.YES if value == "Minor" else Finding.NO for name, value in recorded.items() if value},
    )


def facts_to_record(screening: Screening, case: Case) -> dict[str, dict[str, str]]:
    """Return the codes that the answers would note in the case, by group: only where the case says nothing yet."""
    allowed = case.forms_on(screening.held_on)
    found: dict[str, dict[str, str]] = {}
    for indicator in screening.asks.indicators.values():
        given = screening.answers.get(indicator.code, {}).get("answer", "")
        if not indicator.fact or given not in ("yes", "no"):
            continue
        group, code = indicator.fact.split(".")
        if given == "no" and (indicator.strength is Strength.SUPPORTING or group == "abduction"):
            continue
        if group == "abduction":
            if not case.abduction:
                found[group] = {"yes": given}
            continue
        code = _known_today(group, code, given, allowed=allowed, owner=screening.organisation_id)
        held = getattr(case, group)
        if not code or withholding.is_withheld(held) or code in held:
            continue
        if found.get(group, {}).get(code) != "yes":
            found.setdefault(group, {})[code] = given
    return found


def _known_today(group: str, code: str, given: str, *, allowed: codes.CodeList, owner: uuid.UUID) -> str:
    """Return the code that a fact notes, "" for none; `allowed` are the forms that the law knew on the day of the conversation.

    An added code is noted while the office offers it; after that a yes to it is one to the code that it is counted as.
    """
    name = FACT_LISTS[group]
    added = None if code in codes.load(name) else coded.find(name, code, organisation_id=owner)
    if added is None:
        return code if group != FORMS or code in allowed else ""
    if code in coded.offered(name, organisation_id=owner):
        return code
    return added.maps_to if given == "yes" else ""
