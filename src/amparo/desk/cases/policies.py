"""Who may read and change a case: pure verdicts. Need-to-know narrows what a role may do; nothing widens it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from amparo.desk.access.policies import YES, Facts, Verdict, may_serve, no
from amparo.desk.access.roles import INSIDE, Purpose, Role
from amparo.desk.core.partial_dates import FIRST_DAY

from .stages import Stage, step

RECORDING = frozenset({Role.CASEWORKER, Role.SUPERVISOR})
"""Roles that write the facts of a case; the others on a team read it and write notes."""
KNOWING = frozenset({Role.CASEWORKER, Role.SUPERVISOR, Role.LAWYER, Role.HEALTH})
"""Roles that are shown the name; the others on a team work with the pseudonym."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a verdict may know of a case: whose it is, who works on it today, where it stands."""

    organisation_id: uuid.UUID
    team: frozenset[uuid.UUID]
    stage: Stage


def may_be_day(day: date, *, today: date) -> Verdict:
    """What is recorded has happened: not after today, and not before any office of this kind was there to record it."""
    if day > today:
        return no("day_in_the_future")
    return no("day_too_early") if day < FIRST_DAY else YES


def may_list(member: Facts) -> Verdict:
    """Casework is for inside roles; outside bodies, immigration enforcement above all, are told nothing."""
    return may_serve(member, Purpose.CASEWORK)


def may_open_case(member: Facts) -> Verdict:
    """Caseworkers and supervisors take people in."""
    verdict = may_list(member)
    if not verdict:
        return verdict
    return YES if member.roles & RECORDING else no("not_your_role")


def reads_every_case(member: Facts) -> bool:
    """Supervisors read every case of their own organisation."""
    return bool(may_list(member)) and Role.SUPERVISOR in member.roles


def may_read(member: Facts, case: CaseFacts) -> Verdict:
    """The case's team and the organisation's supervisors read it; nobody else, whatever their role."""
    verdict = may_list(member)
    if not verdict:
        return verdict
    if member.organisation_id != case.organisation_id:
        return no("other_organisation")
    if reads_every_case(member):
        return YES
    if member.roles & INSIDE and member.member_id in case.team:
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
    if not member.roles & RECORDING:
        return no("not_your_role")
    return no("case_closed") if case.stage is Stage.CLOSED else YES


def may_see_name(member: Facts, case: CaseFacts) -> Verdict:
    """The name is for those who need it to act for the person; the others see the pseudonym."""
    verdict = may_read(member, case)
    if not verdict:
        return verdict
    return YES if member.roles & KNOWING else no("name_hidden_for_role")


def may_search_names(member: Facts) -> Verdict:
    """Searching by name tells that somebody is here: only for those who may see names."""
    verdict = may_list(member)
    if not verdict:
        return verdict
    return YES if member.roles & KNOWING else no("name_hidden_for_role")


def may_staff(member: Facts, case: CaseFacts) -> Verdict:
    """Supervisors say who works on a case."""
    verdict = may_read(member, case)
    if not verdict:
        return verdict
    return YES if reads_every_case(member) else no("supervisor_decides")


def may_move(member: Facts, case: CaseFacts, target: Stage, *, reason: str) -> Verdict:
    """A case takes only the steps that the way knows; ending and reopening is for supervisors, with a reason."""
    verdict = may_read(member, case)
    if not verdict:
        return verdict
    if not member.roles & RECORDING:
        return no("not_your_role")
    taken = step(case.stage, target)
    if taken is None:
        return no("no_such_step")
    if taken.by_supervisor and not reads_every_case(member):
        return no("supervisor_decides")
    return no("reason_missing") if taken.needs_reason and not reason.strip() else YES


def may_erase(asking: Facts, confirming: Facts, organisation_id: uuid.UUID) -> Verdict:
    """Two persons erase a record: somebody who records asks, a supervisor who is somebody else confirms."""
    for member in (asking, confirming):
        if not (verdict := may_open_case(member)):
            return verdict
        if member.organisation_id != organisation_id:
            return no("other_organisation")
    if asking.member_id == confirming.member_id:
        return no("not_yourself")
    return YES if Role.SUPERVISOR in confirming.roles else no("not_your_role")
