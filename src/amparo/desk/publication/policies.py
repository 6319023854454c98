"""Who may draft, judge and see what. Pure: facts in, yes or a reason out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from amparo.desk.access.policies import YES, Facts, Verdict, no
from amparo.desk.access.roles import Role
from amparo.desk.publication.rules import ASKED, State


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What a verdict may know of a release; users, not members, so that nobody judges twice under two hats."""

    state: State
    organisation_id: uuid.UUID
    author_user_ids: frozenset[uuid.UUID]
    """Everybody who wrote on the recipe or sent it."""
    judged_by: frozenset[uuid.UUID]
    """The users who have given their verdict in the present round."""


def may_draft(facts: Facts) -> Verdict:
    """A data steward drafts releases."""
    return YES if Role.DATA_STEWARD in facts.roles else no("stewards_draft")


def may_edit(facts: Facts, release: ReleaseFacts) -> Verdict:
    """A steward of the same organisation edits while it is a draft, or takes up one that was over budget."""
    if release.organisation_id != facts.organisation_id:
        return no("not_your_organisation")
    if release.state not in (State.DRAFT, State.OVER_BUDGET):
        return no("no_longer_a_draft")
    return may_draft(facts)


def may_drop(facts: Facts, release: ReleaseFacts) -> Verdict:
    """A steward drops a release as long as nothing was approved."""
    if release.organisation_id != facts.organisation_id:
        return no("not_your_organisation")
    if release.state not in (State.DRAFT, State.IN_REVIEW):
        return no("no_longer_a_draft")
    return may_draft(facts)


def may_judge(facts: Facts, user_id: uuid.UUID, release: ReleaseFacts) -> Verdict:
    """A reviewer who did not write the release gives one verdict a round."""
    if Role.REVIEWER not in facts.roles:
        return no("reviewers_judge")
    if release.state not in ASKED:
        return no("nothing_to_judge")
    if user_id in release.author_user_ids:
        return no("authors_do_not_judge")
    if user_id in release.judged_by:
        return no("verdict_given")
    return YES


def may_see_verdicts(facts: Facts, user_id: uuid.UUID, release: ReleaseFacts) -> Verdict:
    """Verdicts of an open round are seen by those who have given theirs, and by nobody else; of a closed round by all."""
    if release.state not in ASKED or user_id in release.judged_by:
        return YES
    return no("verdicts_open_later")
