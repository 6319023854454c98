"""Writing answers: a form filled in, changed under its own version, or answered anew under the one in force."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Case
from amparo.desk.cases.policies import may_be_day
from amparo.desk.core import damage, withholding
from amparo.desk.core.ids import uuid7
from amparo.desk.questions import filling as pure
from amparo.desk.questions import queries as editions
from amparo.desk.questions.expressions import Value
from amparo.desk.questions.form import Secrecy
from amparo.desk.questions.models import Edition

from . import policies, queries
from .models import AnswerPart, Filling

Answers = Mapping[str, Value]


@transaction.atomic
def fill(
    *,
    case: Case,
    edition: Edition,
    by: Member,
    asked_on: date,
    answers: Answers,
    language: str = "",
    follows: Filling | None = None,
    row_id: uuid.UUID | None = None,
) -> Filling:
    """Answer a form for a case, under the edition that is in force; posted twice it is one filling."""
    require(policies.may_fill(by.facts, case.facts))
    require(may_be_day(asked_on, today=timezone.localdate()))
    now = editions.current(edition, on=timezone.localdate())
    require(policies.may_ask(is_in_force=now is not None and now.pk == edition.pk))
    if follows is not None and (follows.case_id != case.pk or follows.edition.code != edition.code):
        raise Denied("posted_otherwise")
    cases.lock(case)
    said = {"asked_on": asked_on, "language": language}
    before: Filling | None = cases.made_before(Filling, row_id, case=case, values=said)
    if before is not None:
        return _same(before, answers)
    row = Filling(
        id=row_id or uuid7(),
        organisation_id=case.organisation_id,
        key_id=case.key_id,
        case=case,
        edition=edition,
        asked_by=by,
        follows=follows,
        **said,
    )
    cases.save(row, by=by)
    _write(row, answers, by)
    audit.record("answers.filled", case, by=by, details={"number": edition.number, "on": asked_on.isoformat()})
    return row


def _same(row: Filling, answers: Answers) -> Filling:
    """A form sent again says the same, or is refused: what was answered is corrected where it stands."""
    held = {name: value for name, value in queries.answers_of(row).items() if value is not None}
    if held != {name: value for name, value in answers.items() if value is not None}:
        raise Denied("posted_otherwise")
    return row


@transaction.atomic
def change(*, filling: Filling, by: Member, answers: Answers, asked_on: date, language: str = "", version: int) -> list[str]:
    """Change answers while the edition that asked is still in force; return the names of what changed. Raises `Stale`.

    Answers that are closed to the member stay as they are.
    """
    require(policies.may_fill(by.facts, filling.case.facts))
    require(may_be_day(asked_on, today=timezone.localdate()))
    now = editions.current(filling.edition, on=timezone.localdate())
    require(policies.may_ask(is_in_force=now is not None and now.pk == filling.edition_id))
    cases.lock(filling.case)
    cases.put(filling, {"asked_on": asked_on, "language": language}, ("asked_on", "language"))
    cases.save(filling, by=by, version=version)
    changed = _write(filling, answers, by)
    audit.record("answers.changed", filling.case, by=by, details={"number": filling.edition.number, "count": len(changed)})
    return changed


def _write(filling: Filling, answers: Answers, by: Member) -> list[str]:
    """Write every part that the member may read; whoever gives an answer to another one is refused."""
    form = filling.edition.form
    times = pure.times_of(form, answers)
    held = {Secrecy(part.secrecy): part for part in AnswerPart.objects.filter(filling=filling)}
    changed: list[str] = []
    for secrecy, values in queries.parts_by_secrecy(form, answers, times):
        if not policies.may_answer(by.facts, secrecy):
            if values:
                raise Denied("field_withheld")
            continue
        part = held.get(secrecy)
        if part is None and not values:
            continue
        part = part or AnswerPart(
            organisation_id=filling.organisation_id, key_id=filling.key_id, filling=filling, secrecy=secrecy.value
        )
        with withholding.as_the_office():
            if values and damage.is_damaged(part.answers):
                raise Denied("field_damaged")
            before = dict(part.answers)
        if before != values:
            changed += sorted(name for name in {*before, *values} if before.get(name) != values.get(name))
            part.answers = values
            cases.save(part, by=by, version=None if part._state.adding else part.version)
    return changed
