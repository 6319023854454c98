"""Writing consents: asking, answering, withdrawing."""

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
from amparo.desk.cases import joined, kin
from amparo.desk.cases.actions import lock, made_before, save
from amparo.desk.cases.models import Case
from amparo.desk.cases.queries import treated_as_child
from amparo.desk.cases.rules import Finding
from amparo.desk.core import changes, damage
from amparo.desk.core.ids import uuid7

from . import policies, queries, rules, stopping
from .models import Consent
from .rules import Answered, Data, Giver, Purpose, State

FIELDS = (
    "recipient",
    "data",
    "state",
    "asked_on",
    "decided_on",
    "valid_until",
    "giver",
    "guardian_name",
    "interests_by",
    "interests_why",
    "assent",
    "why_not_asked",
    "language",
    "with_interpreter",
    "was_explained",
    "explanation",
    "told_of_publication",
    "own_words",
    "despite_no",
)
WITHDRAWN = "consent.withdrawn"
"""The change that upper rooms follow: what has not left yet, stops."""


def _answered(row: Consent) -> Answered:
    return Answered(
        purpose=Purpose(row.purpose),
        state=State(row.state),
        recipient=row.recipient,
        data=frozenset(row.data),
        giver=Giver(row.giver),
        assent=row.assent,
        says_why_child_was_not_asked=bool(row.why_not_asked),
        is_treated_as_child=row.treated_as_child,
        told_of_publication=row.told_of_publication,
        was_explained=row.was_explained,
        asked_on=row.asked_on,
        decided_on=row.decided_on,
        valid_until=row.valid_until,
        says_who_guardian_is=bool(row.guardian_name.strip()),
        says_who_decided=bool(row.interests_by.strip()),
        says_why_so_decided=bool(row.interests_why.strip()),
        despite_no=row.despite_no,
        said_no_to_all=queries.no_to_everybody(row.case, Purpose(row.purpose)) is not None,
        is_of_age=_child_on_answering(row) is Finding.NO,
    )


def _child_on_answering(row: Consent) -> Finding:
    return treated_as_child(row.case, on=row.decided_on or row.asked_on)


@transaction.atomic
def record_all(
    *,
    case: Case,
    by: Member,
    purposes: Iterable[Purpose],
    values: Mapping[str, Any],
    nobody_else: bool = False,
    row_id: uuid.UUID,
) -> list[Consent]:
    """Write down one conversation: a consent for each purpose, whose ids follow from the form's, all or none.

    With `nobody_else` a no to everybody goes before each yes to a recipient, with a row of its own: see `_to_nobody_else`.
    """
    rows, every = [], list(purposes)
    if nobody_else and rules.NAMING.isdisjoint(every):
        raise Denied("nobody_else_needs_a_recipient")
    for purpose in every:
        own = uuid.uuid5(row_id, purpose.value)
        said = _to_nobody_else(case, by, purpose, values, own) if nobody_else else values
        rows.append(record(case=case, by=by, purpose=purpose, values=said, row_id=own))
    return rows


def _to_nobody_else(case: Case, by: Member, purpose: Purpose, values: Mapping[str, Any], yes_id: uuid.UUID) -> Mapping[str, Any]:
    """Write down the no to everybody that goes with a yes to one; return the yes as it is then said: in spite of that no."""
    if purpose not in rules.NAMING:
        return values
    yes = Consent(organisation_id=case.organisation_id, key_id=case.key_id, case=case, purpose=purpose)
    _set(yes, values)
    for reason in rules.missing_for_nobody_else(_answered(yes), today=timezone.localdate()):
        require(reason)
    to_all = {"state": State.REFUSED, "recipient": "", "data": [], "valid_until": None, "despite_no": False}
    row_id, spared = uuid.uuid5(yes_id, "nobody else"), str(values["recipient"])
    record(case=case, by=by, purpose=purpose, values={**values, **to_all}, row_id=row_id, spared=spared)
    return {**values, "despite_no": True}


@transaction.atomic
def record(
    *,
    case: Case,
    by: Member,
    purpose: Purpose,
    values: Mapping[str, Any],
    row_id: uuid.UUID | None = None,
    spared: str = "",
) -> Consent:
    """Write down what the person was asked and answered, for one purpose.

    Posted twice it is one consent, and with another answer it is refused. `spared` names to whom a no to everybody does not
    go: a yes to them is written down with it.
    """
    may = policies.may_refuse if values.get("state") == State.REFUSED else policies.may_record
    require(may(by.facts, case.facts))
    lock(case)
    row = Consent(
        id=row_id or uuid7(), organisation_id=case.organisation_id, key_id=case.key_id, case=case, purpose=purpose, recorded_by=by
    )
    _set(row, values)
    existing: Consent | None = made_before(Consent, row_id, case=case, values={name: getattr(row, name) for name in values})
    if existing is not None:
        return existing
    require(rules.may_record(_answered(row), today=timezone.localdate()))
    save(row, by=by)
    _after(row, by, spared=spared)
    return row


@transaction.atomic
def answer(*, consent: Consent, by: Member, values: Mapping[str, Any], nobody_else: bool = False) -> Consent:
    """Write down the answer to what was asked earlier; with `nobody_else` a no to everybody goes before the yes."""
    lock(consent.case)
    row = Consent.objects.select_for_update(of=("self",)).select_related("case__person", "case__organisation").get(pk=consent.pk)
    require(policies.may_answer(by.facts, row.case.facts, State(row.state)))
    _set(row, _to_nobody_else(row.case, by, Purpose(row.purpose), values, row.pk) if nobody_else else values)
    require(rules.may_record(_answered(row), today=timezone.localdate()))
    save(row, by=by, version=row.version)
    _after(row, by)
    return row


def missing(*, case: Case, purposes: Iterable[Purpose], values: Mapping[str, Any], nobody_else: bool = False) -> list[str]:
    """Return every reason why these values are no answer yet for these purposes, each once; nothing is written."""
    rows = [Consent(organisation_id=case.organisation_id, key_id=case.key_id, case=case, purpose=one) for one in purposes]
    for row in rows:
        _set(row, {**values, "despite_no": True} if nobody_else and row.purpose in rules.NAMING else values)
    today, said = timezone.localdate(), [_answered(row) for row in rows]
    reasons = [found for one in said for found in rules.missing(one, today=today)]
    if nobody_else:  # of what passes data on; where nothing of it does, that is what is missing
        naming = [one for one in said if one.purpose in rules.NAMING] or said
        reasons += [found for one in naming for found in rules.missing_for_nobody_else(one, today=today)]
    return list(dict.fromkeys(found.reason for found in reasons))


def _set(row: Consent, values: Mapping[str, Any]) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise TypeError(f"cannot be set here: {sorted(unknown)}")
    for name, value in values.items():
        setattr(row, name, sorted(value) if name == "data" else value)
    if row.purpose == Purpose.STATISTICS:
        row.data = [Data.STATISTICAL.value]
    if row.purpose not in rules.NAMING:
        row.recipient = ""
    row.treated_as_child = _child_on_answering(row) is Finding.YES
    row.guardian_until = _guardian_until(row)
    row.said_at = timezone.now()


def _guardian_until(row: Consent) -> date | None:
    """Return from when on, by what is known now, the person answers where a guardian answers now; None where no age tells.

    It is told to the reader and never decides: what is known of the age can change, and coverage follows the age of today.
    """
    births = kin.births_of(row.case)
    if Giver(row.giver) not in rules.FOR_A_CHILD or not births:
        return None
    latest = max(last for _first, last in births)
    years = row.case.profile_on(row.decided_on or row.asked_on).majority.years
    ends = rules.guardian_ends(date(latest.year + years, latest.month, 28))
    return ends if ends > (row.decided_on or row.asked_on) else None


def _after(row: Consent, by: Member, *, spared: str = "") -> None:
    """Record the answer; a no to what was allowed before stops it like a withdrawal, but for whom it spares."""
    told_on = row.decided_on or row.asked_on
    audit.record(f"consent.{row.state}", row.case, by=by, details={"purpose": row.purpose, "on": told_on.isoformat()})
    if row.state == State.REFUSED:
        _announce(row)
        others = queries.of_person(row.case, Purpose(row.purpose)).exclude(pk=row.pk)
        by_case: dict[uuid.UUID, list[rules.ConsentFacts]] = {}
        for one in others:
            if not spared or rules.named(one.recipient) != rules.named(spared):
                by_case.setdefault(one.case_id, []).append(one.facts)
        today = timezone.localdate()
        if any(rules.stops(facts, row.facts, on=today) for facts in by_case.values()):
            stopping.tell(row, by=by, spared=spared)


def _announce(row: Consent) -> None:
    """Tell the rooms above of a no, for each case of the person: it holds in all of them."""
    for case in joined.cases_of(row.case.person_id):
        changes.announce(WITHDRAWN, case.pk, organisation_id=case.organisation_id)


@transaction.atomic
def withdraw(*, consent: Consent, by: Member, on: date | None = None, own_words: str = "") -> Consent:
    """Take a consent back, at once and without any consequence for help: what has not left yet does not leave.

    Withdrawing twice is withdrawing once; what is said differently the second time is refused, not dropped.
    `on` is today unless the person said so on an earlier day.
    """
    lock(consent.case)
    row = Consent.objects.select_for_update(of=("self",)).select_related("case__organisation").get(pk=consent.pk)
    today = timezone.localdate()
    taken_back = max(on or today, row.decided_on or today)
    if row.state == State.WITHDRAWN:
        require(policies.may_withdraw(by.facts, row.case.facts, State.GIVEN))
        if own_words.strip() not in ("", row.own_words.strip()) or (on is not None and taken_back != row.withdrawn_on):
            raise Denied("already_withdrawn")
        return row
    require(policies.may_withdraw(by.facts, row.case.facts, State(row.state)))
    if on is not None and on > today:
        raise Denied("day_in_the_future")
    if own_words.strip() and damage.is_damaged(row.own_words):
        raise Denied("own_words_damaged")
    row.state, row.withdrawn_on, row.said_at = State.WITHDRAWN, taken_back, timezone.now()
    if own_words.strip():
        row.own_words = own_words
    save(row, by=by, version=row.version)
    audit.record("consent.withdrawn", row.case, by=by, details={"purpose": row.purpose, "on": row.withdrawn_on.isoformat()})
    _announce(row)
    stopping.tell(row, by=by)
    return row


@transaction.atomic
def refuse(
    *,
    case: Case,
    by: Member,
    purposes: Iterable[Purpose],
    recipient: str = "",
    others: Iterable[str] = (),
    own_words: str = "",
    row_id: uuid.UUID,
) -> list[Consent]:
    """Write down a no to several purposes in one step: it needs no explanation, no reason, and works at once.

    A no to passing data on is one to `recipient` and to each of `others`; where nobody is named it is a no to everybody.
    """
    today = timezone.localdate()
    said = {"state": State.REFUSED, "asked_on": today, "decided_on": today, "own_words": own_words}
    to_whom = {rules.named(one): one for one in (recipient, *others) if rules.named(one)} or {"": ""}
    return [
        record(
            case=case,
            by=by,
            purpose=purpose,
            values=said | {"recipient": name},
            row_id=uuid.uuid5(row_id, f"{purpose.value} {key}".strip()),
        )
        for purpose in purposes
        for key, name in (to_whom if purpose is Purpose.REFERRAL else {"": ""}).items()
    ]
