"""What the answers of a screening propose, and why: every sign for it, every sign against it, what is still open.

A proposal is no verdict: nothing is counted, and a named person decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from amparo.desk.cases.models import Case
from amparo.desk.cases.queries import childhood
from amparo.desk.cases.rules import Finding

from . import rules
from .indicators import IndicatorSet
from .models import Screening
from .rules import Element, Outcome, Sign, Strength


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed, element by element, with the signs behind it."""

    elements: Mapping[Element, Finding]
    parts: Mapping[Element, Mapping[str, Finding]]
    child: Finding
    child_reason: str
    finding: Finding
    outcome: Outcome
    speaks_for: tuple[Sign, ...]
    speaks_against: tuple[Sign, ...]
    left_open: tuple[Sign, ...]
    answered: int
    asks: IndicatorSet

    @property
    def open_elements(self) -> tuple[Element, ...]:
        """The elements that the proposal waits for; for a child, means is never among them."""
        needed = [each for each in Element if not (each is Element.MEANS and self.child is Finding.YES)]
        return tuple(each for each in needed if self.elements[each] is Finding.UNKNOWN)

    @property
    def applies_child_rule(self) -> bool:
        """Say whether the rule for a child applies."""
        return self.child is Finding.YES


def signs_of(screening: Screening) -> tuple[Sign, ...]:
    """Return the answered indicators as signs, in the order of asking."""
    answers = screening.answers
    asked = (indicator for indicator in screening.asks.indicators.values() if indicator.code in answers)
    return tuple(each.sign(answers[each.code].get("answer", ""), answers[each.code].get("source", "")) for each in asked)


def explain(screening: Screening, case: Case) -> Proposal:
    """Return what a screening's answers propose for this person, with what speaks for and against it."""
    signs = signs_of(screening)
    told = {element: _told(screening.told, element) for element in Element}
    parts = {
        element: rules.parts_of(element, signs) | {part: Finding(value) for part, value in told[element].items()}
        for element in Element
    }
    elements = {element: rules.element_finding(element, signs, told=told[element]) for element in Element}
    child, child_reason = child_rule(screening, case)
    finding = rules.trafficking(
        act=elements[Element.ACT], means=elements[Element.MEANS], purpose=elements[Element.PURPOSE], child=child
    )
    return Proposal(
        elements=elements,
        parts=parts,
        child=child,
        child_reason=child_reason,
        finding=finding,
        outcome=rules.proposes(finding),
        speaks_for=tuple(sign for sign in signs if sign.answer == "yes"),
        speaks_against=tuple(sign for sign in signs if sign.answer == "no"),
        left_open=tuple(sign for sign in signs if sign.answer in ("unknown", "declined")),
        answered=len(signs),
        asks=screening.asks,
    )


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
    """Return the standard's codes that the answers would note in the case, by group: only where the case says nothing yet."""
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
        held = getattr(case, group)
        if code in held or (group == "exploitation" and code not in allowed):
            continue
        if found.get(group, {}).get(code) != "yes":
            found.setdefault(group, {})[code] = given
    return found
