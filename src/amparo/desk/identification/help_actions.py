"""Writing what other help was offered, to whom the person was led, and what came of it: with the same care, and closing nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Case
from amparo.desk.cases.policies import may_be_day, may_lie_on
from amparo.desk.core.ids import uuid7

from . import policies
from .models import OtherHelp

FIELDS = ("kind", "offered_on", "wanted", "led_to", "accompanied", "taken_up_on", "came_of_it")


def _fits(row: OtherHelp) -> None:
    today = timezone.localdate()
    require(may_be_day(row.offered_on, today=today))
    require(may_lie_on(row.offered_on, row.case.days))
    if row.taken_up_on is not None:
        require(may_be_day(row.taken_up_on, today=today))
        if row.taken_up_on < row.offered_on:
            raise Denied("taken_up_before_offered")


@transaction.atomic
def offer(*, case: Case, by: Member, values: Mapping[str, Any], row_id: uuid.UUID | None = None) -> OtherHelp:
    """Write down what was offered; posted twice it is one offer."""
    require(policies.may_screen(by.facts, case.facts))
    cases.lock(case)
    existing: OtherHelp | None = cases.made_before(OtherHelp, row_id, case=case, values=values)
    if existing is not None:
        return existing
    row = OtherHelp(id=row_id or uuid7(), organisation_id=case.organisation_id, key_id=case.key_id, case=case, recorded_by=by)
    cases.put(row, values, FIELDS)
    _fits(row)
    cases.save(row, by=by)
    audit.record("help.offered", case, by=by, details={"kind": row.kind, "on": row.offered_on.isoformat()})
    return row


@transaction.atomic
def follow_up(*, help_offered: OtherHelp, by: Member, values: Mapping[str, Any], version: int) -> list[str]:
    """Write down what came of an offer. Raises `Stale` on an older version."""
    require(policies.may_screen(by.facts, help_offered.case.facts))
    changed = cases.put(help_offered, values, FIELDS)
    _fits(help_offered)
    if changed:
        cases.save(help_offered, by=by, version=version)
        audit.record("help.followed_up", help_offered.case, by=by, details={"kind": help_offered.kind, "fields": changed})
    return changed
