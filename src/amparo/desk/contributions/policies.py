"""Who may bring files, see their provenance, see their rows, and take them out. Pure: no Django, no database."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from amparo.desk.access.policies import YES, Facts, Verdict, may_serve, no
from amparo.desk.access.roles import Purpose, Role


@dataclass(frozen=True, slots=True)
class Contributor:
    """What a verdict may know of the organisation that gives rows."""

    organisation_id: uuid.UUID
    is_partner_only: bool


@dataclass(frozen=True, slots=True)
class Brought:
    """What a verdict may know of a contribution; `brought_by` is the organisation of who brought it, None for the command line."""

    contributor: Contributor
    brought_by: uuid.UUID | None


def is_steward(facts: Facts) -> Verdict:
    """A data steward handles rows; nobody else does."""
    served = may_serve(facts, Purpose.EVIDENCE)
    if not served:
        return served
    return YES if Role.DATA_STEWARD in facts.roles else no("steward_only")


def may_bring_for(facts: Facts, contributor: Contributor) -> Verdict:
    """A steward brings rows of the own organisation, or of a partner that has nobody on this site."""
    steward = is_steward(facts)
    if not steward:
        return steward
    if contributor.organisation_id == facts.organisation_id or contributor.is_partner_only:
        return YES
    return no("other_organisation")


def may_bring_own(facts: Facts, contributor: Contributor) -> Verdict:
    """Own cases are brought by the organisation's own steward."""
    steward = is_steward(facts)
    if not steward:
        return steward
    return YES if contributor.organisation_id == facts.organisation_id else no("other_organisation")


def may_see(facts: Facts, brought: Brought) -> Verdict:
    """Provenance and counts: the contributor's and the bringer's stewards and coordinators; a coordinator sees every partner's."""
    served = may_serve(facts, Purpose.EVIDENCE)
    if not served:
        return served
    if Role.COORDINATOR in facts.roles:
        return YES
    own = facts.organisation_id in (brought.contributor.organisation_id, brought.brought_by)
    by_command = brought.contributor.is_partner_only and brought.brought_by is None
    return YES if own or by_command else no("other_organisation")


def may_see_rows(facts: Facts, brought: Brought) -> Verdict:
    """Rows, preview and rejected cells: only the stewards of the organisation whose they are, or who brought them for a partner."""
    steward = is_steward(facts)
    if not steward:
        return steward
    if facts.organisation_id == brought.contributor.organisation_id:
        return YES
    if brought.contributor.is_partner_only and facts.organisation_id == brought.brought_by:
        return YES
    return no("other_organisation")


def may_withdraw(facts: Facts, brought: Brought) -> Verdict:
    """The same stewards take a contribution out again; a partner's file brought by command, any steward of the site."""
    steward = is_steward(facts)
    if not steward:
        return steward
    if brought.contributor.is_partner_only and brought.brought_by is None:
        return YES
    return may_see_rows(facts, brought)
