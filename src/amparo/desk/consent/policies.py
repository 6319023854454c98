"""Who records and withdraws consent: pure verdicts."""

from __future__ import annotations

from datetime import date, timedelta

from amparo.desk.access.policies import YES, Facts, Verdict, may_serve, no
from amparo.desk.access.roles import Purpose as Why
from amparo.desk.cases.policies import RECORDING, CaseFacts, may_change, may_note, may_read, works_on

from .rules import DisclosureFacts, State

LONGEST_DISCLOSURE = timedelta(days=183)
"""What lasts longer is asked for, and decided, again."""


def may_record(member: Facts, case: CaseFacts) -> Verdict:
    """Who writes the facts of a case writes down what the person answers."""
    return may_change(member, case)


def may_refuse(member: Facts, case: CaseFacts) -> Verdict:
    """Whoever writes the facts of a case takes a no down at once, also on a closed case: nobody has to open it again for that."""
    verdict = may_record(member, case)
    return YES if verdict.reason == "case_closed" else verdict


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


def may_disclose(member: Facts, case: CaseFacts) -> Verdict:
    """Who writes the facts of a case opens an excerpt of it, also when it is closed: a basis in law does not end with the case."""
    verdict = may_read(member, case)
    if not verdict:
        return verdict
    if not works_on(member, case):
        return no("emergency_only_reads")
    return YES if member.roles & RECORDING else no("not_your_role")


def may_last(since: date, until: date, *, today: date) -> Verdict:
    """An excerpt is open from a day until a day, for half a year at most."""
    if until < since or until < today:
        return no("disclosure_is_over")
    return no("disclosure_too_long") if until - since > LONGEST_DISCLOSURE else YES


def may_confirm(member: Facts, case: CaseFacts, disclosure: DisclosureFacts) -> Verdict:
    """A second person who works on the case has seen the paper and says so; nothing opens before."""
    verdict = may_disclose(member, case)
    if not verdict:
        return verdict
    if disclosure.entered_by == member.member_id:
        return no("confirmed_by_another")
    return no("disclosure_settled") if disclosure.is_confirmed or disclosure.is_ended else YES


def may_end(member: Facts, case: CaseFacts) -> Verdict:
    """Whoever works on the case ends an excerpt at once."""
    verdict = may_note(member, case)
    if not verdict:
        return verdict
    return YES if works_on(member, case) else no("emergency_only_reads")


def may_read_excerpts(member: Facts) -> Verdict:
    """Law enforcement reads excerpts that were opened to it; nobody else, and immigration enforcement never."""
    return may_serve(member, Why.LAW_ENFORCEMENT)
