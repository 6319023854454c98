"""Who brings, sets in force and retires what a country adds: the office's administrator, never for days that are past."""

from __future__ import annotations

from datetime import date, timedelta

from amparo.desk.access import policies
from amparo.desk.access.policies import Facts, Verdict, no
from amparo.desk.access.roles import Purpose

FARTHEST = timedelta(days=3 * 366)


def may_administer(facts: Facts) -> Verdict:
    """Say whether a member looks after the office's forms."""
    return policies.may_serve(facts, Purpose.ADMINISTRATION)


def may_activate(facts: Facts, on: date, *, today: date, is_retired: bool, is_wrong: bool) -> Verdict:
    """Say whether an edition may be in force from a day: what was asked on past days is not rewritten."""
    if not (verdict := may_administer(facts)):
        return verdict
    if is_retired:
        return no("edition_is_retired")
    if is_wrong:
        return no("edition_is_damaged")
    return _from_now_on(on, today)


def may_retire(facts: Facts, on: date, *, today: date, active_from: date | None) -> Verdict:
    """Say whether an edition may be retired from a day: not before it began, and not for the past."""
    if not (verdict := may_administer(facts)):
        return verdict
    if active_from is None or on < active_from:
        return no("edition_not_begun")
    return _from_now_on(on, today)


def _from_now_on(on: date, today: date) -> Verdict:
    if on < today:
        return no("day_is_past")
    return no("day_too_far") if on > today + FARTHEST else policies.YES
