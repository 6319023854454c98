"""Writing a journey: legs in any order, what was held, what was paid, and what came of asking."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.cases import policies
from amparo.desk.cases.actions import lock, made_before, put, require_same, save
from amparo.desk.cases.models import Case
from amparo.desk.core import locking
from amparo.desk.core.ids import uuid7

from . import queries
from .models import Amount, CaseActor, HeldDocument, Leg, OddityAnswer
from .rules import Found

FIELDS = (
    "position",
    "account",
    "kind",
    "act",
    "from_country",
    "from_place",
    "from_point",
    "to_country",
    "to_place",
    "to_point",
    "started_on",
    "ended_on",
    "transport",
    "border",
    "decided_by",
    "paid_by",
    "moved_freely",
    "means",
    "industry",
    "workplace",
    "occupation",
    "platforms",
    "platform_words",
    "source",
    "companions",
    "story",
)
DOCUMENT_FIELDS = ("kind", "state", "holder", "since", "until", "note")
AMOUNT_FIELDS = ("purpose", "state", "amount", "currency", "period", "times", "payer", "payee", "note")
MOST_LEGS = 200


@transaction.atomic
def add_leg(*, case: Case, by: Member, values: Mapping[str, Any], row_id: uuid.UUID | None = None) -> Leg:
    """Add a leg, at the end unless its number says otherwise; posted twice it is one leg, and with other words it is refused.

    A number that another leg has already puts the new one before it, unless it is another account of that leg.
    """
    require(policies.may_change(by.facts, case.facts))
    lock(case)
    existing: Leg | None = made_before(Leg, row_id, case=case, values=values)
    if existing is not None:
        return existing
    leg = Leg(id=row_id or uuid7(), organisation_id=case.organisation_id, key_id=case.key_id, case=case, recorded_by=by)
    leg.position = queries.next_position(case)
    put(leg, values, FIELDS)
    _make_room(leg, by)
    save(leg, by=by)
    audit.record("leg.added", case, by=by, details={"position": leg.position})
    return leg


def _make_room(leg: Leg, by: Member) -> None:
    """Move the legs from a leg's number on by one, where its number is taken and it is no other account of the leg there."""
    others = Leg.objects.filter(case_id=leg.case_id).exclude(pk=leg.pk)
    if leg.account or not others.filter(position=leg.position).exists():
        return
    following = others.filter(position__gte=leg.position).order_by("-position").opened()
    if following[0].position >= MOST_LEGS:
        raise Denied("too_many_legs")
    for row in following:
        row.position += 1
        save(row, by=by, version=row.version)


@transaction.atomic
def change_leg(*, leg: Leg, by: Member, values: Mapping[str, Any], version: int) -> list[str]:
    """Change what is told of a leg; return the names of the changed fields. Raises `Stale` on an older version."""
    require(policies.may_change(by.facts, leg.case.facts))
    changed = put(leg, values, FIELDS)
    if changed:
        if "position" in changed:
            lock(leg.case)
            _make_room(leg, by)
        save(leg, by=by, version=version)
        audit.record("leg.changed", leg.case, by=by, details={"position": leg.position, "fields": changed})
    return changed


@transaction.atomic
def move_leg(*, leg: Leg, by: Member, is_up: bool) -> bool:
    """Let a leg, with every account of it, change places with the one before or after; say whether there was one."""
    require(policies.may_change(by.facts, leg.case.facts))
    lock(leg.case)
    rows: list[Leg] = Leg.objects.filter(case_id=leg.case_id).order_by("position", "account").opened()
    here = next(row.position for row in rows if row.pk == leg.pk)
    beyond = [row.position for row in rows if (row.position < here if is_up else row.position > here)]
    if not beyond:
        return False
    there = max(beyond) if is_up else min(beyond)
    for row in rows:
        if row.position in (here, there):
            row.position = there if row.position == here else here
            save(row, by=by, version=row.version)
    audit.record("leg.moved", leg.case, by=by, details={"position": there})
    return True


@transaction.atomic
def remove_leg(*, leg: Leg, by: Member, version: int) -> None:
    """Take a leg out that was recorded by mistake, with what belongs to it; its versions stay in the history."""
    require(policies.may_change(by.facts, leg.case.facts))
    save(leg, by=by, version=version)
    audit.record("leg.removed", leg.case, by=by, details={"position": leg.position})
    leg._history_user = by.user
    leg.delete()


@transaction.atomic
def add_document(
    *, leg: Leg, by: Member, values: Mapping[str, Any], link: CaseActor | None = None, row_id: uuid.UUID | None = None
) -> HeldDocument:
    """Record what was taken from the person in a leg; posted twice it is one."""
    row: HeldDocument = _add(HeldDocument, leg, by, values, DOCUMENT_FIELDS, link, row_id)
    return row


@transaction.atomic
def add_amount(
    *, leg: Leg, by: Member, values: Mapping[str, Any], link: CaseActor | None = None, row_id: uuid.UUID | None = None
) -> Amount:
    """Record a sum of a leg; posted twice it is one."""
    row: Amount = _add(Amount, leg, by, values, AMOUNT_FIELDS, link, row_id)
    return row


def _add(model: Any, leg: Leg, by: Member, values: Any, allowed: Any, link: CaseActor | None, row_id: uuid.UUID | None) -> Any:
    require(policies.may_change(by.facts, leg.case.facts))
    lock(leg.case)
    _require_of_case(link, leg.case)
    existing = model.objects.select_related("leg").filter(pk=row_id).first() if row_id else None
    if existing is not None:
        if existing.leg_id != leg.pk:
            raise Denied("posted_otherwise")
        require_same(existing, values)
        return existing
    row = model(id=row_id or uuid7(), organisation_id=leg.organisation_id, key_id=leg.key_id, leg=leg, link=link)
    put(row, values, allowed)
    save(row, by=by)
    audit.record(
        "leg.document_added" if model is HeldDocument else "leg.amount_added", leg.case, by=by, details={"position": leg.position}
    )
    return row


def _require_of_case(link: CaseActor | None, case: Case) -> None:
    if link is not None and link.case_id != case.pk:
        raise Denied("posted_otherwise")


@transaction.atomic
def change_row(*, row: Any, leg: Leg, by: Member, values: Mapping[str, Any], link: CaseActor | None, version: int) -> list[str]:
    """Change a document or a sum of a leg; return the names of the changed fields. Raises `Stale` on an older version."""
    require(policies.may_change(by.facts, leg.case.facts))
    _require_of_case(link, leg.case)
    allowed = DOCUMENT_FIELDS if isinstance(row, HeldDocument) else AMOUNT_FIELDS
    changed = put(row, {**values, "link_id": link.pk if link else None}, (*allowed, "link_id"))
    if changed:
        save(row, by=by, version=version)
        told = {"position": leg.position, "fields": changed}
        audit.record(
            "leg.document_changed" if isinstance(row, HeldDocument) else "leg.amount_changed", leg.case, by=by, details=told
        )
    return changed


@transaction.atomic
def remove_row(*, row: Any, leg: Leg, by: Member, version: int) -> None:
    """Take a document or a sum out that was recorded by mistake; its versions stay in the history."""
    require(policies.may_change(by.facts, leg.case.facts))
    save(row, by=by, version=version)
    audit.record(
        "leg.document_removed" if isinstance(row, HeldDocument) else "leg.amount_removed",
        leg.case,
        by=by,
        details={"position": leg.position},
    )
    row._history_user = by.user
    row.delete()


@transaction.atomic
def answer_oddity(*, case: Case, by: Member, found: Found, state: str, note: str, version: int) -> OddityAnswer:
    """Say what came of asking about a gap or a contradiction. Raises `Stale` where somebody answered since `version` (0: none)."""
    require(policies.may_change(by.facts, case.facts))
    lock(case)
    row: OddityAnswer = OddityAnswer.objects.filter(case=case, subject=found.subject).first() or OddityAnswer(
        organisation_id=case.organisation_id, key_id=case.key_id, case=case, subject=found.subject, answered_by=by, version=0
    )
    said = {"state": state, "note": note, "found": found.told, "answered_by": by}
    if row._state.adding:
        if version:
            raise locking.Stale
        row.version = 1
        put(row, said, tuple(said))
        save(row, by=by)
    elif put(row, said, tuple(said)):
        save(row, by=by, version=version)
    else:
        return row
    audit.record("leg.oddity_answered", case, by=by, details={"sign": found.oddity.value, "opinion": state})
    return row


@transaction.atomic
def forget_answers(*, case: Case, by: Member, subjects: Iterable[str]) -> None:
    """Open an oddity again: what was answered is taken away; its versions stay in the history."""
    require(policies.may_change(by.facts, case.facts))
    for row in OddityAnswer.objects.filter(case=case, subject__in=list(subjects)):
        row._history_user = by.user
        row.delete()
        audit.record("leg.oddity_reopened", case, by=by)
