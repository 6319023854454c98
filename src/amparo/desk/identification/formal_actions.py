"""Writing the formal track: notifying a body, its dated steps, striking out what was recorded by mistake.

Nothing here opens, closes or delays assistance: the case's stage moves only where an identified person
stands before the stages at which help is open.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Case
from amparo.desk.cases.queries import treated_as_child
from amparo.desk.cases.rules import Finding
from amparo.desk.cases.stages import BEFORE_ASSISTANCE, Stage
from amparo.desk.core.ids import uuid7
from amparo.desk.files.models import StoredFile

from . import formal, formal_queries, policies
from .formal import FormalState, StepKind
from .models import FormalProcedure, FormalStep

PROCEDURE_FIELDS = ("country", "body", "other_body", "notified_on", "reference")
STEP_FIELDS = ("kind", "happened_on", "days", "ground", "body", "reasons")
STATUSES = {
    FormalState.IDENTIFIED: "ActualVictimOfTrafficking",
    FormalState.NOT_IDENTIFIED: "NotAVictimOfTrafficking",
}


@transaction.atomic
def notify(*, case: Case, by: Member, values: Mapping[str, Any], row_id: uuid.UUID | None = None) -> FormalProcedure:
    """Write down that a competent body was asked to decide; posted twice it is one procedure."""
    require(policies.may_screen(by.facts, case.facts))
    cases.lock(case)
    existing: FormalProcedure | None = cases.made_before(FormalProcedure, row_id, case=case, values=values)
    if existing is not None:
        return existing
    row = FormalProcedure(id=row_id or uuid7(), organisation_id=case.organisation_id, key_id=case.key_id, case=case, recorded_by=by)
    cases.put(row, values, PROCEDURE_FIELDS)
    require(policies.may_be_dated(row.notified_on, case.days, today=timezone.localdate()))
    if not row.body and not row.other_body.strip():
        raise Denied("body_missing")
    row.treated_as_child = treated_as_child(case, on=row.notified_on) is Finding.YES
    cases.save(row, by=by)
    audit.record("formal.notified", case, by=by, details={"on": row.notified_on.isoformat(), "country": row.country})
    return row


@transaction.atomic
def add_step(
    *,
    procedure: FormalProcedure,
    by: Member,
    values: Mapping[str, Any],
    letter: StoredFile | None = None,
    row_id: uuid.UUID | None = None,
) -> FormalStep:
    """Write down a step of a procedure with its letter; posted twice it is one step, and with other words it is refused."""
    case = Case.objects.select_for_update(of=("self",)).select_related("person", "organisation").get(pk=procedure.case_id)
    require(policies.may_screen(by.facts, case.facts))
    before: FormalStep | None = FormalStep.objects.filter(pk=row_id, procedure=procedure).first() if row_id else None
    if before is not None:
        cases.require_same(before, values)
        return before
    row = FormalStep(
        id=row_id or uuid7(), organisation_id=case.organisation_id, key_id=case.key_id, procedure=procedure, recorded_by=by
    )
    cases.put(row, values, STEP_FIELDS)
    require(policies.may_be_dated(row.happened_on, case.days, today=timezone.localdate()))
    rule, steps = formal_queries.rule_of(procedure), formal_queries.steps_of(procedure)
    now = formal.standing([one.facts for one in steps], rule)
    require(formal.may_follow(row.facts, now, rule, notified_on=procedure.notified_on, reasons=row.reasons))
    if letter is not None:
        letter.save(force_insert=True)
        row.letter = letter
    cases.save(row, by=by)
    audit.record("formal.step_added", case, by=by, details={"kind": row.kind, "on": row.happened_on.isoformat()})
    _note_status(case, by, is_undone=row.kind == StepKind.ASKED_AGAIN)
    return row


@transaction.atomic
def strike(*, step: FormalStep, by: Member) -> None:
    """Strike out a step that was recorded by mistake; the clocks forget it, and it stays readable."""
    case = Case.objects.select_for_update(of=("self",)).select_related("person", "organisation").get(pk=step.procedure.case_id)
    require(policies.may_screen(by.facts, case.facts))
    changed = FormalStep.objects.filter(pk=step.pk, struck_at=None).update(struck_by=by, struck_at=timezone.now())
    if changed:
        audit.record("formal.step_struck", case, by=by, details={"kind": step.kind, "on": step.happened_on.isoformat()})
        _note_status(case, by, is_undone=True)


OPEN = {"trafficking_status": "PossibleVictimOfTrafficking", "status_decided_by": "", "status_decided_on": None}
"""The standard's status while a decision is asked for again, or was recorded by mistake."""


def _note_status(case: Case, by: Member, *, is_undone: bool) -> None:
    """Keep the standard's status as the bodies together decided; until one has, the case keeps what it says."""
    tracks = formal_queries.of_case(case)
    said = formal.overall([one.standing.state for one in tracks])
    if said in STATUSES:
        deciding = next(one for one in tracks if one.standing.state is said)
        status = {"trafficking_status": STATUSES[said], "status_decided_by": formal_queries.decides_as(deciding.procedure)}
        _put_status(case, by, status | {"status_decided_on": deciding.standing.decided_on})
        if said is FormalState.IDENTIFIED and deciding.standing.decided_on:
            _open_help(case, by, deciding.standing.decided_on)
    elif is_undone and case.trafficking_status in STATUSES.values():
        _put_status(case, by, OPEN)


def _put_status(case: Case, by: Member, values: Mapping[str, Any]) -> None:
    if any(getattr(case, name) != value for name, value in values.items()):
        cases.change_case(case=case, by=by, values=values, version=case.version)


def _open_help(case: Case, by: Member, on: date) -> None:
    """Who is identified is helped: a case that stands before the stages at which help is open moves there, on the body's day."""
    if Stage(case.stage) in BEFORE_ASSISTANCE:
        cases.move(case=case, by=by, to=Stage.PRESUMED, on=on, elsewhere=True)


DECIDING = frozenset({StepKind.NOT_IDENTIFIED, StepKind.STAYS_NOT_IDENTIFIED})
"""After these the page goes on to other help."""
