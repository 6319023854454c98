"""Family, dependants and identity documents: recording, changing and removing; each is the person's, whatever the case."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.core import withholding
from amparo.desk.core.ids import uuid7
from amparo.desk.core.models import opened
from amparo.desk.core.written import known, written
from amparo.desk.questions import coded

from . import actions, holds, joined, policies, queries, readings, rules, secrecy
from .choices import AgeSource
from .life_choices import Holder, Relation, Statelessness
from .models import Case, IdentityPaper, Person, Relative
from .rules import Childhood, Doubt, Finding, PersonFacts

RELATIVE_FIELDS = (
    "relation",
    "name",
    "birth_date",
    "depends",
    "lives_together",
    "whereabouts",
    "phone",
    "contact_is_safe",
    "contact_rule",
    "part",
    "words",
    "own_case",
)
PAPER_FIELDS = ("kind", "issued_by", "number", "valid_until", "holder", "is_genuine", "words")


@transaction.atomic
def record(*, case: Case, by: Member, model: Any, values: Mapping[str, Any], row_id: uuid.UUID | None = None) -> Any:
    """Record a relative or an identity document of a case's person; posted twice it is one."""
    holds.living(case.person_id)
    _require(by, case, values)
    before = model.objects.filter(pk=row_id).first() if row_id else None
    if before is not None:
        if before.person_id != case.person_id:
            raise Denied("posted_otherwise")
        actions.require_same(before, values)
        return before
    row = model(
        id=row_id or uuid7(), organisation_id=case.organisation_id, key_id=case.key_id, person_id=case.person_id, recorded_by=by
    )
    actions.put(row, values, _fields(model))
    actions.save(row, by=by)
    audit.record("relative.recorded" if model is Relative else "paper.recorded", case, by=by)
    return row


@transaction.atomic
def change(*, case: Case, row: Any, by: Member, values: Mapping[str, Any], version: int) -> list[str]:
    """Change what is recorded of a relative or an identity document. Raises `Stale` on an older version."""
    holds.living(case.person_id)
    _require(by, case, values)
    _require_here(case, row)
    changed = actions.put(row, values, _fields(type(row)))
    if changed:
        actions.save(row, by=by, version=version)
        audit.record("relative.changed" if isinstance(row, Relative) else "paper.changed", case, by=by)
    return changed


@transaction.atomic
def remove(*, case: Case, row: Any, by: Member, why: str = "") -> None:
    """Take a relative or an identity document off the record: what was said of them is gone from every page, not from history."""
    holds.living(case.person_id)
    _require(by, case, {})
    _require_here(case, row)
    row.removed_at = timezone.now()
    if isinstance(row, Relative):
        row.removed_by, row.removed_why = by, why
    actions.save(row, by=by, version=row.version)
    audit.record("relative.removed" if isinstance(row, Relative) else "paper.removed", case, by=by)


@transaction.atomic
def show_contact(*, case: Case, by: Member) -> None:
    """Record that a member read the rule and then saw how to reach a relative."""
    require(policies.may_see_name(by.facts, case.facts))
    audit.record("relative.contact_shown", case, by=by)
    readings.told(case)


def _require(by: Member, case: Case, values: Mapping[str, Any]) -> None:
    require(policies.may_change(by.facts, case.facts))
    if not policies.may_see_name(by.facts, case.facts):
        raise Denied("name_hidden_for_role")
    own = values.get("own_case")
    if own is not None and (own.person_id == case.person_id or not queries.cases_for(by).filter(pk=own.pk).exists()):
        raise Denied("no_such_case")


def _require_here(case: Case, row: Any) -> None:
    if row.person_id != case.person_id or row.removed_at is not None:
        raise Denied("not_on_this_record")


def _fields(model: Any) -> tuple[str, ...]:
    return RELATIVE_FIELDS if model is Relative else PAPER_FIELDS


def relatives_of(case: Case) -> list[Relative]:
    """Return the person's family and dependants as recorded now, dependants first."""
    rows = opened(known(_relatives_of(case.person_id), person=case.person))
    order = [one.value for one in Relation]
    return sorted(rows, key=lambda row: (row.depends != "yes", _place(order, row.standard_code("relation")), row.recorded_at))


@written
def _relatives_of(person_id: uuid.UUID) -> QuerySet[Relative]:
    return Relative.objects.filter(person_id=person_id, removed_at=None).select_related("own_case")


def _place(order: list[str], code: str) -> int:
    return order.index(code) if code in order else len(order)


def guardians_of(case: Case) -> list[Relative]:
    """Return who is recorded as the person's guardian now, in any record of theirs."""
    every = [case.person_id, *(one.pk for one in joined.others_of(case.person))]
    rows: list[Relative] = Relative.objects.filter(person__in=every, removed_at=None, relation=Relation.GUARDIAN).opened()
    return rows


def papers_of(case: Case) -> list[IdentityPaper]:
    """Return the person's identity documents as recorded now."""
    return opened(known(_papers_of(case.person_id), person=case.person))


@written
def _papers_of(person_id: uuid.UUID) -> QuerySet[IdentityPaper]:
    return IdentityPaper.objects.filter(person_id=person_id, removed_at=None).order_by("kind", "id")


def own_case_of(member: Member, row: Relative) -> Case | None:
    """Return a relative's own case where the member may read it."""
    if row.own_case_id is None:
        return None
    found: Case | None = queries.cases_for(member).filter(pk=row.own_case_id).first()
    return found


def doubts_of(case: Case) -> tuple[Doubt, ...]:
    """Return what does not fit together, or needs protection, in what is recorded of a case's person."""
    today = timezone.localdate()
    person, years = case.person, case.profile_on(today).majority.years
    every = [person.pk, *(one.pk for one in joined.others_of(person))]
    rows = _seen_of_relatives(every)
    with withholding.as_the_office():
        born = person.birth_date
        children = tuple(row.birth_date for row in rows if row.relation == Relation.CHILD)
    ground, own = queries.childhood(case, on=today), rules.childhood(person.age_on(today), majority_years=years)
    facts = PersonFacts(
        child=ground.protected,
        is_presumed=ground is Childhood.PRESUMED,
        is_child_elsewhere=ground.protected is Finding.YES and own.protected is not Finding.YES,
        has_guardian=any(row.relation == Relation.GUARDIAN for row in rows),
        age=replace(person.age_on(today), is_contested=ground is Childhood.CONTESTED or person.age_is_contested),
        age_is_estimated=person.age_source == AgeSource.ESTIMATED,
        has_citizenship=bool(person.citizenship),
        is_stateless=person.stateless == Statelessness.YES,
        papers_with_another=_are_with_another(person),
        born=born,
        children_born=children,
        age_told_otherwise=rules.contradicts(born, stated=person.stated_age, stated_on=person.age_stated_on),
        presumed_before_the_case=case.presumed_on is not None and case.presumed_on < case.opened_on,
    )
    return rules.doubts(facts, majority_in_days=_majority_in_days(case, today, years))


@written
def _seen_of_relatives(person_ids: Collection[uuid.UUID]) -> QuerySet[Relative]:
    found = Relative.objects.filter(person_id__in=person_ids, removed_at=None)
    return found.only("relation", "birth_date", "key", "organisation")


def _are_with_another(person: Person) -> bool:
    """Say whether a trafficker or an employer has one of the person's papers, also by a code that a country counts as these."""
    holders = set(_holders(person.pk))
    if not holders:
        return False
    others = [Holder.TRAFFICKER, Holder.EMPLOYER]
    return not holders.isdisjoint(coded.counted_among("paper_holder", others, organisation_id=person.organisation_id))


@written
def _holders(person_id: uuid.UUID) -> QuerySet[Any, str]:
    papers = IdentityPaper.objects.filter(person_id=person_id, removed_at=None).exclude(holder="")
    return papers.order_by().values_list("holder", flat=True)


def births_of(case: Case) -> list[tuple[date, date]]:
    """Return between which days the person was born by each record that tells, whoever asks: not to be shown as it is."""
    with withholding.as_the_office():
        every = [person.births() for person in (case.person, *joined.others_of(case.person))]
    return [one for one in every if one is not None]


def _majority_in_days(case: Case, today: date, years: int) -> int | None:
    """Return in how many days the person may be of age, by the record that says the latest; None where none tells of an age."""
    days = [rules.years_after(first, years) for first, _last in births_of(case)]
    return (max(days) - today).days if days else None


def reads_family(member: Member) -> bool:
    """Say whether the member reads what is written of a person's family."""
    return secrecy.cleared(member, Relative._meta.get_field("words"))


@dataclass(frozen=True, slots=True)
class Shown:
    """A relative as a page shows them, with their own case where the reader may read it."""

    row: Relative
    own_case: Case | None


def shown(case: Case, member: Member) -> list[Shown]:
    """Return the person's family for a page."""
    return [Shown(row, own_case_of(member, row)) for row in relatives_of(case)]
