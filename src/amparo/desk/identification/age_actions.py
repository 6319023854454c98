"""Writing age assessments, contests and their answers: each changes whether the person is treated as a child."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Case
from amparo.desk.cases.policies import may_be_day
from amparo.desk.cases.rules import age_on, is_child
from amparo.desk.core.ids import uuid7
from amparo.desk.files.models import StoredFile

from . import ages, policies
from .models import AgeAssessment

FIELDS = (
    *("assessed_on", "assessed_by", "method", "agreed", "guardian_present"),
    *("least_years", "most_years", "margin_years", "findings"),
)


def _locked(case_id: uuid.UUID, by: Member) -> Case:
    case: Case = Case.objects.select_for_update(of=("self",)).select_related("person", "organisation").get(pk=case_id)
    require(policies.may_screen(by.facts, case.facts))
    return case


@transaction.atomic
def record(
    *, case: Case, by: Member, values: Mapping[str, Any], report: StoredFile | None = None, row_id: uuid.UUID | None = None
) -> AgeAssessment:
    """Write down an assessment; without the person's agreement and a guardian beside them it is none."""
    case = _locked(case.pk, by)
    existing: AgeAssessment | None = cases.made_before(AgeAssessment, row_id, case=case, values=values)
    if existing is not None:
        return existing
    row = AgeAssessment(id=row_id or uuid7(), organisation_id=case.organisation_id, key_id=case.key_id, case=case, recorded_by=by)
    cases.put(row, values, FIELDS)
    require(policies.may_be_dated(row.assessed_on, case.days, today=timezone.localdate()))
    require(
        ages.may_assess(
            least=row.least_years,
            most=row.most_years,
            margin=row.margin_years,
            agreed=row.agreed,
            guardian=row.guardian_present,
        )
    )
    if report is not None:
        report.save(force_insert=True)
        row.report = report
    cases.save(row, by=by)
    audit.record("age.assessed", case, by=by, details={"on": row.assessed_on.isoformat()})
    _contest_by_statement(case, row, by)
    _apply(case, by)
    return row


def _contest_by_statement(case: Case, row: AgeAssessment, by: Member) -> None:
    """Contest an assessment at once where the person says otherwise of their own age; somebody decides on it with reasons."""
    stated, person = case.person.says_on(row.assessed_on), case.person
    if person.birth_date or not ages.is_contested_by(stated, row.facts, majority_years=_majority(case)):
        return
    row.contested_on = timezone.localdate()
    row.contest_reasons = gettext("The age that is stated in the record, %(years)s, says otherwise.") % {"years": person.stated_age}
    cases.save(row, by=by, version=row.version)
    audit.record("age.contested", case, by=by, details={"on": row.contested_on.isoformat()})


def _majority(case: Case) -> int:
    years: int = case.profile_on(timezone.localdate()).majority.years
    return years


@transaction.atomic
def contest(*, assessment: AgeAssessment, by: Member, on: Any, reasons: str, version: int) -> AgeAssessment:
    """Write down that somebody contests an assessment: at once the person is treated as a child again."""
    case = _locked(assessment.case_id, by)
    row: AgeAssessment = AgeAssessment.objects.get(pk=assessment.pk)
    if row.contested_on is not None:
        raise Denied("age_contested_already")
    require(may_be_day(on, today=timezone.localdate()))
    if on < row.assessed_on:
        raise Denied("contested_before_assessed")
    row.contested_on, row.contest_reasons = on, reasons
    cases.save(row, by=by, version=version)
    audit.record("age.contested", case, by=by, details={"on": on.isoformat()})
    _apply(case, by)
    return row


@transaction.atomic
def settle(*, assessment: AgeAssessment, by: Member, on: Any, outcome: str, reasons: str, version: int) -> AgeAssessment:
    """Write down what became of a contest, with reasons."""
    case = _locked(assessment.case_id, by)
    row: AgeAssessment = AgeAssessment.objects.get(pk=assessment.pk)
    if not row.waits or row.contested_on is None:
        raise Denied("nothing_contested")
    require(may_be_day(on, today=timezone.localdate()))
    if on < row.contested_on:
        raise Denied("settled_before_contested")
    if not reasons.strip():
        raise Denied("reasons_missing")
    row.settled_on, row.settled, row.settled_reasons = on, ages.Outcome(outcome).value, reasons
    cases.save(row, by=by, version=version)
    audit.record("age.settled", case, by=by, details={"on": on.isoformat(), "outcome": row.settled})
    _apply(case, by)
    return row


def _apply(case: Case, by: Member) -> None:
    """Bring the person's record to what the assessments say: contested or not, and an age where no birth date is known.

    The age that was stated stays beside it as it was.
    """
    person, years = case.person, _majority(case)
    written = age_on(timezone.localdate(), born=person.birth_date, stated=None, stated_on=None)
    rows = [row.facts for row in case.age_assessments.order_by("assessed_on", "recorded_at", "id")]
    last = ages.last_of(rows)
    found = ages.effect(
        rows,
        majority_years=years,
        record_says=is_child(written, majority_years=years),
        stated=person.says_on(last.on) if last is not None and not written.is_known else ages.NOTHING_STATED,
    )
    counts = found.least is not None and not written.is_known
    values: dict[str, Any] = {
        "age_is_contested": found.is_contested,
        "assessed_age": found.least if counts else None,
        "age_assessed_on": found.on if counts else None,
    }
    cases.change_person(case=case, by=by, values=values, version=person.version)
