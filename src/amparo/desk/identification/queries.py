"""Reading screenings."""

from __future__ import annotations

from amparo.desk.cases.models import Case

from .models import Screening


def screenings_of(case: Case) -> list[Screening]:
    """Return the screenings of a case, the last conversation first."""
    rows = case.screenings.select_related("interviewer__user", "decided_by__user").order_by("-held_on", "-id")
    screenings: list[Screening] = rows.opened()
    return screenings


def latest_decision(case: Case) -> Screening | None:
    """Return the screening that was decided last, or None: it tells the outcome, who decided, when and why."""
    rows = case.screenings.exclude(outcome="").select_related("interviewer__user", "decided_by__user")
    found: Screening | None = rows.order_by("-decided_on", "-id").first()
    return found


def waiting(case: Case) -> Screening | None:
    """Return the last screening that nobody decided on yet, or None."""
    found: Screening | None = case.screenings.filter(outcome="").order_by("-held_on", "-id").first()
    return found
