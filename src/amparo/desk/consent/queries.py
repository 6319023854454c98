"""Reading consents: what a person allows on a day. Whoever lets something leave asks here."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.db.models import F, QuerySet

from amparo.desk.access.policies import Verdict, no
from amparo.desk.cases import holds, joined, kin
from amparo.desk.cases.models import Case
from amparo.desk.cases.queries import fetch_joined, is_age_shut, treated_as_child
from amparo.desk.cases.rules import Finding
from amparo.desk.core import keys, sealing
from amparo.desk.core.models import opened
from amparo.desk.core.once import once
from amparo.desk.core.written import known, written

from . import rules
from .models import Consent, RightsTold, StopNotice
from .rules import ConsentFacts, Data, Giver, Purpose, State

SEEN = (
    *("case_id", "id", "purpose", "recipient", "data", "state", "decided_on", "withdrawn_on", "valid_until"),
    *("said_at", "giver", "assent", "treated_as_child", "despite_no"),
)
AGE = (
    *("key", "organisation", "merged_into", "birth_date", "stated_age", "age_stated_on", "age_source"),
    *("assessed_age", "age_assessed_on", "age_is_contested"),
)
"""What of a person tells their age: of a whole office nothing else is read."""
BATCH = 500
"""So many persons' ages are opened at a time."""


def of_case(case: Case) -> list[Consent]:
    """Return every consent of a case, the last asked first."""
    return opened(known(_of_case(case.pk), case=case))


@written
def _of_case(case_id: uuid.UUID) -> QuerySet[Consent]:
    rows = Consent.objects.filter(case_id=case_id).select_related("recorded_by__user", "signature__paper")
    return rows.order_by("-asked_on", "-said_at", "-id")


def of_person(case: Case, *purposes: Purpose) -> QuerySet[Consent]:
    """Return the consents of a case's person in all their cases, in whichever of their records: a no holds in each."""
    rows: QuerySet[Consent] = Consent.objects.filter(case__person_id__in=joined.ids(case.person_id))
    return rows.filter(purpose__in=purposes) if purposes else rows


@dataclass(frozen=True, slots=True)
class Said:
    """What a person answered in one case and in their others, and whether they are treated as a child on a day."""

    own: tuple[ConsentFacts, ...]
    others: tuple[ConsentFacts, ...]
    child: Finding
    on: date
    is_age_shut: bool = False

    def covers(self, purpose: Purpose, *, recipient: str = "", data: Iterable[str] = ()) -> Verdict:
        """Say whether it covers something (see `rules.covers_joined`).

        Nothing leaves while the age cannot be opened: whether the person's own yes counts, or a guardian's, goes by it.
        """
        asked = {"on": self.on, "recipient": recipient, "data": list(data), "child": self.child}
        verdict = rules.covers_joined(self.own, self.others, purpose, **asked)
        goes_by_age = bool(verdict) or verdict.reason in rules.ASKED_ANEW
        return no("age_damaged") if self.is_age_shut and purpose in rules.LEAVING and goes_by_age else verdict


def said(case: Case, *purposes: Purpose, on: date) -> Said:
    """Return what a case's person answered, in that case and in their others."""
    rows = list(of_person(case, *purposes).only(*SEEN)) if purposes else _everything_said(case)
    own, others = ([row.facts for row in rows if (row.case_id == case.pk) is here] for here in (True, False))
    return Said(tuple(own), tuple(others), treated_as_child(case, on=on), on, is_age_shut(case, on=on))


def _everything_said(case: Case) -> list[Consent]:
    """Return what `said` looks at, for every purpose."""
    return once(("said", case.pk), lambda: _said_anywhere(joined.ids(case.person_id)))


@written
def _said_anywhere(person_ids: Collection[uuid.UUID]) -> QuerySet[Consent]:
    return Consent.objects.filter(case__person_id__in=person_ids).only(*SEEN)


def no_to_everybody(case: Case, purpose: Purpose) -> Consent | None:
    """Return the person's last no to everybody for a purpose, in whichever of their cases; None where they said none."""
    if purpose not in rules.NAMING:
        return None
    rows = of_person(case, purpose).filter(state__in=[State.REFUSED, State.WITHDRAWN]).order_by("-decided_on", "-said_at", "-id")
    return next((row for row in rows.only(*SEEN) if row.is_to_everybody), None)


def recipients(case: Case) -> list[str]:
    """Return whom the person was asked about in any of their cases, each once, as it was first written."""
    names = of_person(case, *rules.NAMING).order_by("said_at", "id").values_list("recipient", flat=True)
    found = {rules.named(name): name.strip() for name in reversed(list(names))}
    return [found[key] for key in sorted(found) if key]


def to_ask_anew(case: Case, rows: Iterable[Consent], *, on: date) -> list[Consent]:
    """Return the yeses that the person's age ended, and that nobody asked about since.

    A guardian gave them, and the person is of age; or the person is treated as a child, and gave them alone or was not heard.
    Whoever said no to it in another case is not asked again, and nobody because their age cannot be opened.
    """
    held = [] if is_age_shut(case, on=on) else list(rows)
    child = treated_as_child(case, on=on)
    found = _of_facts(held, lambda own: rules.asked_anew(own, on=on, child=child))
    if not found:
        return []
    others = _facts(of_other_cases(case))
    return _of_facts(held, lambda own: rules.asked_anew(own, others, on=on, child=child))


def to_ask_anew_in(cases: Iterable[Case], *, on: date) -> dict[Case, list[Consent]]:
    """Return the same for many cases, the persons of which are at hand: one question for all, and nothing of them opened."""
    every = list(cases)
    said = _said_by([case.pk for case in every])
    found = {}
    for case in every:
        rows = [] if is_age_shut(case, on=on) else said.get(case.pk, [])
        own, others = ([row for row in rows if (row.case_id == case.pk) is here] for here in (True, False))
        elsewhere, child = _facts(others), treated_as_child(case, on=on)
        found[case] = _of_facts(own, partial(rules.asked_anew, others=elsewhere, on=on, child=child))
    return {case: rows for case, rows in found.items() if rows}


def to_ask_guardian(case: Case, rows: Iterable[Consent], *, on: date) -> list[Consent]:
    """Return what was decided without a guardian and holds, now that one is recorded: they are asked, and the child again."""
    held = list(rows)
    if not any(row.giver == Giver.INTERESTS for row in held) or treated_as_child(case, on=on) is not Finding.YES:
        return []
    if not kin.guardians_of(case):
        return []
    others = _facts(of_other_cases(case))
    return _of_facts(held, partial(rules.decided_for_a_child, others=others, on=on, child=Finding.YES))


def unanswered(case_ids: Collection[uuid.UUID]) -> list[Consent]:
    """Return the questions of some cases that wait for an answer, the longest waiting first.

    A question is answered also where the person answered it on another form, or in another of their cases.
    """
    rows = _asked_in(case_ids)
    said = _said_by([row.case_id for row in rows]) if rows else {}
    return [row for row in rows if rules.waits(row.facts, _facts(said[row.case_id]))]


@written
def with_a_yes(case_ids: Collection[uuid.UUID]) -> QuerySet[Any, uuid.UUID]:
    """Return those of some cases in which a consent stands as given."""
    given = Consent.objects.filter(case_id__in=case_ids, state=State.GIVEN)
    return given.order_by().values_list("case_id", flat=True).distinct()


@written
def _asked_in(case_ids: Collection[uuid.UUID]) -> QuerySet[Consent]:
    asked = Consent.objects.filter(case_id__in=case_ids, state=State.ASKED)
    return asked.select_related("case").order_by("asked_on", "id")


def _said_by(case_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Consent]]:
    """Return for each case what its person answered in any of theirs, in whichever record; nothing of it is opened."""
    by_root: dict[uuid.UUID, list[Consent]] = defaultdict(list)
    root_of: dict[uuid.UUID, uuid.UUID] = {}
    for row in _said_by_persons(_persons_of(case_ids)):
        root_of[row.case_id] = row.case.person.merged_into_id or row.case.person_id
        by_root[root_of[row.case_id]].append(row)
    return {case_id: by_root[root] for case_id, root in root_of.items()}


@written
def _persons_of(case_ids: Collection[uuid.UUID]) -> QuerySet[Any, uuid.UUID]:
    return Case.objects.filter(pk__in=case_ids).order_by().values_list("person_id", flat=True)


@written
def _said_by_persons(person_ids: Collection[uuid.UUID]) -> QuerySet[Consent]:
    rows = Consent.objects.filter(case__person_id__in=joined.widened(person_ids)).select_related("case__person")
    return rows.only(*SEEN, "case__person__merged_into")


def _facts(rows: Iterable[Consent]) -> list[ConsentFacts]:
    return [row.facts for row in rows]


def _of_facts(rows: Iterable[Consent], chosen: Callable[[list[ConsentFacts]], Collection[ConsentFacts]]) -> list[Consent]:
    """Return the rows whose facts a rule chose among all of them."""
    held = [(row, row.facts) for row in rows]
    found = {id(one) for one in chosen([one for _, one in held])}
    return [row for row, one in held if id(one) in found]


def covers(case: Case, purpose: Purpose | str, *, on: date, recipient: str = "", data: Iterable[str] = ()) -> Verdict:
    """Say whether the person's consent covers something on a day, and if not, why (a reason code)."""
    if holds.is_restricted(case.person_id):
        return no("processing_restricted")
    return says(case, purpose, on=on, recipient=recipient, data=data)


def says(case: Case, purpose: Purpose | str, *, on: date, recipient: str = "", data: Iterable[str] = ()) -> Verdict:
    """Say the same by the answers alone: those of the case, and any no in another case or record of the same person."""
    return said(case, Purpose(purpose), on=on).covers(Purpose(purpose), recipient=recipient, data=data)


def covered_cases(
    organisation_id: uuid.UUID,
    purpose: Purpose | str,
    *,
    on: date,
    data: Iterable[str] = (),
    of: uuid.UUID | None = None,
) -> set[uuid.UUID]:
    """Return the ids of all cases of an organisation whose consent covers a purpose on a day: one query, one pure rule.

    Without those who have objected and those who were erased. `of` narrows it to the cases of one person. The persons' ages
    are opened in batches and only where the answers alone allow something: whether somebody is a child is never stored.
    """
    wanted, kinds = Purpose(purpose), list(data)
    rows = Consent.objects.filter(organisation_id=organisation_id, purpose=wanted).annotate(of_person=F("case__person_id"))
    rows = rows.exclude(case__person_id__in=holds.restricted(organisation_id)).exclude(key__destroyed_at__isnull=False)
    rows = rows if of is None else rows.filter(case__person_id__in=joined.ids(of))
    joint = joined.all_joined(organisation_id)
    by_person: dict[uuid.UUID, dict[uuid.UUID, list[ConsentFacts]]] = defaultdict(lambda: defaultdict(list))
    for row in rows.only(*SEEN).iterator(2000):
        by_person[joint.get(row.of_person, row.of_person)][row.case_id].append(row.facts)
    heard = {case_id: answers for answers in by_person.values() for case_id in answers}

    def is_covered(case_id: uuid.UUID, child: Finding) -> bool:
        own = heard[case_id][case_id]
        others = [one for other, facts in heard[case_id].items() if other != case_id for one in facts]
        return bool(rules.covers_joined(own, others, wanted, on=on, data=kinds, child=child))

    allowed = sorted(case_id for case_id in heard if is_covered(case_id, Finding.UNKNOWN))
    children = _children(allowed, on=on)
    return {case_id for case_id, child in children.items() if is_covered(case_id, child)}


def _children(case_ids: list[uuid.UUID], *, on: date) -> dict[uuid.UUID, Finding]:
    """Return for each case whether its person is treated as a child on a day; who cannot be read is left out."""
    found: dict[uuid.UUID, Finding] = {}
    for start in range(0, len(case_ids), BATCH):
        cases: Any = Case.objects.filter(pk__in=case_ids[start : start + BATCH]).select_related("person")
        cases = list(cases.only("organisation", *(f"person__{name}" for name in AGE)))
        keys.open_many(case.person.key_id for case in cases)
        fetch_joined(cases)
        for case in cases:
            try:
                if not keys.is_shut(case.person.key_id) and not is_age_shut(case, on=on):
                    found[case.pk] = treated_as_child(case, on=on)
            except sealing.Unopenable:
                continue
    return found


@dataclass(frozen=True, slots=True)
class Holding:
    """What one recipient may receive today for one purpose, by the person's last answer; `reason` says why nothing.

    `since` is the day of the last word, and `waits` says that the question was asked and not answered yet.
    """

    purpose: Purpose
    recipient: str
    data: tuple[str, ...]
    reason: str
    until: date | None
    since: date | None = None
    waits: bool = False
    is_to_everybody: bool = False


def of_other_cases(case: Case) -> list[Consent]:
    """Return the consents in the person's other cases, in whichever record, with nothing of them opened."""
    if all(row.case_id == case.pk for row in _everything_said(case)):
        return []
    return list(of_person(case).exclude(case=case).select_related("case").order_by("-asked_on", "-id"))


def stopped_elsewhere(rows: Iterable[Consent], others: Iterable[Consent], *, on: date) -> list[Consent]:
    """Return each no in another case of the person that holds here too, the last first."""
    own = _facts(rows)
    return _of_facts(others, lambda elsewhere: rules.stopped_elsewhere(own, elsewhere, on=on))


def holding(case: Case, *, on: date) -> list[Holding]:
    """Return what the person allows in a case on a day, for each purpose and recipient that they were ever asked about.

    While they object nothing leaves, whatever they allowed before.
    """
    heard, objects = said(case, on=on), holds.is_restricted(case.person_id)
    found: dict[tuple[Purpose, str], Holding] = {}
    waiting = {(one.purpose, rules.asked_about(one.purpose, one.recipient)) for one in heard.own if one.state is State.ASKED}
    every = sorted([*heard.own, *(one for one in heard.others if rules.is_no(one, on=on))], key=lambda row: row.order)
    for one in every:
        about = one.purpose, rules.asked_about(one.purpose, one.recipient)
        verdict = heard.covers(one.purpose, recipient=one.recipient)
        kinds = [kind.value for kind in Data if heard.covers(one.purpose, recipient=one.recipient, data=[kind])]
        if objects and verdict and one.purpose in rules.LEAVING:
            verdict, kinds = no("person_objects"), []
        last = rules.last_word([*heard.own, *heard.others], one.purpose, recipient=one.recipient, on=on)
        found[about] = Holding(
            purpose=one.purpose,
            recipient=one.recipient,
            data=tuple(kinds),
            reason=verdict.reason,
            until=last.valid_until if last is not None and verdict else None,
            since=rules.spoken_on(last, on=on) if last is not None else None,
            waits=verdict.reason == "consent_not_given" and about in waiting,
            is_to_everybody=one.purpose in rules.NAMING and not about[1],
        )
    order = list(Purpose)
    return sorted(found.values(), key=lambda one: (order.index(one.purpose), rules.named(one.recipient)))


def where_a_no_holds(case: Case) -> QuerySet[Case]:
    """Return the cases that a no of this case's person holds for: all of theirs, in whichever record."""
    return joined.cases_of(case.person_id)


def stopping(case: Case) -> list[StopNotice]:
    """Return who was told to stop something in any case of its person, who has not seen it first."""
    return _stopping(joined.ids(case.person_id))


@written
def _stopping(person_ids: Collection[uuid.UUID]) -> QuerySet[StopNotice]:
    rows = StopNotice.objects.filter(consent__case__in=Case.objects.filter(person_id__in=person_ids).values("pk"))
    return rows.select_related("member__user", "consent").order_by("seen_at", "-recorded_at", "id")


def rights_told(case: Case) -> list[RightsTold]:
    """Return when rights were explained to the person, the last time first."""
    return opened(known(_rights_told(case.pk), case=case))


@written
def _rights_told(case_id: uuid.UUID) -> QuerySet[RightsTold]:
    return RightsTold.objects.filter(case_id=case_id).select_related("recorded_by__user").order_by("-told_on", "-id")
