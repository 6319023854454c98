"""The way of a case as data: stages, and which step leads from where to where.

After the national referral mechanism (ODIHR handbook, second edition, 2022). Assistance opens at
`presumed` and stays open in every later stage; no step asks for cooperation or for residence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """Where a case stands."""

    SIGNAL = "signal"
    FIRST_CONTACT = "first_contact"
    SCREENED = "screened"
    PRESUMED = "presumed"
    CRISIS_SUPPORT = "crisis_support"
    REFLECTION = "reflection"
    IDENTIFIED = "identified"
    NOT_IDENTIFIED = "not_identified"
    LONG_TERM_SUPPORT = "long_term_support"
    LOST_CONTACT = "lost_contact"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Step:
    """One step from a stage to another: who may take it, and whether it needs a reason in words."""

    origin: Stage
    target: Stage
    by_supervisor: bool = False
    needs_reason: bool = False


ARRIVING = "Arriving"
"""The state of a case that came with a whole caseload, until the whole of it is there: nobody sees it before."""
ENDED = frozenset({Stage.CLOSED})
BEFORE_ASSISTANCE = (Stage.SIGNAL, Stage.FIRST_CONTACT, Stage.SCREENED)
ASSISTED = (Stage.PRESUMED, Stage.CRISIS_SUPPORT, Stage.REFLECTION, Stage.IDENTIFIED, Stage.NOT_IDENTIFIED, Stage.LONG_TERM_SUPPORT)


def _steps() -> tuple[Step, ...]:
    forward = [
        Step(Stage.SIGNAL, Stage.FIRST_CONTACT),
        Step(Stage.SIGNAL, Stage.SCREENED),
        Step(Stage.FIRST_CONTACT, Stage.SCREENED),
        *(Step(stage, Stage.PRESUMED) for stage in BEFORE_ASSISTANCE),
        Step(Stage.PRESUMED, Stage.CRISIS_SUPPORT),
        Step(Stage.PRESUMED, Stage.REFLECTION),
        Step(Stage.CRISIS_SUPPORT, Stage.REFLECTION),
        *(
            Step(origin, target)
            for origin in (Stage.SCREENED, Stage.PRESUMED, Stage.CRISIS_SUPPORT, Stage.REFLECTION, Stage.LONG_TERM_SUPPORT)
            for target in (Stage.IDENTIFIED, Stage.NOT_IDENTIFIED)
        ),
        Step(Stage.NOT_IDENTIFIED, Stage.IDENTIFIED),
        *(Step(stage, Stage.LONG_TERM_SUPPORT) for stage in ASSISTED if stage is not Stage.LONG_TERM_SUPPORT),
        *(Step(stage, Stage.CRISIS_SUPPORT) for stage in (Stage.REFLECTION, Stage.IDENTIFIED, Stage.LONG_TERM_SUPPORT)),
    ]
    working = [stage for stage in Stage if stage not in (Stage.CLOSED, Stage.LOST_CONTACT)]
    lost = [Step(stage, Stage.LOST_CONTACT, needs_reason=True) for stage in working]
    found = [Step(Stage.LOST_CONTACT, stage) for stage in (Stage.FIRST_CONTACT, *ASSISTED)]
    closing = [Step(stage, Stage.CLOSED, True, True) for stage in (*working, Stage.LOST_CONTACT)]
    reopening = [Step(Stage.CLOSED, stage, True, True) for stage in (Stage.FIRST_CONTACT, Stage.PRESUMED, Stage.LONG_TERM_SUPPORT)]
    return tuple(forward + lost + found + closing + reopening)


STEPS: tuple[Step, ...] = _steps()


def step(origin: Stage, target: Stage) -> Step | None:
    """Return the step that leads from one stage to another, or None where there is none."""
    return next((each for each in STEPS if each.origin is origin and each.target is target), None)


def steps_from(origin: Stage) -> tuple[Step, ...]:
    """Return every step that leaves a stage, in the order of the way."""
    order = list(Stage)
    return tuple(sorted((each for each in STEPS if each.origin is origin), key=lambda each: order.index(each.target)))


def status_of(stage: Stage) -> str:
    """Return the standard's state of a case that stands at a stage."""
    if stage in ENDED:
        return "Closed"
    return "FollowUp" if stage is Stage.LONG_TERM_SUPPORT else "Active"


def can_reach(origin: Stage, target: Stage) -> bool:
    """Say whether a case in one stage may be moved to another at once."""
    return step(origin, target) is not None
