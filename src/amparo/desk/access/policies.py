"""Pure verdicts: facts in, yes or a reason out. No Django, no database, no clock."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from .roles import EVERYBODY, INSIDE, OUTSIDE, PURPOSES, Purpose, Role


@dataclass(frozen=True, slots=True)
class Facts:
    """What a verdict may know of the acting member."""

    member_id: uuid.UUID
    organisation_id: uuid.UUID
    roles: frozenset[Role]
    is_active: bool = True
    has_second_factor: bool = True
    rests: bool = False
    """Whether roles were given that nobody has confirmed yet; they are not among `roles`."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes, or no with a reason code; the words for the code are the interface's."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


YES = Verdict(True)


def no(reason: str) -> Verdict:
    """Return a refusal with its reason code."""
    return Verdict(False, reason)


def may_serve(facts: Facts, purpose: Purpose) -> Verdict:
    """Say whether the member's roles can serve a purpose at all.

    An outside body serves what its own role says and nothing else, whatever other role the same member
    holds: the firewall is not opened by adding a role. Immigration enforcement serves nothing at all.
    """
    if not facts.is_active:
        return no("member_inactive")
    if not facts.has_second_factor and purpose is not Purpose.SIGN_IN:
        return no("second_factor_missing")
    if purpose in EVERYBODY:
        return YES
    if facts.roles & OUTSIDE:
        return YES if all(purpose in PURPOSES[role] for role in facts.roles) else no("outside_body")
    if any(purpose in PURPOSES[role] for role in facts.roles):
        return YES
    return no("roles_rest") if facts.rests else no("not_your_role")


def rest(gained: frozenset[Role], *, has_another_supervisor: bool) -> frozenset[Role]:
    """Return which roles rest at first: those that open cases, wherever a supervisor is there who can confirm them.

    Whoever administers accounts could else invent a colleague, or come in as one by a new link, and read every case.
    """
    return gained & INSIDE if has_another_supervisor else frozenset()


def may_hold(roles: frozenset[Role]) -> Verdict:
    """Say whether one member may hold these roles together.

    An outside body's role stands alone; who writes releases does not review them; who administers
    accounts does not audit; both separations keep one person from doing and checking the same thing.
    """
    if roles & OUTSIDE and len(roles) > 1:
        return no("outside_role_stands_alone")
    if {Role.DATA_STEWARD, Role.REVIEWER} <= roles:
        return no("steward_is_no_reviewer")
    if {Role.ADMINISTRATOR, Role.AUDITOR} <= roles:
        return no("administrator_is_no_auditor")
    return YES


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What a verdict may know of a member's place that somebody wants to change."""

    member_id: uuid.UUID
    organisation_id: uuid.UUID
    has_left: bool = False
    rests: bool = False
    rested_by: uuid.UUID | None = None


def may_manage(facts: Facts, place: PlaceFacts) -> Verdict:
    """Say whether a member may change another's roles, end their place or make them a new sign-in link.

    Nobody changes their own place: the last administrator cannot lock the office out, and nobody
    gives themselves a role.
    """
    if not (verdict := may_serve(facts, Purpose.ADMINISTRATION)):
        return verdict
    if place.organisation_id != facts.organisation_id:
        return no("other_organisation")
    if place.member_id == facts.member_id:
        return no("not_yourself")
    if place.has_left:
        return no("member_inactive")
    return YES


REVIEW_EVERY = timedelta(days=90)
"""So often somebody confirms that each member still needs the roles and cases they have."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The last time somebody confirmed a member's access, and the roles that they confirmed."""

    on: date
    roles: frozenset[Role]


def review_due(*, since: date, roles: frozenset[Role], last: Confirmed | None) -> date:
    """Return by when a member's access has to be confirmed: a time after the last confirmation, or after they came.

    Roles that changed since count as never confirmed.
    """
    return (last.on if last is not None and last.roles == roles else since) + REVIEW_EVERY


def may_confirm(facts: Facts, place: PlaceFacts) -> Verdict:
    """Say whether a member may confirm another's access: supervisors and administrators of the same office, never their own.

    Roles that rest a supervisor wakes, and never the one who gave them or made the link.
    """
    if not (verdict := may_serve(facts, Purpose.ACCESS_REVIEW)):
        return verdict
    if place.organisation_id != facts.organisation_id:
        return no("other_organisation")
    if place.member_id == facts.member_id:
        return no("not_yourself")
    if place.rests and (Role.SUPERVISOR not in facts.roles or place.rested_by == facts.member_id):
        return no("another_supervisor_confirms")
    return no("member_inactive") if place.has_left else YES
