"""Trafficking in persons as the Palermo Protocol defines it: act, means, purpose, and the rule for a child.

Pure. Three-valued: an unknown stays unknown, and a settled answer never flips when an unknown is
resolved (strong Kleene logic is monotone in what is known). Consent of the person is no element:
art. 3(b) makes it irrelevant once a means is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from amparo.desk.cases.rules import Childhood, Finding, all_of, any_of, finding


class Element(StrEnum):
    """The three elements of art. 3(a)."""

    ACT = "act"
    MEANS = "means"
    PURPOSE = "purpose"


class Strength(StrEnum):
    """How much an indicator says: a direct one establishes its part by itself, a supporting one only points to it, yes or no."""

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
    Where the age is not certain and may be under majority, on either day, the person is presumed a child. Being of age by
    the time somebody asks says nothing of when it began: until the record says that, no adult is known to have been one.
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
    if found is Finding.NO and WHEN[0] not in recorded:
        return Finding.UNKNOWN, "beginning_not_told"
    return found, {Finding.YES: "child_then", Finding.NO: "adult", Finding.UNKNOWN: "age_unknown"}[found]


WHEN = ("majority_at_entry", "majority_at_exploitation")
"""What a record says of a person's age then: when the trafficking began, and during the exploitation."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One indicator as answered: which part of which element it speaks for, how strongly, what was said ("" for nothing)."""

    code: str
    element: Element
    part: str
    strength: Strength
    answer: str
    source: str = ""


def element_finding(element: Element, signs: Iterable[Sign], *, told: Mapping[str, str] | None = None) -> Finding:
    """Return what is established about an element: by the answers, and by what the interviewer recorded about its parts.

    `signs` are **all** indicators of the list, also those that nobody answered (`answer` is then empty): an element is
    absent only when every one of its indicators was answered no. One direct yes shows it. A supporting no takes back
    what only pointed to the element and settles nothing; a supporting yes, or one still open, leaves the element open.
    `told` maps parts to yes, no or unknown as a person set them; for these parts it stands in place of the answers.
    """
    set_so = dict(told or {})
    asked = [sign for sign in signs if sign.element is element and sign.part not in set_so]
    direct = [finding(sign.answer) for sign in asked if sign.strength is Strength.DIRECT]
    pointing = [Finding.UNKNOWN for sign in asked if sign.strength is Strength.SUPPORTING and sign.answer != "no"]
    return any_of(*map(Finding, set_so.values()), *direct, *pointing)


def still_open(elements: Mapping[Element, Finding], *, child: Finding) -> tuple[Element, ...]:
    """Return the elements that are needed and not known, in their order; for a child, means is never needed."""
    needed = [element for element in Element if not (element is Element.MEANS and child is Finding.YES)]
    return tuple(element for element in needed if elements[element] is Finding.UNKNOWN)


def proposes(elements: Mapping[Element, Finding], *, child: Finding) -> Outcome:
    """Return the decision that the elements propose; a person decides.

    *Not presumed* is proposed only when nothing that is needed is open: one element known to be absent settles what the
    law says (`trafficking`), but somebody of whom half was never asked is asked first.
    """
    act, means, purpose = (elements[element] for element in Element)
    found = trafficking(act=act, means=means, purpose=purpose, child=child)
    if found is Finding.YES:
        return Outcome.PRESUMED
    is_settled = found is Finding.NO and not still_open(elements, child=child)
    return Outcome.NOT_PRESUMED if is_settled else Outcome.MORE_NEEDED
