"""Reading contributions, always for somebody."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from amparo.desk.access.guard import require
from amparo.desk.access.models import Member, Organisation
from amparo.desk.access.roles import Role
from amparo.desk.cases.models import Case
from amparo.standard.reasons import Reason, Refused

from . import own_cases as own_cases_room
from . import policies
from .models import Contribution, Tombstone
from .states import State


class NotFound(Exception):
    """There is no such contribution, or none for this member: the two look alike."""


def facts_of(organisation: Organisation) -> policies.Contributor:
    """Return what verdicts may know of a contributor."""
    return policies.Contributor(organisation.id, organisation.is_partner_only)


def brought(contribution: Contribution) -> policies.Brought:
    """Return what verdicts may know of a contribution."""
    by = contribution.brought_by
    return policies.Brought(facts_of(contribution.organisation), by.organisation_id if by else None)


def contributions_for(member: Member) -> QuerySet[Contribution]:
    """Return the contributions whose provenance this member may see, in the terms of `policies.may_see`."""
    rows = Contribution.objects.select_related("organisation", "brought_by__user", "file")
    if Role.COORDINATOR in member.facts.roles:
        return rows
    own = member.organisation_id
    by_command = Q(organisation__is_partner_only=True, brought_by=None)
    return rows.filter(Q(organisation_id=own) | Q(brought_by__organisation_id=own) | by_command)


def get(member: Member, contribution_id: uuid.UUID) -> Contribution:
    """Return one contribution that this member may see; raises `NotFound` or `Denied`."""
    found: Any = contributions_for(member).filter(pk=contribution_id).first()
    if found is None:
        raise NotFound
    require(policies.may_see(member.facts, brought(found)))
    return found


def organisations_for(member: Member) -> QuerySet[Organisation]:
    """Return the organisations for which this member may bring rows: the own one first, then partners without members here."""
    return Organisation.objects.filter(Q(pk=member.organisation_id) | Q(is_partner_only=True)).order_by("is_partner_only", "name")


def own_cases(member: Member, *, on: date) -> tuple[int, int]:
    """Return how many of the organisation's cases may join the pool on a day, and how many it has; no case is named."""
    return len(own_cases_room.covered(member.organisation_id, on=on)), Case.objects.filter(
        organisation_id=member.organisation_id
    ).count()


def is_rewritten(contribution: Contribution) -> bool:
    """Say whether every file that held a withdrawn contribution's rows is written anew."""
    return not Tombstone.objects.filter(contribution=contribution, done_at=None).exists()


def replaceable(organisation_id: uuid.UUID) -> QuerySet[Contribution]:
    """Return the earlier file contributions of an organisation that a corrected file can take the place of."""
    return Contribution.objects.filter(organisation_id=organisation_id, state=State.DONE, origin="file").order_by("-id")


def organisation_named(name: str) -> Organisation:
    """Return the organisation of a name, in whatever case it is typed; raises `Refused` with the names that are known."""
    found = Organisation.objects.filter(name__iexact=name.strip()).first()
    if found is None:
        names = ", ".join(Organisation.objects.order_by("name").values_list("name", flat=True))
        raise Refused(Reason("contributions", "no_organisation", where=name, values={"names": names or "–"}))
    return found
