"""Who takes a list out of the desk, how long it may be, and whose kept lists somebody sees: pure verdicts."""

from __future__ import annotations

import uuid

from amparo.desk.access.policies import YES, Facts, Verdict, no
from amparo.desk.access.roles import Role
from amparo.desk.cases.policies import may_list, may_open_case, reads_every_case

MOST_LISTS = 30
"""So many lists one member keeps."""
MOST_EXPORTED = 10_000
MOST_EXPORTED_BY_CASEWORKERS = 500
"""A caseworker's own cases; a longer table is the supervisor's to take out, and to answer for."""


def may_export(member: Facts) -> Verdict:
    """Who writes the facts of cases takes a list of them out; others on a team read it on the screen."""
    return may_open_case(member)


def most_exported(member: Facts) -> int:
    """Return how many cases somebody may take out at once."""
    return MOST_EXPORTED if reads_every_case(member) else MOST_EXPORTED_BY_CASEWORKERS


def may_take_out(member: Facts, *, number: int) -> Verdict:
    """A table has rows, and no more than the role may take out: it is never cut short without a word."""
    verdict = may_export(member)
    if not verdict:
        return verdict
    if not number:
        return no("nothing_to_export")
    return YES if number <= most_exported(member) else no("export_too_long")


def may_keep(member: Facts, *, kept: int) -> Verdict:
    """Whoever sees the list keeps it under a name, up to a number."""
    verdict = may_list(member)
    if not verdict:
        return verdict
    return YES if kept < MOST_LISTS else no("too_many_lists")


def may_see_list(member: Facts, *, owner: uuid.UUID, organisation_id: uuid.UUID, is_shared: bool) -> Verdict:
    """One's own; for supervisors also what colleagues of the office share with them."""
    verdict = may_list(member)
    if not verdict:
        return verdict
    if member.organisation_id != organisation_id:
        return no("other_organisation")
    if owner == member.member_id or (is_shared and Role.SUPERVISOR in member.roles):
        return YES
    return no("not_your_role")
