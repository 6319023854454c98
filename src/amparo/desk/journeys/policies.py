"""Who compares actors across cases: pure verdicts. What a case tells is read and changed as the case is."""

from __future__ import annotations

from amparo.desk.access.policies import YES, Facts, Verdict, may_serve, no
from amparo.desk.access.roles import Purpose
from amparo.desk.cases.policies import CaseFacts, may_read, reads_every_case


def may_compare(member: Facts) -> Verdict:
    """Supervisors see where one actor may be told of in two cases, and decide; to everybody else a case shows its own only."""
    verdict = may_serve(member, Purpose.SUPERVISION)
    if not verdict:
        return verdict
    return YES if reads_every_case(member) else no("supervisor_decides")


def may_join(member: Facts, one: CaseFacts, other: CaseFacts) -> Verdict:
    """Who joins two actors reads both cases: what a relation shuts out from one is not learnt through the other."""
    verdict = may_compare(member)
    for case in (one, other):
        verdict = verdict and may_read(member, case)
    return verdict
