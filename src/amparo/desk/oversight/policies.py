"""Who may see and judge what was flagged, decide what becomes of a record, and answer the person: pure verdicts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from amparo.desk.access.policies import YES, Facts, Verdict, may_serve, no
from amparo.desk.access.roles import Purpose, Role
from amparo.desk.cases.policies import CaseFacts, may_lead, may_open_case, may_read, may_staff, works_on


@dataclass(frozen=True, slots=True)
class FlagFacts:
    """What a verdict may know of a flag: whose office, who read, whether somebody has judged it."""

    organisation_id: uuid.UUID
    member_id: uuid.UUID
    is_judged: bool = False


def may_watch(member: Facts) -> Verdict:
    """Supervisors and auditors see what was flagged in their organisation."""
    if may_serve(member, Purpose.OVERSIGHT):
        return YES
    verdict = may_serve(member, Purpose.SUPERVISION)
    if not verdict:
        return verdict
    return YES if Role.SUPERVISOR in member.roles else no("not_your_role")


def may_see(member: Facts, flag: FlagFacts) -> Verdict:
    """Nobody sees what was flagged about themselves, whatever their role: another supervisor or the auditor looks at it."""
    verdict = may_watch(member)
    if not verdict:
        return verdict
    if flag.organisation_id != member.organisation_id:
        return no("other_organisation")
    return no("own_reading") if flag.member_id == member.member_id else YES


def may_judge(member: Facts, flag: FlagFacts) -> Verdict:
    """Whoever sees a flag may judge it; a verdict of "to be looked into" may be followed by another, "explained" stands."""
    return no("already_judged") if flag.is_judged else may_see(member, flag)


def may_see_readers(member: Facts) -> Verdict:
    """Who looked at a record is for the organisation's supervisors: they answer the person who asks."""
    verdict = may_serve(member, Purpose.CASEWORK)
    if not verdict:
        return verdict
    return YES if Role.SUPERVISOR in member.roles else no("supervisor_decides")


def may_propose_rules(member: Facts) -> Verdict:
    """Supervisors set for how long their office keeps what."""
    return may_lead(member)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a verdict may know of a proposal on a record: what, why, and what stands against it."""

    destroys: bool
    rests_on_the_clock: bool
    is_due: bool
    is_held: bool
    is_erased: bool
    is_asked: bool
    has_reason: bool
    keeps_until: date | None = None


def may_propose(member: Facts, case: CaseFacts, proposal: Proposal, *, today: date) -> Verdict:
    """A supervisor proposes, with a reason, what becomes of a record; on the ground of its period only once that is over."""
    verdict = may_staff(member, case)
    if not verdict:
        return verdict
    if proposal.is_erased:
        return no("erased")
    if not proposal.has_reason:
        return no("reason_missing")
    if not proposal.destroys:
        return YES if proposal.keeps_until is not None and proposal.keeps_until > today else no("extension_needs_a_day")
    if proposal.is_held:
        return no("legal_hold")
    if proposal.is_asked:
        return no("request_waits")
    return YES if proposal.is_due or not proposal.rests_on_the_clock else no("not_due_yet")


def may_second(member: Facts) -> Verdict:
    """Whoever records cases can be the second person; they see numbers and dates, not the story."""
    return may_open_case(member)


def may_settle(member: Facts, case: CaseFacts, proposed_by: uuid.UUID, *, confirms: bool, is_settled: bool) -> Verdict:
    """Somebody else than who proposed confirms, once; the proposer can only take their proposal back."""
    verdict = may_second(member)
    if not verdict:
        return verdict
    if member.organisation_id != case.organisation_id or member.member_id in case.shut_out:
        return no("other_organisation")
    if is_settled:
        return no("proposal_settled")
    return no("proposed_by_yourself") if confirms and proposed_by == member.member_id else YES


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What a verdict may know of a person's request."""

    is_open: bool
    is_identified: bool
    is_extended: bool
    is_granted: bool = False


def may_enter_request(member: Facts, case: CaseFacts) -> Verdict:
    """Whoever works on the case writes down what the person asks."""
    verdict = may_read(member, case)
    if not verdict:
        return verdict
    return YES if works_on(member, case) else no("emergency_only_reads")


def may_answer_request(member: Facts, case: CaseFacts, request: RequestFacts, *, grants: bool, reason: str) -> Verdict:
    """A supervisor answers, once it is known that it is the person; a refusal gives its reason."""
    verdict = may_staff(member, case)
    if not verdict:
        return verdict
    if not request.is_open:
        return no("request_answered")
    if not request.is_identified:
        return no("not_identified")
    return YES if grants or reason.strip() else no("reason_missing")


def may_copy(member: Facts, case: CaseFacts, request: RequestFacts) -> Verdict:
    """A supervisor prepares the person's copy once it is known that it is the person, and again as often as it is handed over.

    It is not made where it was refused.
    """
    verdict = may_staff(member, case)
    if not verdict:
        return verdict
    if not (request.is_open or request.is_granted):
        return no("request_answered")
    return YES if request.is_identified else no("not_identified")


def may_take_back(member: Facts, case: CaseFacts, *, stands: bool, words: str) -> Verdict:
    """A supervisor writes down, in words, that the person takes back an objection that was granted."""
    verdict = may_staff(member, case)
    if not verdict:
        return verdict
    if not stands:
        return no("request_answered")
    return YES if words.strip() else no("reason_missing")


def may_extend_request(member: Facts, case: CaseFacts, request: RequestFacts, *, reason: str) -> Verdict:
    """The time to answer is extended once, by a supervisor, with a reason that the person is told."""
    verdict = may_staff(member, case)
    if not verdict:
        return verdict
    if not request.is_open:
        return no("request_answered")
    if request.is_extended:
        return no("extended_before")
    return YES if reason.strip() else no("reason_missing")


@dataclass(frozen=True, slots=True)
class RemovalFacts:
    """What a verdict may know of a signal that is to be removed."""

    organisation_id: uuid.UUID
    proposed_by: uuid.UUID | None
    is_due: bool
    is_ended: bool


def may_propose_removal(member: Facts, signal: RemovalFacts) -> Verdict:
    """A supervisor proposes that a signal be removed once its time is over."""
    verdict = may_lead(member)
    if not verdict:
        return verdict
    if signal.organisation_id != member.organisation_id:
        return no("other_organisation")
    if signal.is_ended:
        return no("proposal_settled")
    if signal.proposed_by is not None:
        return no("proposed_before")
    return YES if signal.is_due else no("not_due_yet")


def may_settle_removal(member: Facts, signal: RemovalFacts, *, confirms: bool) -> Verdict:
    """Somebody else than who proposed it confirms, once and while its time is over; the proposer can take it back."""
    verdict = may_second(member)
    if not verdict:
        return verdict
    if signal.organisation_id != member.organisation_id:
        return no("other_organisation")
    if signal.is_ended or signal.proposed_by is None:
        return no("proposal_settled")
    if confirms and not signal.is_due:
        return no("not_due_yet")
    return no("proposed_by_yourself") if confirms and signal.proposed_by == member.member_id else YES
