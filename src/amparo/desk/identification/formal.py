"""The formal track: a competent body, its dated steps, and the clocks that follow from them. Pure.

Where a procedure stands is computed from its steps and from the rules of the country whose body decides,
never stored. Nothing here knows of assistance, and nothing that opens assistance knows of this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from amparo.desk.access.policies import YES, Verdict, no


class StepKind(StrEnum):
    """What happened in a procedure before a competent body."""

    REFLECTION = "reflection"
    REVIEWED = "reviewed"
    EXTENDED = "extended"
    IDENTIFIED = "identified"
    NOT_IDENTIFIED = "not_identified"
    WITHDRAWN = "withdrawn"
    ASKED_AGAIN = "asked_again"
    THEN_IDENTIFIED = "then_identified"
    STAYS_NOT_IDENTIFIED = "stays_not_identified"


class FormalState(StrEnum):
    """Where a procedure stands."""

    PENDING = "pending"
    IDENTIFIED = "identified"
    NOT_IDENTIFIED = "not_identified"
    RECONSIDERED = "reconsidered"
    """The person asked to reconsider, and nobody has answered yet."""
    WITHDRAWN = "withdrawn"
    """The person or their lawyer took the application back."""


DECISIONS = frozenset({StepKind.IDENTIFIED, StepKind.NOT_IDENTIFIED, StepKind.WITHDRAWN})
ANSWERS = frozenset({StepKind.THEN_IDENTIFIED, StepKind.STAYS_NOT_IDENTIFIED})
DECIDES = frozenset({StepKind.IDENTIFIED, StepKind.NOT_IDENTIFIED}) | ANSWERS
"""The steps by which a body says yes or no, first or when asked again: their day is the day of the decision."""
NEEDS_REASONS = frozenset({StepKind.EXTENDED, StepKind.NOT_IDENTIFIED, StepKind.STAYS_NOT_IDENTIFIED})
LEADS_TO = {
    StepKind.IDENTIFIED: FormalState.IDENTIFIED,
    StepKind.NOT_IDENTIFIED: FormalState.NOT_IDENTIFIED,
    StepKind.WITHDRAWN: FormalState.WITHDRAWN,
    StepKind.ASKED_AGAIN: FormalState.RECONSIDERED,
    StepKind.THEN_IDENTIFIED: FormalState.IDENTIFIED,
    StepKind.STAYS_NOT_IDENTIFIED: FormalState.NOT_IDENTIFIED,
}
MOST_DAYS = 365


@dataclass(frozen=True, slots=True)
class Rule:
    """What the country whose body decides says, for this person: days for a child where they are one."""

    reflection_days: int
    review_on_day: int | None = None
    extension_grounds: frozenset[str] = frozenset()
    reconsideration_days: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One dated step; `days` and `ground` belong to an extension, `recorded` is when it was written down, in seconds."""

    kind: StepKind
    on: date
    days: int = 0
    ground: str = ""
    recorded: float = 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a procedure stands, and its clocks: a period's last day is included, its first day is not counted.

    `decided_on` is the day of the last yes or no; `asked_again_on` that of the request to reconsider
    which waits or was granted, and `reconsider_until` counts from the no that it asks about, or that stands.
    """

    state: FormalState
    decided_on: date | None = None
    reflection_from: date | None = None
    reflection_until: date | None = None
    review_on: date | None = None
    is_reviewed: bool = False
    reconsider_until: date | None = None
    asked_again_on: date | None = None

    @property
    def is_decided(self) -> bool:
        """Say whether the body has decided and nothing is open any more."""
        return self.state in (FormalState.IDENTIFIED, FormalState.NOT_IDENTIFIED)

    @property
    def asked_too_late(self) -> bool:
        """Say whether the reconsideration was asked for after its time: the body may still take it on."""
        return bool(self.asked_again_on and self.reconsider_until and self.asked_again_on > self.reconsider_until)

    def runs_on(self, day: date) -> bool:
        """Say whether the reflection period runs on a day."""
        return bool(self.reflection_from and self.reflection_until and self.reflection_from <= day <= self.reflection_until)


def standing(steps: Iterable[Step], rule: Rule) -> Standing:
    """Return where a procedure stands: the steps by their days, those of one day as they were written down."""
    ordered = sorted(steps, key=lambda one: (one.on, one.recorded))
    state, decided_on, asked_on, refused_on = FormalState.PENDING, None, None, None
    for step in ordered:
        state = LEADS_TO.get(step.kind, state)
        if step.kind in DECIDES:
            decided_on = step.on
        if step.kind is StepKind.ASKED_AGAIN:
            asked_on, refused_on = step.on, decided_on
    if state is FormalState.NOT_IDENTIFIED:
        refused_on, asked_on = decided_on, None
    begun = next((step.on for step in ordered if step.kind is StepKind.REFLECTION), None)
    until = begun and begun + timedelta(days=rule.reflection_days + sum(step.days for step in ordered))
    time = rule.reconsideration_days
    return Standing(
        state=state,
        decided_on=decided_on,
        reflection_from=begun,
        reflection_until=until,
        review_on=begun + timedelta(days=rule.review_on_day) if begun and rule.review_on_day else None,
        is_reviewed=any(step.kind is StepKind.REVIEWED for step in ordered),
        reconsider_until=refused_on + timedelta(days=time) if refused_on and time else None,
        asked_again_on=asked_on,
    )


def possible(now: Standing) -> tuple[StepKind, ...]:
    """Return the steps that can follow, in the order of the way."""
    found = [StepKind.REVIEWED, StepKind.EXTENDED] if now.reflection_from else [StepKind.REFLECTION]
    match now.state:
        case FormalState.PENDING:
            found += [StepKind.IDENTIFIED, StepKind.NOT_IDENTIFIED, StepKind.WITHDRAWN]
        case FormalState.NOT_IDENTIFIED:
            found.append(StepKind.ASKED_AGAIN)
        case FormalState.RECONSIDERED:
            found += [StepKind.THEN_IDENTIFIED, StepKind.STAYS_NOT_IDENTIFIED]
        case FormalState.IDENTIFIED | FormalState.WITHDRAWN:
            pass
    return tuple(found)


def may_follow(step: Step, now: Standing, rule: Rule, *, notified_on: date, reasons: str) -> Verdict:
    """Say whether a step can be written down: it follows from where the procedure stands, on a day that fits."""
    if step.kind not in possible(now):
        return no("no_such_formal_step")
    if step.on < notified_on:
        return no("step_before_notice")
    if step.kind is StepKind.ASKED_AGAIN and now.decided_on and step.on < now.decided_on:
        return no("step_before_decision")
    if step.kind in ANSWERS and now.asked_again_on and step.on < now.asked_again_on:
        return no("step_before_decision")
    if step.kind in (StepKind.REVIEWED, StepKind.EXTENDED) and now.reflection_from and step.on < now.reflection_from:
        return no("step_before_reflection")
    if step.kind is StepKind.EXTENDED:
        if not 0 < step.days <= MOST_DAYS:
            return no("extension_without_days")
        if rule.extension_grounds and step.ground not in rule.extension_grounds:
            return no("ground_not_in_law")
    return no("reasons_missing") if step.kind in NEEDS_REASONS and not reasons.strip() else YES


def overall(states: Collection[FormalState]) -> FormalState | None:
    """Return what several bodies say together, wherever they sit: one that identified is enough; None without any."""
    for state in (FormalState.IDENTIFIED, FormalState.RECONSIDERED, FormalState.PENDING, FormalState.NOT_IDENTIFIED):
        if state in states:
            return state
    return FormalState.WITHDRAWN if states else None
