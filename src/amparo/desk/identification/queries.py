"""Reading screenings."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db.models import QuerySet

from amparo.desk.cases import queries as cases
from amparo.desk.cases.models import Case
from amparo.desk.core.models import opened
from amparo.desk.core.once import once
from amparo.desk.core.written import known, written

from . import proposal
from .models import Screening
from .rules import Outcome


def screenings_of(case: Case) -> list[Screening]:
    """Return the screenings of a case, the last conversation first."""
    return opened(_screenings(case))


def latest_decision(case: Case) -> Screening | None:
    """Return the screening that was decided last, or None: it tells the outcome, who decided, when and why."""
    decided = (row for row in _screenings(case) if row.outcome)
    return max(decided, key=lambda row: (row.decided_on, row.pk), default=None)


def undecided(case_ids: Collection[uuid.UUID]) -> list[tuple[Screening, Outcome]]:
    """Return the screenings of some cases that nobody decided on, the longest waiting first, each with what its answers propose.

    The answers open as far as whoever asks is cleared for them; what stays closed proposes nothing yet.
    """
    found: list[Screening] = opened(_undecided_in(case_ids))
    cases.open_all(row.case for row in found)
    cases.fetch_joined(row.case for row in found)
    return [(row, proposal.explain(row, row.case).outcome) for row in found]


@written
def _undecided_in(case_ids: Collection[uuid.UUID]) -> QuerySet[Screening]:
    rows = Screening.objects.filter(case_id__in=case_ids, outcome="").select_related("case__person", "case__organisation")
    return rows.order_by("held_on", "id")


def waiting(case: Case) -> Screening | None:
    """Return the last screening that nobody decided on yet, or None."""
    return next((row for row in _screenings(case) if not row.outcome), None)


def _screenings(case: Case) -> list[Screening]:
    """Return the screenings of a case, the last conversation first: few, asked for together, and not opened."""
    return once(("screenings", case.pk), lambda: known(_screenings_of(case.pk), case=case))


@written
def _screenings_of(case_id: uuid.UUID) -> QuerySet[Screening]:
    rows = Screening.objects.filter(case_id=case_id).select_related("interviewer__user", "decided_by__user")
    return rows.order_by("-held_on", "-id")
