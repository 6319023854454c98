"""Reading consents: what a person allows on a day. Whoever lets something leave asks here."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

from django.db.models import Q, QuerySet

from amparo.desk.access.policies import Verdict, no
from amparo.desk.cases import holds, joined, kin
from amparo.desk.cases.models import Case
from amparo.desk.cases.queries import fetch_joined, open_all, treated_as_child
from amparo.desk.cases.rules import Finding

from . import rules
from .models import Consent, RightsTold, StopNotice
from .rules import ConsentFacts, Data, Giver, Purpose, State

SEEN = (
    *("case_id", "id", "purpose", "recipient", "data", "state"),
    *("decided_on", "withdrawn_on", "valid_until", "giver", "guardian_until"),
    *("said_at", "recorded_at"),
)
A_MONTH = timedelta(days=31)
"""A stored day tells no more of a birth date than its month: whose answer ends so soon is looked at by the day."""


def of_case(case: Case) -> list[Consent]:
    """Return every consent of a case, the last asked first."""
    rows: list[Consent] = (
        case.consents.select_related("recorded_by__user", "signature__paper").order_by("-asked_on", "-recorded_at").opened()
    )
    return rows


def facts_on(row: Consent, *, case: Case, on: date) -> ConsentFacts:
    """Return an answer as it counts on a day: a guardian's no longer once the person is of age for certain."""
    if Giver(row.giver) not in rules.FOR_A_CHILD or treated_as_child(case, on=on) is not Finding.NO:
        return row.facts
    return replace(row.facts, guardian_until=min(row.facts.guardian_until or on, on))


def to_ask_anew(case: Case, rows: Iterable[Consent], *, on: date) -> list[Consent]:
    """Return the answers that a guardian gave and that the person, who is of age by a day, was not asked about since."""
    facts = {row: facts_on(row, case=case, on=on) for row in rows}
    ended = rules.asked_anew(facts.values(), on=on)
    return [row for row, held in facts.items() if held in ended]


def to_ask_guardian(case: Case, rows: Iterable[Consent], *, on: date) -> list[Consent]:
    """Return what was decided without a guardian and stands, now that one is recorded: they are asked, and the child again."""
    last: dict[tuple[str, str], Consent] = {}
    for row in sorted(rows, key=lambda row: row.order):
        last[row.purpose, rules.named(row.recipient)] = row
    decided = [row for row in last.values() if row.state == State.GIVEN and row.giver == Giver.INTERESTS]
    is_child = bool(decided) and treated_as_child(case, on=on) is Finding.YES
    return decided if is_child and kin.guardians_of(case) else []


def covers(case: Case, purpose: Purpose | str, *, on: date, recipient: str = "", data: Iterable[str] = ()) -> Verdict:
    """Say whether the person's consent covers something on a day, and if not, why (a reason code)."""
    if holds.is_restricted(case.person_id):
        return no("processing_restricted")
    return says(case, purpose, on=on, recipient=recipient, data=data)


def says(case: Case, purpose: Purpose | str, *, on: date, recipient: str = "", data: Iterable[str] = ()) -> Verdict:
    """Say the same by the answers alone: those of the case, and any later no in another record of the same person."""
    rows = Consent.objects.filter(purpose=Purpose(purpose), case__person_id__in=joined.ids(case.person_id))
    rows = rows.filter(Q(case=case) | ~Q(case__person_id=case.person_id))
    own = [facts_on(row, case=case, on=on) for row in rows if row.case_id == case.pk]
    others = [facts_on(row, case=case, on=on) for row in rows if row.case_id != case.pk]
    return rules.covers_joined(own, others, Purpose(purpose), on=on, recipient=recipient, data=list(data))


def covered_cases(organisation_id: uuid.UUID, purpose: Purpose | str, *, on: date, data: Iterable[str] = ()) -> set[uuid.UUID]:
    """Return the ids of all cases of an organisation whose consent covers a purpose on a day: one query, one pure rule.

    Without those who have objected and those who were erased.
    """
    wanted = Purpose(purpose)
    by_case: dict[uuid.UUID, list[ConsentFacts]] = defaultdict(list)
    rows = Consent.objects.filter(organisation_id=organisation_id, purpose=wanted).only(*SEEN)
    rows = rows.exclude(case__person_id__in=holds.restricted(organisation_id)).exclude(key__destroyed_at__isnull=False)
    near = set()
    for row in rows.iterator(2000):
        by_case[row.case_id].append(row.facts)
        if Giver(row.giver) in rules.FOR_A_CHILD and (row.guardian_until is None or row.guardian_until - A_MONTH <= on):
            near.add(row.case_id)
    kinds = list(data)
    covered = {case_id for case_id, facts in by_case.items() if rules.covers(facts, wanted, on=on, data=kinds)}
    covered -= _of_age(near & covered, wanted, on=on, kinds=kinds)
    return covered - _stopped(organisation_id, covered, wanted, on=on, kinds=kinds)


def _of_age(case_ids: set[uuid.UUID], purpose: Purpose, *, on: date, kinds: list[str]) -> set[uuid.UUID]:
    """Return the cases that only a guardian's answer covers though the person is of age; few come of age in a month."""
    rows = list(Case.objects.filter(pk__in=case_ids).select_related("person", "organisation")) if case_ids else []
    open_all(rows)
    fetch_joined(rows)
    grown = [case for case in rows if treated_as_child(case, on=on) is Finding.NO]
    return {case.pk for case in grown if not covers(case, purpose, on=on, data=kinds)}


def _stopped(
    organisation_id: uuid.UUID, case_ids: set[uuid.UUID], purpose: Purpose, *, on: date, kinds: list[str]
) -> set[uuid.UUID]:
    """Return the cases that a later no in another record of the same person stops; few records are joined."""
    joint = joined.all_joined(organisation_id)
    cases = Case.objects.filter(person_id__in=joint).select_related("person") if joint else ()
    return {case.pk for case in cases if case.pk in case_ids and not covers(case, purpose, on=on, data=kinds)}


@dataclass(frozen=True, slots=True)
class Holding:
    """What one recipient may receive today for one purpose, by the person's last answer; `reason` says why nothing."""

    purpose: Purpose
    recipient: str
    data: tuple[str, ...]
    reason: str
    until: date | None


def of_other_records(case: Case) -> list[Consent]:
    """Return the consents in other records of the same person, with nothing of them opened."""
    ids = joined.ids(case.person_id)
    if len(ids) == 1:
        return []
    rows = Consent.objects.filter(case__person_id__in=[one for one in ids if one != case.person_id])
    return list(rows.select_related("case").order_by("-asked_on", "-id"))


def stopped_elsewhere(rows: Iterable[Consent], others: Iterable[Consent], *, on: date) -> list[Consent]:
    """Return each no in another record of the person that holds here too, the last first."""
    by_order = {row.facts.order: row for row in others}
    found = rules.stopped_elsewhere([row.facts for row in rows], [row.facts for row in by_order.values()], on=on)
    kept = {one.order for one in found}
    return [row for order, row in by_order.items() if order in kept]


def holding(case: Case, rows: Iterable[Consent], *, on: date, others: Iterable[Consent] = ()) -> list[Holding]:
    """Return what the person allows on a day, for each purpose and recipient that they were ever asked about.

    `others` are the answers in other records of the same person: a no there holds here, a yes gives nothing.
    """
    facts, elsewhere = [facts_on(row, case=case, on=on) for row in rows], [row.facts for row in others]
    found: dict[tuple[Purpose, str], Holding] = {}
    for one in sorted(facts, key=lambda row: row.order):
        says = partial(rules.covers_joined, facts, elsewhere, one.purpose, on=on, recipient=one.recipient)
        verdict = says()
        kinds = [kind for kind in Data if says(data=[kind])]
        data = tuple(kind.value for kind in kinds)
        found[one.purpose, rules.named(one.recipient)] = Holding(one.purpose, one.recipient, data, verdict.reason, one.valid_until)
    order = list(Purpose)
    return sorted(found.values(), key=lambda one: (order.index(one.purpose), rules.named(one.recipient)))


def where_a_no_holds(case: Case) -> QuerySet[Case]:
    """Return a case and those in other records of the same person; not others in its own record, which have their own answers."""
    return joined.cases_of(case.person_id).exclude(~Q(pk=case.pk), person_id=case.person_id)


def stopping(case: Case) -> list[StopNotice]:
    """Return who was told to stop something in a case or in another record of its person, who has not seen it first."""
    rows = StopNotice.objects.filter(consent__case__in=where_a_no_holds(case).values("pk")).select_related(
        "member__user", "consent"
    )
    return list(rows.order_by("seen_at", "-recorded_at", "id"))


def rights_told(case: Case) -> list[RightsTold]:
    """Return when rights were explained to the person, the last time first."""
    rows: list[RightsTold] = case.rights_told.select_related("recorded_by__user").order_by("-told_on", "-id").opened()
    return list(rows)
