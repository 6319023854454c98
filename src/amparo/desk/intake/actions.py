"""Handing a signal in, taking it up, saying what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member, Organisation
from amparo.desk.audit import chain as audit
from amparo.desk.core import keys, scope, withholding
from amparo.desk.core.ids import uuid7

from . import policies, queries
from .choices import State
from .models import Signal

FIELDS = frozenset({"danger", "text", "place", "answer_to"})


@transaction.atomic
def hand_in(*, by: Member, to: Organisation, values: Mapping[str, Any], row_id: uuid.UUID | None = None) -> Signal:
    """Take a signal in for an office; posted twice it is one. Who hands it in gets its number and reads nothing afterwards."""
    if set(values) - FIELDS:
        raise TypeError(f"cannot be set here: {sorted(set(values) - FIELDS)}")
    Member.objects.select_for_update().only("pk").get(pk=by.pk)  # who sends twice at once waits here, so that the limit holds
    day_ago = timezone.now() - timedelta(days=1)
    if to.pk not in {office.pk for office in queries.offices()}:
        raise Denied("no_such_office")
    with scope.of(to.pk):  # the row is the office's from its first moment
        existing: Signal | None = Signal.objects.filter(pk=row_id).first() if row_id else None
        if existing is not None:
            return _same(existing, by, to, values)
        require(policies.may_hand_in(by.facts, today=_handed_in(by, day_ago)))
        key_id = keys.new_person_key(to.pk)
        row: Signal = Signal.objects.create(
            id=row_id or uuid7(), organisation=to, key_id=key_id, sender=by, body=by.organisation, **values
        )
        audit.record("signal.received", row, by=by, organisation_id=to.pk, details={"danger": str(row.danger)})
    return row


def _handed_in(by: Member, since: datetime) -> int:
    """Return how many signals a member handed in to the office since then; each office counts its own."""
    return Signal.objects.filter(sender=by, recorded_at__gte=since).count()


def _same(row: Signal, by: Member, to: Organisation, values: Mapping[str, Any]) -> Signal:
    with withholding.as_the_office():
        is_same = row.sender_id == by.pk and row.organisation_id == to.pk and all(getattr(row, n) == v for n, v in values.items())
    if not is_same:
        raise Denied("posted_otherwise")
    return row


def _locked(signal: Signal) -> Signal:
    found: Signal = Signal.objects.select_for_update(of=("self",)).get(pk=signal.pk)
    return found


@transaction.atomic
def take_up(*, signal: Signal, by: Member) -> Signal:
    """Somebody of the office looks into a signal; the others see who."""
    row = _locked(signal)
    require(policies.may_read(by.facts, row.facts))
    if row.state == State.WAITING:
        Signal.objects.filter(pk=row.pk).update(state=State.TAKEN, taken_by=by)
        audit.record("signal.taken", row, by=by)
    return row


@transaction.atomic
def settle(*, signal: Signal, by: Member, outcome: str) -> Signal:
    """Say what came of a signal: it no longer waits."""
    row = _locked(signal)
    require(policies.may_settle(by.facts, row.facts, reason=outcome))
    row.state, row.taken_by, row.outcome, row.settled_at = State.SETTLED, row.taken_by or by, outcome.strip(), timezone.now()
    with withholding.as_the_office():
        row.save(update_fields=["state", "taken_by", "outcome", "settled_at"])
    audit.record("signal.settled", row, by=by)
    return row
