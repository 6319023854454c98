"""Who fills in a country's own forms: whoever works on the case, for the questions whose answers they may read."""

from __future__ import annotations

from amparo.desk.access.policies import YES, Facts, Verdict, no
from amparo.desk.cases.policies import CaseFacts, may_read, works_on
from amparo.desk.cases.stages import Stage
from amparo.desk.questions.form import Secrecy
from amparo.desk.questions.rules import readers


def may_fill(member: Facts, case: CaseFacts) -> Verdict:
    """Everybody who works on an open case fills forms in, not only those who write its facts: a nurse asks a nurse's questions."""
    verdict = may_read(member, case)
    if not verdict:
        return verdict
    if not works_on(member, case):
        return no("emergency_only_reads")
    return no("case_closed") if case.stage is Stage.CLOSED else YES


def may_answer(member: Facts, secrecy: Secrecy) -> Verdict:
    """Nobody writes an answer that they could not read."""
    return YES if member.roles & readers(secrecy) else no("field_withheld")


def may_ask(*, is_in_force: bool) -> Verdict:
    """A form is asked while it is in force; what it asked before stays to be read."""
    return YES if is_in_force else no("edition_not_in_force")
