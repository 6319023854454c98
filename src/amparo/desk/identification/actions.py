"""Writing screenings: starting one, keeping its answers, deciding."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.cases import actions as cases
from amparo.desk.cases.models import Case
from amparo.desk.cases.policies import may_be_day, may_lie_on
from amparo.desk.cases.queries import treated_as_child
from amparo.desk.cases.rules import Finding
from amparo.desk.cases.stages import ASSISTED, Stage
from amparo.desk.core import damage
from amparo.desk.core.ids import uuid7

from . import brought, indicators, meeting, policies, proposal
from .models import Screening
from .rules import Outcome

SETTING_FIELDS = ("held_on", "setting", "place", "language", "interpreter", "consent_to_interview")
SETTING_FIELDS += ("guardian_agrees", "without_guardian_why", "indicator_set")


@transaction.atomic
def start(*, case: Case, by: Member, values: Mapping[str, Any], row_id: uuid.UUID | None = None) -> Screening:
    """Begin a screening with its setting and the person's consent to the conversation.

    Posted twice it is one screening, and with another setting it is refused.
    """
    require(policies.may_screen(by.facts, case.facts))
    cases.lock(case)
    existing: Screening | None = cases.made_before(Screening, row_id, case=case, values=values)
    if existing is not None:
        return existing
    row = Screening(id=row_id or uuid7(), organisation_id=case.organisation_id, key_id=case.key_id, case=case, interviewer=by)
    cases.put(row, values, SETTING_FIELDS)
    _note_child(row, case)
    require(policies.may_hold(row.held_on, row.consent_to_interview, case.days, today=timezone.localdate()))
    require(policies.may_ask(row.indicator_set, _offered(case), has_answers=False, before=""))
    cases.save(row, by=by)
    audit.record("screening.started", case, by=by, details={"on": row.held_on.isoformat()})
    return row


def _note_child(screening: Screening, case: Case) -> None:
    """Note whether the person was treated as a child on the day of the conversation; once noted it is not taken back here."""
    is_child = treated_as_child(case, on=screening.held_on) is Finding.YES
    screening.held_with_child = screening.held_with_child or is_child


def _offered(case: Case) -> frozenset[str]:
    """Return the lists of indicators that may be chosen today, and the general one, which is always at hand."""
    return frozenset(one.key for one in brought.sets_on(case.organisation, timezone.localdate())) | {indicators.GENERAL}


@transaction.atomic
def change_setting(*, screening: Screening, by: Member, values: Mapping[str, Any], version: int) -> list[str]:
    """Correct the setting of a screening that is not decided; answers that were kept since `version` are no obstacle."""
    version = _to_claim(screening, version, wanted=None)
    require(policies.may_answer(by.facts, screening.case.facts, is_decided=screening.is_decided))
    before = screening.indicator_set
    changed = cases.put(screening, values, SETTING_FIELDS)
    _note_child(screening, screening.case)
    has_answers = bool(screening.answers) or damage.is_damaged(screening.answers)
    require(policies.may_ask(screening.indicator_set, _offered(screening.case), has_answers=has_answers, before=before))
    days = screening.case.days
    require(policies.may_hold(screening.held_on, screening.consent_to_interview, days, today=timezone.localdate()))
    if changed:
        cases.save(screening, by=by, version=version)
        audit.record("screening.changed", screening.case, by=by, details={"fields": changed})
    return changed


def _to_claim(screening: Screening, version: int, *, wanted: Iterable[meeting.Place] | None) -> int:
    """Read a screening anew and return the version to claim: the last one where nobody touched what is about to be written.

    `wanted` are the fields about to be written; None is the setting.
    """
    case = screening.case
    Screening.objects.select_for_update(of=("self",)).filter(pk=screening.pk).values_list("pk").first()
    screening.refresh_from_db()
    screening.case = case
    if screening.version == version:
        return version
    if wanted is None:
        base = meeting.version_of(screening, version)
        is_touched = base is None or any(getattr(base, name) != getattr(screening, name) for name in SETTING_FIELDS)
    else:
        changed = meeting.changed_since(screening, version)
        is_touched = changed is None or bool(changed & set(wanted))
    return version if is_touched else screening.version


@transaction.atomic
def keep_answers(
    *, screening: Screening, by: Member, step: str, answers: Mapping[str, Mapping[str, str]], own_words: str = "", version: int
) -> Screening:
    """Keep the answers of one step; what another step holds is left as it is, and what was kept there meanwhile too.

    Raises `Stale` where something of this step was changed since `version`.

    Each answer is `{"answer": yes|no|unknown|declined, "source": …, "note": …}`; an empty answer takes the question back.
    """
    written = {(code, part) for code in answers for part in meeting.PARTS}
    version = _to_claim(screening, version, wanted=written.union(meeting.of_step(screening, step)))
    require(policies.may_answer(by.facts, screening.case.facts, is_decided=screening.is_decided))
    require(policies.answers_fit(answers))
    held = dict(screening.answers)
    for code, given in answers.items():
        held.pop(code, None)
        if given.get("answer"):
            held[code] = {name: given[name] for name in ("answer", "source", "note") if given.get(name)}
    words = {**screening.own_words, step: own_words.strip()}
    screening.answers, screening.own_words = held, {name: text for name, text in words.items() if text}
    cases.save(screening, by=by, version=version)
    audit.record("screening.answered", screening.case, by=by, details={"step": step, "answered": len(held)})
    return screening


@transaction.atomic
def decide(
    *,
    screening: Screening,
    by: Member,
    outcome: Outcome,
    reasons: str,
    on: date,
    told: Mapping[str, str] | None = None,
    record: Iterable[str] = (),
    version: int,
) -> Screening:
    """A named person decides, with reasons; the proposal is kept beside the decision, whether they agree or not.

    `told` maps `element.part` to yes, no or unknown as the deciding person sets it. `record` names
    the standard codes (`means.DebtBondage`) to note in the case where it says nothing yet. A presumed
    victim's case moves to the stage at which help is open; no other outcome closes anything.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("person", "organisation").get(pk=screening.case_id)
    require(policies.may_decide(by.facts, case.facts, is_decided=screening.is_decided, reasons=reasons))
    require(may_be_day(on, today=timezone.localdate()))
    require(may_lie_on(on, case.days))
    if on < screening.held_on:
        raise Denied("decided_before_held")
    if any(map(damage.is_damaged, (screening.answers, screening.own_words, screening.told))):
        raise Denied("answers_damaged")  # what was proposed is kept for good: not out of half of what was said
    screening.told = dict(told or {})
    found = proposal.explain(screening, case)
    screening.act, screening.means, screening.purpose = (finding.value for finding in found.elements.values())
    screening.child, screening.child_reason = found.child.value, found.child_reason
    screening.proposed = found.outcome.value
    screening.outcome, screening.reasons, screening.decided_by, screening.decided_on = outcome.value, reasons, by, on
    cases.save(screening, by=by, version=version)
    told_of = {"outcome": outcome.value, "proposed": found.outcome.value, "on": on.isoformat()}
    audit.record("screening.decided", case, by=by, details=told_of)
    _note_facts(case, by, proposal.facts_to_record(screening, case), frozenset(record))
    _move(case, by, outcome, on)
    return screening


def _note_facts(case: Case, by: Member, offered: Mapping[str, Mapping[str, str]], chosen: frozenset[str]) -> None:
    values: dict[str, Any] = {}
    for group, answers in offered.items():
        added = {code: answer for code, answer in answers.items() if f"{group}.{code}" in chosen}
        if added and group == "abduction":
            values[group] = next(iter(added.values()))
        elif added:
            values[group] = {**added, **getattr(case, group)}
    if values:
        cases.change_case(case=case, by=by, values=values, version=case.version)


def _move(case: Case, by: Member, outcome: Outcome, on: date) -> None:
    stage = Stage(case.stage)
    if outcome is Outcome.PRESUMED and stage not in ASSISTED:
        cases.move(case=case, by=by, to=Stage.PRESUMED, on=on)
    elif outcome is not Outcome.PRESUMED and stage in (Stage.SIGNAL, Stage.FIRST_CONTACT):
        cases.move(case=case, by=by, to=Stage.SCREENED, on=on)
