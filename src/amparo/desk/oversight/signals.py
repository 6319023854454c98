"""Signals that led to no record: when they have been kept long enough, and who removes them.

Two persons do, as with records; or the clock alone where the office's rule says so, because what a stranger handed in
about somebody is of use to nobody once nothing came of it. The clock leaves alone what somebody is looking into.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.guard import Denied, require, require_fresh
from amparo.desk.access.models import Member, Organisation
from amparo.desk.audit import chain as audit
from amparo.desk.core.partial_dates import Known, PartialDate
from amparo.desk.core.rounds import each
from amparo.desk.intake import actions
from amparo.desk.intake.choices import State
from amparo.desk.intake.models import Signal

from . import keeping, policies, retention
from .retention import End, Keeping, Start


@dataclass(frozen=True, slots=True)
class DueSignal:
    """A signal whose time is over, and since when."""

    row: Signal
    due: retention.Due


def due_of(signal: Signal, rules: Iterable[retention.Rule], *, on: date) -> retention.Due:
    """Return when a signal has been kept long enough; one that nobody settled counts from the day on which it came.

    Every beginning is that day, so that no rule can wait for one that a signal never has.
    """
    day = timezone.localdate(signal.settled_at or signal.recorded_at)
    known = PartialDate(day.year, day.month, day.day, Known.STATED)
    return retention.due(retention.Facts(frozenset({Keeping.SIGNAL}), dict.fromkeys(Start, known)), rules, on=on)


def due_in(organisation: Organisation, *, on: date) -> list[DueSignal]:
    """Return the signals of an office whose time is over, the oldest first."""
    rules = keeping.rules_of(organisation, on=on)
    rows = Signal.objects.of(organisation.pk).filter(ending="").select_related("body", "proposed_by__user").order_by("id")
    every = (DueSignal(row, due_of(row, rules, on=on)) for row in rows)
    return [one for one in every if one.due.is_over(on)]


def _locked(signal: Signal) -> Signal:
    found: Signal = Signal.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=signal.pk)
    return found


def _facts(row: Signal) -> policies.RemovalFacts:
    today = timezone.localdate()
    is_due = due_of(row, keeping.rules_of(row.organisation, on=today), on=today).is_over(today)
    return policies.RemovalFacts(row.organisation_id, row.proposed_by_id, is_due=is_due, is_ended=bool(row.ending))


def count_waiting(member: Member) -> int:
    """Return how many proposals to remove a signal wait for this member as the second person."""
    if not policies.may_second(member.facts):
        return 0
    rows = Signal.objects.of(member.organisation_id).filter(ending="", proposed_by__isnull=False)
    return int(rows.exclude(proposed_by=member).count())


@transaction.atomic
def propose(*, signal: Signal, by: Member) -> None:
    """Propose that a signal be removed because its time is over; nothing happens before another member confirms."""
    row = _locked(signal)
    require(policies.may_propose_removal(by.facts, _facts(row)))
    Signal.objects.filter(pk=row.pk).update(proposed_by=by)
    audit.record("signal.proposed", row, by=by)


@transaction.atomic
def settle(*, signal: Signal, by: Member, confirms: bool) -> None:
    """Confirm a removal as the second person, with a fresh proof, and carry it out; or refuse it. There is no way back."""
    row = _locked(signal)
    require(policies.may_settle_removal(by.facts, _facts(row), confirms=confirms))
    if confirms:
        require_fresh(by)
        actions.remove(signal=row, by=by)
        return
    Signal.objects.filter(pk=row.pk).update(proposed_by=None)
    audit.record("signal.kept", row, by=by)


def each_of(rows: Iterable[Signal], *, by: Member, answer: str) -> tuple[int, list[tuple[str, str]]]:
    """Propose, confirm or refuse each in a transaction of its own; return how many, and number and reason of each that stays."""
    done, left = 0, []
    for row in rows:
        try:
            propose(signal=row, by=by) if answer == "propose" else settle(signal=row, by=by, confirms=answer == "confirm")
            done += 1
        except Denied as denied:
            left.append((row.number, denied.reason))
    return done, left


def lapse_all(*, on: date | None = None) -> int:
    """Remove what an office's rule lets the clock remove, and end what an erasure from elsewhere left half; for the worker."""
    today = on or timezone.localdate()
    return actions.finish_all() + each(Organisation.objects.all(), lambda organisation: _lapse(organisation, today))


def _lapse(organisation: Organisation, today: date) -> int:
    over = [one.row for one in due_in(organisation, on=today) if one.due.rule is not None and one.due.rule.end is End.LAPSE]
    return each(over, _remove)


@transaction.atomic
def _remove(row: Signal) -> int:
    row = _locked(row)  # somebody may have taken it up a moment ago
    if row.state == State.TAKEN or row.ending:
        return 0
    actions.remove(signal=row, by=None)
    return 1
