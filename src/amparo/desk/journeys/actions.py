"""Writing a journey."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from amparo.desk.access.guard import require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.cases import policies
from amparo.desk.cases.actions import lock, made_before, put, save
from amparo.desk.cases.models import Case
from amparo.desk.core.ids import uuid7

from . import queries
from .models import Leg

FIELDS = (
    "position",
    "account",
    "kind",
    "act",
    "from_country",
    "from_place",
    "to_country",
    "to_place",
    "started_on",
    "ended_on",
    "transport",
    "border",
    "decided_by",
    "paid_by",
    "moved_freely",
    "source",
    "companions",
    "story",
)


@transaction.atomic
def add_leg(*, case: Case, by: Member, values: Mapping[str, Any], row_id: uuid.UUID | None = None) -> Leg:
    """Add a leg, at the end unless its number says otherwise; posted twice it is one leg, and with other words it is refused."""
    require(policies.may_change(by.facts, case.facts))
    lock(case)
    existing: Leg | None = made_before(Leg, row_id, case=case, values=values)
    if existing is not None:
        return existing
    leg = Leg(id=row_id or uuid7(), organisation_id=case.organisation_id, key_id=case.key_id, case=case, recorded_by=by)
    leg.position = queries.next_position(case)
    put(leg, values, FIELDS)
    save(leg, by=by)
    audit.record("leg.added", case, by=by, details={"position": leg.position})
    return leg


@transaction.atomic
def change_leg(*, leg: Leg, by: Member, values: Mapping[str, Any], version: int) -> list[str]:
    """Change what is told of a leg; return the names of the changed fields. Raises `Stale` on an older version."""
    require(policies.may_change(by.facts, leg.case.facts))
    changed = put(leg, values, FIELDS)
    if changed:
        save(leg, by=by, version=version)
        audit.record("leg.changed", leg.case, by=by, details={"position": leg.position, "fields": changed})
    return changed


@transaction.atomic
def remove_leg(*, leg: Leg, by: Member, version: int) -> None:
    """Take a leg out that was recorded by mistake; its versions stay in the history."""
    require(policies.may_change(by.facts, leg.case.facts))
    save(leg, by=by, version=version)
    audit.record("leg.removed", leg.case, by=by, details={"position": leg.position})
    leg._history_user = by.user
    leg.delete()
