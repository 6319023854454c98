"""Who hands a signal in and who reads it: pure verdicts."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from amparo.desk.access.policies import YES, Facts, Verdict, may_serve, no
from amparo.desk.access.roles import Purpose
from amparo.desk.cases.policies import RECORDING, may_bring_caseload, may_list

MOST_A_DAY = 20
"""So many signals one member of an outside body hands in within a day."""


@dataclass(frozen=True, slots=True)
class SignalFacts:
    """What a verdict may know of a signal."""

    organisation_id: uuid.UUID
    is_settled: bool = False
    is_ended: bool = False


def may_hand_in(member: Facts, *, today: int) -> Verdict:
    """Outside bodies that may refer hand signals in, a limited number a day; immigration enforcement is none of them."""
    verdict = may_serve(member, Purpose.REFERRING_IN)
    if not verdict:
        return verdict
    return YES if today < MOST_A_DAY else no("too_many_signals")


def may_write_down(member: Facts, *, has_number: bool, has_rule: bool) -> Verdict:
    """Who receives signals also writes down what callers and visitors tell; nobody is called back without a rule."""
    verdict = may_receive(member)
    if not verdict:
        return verdict
    return YES if has_rule or not has_number else no("callback_needs_a_rule")


def may_receive(member: Facts) -> Verdict:
    """Caseworkers and supervisors read what outside bodies hand in."""
    verdict = may_list(member)
    if not verdict:
        return verdict
    return YES if member.roles & RECORDING else no("not_your_role")


def may_read(member: Facts, signal: SignalFacts) -> Verdict:
    """A signal is read by who receives them in the office to which it was handed."""
    verdict = may_receive(member)
    if not verdict:
        return verdict
    return YES if signal.organisation_id == member.organisation_id else no("other_organisation")


def may_settle(member: Facts, signal: SignalFacts, *, reason: str) -> Verdict:
    """Whoever reads a signal says what came of it, once."""
    verdict = may_read(member, signal)
    if not verdict:
        return verdict
    if signal.is_settled:
        return no("signal_settled")
    return YES if reason.strip() else no("outcome_missing")


def may_move(member: Facts, signal: SignalFacts) -> Verdict:
    """Whoever reads a signal takes it over into records of theirs, once, also after it was settled in words."""
    verdict = may_read(member, signal)
    if not verdict:
        return verdict
    return no("signal_settled") if signal.is_ended else YES


@dataclass(frozen=True, slots=True)
class CaseloadFacts:
    """What a verdict may know of an old caseload: whose it is, and since when its cases are seen (None: nobody sees them)."""

    organisation_id: uuid.UUID
    shown_since: datetime | None = None


def may_handle(member: Facts, caseload: CaseloadFacts) -> Verdict:
    """Supervisors of the office bring its old caseload in, stop it and take it back."""
    verdict = may_bring_caseload(member)
    if not verdict:
        return verdict
    return YES if caseload.organisation_id == member.organisation_id else no("other_organisation")


UNDONE_WITHIN = timedelta(days=7)
"""So long a caseload that is in the cases can be taken back as a whole."""


def may_undo(member: Facts, caseload: CaseloadFacts, *, now: datetime) -> Verdict:
    """Supervisors take a caseload back for some days: later somebody relies on it, and a case goes by two persons only."""
    verdict = may_handle(member, caseload)
    if not verdict:
        return verdict
    since = caseload.shown_since
    return YES if since is None or now < since + UNDONE_WITHIN else no("caseload_too_old")
