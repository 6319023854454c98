"""Reading signals: for the office that received them, and for nobody else."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, Count, Q, QuerySet, When
from django.http import Http404

from amparo.desk.access.models import Member, Organisation
from amparo.desk.access.queries import organisations_with
from amparo.desk.audit import chain as audit
from amparo.desk.cases import policies as case_policies
from amparo.desk.core import keys, withholding

from . import policies
from .choices import Danger, State
from .models import Batch, Caseload, Signal


def offices() -> list[Organisation]:
    """Return the offices that take signals in: those where somebody works who would read them."""
    return organisations_with(policies.may_receive)


def signals_for(member: Member) -> QuerySet[Signal]:
    """Return the signals of the member's office, for those who receive them."""
    rows: QuerySet[Signal] = Signal.objects.filter(organisation_id=member.organisation_id)
    if not policies.may_receive(member.facts):
        return rows.none()
    return rows.select_related("body", "sender__user", "taken_by__user")


def waiting(member: Member) -> QuerySet[Signal]:
    """Return the signals that nobody has settled, danger first, then the oldest."""
    rows = signals_for(member).exclude(state=State.SETTLED).filter(ending="")
    return rows.order_by(Case(When(danger=Danger.YES, then=0), When(danger=Danger.UNKNOWN, then=1), default=2), "id")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many signals wait, and how many of them say that somebody is in danger now."""

    all: int
    in_danger: int


def how_many_wait(member: Member) -> Waiting:
    """Count the signals that nobody has settled."""
    found = waiting(member).order_by().aggregate(every=Count("pk"), in_danger=Count("pk", filter=Q(danger=Danger.YES)))
    return Waiting(all=found["every"], in_danger=found["in_danger"])


def get_signal(member: Member, number: str) -> Signal:
    """Return one signal by its number and write the reading down; another office's looks like none."""
    found = signals_for(member).filter(number=number).first()
    if found is None:
        raise Http404
    audit.record("signal.read", found, by=member)
    keys.open_many([found.key_id])  # of one that has ended nothing is left to open
    withholding.admit([found.key_id])
    return found


def settled(member: Member) -> QuerySet[Signal]:
    """Return the signals that wait for nobody any more: settled in words, taken over into a record, or removed."""
    return signals_for(member).filter(Q(state=State.SETTLED) | ~Q(ending=""))


def caseloads_for(member: Member) -> QuerySet[Caseload]:
    """Return the old caseloads of the member's office, for those who bring them in."""
    rows: QuerySet[Caseload] = Caseload.objects.filter(organisation_id=member.organisation_id)
    if not case_policies.may_bring_caseload(member.facts):
        return rows.none()
    return rows.select_related("organisation", "brought_by__user", "case_manager__user", "file", "rejected_file", "undone_by__user")


def batches_for(member: Member) -> QuerySet[Batch]:
    """Return the registrations of many people at once of the member's office, for those who take people in."""
    rows: QuerySet[Batch] = Batch.objects.filter(organisation_id=member.organisation_id)
    if not case_policies.may_open_case(member.facts):
        return rows.none()
    return rows.select_related("registered_by__user")
