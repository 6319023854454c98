"""What becomes of records: which are due, what one member proposes, what another confirms. The clock alone destroys nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.guard import Denied, require, require_fresh
from amparo.desk.access.models import Member, Organisation
from amparo.desk.audit import chain as audit
from amparo.desk.cases import erasing, holds, joined
from amparo.desk.cases import queries as cases
from amparo.desk.cases import rules as ages
from amparo.desk.cases.actions import require_same
from amparo.desk.cases.models import Case, CountedCase, Person
from amparo.desk.core import keys, withholding
from amparo.desk.core.partial_dates import Known, PartialDate
from amparo.desk.core.rounds import each
from amparo.desk.country import lookup

from . import anonymising, policies, retention
from .choices import Disposing, RequestKind, RequestState, Settled
from .models import Disposal, DueRecord, PersonRequest, RetentionRule
from .retention import Keeping, Start

NO_VICTIM = "NotAVictimOfTrafficking"
BATCH = 500


def country_rules(organisation: Organisation, *, on: date) -> list[retention.Rule]:
    """Return the rules of the organisation's country on a day."""
    return [
        retention.Rule(
            *(Keeping(rule.purpose), rule.months, frozenset(Start(one) for one in rule.starts), retention.End(rule.end)),
            *(rule.valid.source, rule.is_proposal, False, rule.valid.valid_from, rule.valid.valid_until, rule.valid.source_in),
        )
        for rule in lookup.on(organisation.country, on).retention
    ]


def rules_of(organisation: Organisation, *, on: date) -> tuple[retention.Rule, ...]:
    """Return the rule for each purpose on a day: the office's own where it has one, else the country's."""
    rows = RetentionRule.objects.of(organisation.pk).order_by("valid_from", "recorded_at", "id")
    return retention.in_force([row.as_rule for row in rows], country_rules(organisation, on=on), on=on)


@transaction.atomic
def set_rule(*, by: Member, row_id: uuid.UUID, **values: object) -> RetentionRule:
    """Put an office's own rule in force from a day on; the one before stays to be read."""
    require(policies.may_propose_rules(by.facts))
    row, is_new = RetentionRule.objects.get_or_create(
        id=row_id, organisation_id=by.organisation_id, defaults={**values, "set_by": by}
    )
    if is_new:
        audit.record("retention.rule_set", by=by, details={"keeping": row.keeping, "months": row.months})
    made: RetentionRule = row
    return made


def facts_of(every: Iterable[Case]) -> retention.Facts:
    """Return what rules may know of everything that is held on a person; the caller has opened the key."""
    every = list(every)
    with withholding.as_the_office():
        starts = {Start.CASE_CLOSED: _closed(every), Start.LAST_CONTACT: _contact(every)}
        keepings = {Keeping.UNSUCCESSFUL_SCREENING if case.trafficking_status == NO_VICTIM else Keeping.CASEWORK for case in every}
        majorities = [found for case in every if (found := _majority(case.person, case)) is not None]
    if majorities:
        keepings.add(Keeping.CHILD_CASE)
        starts[Start.MAJORITY] = max(majorities, key=lambda day: day.latest or date.max)
    if any(case.disclosures.exists() for case in every):
        keepings.add(Keeping.EXCERPT)
    requests = [one for case in every for one in case.requests.all()]
    if requests:
        keepings.add(Keeping.REQUEST)
        starts[Start.SETTLED] = _settled(requests)
    kept = Disposal.objects.filter(case__in=every, what=Disposing.EXTEND, settled=Settled.CONFIRMED).values_list("until", flat=True)
    return retention.Facts(frozenset(keepings), starts, max(kept, default=None))


def _day(day: date) -> PartialDate:
    return PartialDate(day.year, day.month, day.day, Known.STATED)


def _closed(every: list[Case]) -> PartialDate:
    days = [case.closed_on for case in every if case.closed_on is not None]
    return _day(max(days)) if days and len(days) == len(every) else PartialDate()


def _contact(every: list[Case]) -> PartialDate:
    days = [day for case in every for day in (case.opened_on, case.closed_on) if day is not None]
    days += [
        day
        for case in every
        for rows, name in ((case.notes, "happened_on"), (case.screenings, "held_on"))
        for day in rows.values_list(name, flat=True)
    ]
    return _day(max(days)) if days else PartialDate()


def _majority(person: Person, case: Case) -> PartialDate | None:
    """Return when somebody who was or may have been a child comes of age, read as late as can be; None for adults.

    Of whom nothing is known was born at the latest on the day they were taken in.
    """
    years = case.profile_on(case.opened_on).majority.years
    age = person.age_on(case.opened_on)
    if ages.is_child(age, majority_years=years) is ages.Finding.NO:
        return None
    if person.birth_date.year is not None:
        return retention.majority(person.birth_date, years)
    return _day(retention.after(case.opened_on, 12 * max(0, years - (age.least or 0))))


def _settled(requests: Iterable[object]) -> PartialDate:
    answered = [getattr(one, "answered_at", None) for one in requests]
    days = [timezone.localdate(at) for at in answered if at is not None]
    return _day(max(days)) if len(days) == len(answered) else PartialDate()


def due_of(case: Case, *, on: date) -> retention.Due:
    """Return when everything held on a case's person has been kept long enough."""
    every = list(joined.cases_of(case.person_id).select_related("person"))
    keys.open_many({case.person.key_id, *(one.person.key_id for one in every)})
    return retention.due(facts_of(every), rules_of(case.organisation, on=on), on=on)


def list_all(*, on: date | None = None) -> int:
    """Write down which records are due, and no longer those that are not; return how many are. For the worker, once a day."""
    today = on or timezone.localdate()
    return each(Organisation.objects.all(), lambda organisation: _list(organisation, today))


def _list(organisation: Organisation, today: date) -> int:
    rules = rules_of(organisation, on=today)
    persons = Person.objects.of(organisation.pk).filter(key__destroyed_at=None).order_by("id")
    ids = list(persons.exclude(cases__closed_on=None).values_list("id", flat=True).distinct())
    DueRecord.objects.of(organisation.pk).exclude(case__person__in=ids).delete()
    several = set(joined.all_joined(organisation.pk))
    return each(_pieces(persons, ids), lambda person: _list_person(person, rules, today, is_joined=person.pk in several))


def _pieces(persons: Any, ids: list[uuid.UUID]) -> Iterator[Person]:
    for start in range(0, len(ids), BATCH):
        yield from persons.filter(pk__in=ids[start : start + BATCH]).prefetch_related("cases__organisation").opened()


def _list_person(person: Person, rules: tuple[retention.Rule, ...], today: date, *, is_joined: bool) -> int:
    every = list(person.cases.all())
    due = due_of(every[0], on=today) if is_joined else retention.due(facts_of(every), rules, on=today)
    if not due.is_over(today) or due.rule is None:
        DueRecord.objects.filter(case__in=every).delete()
        return 0
    values = {"due_on": due.on, "keeping": due.rule.keeping, "end": due.rule.end, "reasons": list(due.reasons)}
    for case in every:
        DueRecord.objects.update_or_create(
            case=case, defaults=values, create_defaults={**values, "organisation_id": case.organisation_id}
        )
    return len(every)


def listed(member: Member) -> Any:
    """Return what is due in the member's office and waits for a proposal, without those whom the member may not know of."""
    rows = DueRecord.objects.of(member.organisation_id).filter(case__in=cases.cases_for(member))
    return rows.exclude(case__disposals__settled="").select_related("case")


def waiting(member: Member) -> Any:
    """Return the proposals that wait for a second person; numbers and dates only."""
    shut_out = cases.shut_out_from(member)
    rows = Disposal.objects.of(member.organisation_id).filter(settled="").exclude(case__person_id__in=shut_out)
    return rows.select_related("case", "proposed_by__user")


def count_waiting(member: Member) -> int:
    """Return how many proposals wait for this member as the second person."""
    if not policies.may_second(member.facts):
        return 0
    return int(waiting(member).exclude(proposed_by=member).count())


def _open_requests(person_id: uuid.UUID) -> Any:
    return PersonRequest.objects.filter(person_id__in=joined.ids(person_id), state=RequestState.OPEN)


def _proposal(case: Case, what: str, ground: str, reason: str, until: date | None, today: date) -> policies.Proposal:
    is_erased = case.person.key.destroyed_at is not None
    return policies.Proposal(
        destroys=what != Disposing.EXTEND,
        rests_on_the_clock=ground == erasing.Ground.RETENTION_ENDED,
        is_due=not is_erased and due_of(case, on=today).is_over(today),
        is_held=holds.is_held(case.person_id),
        is_erased=is_erased,
        is_asked=_open_requests(case.person_id).exclude(kind=RequestKind.ERASURE).exists(),
        has_reason=bool(reason.strip()),
        keeps_until=until,
    )


@transaction.atomic
def propose(
    *, case: Case, by: Member, what: str, reason: str, ground: str, until: date | None = None, row_id: uuid.UUID | None = None
) -> Disposal:
    """Propose what becomes of everything held on a person; nothing happens before another member confirms."""
    holds.living(case.person_id)
    before: Disposal | None = Disposal.objects.filter(pk=row_id, case=case).first() if row_id else None
    said = {"what": str(what), "ground": str(ground), "reason": reason, "until": until if what == Disposing.EXTEND else None}
    if before is not None:
        require_same(before, said)
        return before
    today = timezone.localdate()
    require(policies.may_propose(by.facts, case.facts, _proposal(case, what, ground, reason, until, today), today=today))
    if Disposal.objects.filter(case__person_id__in=joined.ids(case.person_id), settled="").exists():
        raise Denied("proposed_before")
    owner = {"organisation_id": case.organisation_id, "key_id": case.person.key_id, "case": case, "proposed_by": by}
    named = {"id": row_id} if row_id else {}
    made: Disposal = Disposal.objects.create(**owner, **named, **said)
    audit.record("disposal.proposed", case, by=by, details={"what": str(what), "ground": str(ground)})
    return made


@transaction.atomic
def settle(*, disposal: Disposal, by: Member, confirms: bool) -> None:
    """Confirm a proposal as the second person, with a fresh proof, and carry it out; or refuse it. There is no way back."""
    person = holds.locked(Person.objects.values_list("pk", flat=True).get(cases__disposals=disposal.pk))
    disposal = (
        Disposal.objects.select_for_update(of=("self",))
        .select_related("case__person__key", "proposed_by__user")
        .get(pk=disposal.pk)
    )
    case, today = disposal.case, timezone.localdate()
    facts = {"confirms": confirms, "is_settled": bool(disposal.settled)}
    require(policies.may_settle(by.facts, case.facts, disposal.proposed_by_id, **facts))
    if confirms:
        require_fresh(by)
        now = _proposal(case, disposal.what, disposal.ground, "stands", disposal.until, today)
        require(policies.may_propose(disposal.proposed_by.facts, case.facts, now, today=today))
    settled = Settled.CONFIRMED if confirms else Settled.REFUSED
    Disposal.objects.filter(pk=disposal.pk).update(settled=settled, settled_by=by, settled_at=timezone.now())
    action = "disposal.confirmed" if confirms else "disposal.refused"
    tell = partial(audit.record, action, case, by=by, details={"what": disposal.what})
    if confirms and disposal.what != Disposing.EXTEND:
        _carry_out(disposal, person, by, tell)
        return
    if confirms:
        DueRecord.objects.filter(case__in=joined.cases_of(person.pk)).delete()
    tell()


def _carry_out(disposal: Disposal, person: Person, by: Member, tell: Callable[[], object]) -> None:
    every = joined.cases_of(person.pk).select_related("person", "organisation")
    DueRecord.objects.filter(case__in=every).delete()
    if disposal.what == Disposing.ANONYMISE:
        for case in every:
            CountedCase.objects.create(organisation_id=case.organisation_id, **anonymising.counted(case))
    asked = _open_requests(person.pk).filter(kind=RequestKind.ERASURE)
    asked.update(state=RequestState.GRANTED, answered_by=by, answered_at=timezone.now())
    ground = erasing.Ground(disposal.ground)
    erasing.erase(person=person, asked_by=disposal.proposed_by, confirmed_by=by, ground=ground, tell=tell)


def settle_many(disposals: Iterable[Disposal], *, by: Member, confirms: bool) -> tuple[int, list[tuple[str, str]]]:
    """Settle each in a transaction of its own; return how many were, and the number and the reason of each that was not."""
    done, left = 0, []
    for one in disposals:
        try:
            settle(disposal=one, by=by, confirms=confirms)
            done += 1
        except Denied as denied:
            left.append((one.case.number, denied.reason))
    return done, left
