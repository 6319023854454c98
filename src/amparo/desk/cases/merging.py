"""Joining two records of one person, and parting them again: one proposes, another decides, and no row moves.

From the decision on what holds for one record holds for the other (see `joined`); parted, each is as it was, but for what
was placed meanwhile against erasing, passing on or reading: it stays on both until somebody lifts it. The rooms above
are told through the change log, in the same transaction.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from amparo.desk.access.guard import Denied, require, require_fresh
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.core import changes
from amparo.desk.core.models import PersonKey

from . import holds, joined, policies, queries, same, taking_over
from .actions import require_same
from .models import Case, Person, Sameness
from .policies import RecordFacts, SameState

JOINED = "person.merged"
PARTED = "person.parted"


@transaction.atomic
def propose(*, case: Case, other: Case, by: Member, reason: str, row_id: uuid.UUID) -> Sameness:
    """Say that two records are of one person; `case` stays the one that remains. Nothing happens before somebody else decides."""
    require(policies.may_propose_same(by.facts, case.facts, other.facts, reason=reason))
    remaining_id, person_id = joined.root_of(case.person_id), joined.root_of(other.person_id)
    if remaining_id == person_id:
        raise Denied("same_already")
    rows = {row.pk: row for row in joined.locked([person_id, remaining_id])}
    before: Sameness | None = Sameness.objects.filter(pk=row_id).first()
    if before is not None:
        if {before.person_id, before.remaining_id} != {person_id, remaining_id}:
            raise Denied("posted_otherwise")
        require_same(before, {"reason": reason})
        return before
    if _facts(rows[person_id]).has_joined and not _facts(rows[remaining_id]).has_joined:
        person_id, remaining_id = remaining_id, person_id  # the one to which others lead remains
    require(policies.may_be_joined(_facts(rows[person_id]), _facts(rows[remaining_id])))
    pair = [person_id, remaining_id]
    if Sameness.objects.filter(state=SameState.PROPOSED, person__in=pair, remaining__in=pair).exists():
        raise Denied("same_is_proposed")
    row: Sameness = Sameness.objects.create(
        id=row_id,
        organisation_id=by.organisation_id,
        key_id=rows[person_id].key_id,
        person_id=person_id,
        remaining_id=remaining_id,
        reason=reason,
        proposed_by=by,
    )
    for one in (case, other):
        audit.record("same.proposed", one, by=by)
    return row


def _facts(person: Person) -> RecordFacts:
    is_erased = PersonKey.objects.filter(pk=person.key_id).exclude(destroyed_at=None).exists()
    return RecordFacts(person.merged_into_id, person.merged.exists(), is_erased)


@dataclass(frozen=True, slots=True)
class Pair:
    """A proposal with the latest case of each record, as the member reads them."""

    row: Sameness
    case: Case
    other: Case


def may_remain(row: Sameness) -> list[uuid.UUID]:
    """Return which records of a proposal may be the one that remains, the proposed one first: never one that leads to another."""
    person, remaining = _facts(row.person), _facts(row.remaining)
    return [row.remaining_id, *([row.person_id] if policies.may_be_joined(remaining, person) else [])]


def pair_of(member: Member, row: Sameness) -> Pair | None:
    """Return a proposal with a case of each record; None where the member does not read both."""
    readable = queries.cases_for(member).select_related("person", "organisation").order_by("-opened_on", "-id")
    case, other = (readable.filter(person_id=person_id).first() for person_id in (row.remaining_id, row.person_id))
    return Pair(row, case, other) if case and other else None


def proposals_for(member: Member) -> QuerySet[Sameness]:
    """Return what was proposed in a supervisor's office and what came of it, without whom they are shut out from."""
    if not policies.may_lead(member.facts):
        return Sameness.objects.none()
    shut_out = queries.shut_out_from(member)
    rows = Sameness.objects.filter(organisation_id=member.organisation_id)
    rows = rows.exclude(Q(person__in=shut_out) | Q(remaining__in=shut_out))
    return rows.select_related("proposed_by__user", "decided_by__user")


def opened(row: Sameness) -> Sameness:
    """Return a proposal with its words opened, for whoever may decide it."""
    found: Sameness = Sameness.objects.select_related("proposed_by__user", "decided_by__user").filter(pk=row.pk).opened()[0]
    return found


def open_proposals(case: Case) -> int:
    """Return how many proposals wait to join a case's record with another."""
    root = joined.root_of(case.person_id)
    return Sameness.objects.filter(Q(person=root) | Q(remaining=root), state=SameState.PROPOSED).count()


def count_waiting(member: Member) -> int:
    """Return how many proposals wait for this member's decision."""
    return proposals_for(member).filter(state=SameState.PROPOSED).exclude(proposed_by=member).count()


def _locked(row: Sameness) -> tuple[Sameness, Person, Person]:
    rows = {one.pk: one for one in joined.locked([row.person_id, row.remaining_id])}
    held: Sameness = Sameness.objects.select_for_update().get(pk=row.pk)
    return held, rows[held.person_id], rows[held.remaining_id]


@transaction.atomic
def decide(*, pair: Pair, by: Member, is_same: bool, reason: str, remaining_id: uuid.UUID | None = None) -> Sameness:
    """Join the two records, or say that they are of two persons; by a supervisor who did not propose it, with a fresh proof.

    `remaining_id` is the record that remains where the supervisor chooses the other one; without it the one proposed.
    """
    require_fresh(by)
    row, person, remaining = _locked(pair.row)
    require(policies.may_decide_same(by.facts, pair.case.facts, pair.other.facts, row.facts, reason=reason))
    if is_same and remaining_id == person.pk:
        person, remaining = remaining, person
        row.person, row.remaining = person, remaining
    elif remaining_id not in (None, person.pk, remaining.pk):
        raise Denied("same_not_joined")
    if is_same:
        require(policies.may_be_joined(_facts(person), _facts(remaining)))
        Person.objects.filter(pk=person.pk).update(merged_into=remaining)
        changes.announce(JOINED, person.pk, organisation_id=row.organisation_id)
    else:
        same.tell_apart(by=by, person_id=person.pk, others=[remaining.pk])
    row.state = (SameState.JOINED if is_same else SameState.APART).value
    row.decided_by, row.decided_at, row.decision_reason = by, timezone.now(), reason
    row.save()
    for one in (pair.case, pair.other):
        audit.record("same.joined" if is_same else "same.told_apart", one, by=by)
    return row


@transaction.atomic
def part(*, pair: Pair, by: Member, reason: str) -> Sameness:
    """Part two joined records: nobody is warned of them again, and what was placed meanwhile to protect stays on both."""
    require_fresh(by)
    row, person, remaining = _locked(pair.row)
    require(policies.may_part(by.facts, pair.case.facts, pair.other.facts, row.facts, reason=reason))
    _keep_on_both(person, remaining, since=row.decided_at)
    taking_over.part(person.pk, [one for one in joined.ids(remaining.pk) if one != person.pk], by=by)
    Person.objects.filter(pk=person.pk).update(merged_into=None)
    same.tell_apart(by=by, person_id=person.pk, others=[remaining.pk])
    row.state = SameState.UNDONE.value
    row.undone_by, row.undone_at, row.undo_reason = by, timezone.now(), reason
    row.save()
    for one in (person, remaining):
        changes.announce(PARTED, one.pk, organisation_id=row.organisation_id)
    for one in (pair.case, pair.other):
        audit.record("same.parted", one, by=by)
    return row


def _keep_on_both(person: Person, remaining: Person, *, since: Any) -> None:
    """Let what was placed while the two were joined, and stands, stand on both: nobody knows any more of whom it was said."""
    rest = [one for one in joined.ids(person.pk) if one != person.pk]
    to_copy = [(person, holds.standing_on(rest, since=since)), (remaining, holds.standing_on([person.pk], since=since))]
    for to, rows in to_copy:
        if not _facts(to).is_erased:
            for row in rows:
                holds.copy_to(row, to)


def forget(person_id: uuid.UUID) -> None:
    """Take away what was written about two records when one of them is erased; the decision itself stays."""
    rows = Sameness.objects.filter(Q(person=person_id) | Q(remaining=person_id))
    rows.filter(state=SameState.PROPOSED).delete()
    rows.update(reason=b"", decision_reason=b"", undo_reason=b"")
    taking_over.forget(person_id)
