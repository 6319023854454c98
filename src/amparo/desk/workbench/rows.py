"""Cases as lines of a list: pseudonyms only, never a name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amparo.desk.cases import queries
from amparo.desk.cases.choices import STAGE_LABELS, Risk
from amparo.desk.cases.models import Case
from amparo.desk.cases.stages import Stage
from amparo.desk.core import damage, keys

from . import record, rules

DUE_TONES = {rules.Due.LATE: "high", rules.Due.SOON: "mid", rules.Due.CALM: ""}


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in a list."""

    pseudonym: str
    number: str
    address: str
    age: str
    age_basis: str
    risk_tone: str
    risk_words: str
    stage: str
    next_step: str
    next_on: date | None
    opened_on: date
    due_tone: str
    left: str
    used: int = 0
    """How much of ten days before the next step has gone, of 100."""


def case_rows(cases: Iterable[Case]) -> list[CaseRow]:
    """Return the lines of cases whose keys were opened together."""
    today, rows = timezone.localdate(), list(cases)
    queries.fetch_joined(rows)
    return [_row(case, today) for case in rows]


def _row(case: Case, today: date) -> CaseRow:
    age, basis = record.age_words(case.person)
    is_shut, shut = keys.is_shut(case.key_id), _("cannot be opened")
    notes = (basis if case.person.age_is_contested else "", record.child_words(case))
    next_on = case.next_step_on
    return CaseRow(
        pseudonym=case.pseudonym,
        number=case.number,
        address=record.address("record", case),
        age=age,
        age_basis=shut if is_shut and age != shut else " · ".join(words for words in notes if words),
        risk_tone=record.RISK_TONES[Risk(case.risk)],
        risk_words=str(Risk(case.risk).label),
        stage=str(STAGE_LABELS[Stage(case.stage)]),
        next_step=damage.DAMAGED if is_shut else case.next_step,
        next_on=next_on,
        opened_on=case.opened_on,
        due_tone=DUE_TONES[rules.due(next_on, today=today)] if next_on else "",
        left=left_words(next_on, today) if next_on else "",
        used=min(100, max(10, 100 - 10 * (next_on - today).days)) if next_on else 0,
    )


def left_words(day: date, today: date) -> str:
    """Return how far away a day is, in words."""
    days = (day - today).days
    if days < 0:
        return ngettext("%(days)s day late", "%(days)s days late", -days) % {"days": -days}
    if days == 0:
        return _("today")
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
