"""The way of a release, as data: which states follow which, and what two verdicts come to. No Django, no clock."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class State(StrEnum):
    """Where a release stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SPENT = "spent"
    MEASURED = "measured"
    FINAL_REVIEW = "final_review"
    RELEASING = "releasing"
    PUBLISHED = "published"
    DECLINED = "declined"
    OVER_BUDGET = "over_budget"
    WITHHELD = "withheld"
    FAILED = "failed"
    DROPPED = "dropped"


class Round(StrEnum):
    """What reviewers are asked: whether to spend on this recipe, and whether to publish what came of it."""

    RECIPE = "recipe"
    RESULT = "result"


class Opinion(StrEnum):
    """One reviewer's verdict."""

    RELEASE = "release"
    CHANGE = "change"
    DO_NOT = "do_not"


REVIEWERS = 2

FOLLOWS: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.IN_REVIEW, State.DROPPED}),
    State.IN_REVIEW: frozenset({State.APPROVED, State.DRAFT, State.DECLINED, State.DROPPED}),
    State.APPROVED: frozenset({State.SPENT, State.OVER_BUDGET, State.DRAFT}),
    State.SPENT: frozenset({State.MEASURED, State.FAILED}),
    State.MEASURED: frozenset({State.FINAL_REVIEW, State.FAILED}),
    State.FINAL_REVIEW: frozenset({State.RELEASING, State.WITHHELD}),
    State.RELEASING: frozenset({State.PUBLISHED}),
    State.OVER_BUDGET: frozenset({State.DRAFT}),
    State.PUBLISHED: frozenset(),
    State.DECLINED: frozenset(),
    State.WITHHELD: frozenset(),
    State.FAILED: frozenset(),
    State.DROPPED: frozenset(),
}
"""Every allowed change of state; there is no way from before the spend to noise, and none from noise back.

An approved recipe that cannot be measured goes back to its author, unspent; one that was spent already ends as failed.
"""

WORKING = frozenset({State.APPROVED, State.SPENT, State.MEASURED, State.RELEASING})
"""States that the worker carries on from, without a person."""

SPENT_FROM = frozenset(
    {State.SPENT, State.MEASURED, State.FINAL_REVIEW, State.RELEASING, State.PUBLISHED, State.WITHHELD, State.FAILED}
)
"""States in which the budget is spent for good."""

ASKED: dict[State, Round] = {State.IN_REVIEW: Round.RECIPE, State.FINAL_REVIEW: Round.RESULT}
"""What reviewers are asked in a state."""


def offered(asked: Round) -> tuple[Opinion, ...]:
    """Return the verdicts that can be given: a result cannot be changed, because nothing may be drawn again."""
    if asked is Round.RECIPE:
        return (Opinion.RELEASE, Opinion.CHANGE, Opinion.DO_NOT)
    return (Opinion.RELEASE, Opinion.DO_NOT)


def after(asked: Round, opinions: Collection[Opinion]) -> State | None:
    """Return the state that follows from the verdicts, or None while one is missing.

    One refusal is enough to stop; a wish for changes goes back to the author; only two clear
    verdicts for release go on.
    """
    if len(opinions) < REVIEWERS:
        return None
    if Opinion.DO_NOT in opinions:
        return State.DECLINED if asked is Round.RECIPE else State.WITHHELD
    if Opinion.CHANGE in opinions:
        return State.DRAFT
    return State.APPROVED if asked is Round.RECIPE else State.RELEASING
