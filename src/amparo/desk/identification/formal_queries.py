"""Reading the formal track: each procedure with its country's rule, its steps and where it stands."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import QuerySet

from amparo.desk.cases.models import Case
from amparo.desk.core.models import opened
from amparo.desk.core.written import known, written
from amparo.desk.country import lookup

from . import formal
from .models import FormalProcedure, FormalStep


@dataclass(frozen=True, slots=True)
class Track:
    """One procedure, its steps in the order of their days, the rule of its country, and where it stands."""

    procedure: FormalProcedure
    steps: tuple[FormalStep, ...]
    struck: tuple[FormalStep, ...]
    rule: formal.Rule
    standing: formal.Standing


def profile_of(procedure: FormalProcedure) -> lookup.Profile:
    """Return the rules of the country whose body decides, as they were when it was asked."""
    return lookup.on(procedure.country, procedure.notified_on)


def rule_of(procedure: FormalProcedure) -> formal.Rule:
    """Return the periods that count in a procedure, for a child where the person was treated as one."""
    profile = profile_of(procedure)
    reflection = profile.reflection
    return formal.Rule(
        reflection_days=reflection.child_days if procedure.treated_as_child else reflection.adult_days,
        review_on_day=reflection.review_on_day,
        extension_grounds=frozenset(reflection.extension_grounds),
        reconsideration_days=profile.reconsideration.days,
    )


def steps_of(procedure: FormalProcedure) -> list[FormalStep]:
    """Return the steps of a procedure that count, in the order of their days, those of one day as they were recorded."""
    rows: list[FormalStep] = procedure.steps.filter(struck_at=None).order_by("happened_on", "recorded_at", "id")
    return list(rows)


def of_case(case: Case) -> list[Track]:
    """Return every procedure of a case with its steps, the first asked first, in two queries."""
    procedures = opened(known(_procedures_of(case.pk), case=case))
    steps = opened(_steps_of([one.pk for one in procedures]))
    return [_track(one, [step for step in steps if step.procedure_id == one.pk]) for one in procedures]


@written
def _procedures_of(case_id: uuid.UUID) -> QuerySet[FormalProcedure]:
    return FormalProcedure.objects.filter(case_id=case_id).order_by("notified_on", "id")


@written
def _steps_of(procedure_ids: Collection[uuid.UUID]) -> QuerySet[FormalStep]:
    rows = FormalStep.objects.filter(procedure_id__in=procedure_ids).order_by("happened_on", "recorded_at", "id")
    return rows.select_related("recorded_by__user", "struck_by__user", "letter")


def track_of(procedure: FormalProcedure) -> Track:
    """Return one procedure with its steps."""
    rows = procedure.steps.select_related("recorded_by__user", "struck_by__user", "letter").order_by(
        "happened_on", "recorded_at", "id"
    )
    return _track(procedure, list(rows.opened()))


def _track(procedure: FormalProcedure, steps: list[FormalStep]) -> Track:
    counted = tuple(step for step in steps if step.struck_at is None)
    rule = rule_of(procedure)
    struck = tuple(step for step in steps if step.struck_at is not None)
    return Track(procedure, counted, struck, rule, formal.standing([one.facts for one in counted], rule))


def body_name(procedure: FormalProcedure, language: str) -> str:
    """Return the name of the body in the reader's language; an unknown code is shown as it is."""
    body = lookup.body(procedure.country, procedure.body) if procedure.body else None
    if body is None:
        return procedure.other_body or procedure.body
    return body.name.get(language, body.name["en"])


def decides_as(procedure: FormalProcedure) -> str:
    """Return the standard's code for the body that decides."""
    body = lookup.body(procedure.country, procedure.body) if procedure.body else None
    return body.decides_as if body else "Other"
