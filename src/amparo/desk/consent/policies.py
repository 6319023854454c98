"""Who records and withdraws consent: pure verdicts."""

from __future__ import annotations

from amparo.desk.access.policies import YES, Facts, Verdict, no
from amparo.desk.cases.policies import CaseFacts, may_change, may_note

from .rules import State


def may_record(member: Facts, case: CaseFacts) -> Verdict:
    """Who writes the facts of a case writes down what the person answers."""
    return may_change(member, case)


def may_answer(member: Facts, case: CaseFacts, state: State) -> Verdict:
    """An answer can be written down once, where one was asked for."""
    verdict = may_change(member, case)
    if not verdict:
        return verdict
    return YES if state is State.ASKED else no("already_answered")


def may_withdraw(member: Facts, case: CaseFacts, state: State) -> Verdict:
    """Whoever works on the case takes a withdrawal down at once, also on a closed case: nobody waits for a colleague."""
    verdict = may_note(member, case)
    if not verdict:
        return verdict
    return YES if state is State.GIVEN else no("nothing_to_withdraw")
