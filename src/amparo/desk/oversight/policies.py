"""Who may see and judge what was flagged: pure verdicts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from amparo.desk.access.policies import YES, Facts, Verdict, may_serve, no
from amparo.desk.access.roles import Purpose, Role


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
