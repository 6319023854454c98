"""The course of a person's cases: a new one after an earlier, its end, its going on, and who takes it over."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.core import locking
from amparo.desk.core.once import once
from amparo.desk.core.written import known, written
from amparo.desk.questions import coded

from . import actions, checklist, holds, joined, policies, queries, staffing
from .choices import TeamRole
from .life import Closing, Reopening, Sequel, Transfer
from .life_choices import ENDINGS_AFTER_REFERRAL, OfferState
from .models import Case, TeamMember, records_of
from .policies import OfferFacts
from .rules import Finding
from .stages import Stage, steps_from


def has_open_case(person_id: uuid.UUID, *, besides: uuid.UUID | None = None) -> bool:
    """Say whether a case of the person is open, in whichever of their records."""
    return Case.objects.filter(person_id__in=records_of(person_id)).exclude(stage=Stage.CLOSED).exclude(pk=besides).exists()


def may_follow(member: Member, case: Case) -> bool:
    """Say whether a member may open a new case of the same person after this one: it has ended, and no other is open."""
    is_open = case.is_closed and has_open_case(case.person_id, besides=case.pk)
    return bool(policies.may_open_again(member.facts, case.facts, another_is_open=is_open))


def may_go_on(member: Member, case: Case) -> bool:
    """Say whether a member may open this ended case again: a supervisor, unless the person has another one that is open."""
    if not case.is_closed or not policies.reads_every_case(member.facts):
        return False
    another = has_open_case(case.person_id, besides=case.pk)
    targets = (step.target for step in steps_from(Stage(case.stage)))
    return any(policies.may_reopen(member.facts, case.facts, target, reason="asked", another_is_open=another) for target in targets)


@dataclass(frozen=True, slots=True)
class OpenBeside:
    """Another open case of the same person: who is responsible for it, and the case itself where the member reads it."""

    pseudonym: str
    manager: Member | None
    case: Case | None


def open_beside(member: Member, case: Case) -> list[OpenBeside]:
    """Return the other open cases of an open case's person: two that were joined go on until somebody ends one of them.

    Whoever works on one hears that there is another and who has it, and reads it only where they read it anyway.
    """
    others = [] if case.is_closed else queries.other_case_ids(case)
    if not others:
        return []
    beside = Case.objects.filter(pk__in=others, closed_on=None)
    rows = list(beside.select_related("organisation").order_by("opened_on", "id"))
    readable = (
        set(queries.cases_for(member).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True)) if rows else set()
    )
    return [OpenBeside(row.pseudonym, manager_of(row), row if row.pk in readable else None) for row in rows]


def with_another_open(mine: QuerySet[Case]) -> list[Case]:
    """Return the open cases among these whose person has another one open, in whichever record; few records are joined."""
    twins = Case.objects.filter(person_id=OuterRef("person_id"), closed_on=None).exclude(pk=OuterRef("pk"))
    found = {case.pk: case for case in mine.filter(Exists(twins))}
    owner = mine.values_list("organisation_id", flat=True).first()
    joint = joined.all_joined(owner) if owner is not None else {}
    if not joint:
        return list(found.values())
    per_root = Counter(
        joint[one] for one in Case.objects.filter(person_id__in=joint, closed_on=None).values_list("person_id", flat=True)
    )
    several = [one for one, root in joint.items() if per_root[root] > 1]
    found |= {case.pk: case for case in mine.filter(person_id__in=several)}
    return list(found.values())


@transaction.atomic
def open_again(
    *, earlier: Case, by: Member, why: str, opened_on: date, what_changed: str = "", row_id: uuid.UUID | None = None
) -> Case:
    """Open a new case for a person whose earlier case has ended: their facts are shared, those of each case stay apart.

    The new case gets a number and a pseudonym of its own; consents, screenings and the journey are asked for anew.
    Posted twice it is one case.
    """
    holds.living(earlier.person_id)
    earlier = Case.objects.select_related("person", "organisation").get(pk=earlier.pk)
    before = Sequel.objects.filter(case_id=row_id, earlier=earlier).select_related("case").first() if row_id else None
    if before is not None:
        actions.require_same(before, {"why": why, "what_changed": what_changed})
        made: Case = before.case
        return made
    is_open = has_open_case(earlier.person_id, besides=earlier.pk)
    require(policies.may_open_again(by.facts, earlier.facts, another_is_open=is_open))
    require(policies.may_be_day(opened_on, today=timezone.localdate()))
    if earlier.closed_on is not None and opened_on < earlier.closed_on:
        raise Denied("before_it_ended")
    row = actions.new_case(person=earlier.person, by=by, opened_on=opened_on, row_id=row_id)
    owner = {"organisation_id": earlier.organisation_id, "key_id": earlier.key_id}
    Sequel.objects.create(**owner, case=row, earlier=earlier, why=why, what_changed=what_changed, opened_by=by)
    told = {"stage": row.stage, "on": opened_on.isoformat(), "why": str(why), "after": earlier.number}
    audit.record("case.opened_again", row, by=by, details=told)
    return row


def lines_for(case: Case, ending: str) -> tuple[checklist.Line, ...]:
    """Return the checklist of a case that is to end in this way; for an added ending, that of the one it is counted as."""
    stages = {Stage(case.stage), *({Stage.PRESUMED} if case.presumed_on else set())}
    child = queries.treated_as_child(case, on=timezone.localdate()) is Finding.YES
    own = case.organisation_id
    asked = checklist.lines(ending=coded.standard("case_ending", ending, organisation_id=own), stages=stages, is_child=child)
    added = {one.code: (one.maps_to, one.label) for one in coded.added_on("closing_line", organisation_id=own)}
    return checklist.with_added(asked, added)


def waiting_closing(case: Case) -> Closing | None:
    """Return the closing that waits for a supervisor, or None."""
    return next((closing for closing in _closings(case) if not closing.verdict), None)


@transaction.atomic
def prepare_closing(
    *, case: Case, by: Member, ending: str, ended_on: date, words: str, answers: Mapping[str, Mapping[str, str]], version: int = 0
) -> Closing:
    """Say how a case is to end; a supervisor decides. What waited already is replaced where `version` saw it (else `Stale`)."""
    actions.lock(case)
    asked = lines_for(case, ending)
    kept = {line.code: dict(answers[line.code]) for line in asked if line.code in answers}
    lacks, lacks_why = checklist.unanswered(asked, kept), checklist.unexplained(asked, kept)
    require(policies.may_prepare_closing(by.facts, case.facts, lacks=lacks, lacks_why=lacks_why))
    require(policies.may_be_day(ended_on, today=timezone.localdate()))
    require(policies.may_step_on(Stage.CLOSED, ended_on, case.days, elsewhere=False))
    if not words.strip():
        raise Denied("reason_missing")
    row = waiting_closing(case)
    if (row.version if row else 0) != version:
        raise locking.Stale(row, version) if row else locking.Stale
    said = {"ending": ending, "ended_on": ended_on, "words": words, "checklist": kept}
    now = timezone.now()
    if row is None:
        owner = {"organisation_id": case.organisation_id, "key_id": case.key_id, "case": case}
        row = Closing.objects.create(**owner, **said, prepared_by=by, prepared_at=now)
    else:
        for name, value in said.items():
            setattr(row, name, value)
        row.prepared_by, row.prepared_at, row.version = by, now, row.version + 1
        row.save()
    opens = sum(one["state"] == "open" for one in kept.values())
    audit.record("closing.prepared", case, by=by, details={"ending": str(ending), "open": opens, "on": ended_on.isoformat()})
    return row


@transaction.atomic
def decide_closing(*, closing: Closing, by: Member, closes: bool, words: str = "", version: int) -> Closing:
    """A supervisor ends the case as prepared, or sends it back with what is still to do."""
    case = closing.case
    actions.lock(case)
    row: Closing = Closing.objects.select_for_update(of=("self",)).get(pk=closing.pk)
    require(policies.may_decide_closing(by.facts, case.facts, closes=closes, words=words))
    if not row.waits or row.version != version:
        raise locking.Stale
    _decide(row, by, Closing.Answer.CLOSED if closes else Closing.Answer.SENT_BACK, words)
    if not closes:
        audit.record("closing.sent_back", case, by=by)
        return row
    status = "ClosedReferred" if row.standard_code("ending") in ENDINGS_AFTER_REFERRAL else "Closed"
    actions.move(case=case, by=by, to=Stage.CLOSED, on=row.ended_on, reason=row.words, status=status, said_by=row.prepared_by)
    told = {"ending": row.ending, "on": row.ended_on.isoformat(), "prepared_by": str(row.prepared_by_id)}
    audit.record("closing.confirmed", case, by=by, details=told)
    for offer in case.transfers.filter(state=OfferState.OFFERED):
        _answer(offer, OfferState.TAKEN_BACK, "")
    return row


@transaction.atomic
def take_back_closing(*, closing: Closing, by: Member) -> None:
    """The case goes on after all: whoever works on it takes a prepared closing back."""
    actions.lock(closing.case)
    row: Closing = Closing.objects.select_for_update(of=("self",)).get(pk=closing.pk)
    require(policies.may_change(by.facts, row.case.facts))
    if row.waits:
        _decide(row, by, Closing.Answer.TAKEN_BACK, "")
        audit.record("closing.taken_back", row.case, by=by)


def _decide(row: Closing, by: Member, verdict: str, words: str) -> None:
    row.verdict, row.verdict_words, row.decided_by, row.decided_at = verdict, words, by, timezone.now()
    row.version += 1
    row.save()


def closings_waiting(member: Member) -> list[Closing]:
    """Return the closings that wait for a supervisor, the oldest first; none for anybody else."""
    if not policies.reads_every_case(member.facts):
        return []
    readable = queries.cases_for(member).values("pk")
    rows = Closing.objects.filter(verdict="", organisation_id=member.organisation_id, case__in=readable)
    return list(rows.select_related("case", "prepared_by__user").order_by("prepared_at"))


def get_closing(case: Case, closing_id: uuid.UUID) -> Closing:
    """Return a closing of a case by its id, or answer 404."""
    found: Closing = get_object_or_404(Closing.objects.select_related("case"), pk=closing_id, case=case)
    return found


def last_closing(case: Case) -> Closing | None:
    """Return the closing that was prepared last, whatever became of it."""
    return next(iter(_closings(case)), None)


def _closings(case: Case) -> list[Closing]:
    """Return the closings of a case, the last first: few, and asked for together."""
    return once(("closings", case.pk), lambda: known(_closings_of(case.pk), case=case))


@written
def _closings_of(case_id: uuid.UUID) -> QuerySet[Closing]:
    rows = Closing.objects.filter(case_id=case_id).select_related("prepared_by__user", "decided_by__user")
    return rows.order_by("-prepared_at", "-id")


def sent_back(case: Case) -> Closing | None:
    """Return the last closing of an open case where a supervisor sent it back and nothing was prepared since."""
    last = last_closing(case)
    return last if last is not None and last.verdict == Closing.Answer.SENT_BACK else None


@transaction.atomic
def reopen(*, case: Case, by: Member, to: Stage, on: date, why: str, reason: str, version: int | None = None) -> Case:
    """Let a case go on that had ended, unless the person has another that is open; why stands beside the note."""
    holds.living(case.person_id)
    case = Case.objects.select_related("person", "organisation").get(pk=case.pk)
    is_open = has_open_case(case.person_id, besides=case.pk)
    if version is not None and version != case.version:
        raise locking.Stale(case, version)
    require(policies.may_reopen(by.facts, case.facts, to, reason=reason, another_is_open=is_open))
    moved = actions.move(case=case, by=by, to=to, on=on, reason=reason, version=version)
    owner = {"organisation_id": case.organisation_id, "key_id": case.key_id, "case": moved}
    Reopening.objects.create(**owner, why=why, words=reason, reopened_on=on, reopened_by=by)
    audit.record("case.reopened", moved, by=by, details={"why": str(why), "on": on.isoformat()})
    return moved


@transaction.atomic
def offer(*, case: Case, by: Member, taker: Member, words: str = "", row_id: uuid.UUID | None = None) -> Transfer:
    """Offer one's place on a team to a colleague; until they take it, nothing changes and they read nothing of the record."""
    actions.lock(case)
    require(policies.may_offer(by.facts, case.facts, taker.facts))
    said = {"words": words, "taker": taker}
    before: Transfer | None = Transfer.objects.filter(pk=row_id, case=case).first() if row_id else None
    if before is not None:
        actions.require_same(before, said)
        return before
    if case.transfers.filter(giver=by, state=OfferState.OFFERED).exists():
        raise Denied("offer_waits")
    owner = {"organisation_id": case.organisation_id, "key_id": case.key_id, "case": case, "giver": by}
    more = {"id": row_id} if row_id else {}
    row: Transfer = Transfer.objects.create(**more, **owner, **said, offered_at=timezone.now())
    audit.record("transfer.offered", case, by=by, details={"member": str(taker.pk)})
    return row


@transaction.atomic
def accept(*, offer: Transfer, by: Member) -> Case:
    """Take an offered place over: from today on it is theirs, in the giver's role, and the giver's ends."""
    case, offer = _to_answer(offer, by)
    today = timezone.localdate()
    places = list(case.team.filter(TeamMember.on(today), member_id=offer.giver_id))
    if not places:
        raise Denied("nothing_to_hand_over")
    _answer(offer, OfferState.ACCEPTED, "")
    for place in places:
        staffing.join(case, by, by, place.role, today)
        staffing.leave(place, by, today)
    audit.record("transfer.accepted", case, by=by, details={"member": str(offer.giver_id)})
    return case


@transaction.atomic
def decline(*, offer: Transfer, by: Member, words: str = "") -> None:
    """Leave an offered place with whoever has it, with a word for them."""
    case, offer = _to_answer(offer, by)
    _answer(offer, OfferState.DECLINED, words)
    audit.record("transfer.declined", case, by=by, details={"member": str(offer.giver_id)})


@transaction.atomic
def take_back(*, offer: Transfer, by: Member) -> None:
    """Take an offer back that nobody answered."""
    row: Transfer = Transfer.objects.select_for_update(of=("self",)).select_related("case").get(pk=offer.pk)
    require(policies.may_take_back_offer(by.facts, row.case.facts, _facts(row)))
    _answer(row, OfferState.TAKEN_BACK, "")
    audit.record("transfer.taken_back", row.case, by=by, details={"member": str(row.taker_id)})


def _to_answer(offer: Transfer, by: Member) -> tuple[Case, Transfer]:
    actions.lock(offer.case)
    row: Transfer = Transfer.objects.select_for_update(of=("self",)).select_related("case").get(pk=offer.pk)
    require(policies.may_answer_offer(by.facts, row.case.facts, _facts(row)))
    return row.case, row


def _facts(row: Transfer) -> OfferFacts:
    return OfferFacts(row.giver_id, row.taker_id, row.state == OfferState.OFFERED)


def _answer(row: Transfer, state: str, words: str) -> None:
    Transfer.objects.filter(pk=row.pk).update(state=state, answered_at=timezone.now(), version=row.version + 1)
    if words.strip():
        row.refresh_from_db()
        row.answer_words = words
        row.save(update_fields=["answer_words"])


def offers_to(member: Member) -> list[Transfer]:
    """Return the places that wait for a member's answer, the oldest first; of the record nothing but its pseudonym and risk."""
    if not policies.may_list(member.facts):
        return []
    rows = Transfer.objects.filter(taker=member, state=OfferState.OFFERED, organisation_id=member.organisation_id)
    rows = rows.exclude(case__person_id__in=queries.shut_out_from(member)).exclude(case__stage=Stage.CLOSED)
    return list(rows.select_related("case", "giver__user").order_by("offered_at"))


def transfers_of(case: Case) -> list[Any]:
    """Return every offer of a place on a case's team, the last one first."""
    return list(case.transfers.select_related("giver__user", "taker__user").order_by("-offered_at").opened())


def manager_of(case: Case) -> Member | None:
    """Return who is responsible for the case today: its case manager, or None."""
    return next((place.member for place in case.current_team if place.role == TeamRole.CASE_MANAGER), None)


def sequel_of(case: Case) -> Sequel | None:
    """Return why a case follows an earlier one, or None where it is the first."""
    return next(iter(known(_sequel_of(case.pk), case=case)), None)


@written
def _sequel_of(case_id: uuid.UUID) -> QuerySet[Sequel]:
    return Sequel.objects.filter(case_id=case_id).select_related("earlier", "opened_by__user")
