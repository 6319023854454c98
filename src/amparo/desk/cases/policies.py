"""Who may read and change a case: pure verdicts. Need-to-know narrows what a role may do; nothing widens it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from amparo.desk.access import clearance
from amparo.desk.access.policies import YES, Facts, Verdict, may_serve, no
from amparo.desk.access.roles import INSIDE, Purpose, Role
from amparo.desk.core.partial_dates import FIRST_DAY
from amparo.desk.core.sensitivity import Sensitivity

from .stages import ASSISTED, Stage, step

RECORDING = frozenset({Role.CASEWORKER, Role.SUPERVISOR})
"""Roles that write the facts of a case; the others on a team read it and write notes."""
EARLIER_ELSEWHERE = frozenset({Stage.SCREENED, *ASSISTED})
"""Stages that somebody can have reached with another office before their case began here."""
LONGEST_COVER = timedelta(days=92)
"""Who is away for longer hands their cases over."""
MOST_EMERGENCIES = 3
"""So many cases one member holds open by emergency at a time."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a verdict may know of a case now: whose it is, who works on it, where it stands.

    `covering` stand in for absent members of the team, `emergency` broke the glass and their time still
    runs, `shut_out` are related to the person or have another conflict of interest.
    """

    organisation_id: uuid.UUID
    team: frozenset[uuid.UUID]
    stage: Stage
    covering: frozenset[uuid.UUID] = frozenset()
    emergency: frozenset[uuid.UUID] = frozenset()
    shut_out: frozenset[uuid.UUID] = frozenset()


def may_be_day(day: date, *, today: date) -> Verdict:
    """What is recorded has happened: not after today, and not before any office of this kind was there to record it."""
    if day > today:
        return no("day_in_the_future")
    return no("day_too_early") if day < FIRST_DAY else YES


@dataclass(frozen=True, slots=True)
class CaseDays:
    """The days between which the steps of a case lie; `born` is the first day on which the person can have been born."""

    opened_on: date
    closed_on: date | None = None
    presumed_on: date | None = None
    born: date | None = None


def may_lie_on(day: date, days: CaseDays) -> Verdict:
    """What an office itself does for a person lies after it first heard of them."""
    return no("before_the_case") if day < days.opened_on else YES


def may_be_lived(day: date, born: date | None) -> Verdict:
    """Nothing happens to a person before the first day on which they can have been born; it may have been earlier elsewhere."""
    return no("before_birth") if born is not None and day < born else YES


def may_step_on(target: Stage, on: date, days: CaseDays, *, elsewhere: bool) -> Verdict:
    """A step lies within the person's life and the case's.

    What another office can have done before (`EARLIER_ELSEWHERE`) may lie before the case began here, where whoever
    records it says so. An end and a reopening lie after what they end and reopen, whatever anybody says.
    """
    if not (verdict := may_be_lived(on, days.born)):
        return verdict
    if days.closed_on is not None and on < days.closed_on:
        return no("before_it_ended")
    if on < days.opened_on:
        if target is Stage.CLOSED:
            return no("ended_before_it_began")
        if target not in EARLIER_ELSEWHERE:
            return no("before_the_case")
        return YES if elsewhere else no("earlier_elsewhere")
    if target is Stage.CLOSED and days.presumed_on is not None and on < days.presumed_on:
        return no("ended_before_presumed")
    return YES


def may_list(member: Facts) -> Verdict:
    """Casework is for inside roles; outside bodies, immigration enforcement above all, are told nothing."""
    return may_serve(member, Purpose.CASEWORK)


def may_open_case(member: Facts) -> Verdict:
    """Caseworkers and supervisors take people in."""
    verdict = may_list(member)
    if not verdict:
        return verdict
    return YES if member.roles & RECORDING else no("not_your_role")


def may_bring_caseload(member: Facts) -> Verdict:
    """Supervisors bring an old caseload in: who brings it reads every name of it. The administrator's role opens no case."""
    verdict = may_list(member)
    if not verdict:
        return verdict
    return YES if reads_every_case(member) else no("supervisor_decides")


def reads_every_case(member: Facts) -> bool:
    """Supervisors read every case of their own organisation."""
    return bool(may_list(member)) and Role.SUPERVISOR in member.roles


def works_on(member: Facts, case: CaseFacts) -> bool:
    """Say whether a member works on a case by an assignment, a leave cover or as a supervisor; relation shuts out first."""
    if member.organisation_id != case.organisation_id or member.member_id in case.shut_out:
        return False
    assigned = member.member_id in case.team | case.covering
    return bool(may_list(member)) and (reads_every_case(member) or (bool(member.roles & INSIDE) and assigned))


def may_read(member: Facts, case: CaseFacts) -> Verdict:
    """The team, who covers for it, supervisors, and for hours who broke the glass; nobody else, whatever their role.

    A relation to the person or another conflict of interest shuts out whoever it is.
    """
    verdict = may_list(member)
    if not verdict:
        return verdict
    if member.organisation_id != case.organisation_id:
        return no("other_organisation")
    if member.member_id in case.shut_out:
        return no("shut_out")
    if works_on(member, case) or (member.roles & INSIDE and member.member_id in case.emergency):
        return YES
    return no("not_on_the_team")


def may_note(member: Facts, case: CaseFacts) -> Verdict:
    """Whoever works on the case writes notes, also after it was closed."""
    return may_read(member, case)


def may_change(member: Facts, case: CaseFacts) -> Verdict:
    """Caseworkers of the team and supervisors change the facts, as long as the case is open."""
    verdict = may_read(member, case)
    if not verdict:
        return verdict
    if not works_on(member, case):
        return no("emergency_only_reads")
    if not member.roles & RECORDING:
        return no("not_your_role")
    return no("case_closed") if case.stage is Stage.CLOSED else YES


def may_see_name(member: Facts, case: CaseFacts) -> Verdict:
    """The name is for those who need it to act for the person; the others see the pseudonym."""
    verdict = may_read(member, case)
    if not verdict:
        return verdict
    return YES if _knows_names(member) else no("name_hidden_for_role")


def _knows_names(member: Facts) -> bool:
    return clearance.sees(member.roles, Purpose.CASEWORK, Sensitivity.IDENTIFYING)


def may_search_names(member: Facts) -> Verdict:
    """Searching by name tells that somebody is here: only for those who may see names."""
    verdict = may_list(member)
    if not verdict:
        return verdict
    return YES if _knows_names(member) else no("name_hidden_for_role")


def may_staff(member: Facts, case: CaseFacts) -> Verdict:
    """Supervisors say who works on a case; one who is shut out from it does not."""
    verdict = may_read(member, case)
    if not verdict:
        return verdict
    return YES if reads_every_case(member) else no("supervisor_decides")


def may_move(member: Facts, case: CaseFacts, target: Stage, *, reason: str) -> Verdict:
    """A case takes only the steps that the way knows; ending and reopening is for supervisors, with a reason."""
    verdict = may_read(member, case)
    if not verdict:
        return verdict
    if not works_on(member, case):
        return no("emergency_only_reads")
    if not member.roles & RECORDING:
        return no("not_your_role")
    taken = step(case.stage, target)
    if taken is None:
        return no("no_such_step")
    if taken.by_supervisor and not reads_every_case(member):
        return no("supervisor_decides")
    return no("reason_missing") if taken.needs_reason and not reason.strip() else YES


def may_lead(member: Facts) -> Verdict:
    """Supervisors decide who stands in for whom and who takes cases over."""
    verdict = may_list(member)
    if not verdict:
        return verdict
    return YES if reads_every_case(member) else no("supervisor_decides")


@dataclass(frozen=True, slots=True)
class Cover:
    """A leave cover about to be entered."""

    absent: Facts
    covering: Facts
    since: date
    until: date


def may_cover(member: Facts, cover: Cover, *, today: date) -> Verdict:
    """A supervisor lets one colleague of the office stand in for another for a while; both work on cases."""
    verdict = may_lead(member)
    if not verdict:
        return verdict
    for one in (cover.absent, cover.covering):
        if one.organisation_id != member.organisation_id:
            return no("other_organisation")
    if not may_have_cases(cover.covering):
        return no("role_has_no_cases")
    if cover.absent.member_id == cover.covering.member_id:
        return no("covers_themselves")
    if cover.until < cover.since or cover.until < today:
        return no("cover_is_over")
    return no("cover_too_long") if cover.until - cover.since > LONGEST_COVER else YES


def may_have_cases(member: Facts) -> bool:
    """Say whether a member can be given a case at all."""
    return bool(member.roles & INSIDE) and bool(may_list(member))


def may_declare_conflict(member: Facts, about: Facts, case: CaseFacts) -> Verdict:
    """Whoever reads a case shuts themselves out; a supervisor of the case shuts a colleague out."""
    if about.member_id == member.member_id:
        return may_read(member, case)
    verdict = may_staff(member, case)
    if not verdict:
        return verdict
    return YES if about.organisation_id == member.organisation_id else no("other_organisation")


def may_lift_conflict(member: Facts, about: uuid.UUID, case: CaseFacts) -> Verdict:
    """A supervisor lets a colleague in again; nobody lets themselves in."""
    if about == member.member_id:
        return no("not_yourself")
    return may_staff(member, case)


def may_try_emergency(member: Facts, *, reason: str, held: int) -> Verdict:
    """Say what can be said before anybody looks for the case: a reason is given, and not too many records are open already."""
    verdict = may_list(member)
    if not verdict:
        return verdict
    if not reason.strip():
        return no("emergency_reason_missing")
    return no("too_many_emergencies") if held >= MOST_EMERGENCIES else YES


def may_break_glass(member: Facts, case: CaseFacts, *, reason: str, told: int, held: int) -> Verdict:
    """In an emergency any inside role opens a case of its own office for hours, with a reason, where somebody can be told.

    `told` is how many colleagues will hear of it at once, `held` how many cases the member holds open so already.
    A relation or conflict of interest is never overcome.
    """
    verdict = may_list(member)
    if not verdict:
        return verdict
    if member.organisation_id != case.organisation_id or member.member_id in case.shut_out or not member.roles & INSIDE:
        return no("nothing_opens_here")
    if may_read(member, case):
        return no("already_open_to_you")
    verdict = may_try_emergency(member, reason=reason, held=held)
    if not verdict:
        return verdict
    return YES if told else no("nobody_to_tell")


@dataclass(frozen=True, slots=True)
class EmergencyFacts:
    """What a verdict may know of an emergency access."""

    taken_by: uuid.UUID
    is_reviewed: bool


def may_review(member: Facts, case: CaseFacts, emergency: EmergencyFacts) -> Verdict:
    """A supervisor who did not take it says afterwards whether it was justified, once."""
    verdict = may_staff(member, case)
    if not verdict:
        return verdict
    if emergency.taken_by == member.member_id:
        return no("not_your_own_emergency")
    return no("already_reviewed") if emergency.is_reviewed else YES


@dataclass(frozen=True, slots=True)
class HoldFacts:
    """What a verdict may know of a legal hold."""

    placed_by: uuid.UUID
    is_lifted: bool


def may_hold(member: Facts, case: CaseFacts, *, authority: str, reason: str) -> Verdict:
    """A supervisor keeps everything about a person, and says for whom and why."""
    verdict = may_staff(member, case)
    if not verdict:
        return verdict
    return YES if authority.strip() and reason.strip() else no("hold_incomplete")


def may_lift_hold(member: Facts, case: CaseFacts, hold: HoldFacts, *, reason: str) -> Verdict:
    """A supervisor who did not place it lifts a hold, with a reason."""
    verdict = may_staff(member, case)
    if not verdict:
        return verdict
    if hold.is_lifted:
        return no("hold_is_lifted")
    if hold.placed_by == member.member_id:
        return no("lifted_by_another")
    return YES if reason.strip() else no("reason_missing")


def may_erase(asking: Facts, confirming: Facts, organisation_id: uuid.UUID, *, is_held: bool) -> Verdict:
    """Two persons erase a record, one of them a supervisor: one asks, somebody else confirms; never while a hold keeps it."""
    for member in (asking, confirming):
        if not (verdict := may_open_case(member)):
            return verdict
        if member.organisation_id != organisation_id:
            return no("other_organisation")
    if asking.member_id == confirming.member_id:
        return no("not_yourself")
    if Role.SUPERVISOR not in asking.roles | confirming.roles:
        return no("not_your_role")
    return no("legal_hold") if is_held else YES


def may_open_again(member: Facts, earlier: CaseFacts, *, another_is_open: bool) -> Verdict:
    """Whoever works on a case that has ended opens a new one for the same person, unless one is open already."""
    verdict = may_open_case(member)
    if not verdict:
        return verdict
    verdict = may_read(member, earlier)
    if not verdict:
        return verdict
    if not works_on(member, earlier):
        return no("emergency_only_reads")
    if earlier.stage is not Stage.CLOSED:
        return no("case_still_open")
    return no("another_case_open") if another_is_open else YES


def may_take_in_again(member: Facts, known: CaseFacts, *, another_is_open: bool) -> Verdict:
    """Whoever reads a case of somebody takes them in anew, unless one of their cases is open: then it goes on in that one."""
    verdict = may_read(member, known)
    if not verdict:
        return verdict
    return no("another_case_open") if another_is_open else YES


def may_prepare_closing(member: Facts, case: CaseFacts, *, lacks: tuple[str, ...], lacks_why: tuple[str, ...]) -> Verdict:
    """Who works on an open case prepares its end, once each line of the checklist has an answer, with why where one is open."""
    verdict = may_change(member, case)
    if not verdict:
        return verdict
    if lacks:
        return no("checklist_incomplete")
    return no("line_needs_reason") if lacks_why else YES


def may_decide_closing(member: Facts, case: CaseFacts, *, closes: bool, words: str) -> Verdict:
    """A supervisor closes the case as prepared, or sends it back and says what is still to do."""
    verdict = may_staff(member, case)
    if not verdict:
        return verdict
    if case.stage is Stage.CLOSED:
        return no("case_closed")
    return YES if closes or words.strip() else no("say_what_is_to_do")


def may_reopen(member: Facts, case: CaseFacts, target: Stage, *, reason: str, another_is_open: bool) -> Verdict:
    """A supervisor lets a case go on, with a reason, unless the person has another one that is open."""
    verdict = may_move(member, case, target, reason=reason)
    if not verdict:
        return verdict
    return no("another_case_open") if another_is_open else YES


def may_offer(member: Facts, case: CaseFacts, taker: Facts) -> Verdict:
    """Who has a place on an open case's team offers it to a colleague who may have cases and is not shut out."""
    verdict = may_change(member, case)
    if not verdict:
        return verdict
    if member.member_id not in case.team:
        return no("no_place_to_give")
    if taker.organisation_id != member.organisation_id:
        return no("other_organisation")
    if taker.member_id == member.member_id:
        return no("not_yourself")
    return YES if may_have_cases(taker) and taker.member_id not in case.shut_out else no("role_has_no_cases")


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """What a verdict may know of an offered place."""

    giver: uuid.UUID
    taker: uuid.UUID
    waits: bool


def may_answer_offer(member: Facts, case: CaseFacts, offer: OfferFacts) -> Verdict:
    """Only whom a place is offered to takes it over or not, once; never somebody whom a relation shuts out by now."""
    verdict = may_list(member)
    if not verdict:
        return verdict
    is_here = member.organisation_id == case.organisation_id and member.member_id not in case.shut_out
    if member.member_id != offer.taker or not is_here:
        return no("not_yours_to_answer")
    if not may_have_cases(member):
        return no("role_has_no_cases")
    if case.stage is Stage.CLOSED:
        return no("case_closed")
    return YES if offer.waits else no("already_answered")


def may_take_back_offer(member: Facts, case: CaseFacts, offer: OfferFacts) -> Verdict:
    """Who offered a place, or a supervisor, takes the offer back as long as nobody answered."""
    verdict = may_read(member, case)
    if not verdict:
        return verdict
    if member.member_id != offer.giver and not reads_every_case(member):
        return no("not_your_offer")
    return YES if offer.waits else no("already_answered")


def may_file(member: Facts, case: CaseFacts) -> Verdict:
    """Whoever works on a case files documents, also late letters after it was closed; an emergency only reads."""
    verdict = may_read(member, case)
    if not verdict:
        return verdict
    return YES if works_on(member, case) else no("emergency_only_reads")


def may_unfile(member: Facts, case: CaseFacts, *, reason: str) -> Verdict:
    """Caseworkers of the team and supervisors remove a document for good, and say why."""
    verdict = may_file(member, case)
    if not verdict:
        return verdict
    if not member.roles & RECORDING:
        return no("not_your_role")
    return YES if reason.strip() else no("reason_missing")


class SameState(StrEnum):
    """Where a proposal stands that two records are of one person."""

    PROPOSED = "proposed"
    JOINED = "joined"
    APART = "apart"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class SamenessFacts:
    """What a verdict may know of such a proposal."""

    proposed_by: uuid.UUID
    state: SameState


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What a verdict may know of a record that is to be joined: where it leads, and whether others lead to it."""

    leads_to: uuid.UUID | None
    has_joined: bool
    is_erased: bool


def may_propose_same(member: Facts, case: CaseFacts, other: CaseFacts, *, reason: str) -> Verdict:
    """Who records facts and reads a case of each says that two records are of one person, and why."""
    for one in (case, other):
        if not (verdict := may_see_name(member, one)):
            return verdict
    if not member.roles & RECORDING:
        return no("not_your_role")
    return YES if reason.strip() else no("reason_missing")


def may_tell_apart(member: Facts, *of: CaseFacts) -> Verdict:
    """Who records facts and works on these cases says that they are of two persons, or takes it back; also of one that ended."""
    for case in of:
        if not (verdict := may_file(member, case)):
            return verdict
    return YES if member.roles & RECORDING else no("not_your_role")


def may_be_joined(person: RecordFacts, remaining: RecordFacts) -> Verdict:
    """One record leads to another that leads nowhere, and nothing leads to it: there are no chains and no circles."""
    if person.is_erased or remaining.is_erased:
        return no("same_erased")
    if person.leads_to is not None:
        return no("same_leads_on")
    if remaining.leads_to is not None:
        return no("same_remaining_leads_on")
    return no("same_has_joined") if person.has_joined else YES


def may_decide_same(member: Facts, case: CaseFacts, other: CaseFacts, same: SamenessFacts, *, reason: str) -> Verdict:
    """A supervisor of both records who did not propose it decides, once, with a reason."""
    for one in (case, other):
        if not (verdict := may_staff(member, one)):
            return verdict
    if same.proposed_by == member.member_id:
        return no("not_your_own_proposal")
    if same.state is not SameState.PROPOSED:
        return no("same_is_decided")
    return YES if reason.strip() else no("reason_missing")


def may_part(member: Facts, case: CaseFacts, other: CaseFacts, same: SamenessFacts, *, reason: str) -> Verdict:
    """A supervisor of both parts two records again, with a reason; then everything is as it was."""
    for one in (case, other):
        if not (verdict := may_staff(member, one)):
            return verdict
    if same.state is not SameState.JOINED:
        return no("same_not_joined")
    return YES if reason.strip() else no("reason_missing")
