"""Trafficking in persons as the Palermo Protocol defines it: act, means, purpose, and the rule for a child.

Pure. Three-valued: an unknown stays unknown, and a settled answer never flips when an unknown is
resolved (strong Kleene logic is monotone in what is known). Consent of the person is no element:
art. 3(b) makes it irrelevant once a means is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from amparo.desk.cases.rules import Childhood, Finding, all_of, any_of


class Element(StrEnum):
    """The three elements of art. 3(a)."""

    ACT = "act"
    MEANS = "means"
    PURPOSE = "purpose"


class Strength(StrEnum):
    """How much an indicator says: a direct one establishes its part by itself, a supporting one only points to it."""

    DIRECT = "direct"
    SUPPORTING = "supporting"


class Outcome(StrEnum):
    """What a named person decides."""

    PRESUMED = "presumed"
    NOT_PRESUMED = "not_presumed"
    VULNERABLE = "vulnerable"
    """Not presumed, and in need all the same: goes on to other help. No answer proposes it; a person sees it."""
    MORE_NEEDED = "more_needed"


def trafficking(*, act: Finding, means: Finding, purpose: Finding, child: Finding) -> Finding:
    """Palermo Protocol art. 3: an adult needs act, means and purpose; a child needs no means."""
    as_child, as_adult = all_of(act, purpose), all_of(act, means, purpose)
    if child is Finding.UNKNOWN:
        return as_child if as_child is as_adult else Finding.UNKNOWN
    return as_child if child is Finding.YES else as_adult


def child_rule(*, now: Childhood, at_opening: Childhood, recorded: Mapping[str, Finding]) -> tuple[Finding, str]:
    """Say whether the rule for a child applies, and why: what happened to a child goes on having happened to a child.

    `now` is whether the person is a child on the day of the conversation, `at_opening` on the day on which the case was
    opened: what the case is about came before it. `recorded` is what the record says of when it began and while it
    lasted; where it says both, a case that was opened earlier adds nothing, and exploitation as an adult is judged as such.
    Where the age is not certain and may be under majority, on either day, the person is presumed a child.
    """
    if now is Childhood.CONTESTED:
        return Finding.YES, "age_contested"
    if Finding.YES in recorded.values():
        return Finding.YES, "child_then"
    if now in (Childhood.CHILD, Childhood.PRESUMED):
        return Finding.YES, "child_now" if now is Childhood.CHILD else "child_presumed"
    is_told = len(recorded) == len(WHEN)
    if at_opening is Childhood.PRESUMED and not is_told:
        return Finding.YES, "child_presumed_then"
    found = any_of(now.protected, *recorded.values(), *([] if is_told else [at_opening.protected]))
    return found, {Finding.YES: "child_then", Finding.NO: "adult", Finding.UNKNOWN: "age_unknown"}[found]


WHEN = ("majority_at_entry", "majority_at_exploitation")
"""What a record says of a person's age then: when the trafficking began, and during the exploitation."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One indicator as answered: which part of which element it speaks for, how strongly, and what was said."""

    code: str
    element: Element
    part: str
    strength: Strength
    answer: str
    source: str = ""


def sign_finding(sign: Sign) -> Finding:
    """Return what one answer establishes: a direct yes is a yes; a supporting yes leaves the part open; a no is a no."""
    match sign.answer:
        case "yes":
            return Finding.YES if sign.strength is Strength.DIRECT else Finding.UNKNOWN
        case "no":
            return Finding.NO
        case _:
            return Finding.UNKNOWN


def parts_of(element: Element, signs: Iterable[Sign]) -> dict[str, Finding]:
    """Return each part of an element with what the answers establish: one direct yes settles it, however many noes stand beside."""
    found: dict[str, list[Finding]] = {}
    for sign in signs:
        if sign.element is element:
            found.setdefault(sign.part, []).append(sign_finding(sign))
    return {part: any_of(*findings) for part, findings in found.items()}


def element_finding(element: Element, signs: Iterable[Sign], *, told: Mapping[str, str] | None = None) -> Finding:
    """Return what is established about an element: by the answers, and by what the interviewer recorded about its parts.

    `told` maps parts to yes, no or unknown as a person set them; it stands above what the answers propose.
    """
    parts = parts_of(element, signs) | {part: Finding(value) for part, value in (told or {}).items()}
    return any_of(*parts.values())


def proposes(finding: Finding) -> Outcome:
    """Return the decision that a finding proposes; a person decides."""
    match finding:
        case Finding.YES:
            return Outcome.PRESUMED
        case Finding.NO:
            return Outcome.NOT_PRESUMED
        case _:
            return Outcome.MORE_NEEDED
