"""Reading consents: what a person allows on a day. Whoever lets something leave asks here."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from amparo.desk.access.policies import Verdict, no
from amparo.desk.cases import holds
from amparo.desk.cases.models import Case

from . import rules
from .models import Consent
from .rules import ConsentFacts, Purpose

SEEN = ("case_id", "id", "purpose", "recipient", "data", "state", "decided_on", "withdrawn_on", "valid_until")


def of_case(case: Case) -> list[Consent]:
    """Return every consent of a case, the last asked first."""
    rows: list[Consent] = case.consents.select_related("recorded_by__user").order_by("-asked_on", "-id").opened()
    return rows


def covers(case: Case, purpose: Purpose | str, *, on: date, recipient: str = "", data: Iterable[str] = ()) -> Verdict:
    """Say whether the person's consent covers something on a day, and if not, why (a reason code)."""
    if holds.is_restricted(case.person_id):
        return no("processing_restricted")
    rows = Consent.objects.filter(case=case, purpose=Purpose(purpose))
    return rules.covers([row.facts for row in rows], Purpose(purpose), on=on, recipient=recipient, data=data)


def covered_cases(organisation_id: uuid.UUID, purpose: Purpose | str, *, on: date, data: Iterable[str] = ()) -> set[uuid.UUID]:
    """Return the ids of all cases of an organisation whose consent covers a purpose on a day: one query, one pure rule.

    Without those who have objected and those who were erased.
    """
    wanted = Purpose(purpose)
    by_case: dict[uuid.UUID, list[ConsentFacts]] = defaultdict(list)
    rows = Consent.objects.filter(organisation_id=organisation_id, purpose=wanted).only(*SEEN)
    rows = rows.exclude(case__person_id__in=holds.restricted(organisation_id)).exclude(key__destroyed_at__isnull=False)
    for row in rows.iterator(2000):
        by_case[row.case_id].append(row.facts)
    return {case_id for case_id, facts in by_case.items() if rules.covers(facts, wanted, on=on, data=data)}
