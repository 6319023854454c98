"""Who screens and decides: pure verdicts. Nothing here counts indicators."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from amparo.desk.access import clearance
from amparo.desk.access.policies import YES, Facts, Verdict, no
from amparo.desk.access.roles import Purpose
from amparo.desk.cases.policies import CaseDays, CaseFacts, may_be_day, may_be_lived, may_change, may_lie_on, may_read
from amparo.desk.core.sensitivity import Sensitivity, Topic

ANSWERS = frozenset({"", "yes", "no", "unknown", "declined"})
SOURCES = frozenset({"", "statement", "observation", "document"})


def may_screen(member: Facts, case: CaseFacts) -> Verdict:
    """Whoever writes the facts of a case may hold a screening."""
    return may_change(member, case)


def may_read_answers(member: Facts, case: CaseFacts) -> Verdict:
    """What was answered is for who leads the case and for the lawyer; the others on the team see the outcome."""
    verdict = may_read(member, case)
    if not verdict:
        return verdict
    cleared = clearance.sees(member.roles, Purpose.CASEWORK, Sensitivity.SPECIAL, Topic.ACCOUNT)
    return YES if cleared else no("answers_hidden_for_role")


def may_hold(held_on: date, consent: str, days: CaseDays, *, today: date) -> Verdict:
    """A screening conversation is held with the person's agreement, after the office heard of them; else there is none."""
    for verdict in (may_be_day(held_on, today=today), may_lie_on(held_on, days), may_be_lived(held_on, days.born)):
        if not verdict:
            return verdict
    return YES if consent == "yes" else no("no_consent_to_interview")


def may_be_dated(on: date, days: CaseDays, *, today: date) -> Verdict:
    """What a body or a clinic did lies in the person's life, also before the office heard of them."""
    verdict = may_be_day(on, today=today)
    return may_be_lived(on, days.born) if verdict else verdict


def may_ask(chosen: str, offered: Collection[str], *, has_answers: bool, before: str) -> Verdict:
    """A screening is answered to one version of one list of indicators; once something is answered it stays with it."""
    if chosen == before:
        return YES
    if has_answers:
        return no("set_has_answers")
    return YES if chosen in offered else no("set_not_offered")


def may_answer(member: Facts, case: CaseFacts, *, is_decided: bool) -> Verdict:
    """Answers stand once somebody decided on them; what comes later is a new screening."""
    verdict = may_screen(member, case)
    if not verdict:
        return verdict
    return no("already_decided") if is_decided else YES


def answers_fit(answers: Mapping[str, Mapping[str, str]]) -> Verdict:
    """Each answer is one of four, and a yes or a no says where it comes from."""
    for given in answers.values():
        if given.get("answer", "") not in ANSWERS or given.get("source", "") not in SOURCES:
            return no("answer_not_offered")
        if given.get("answer") in ("yes", "no") and not given.get("source"):
            return no("source_missing")
    return YES


def may_decide(member: Facts, case: CaseFacts, *, is_decided: bool, reasons: str) -> Verdict:
    """A named person decides once, with reasons in words."""
    verdict = may_answer(member, case, is_decided=is_decided)
    if not verdict:
        return verdict
    return YES if reasons.strip() else no("reasons_missing")
