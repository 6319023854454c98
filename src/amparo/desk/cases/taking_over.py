"""What another record of the same person knows better: shown with its source, taken over field by field, put back.

No row moves when two records are joined, so that what stands in one is not in the other. Whoever reads both takes over what
helps; what stood before is kept, and parting the records puts it back unless somebody wrote something else since.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.core import damage, withholding
from amparo.desk.core.partial_dates import PartialDate

from . import actions, holds, joined, policies, queries, rules
from .models import Case, Person, TakenOver
from .versions import in_words

SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "age": ("birth_date", "stated_age", "age_stated_on", "age_source", "age_is_contested"),
    "languages": ("languages",),
    "interpreter": ("interpreter", "interpreter_wish"),
    "citizenship": ("citizenship", "stateless"),
    "gender": ("gender",),
}
"""What can be taken over, and the fields that go together."""
LABELS: Mapping[str, Any] = {
    "age": _("Age"),
    "languages": _("Languages"),
    "interpreter": _("Interpreter"),
    "citizenship": _("Citizenship"),
    "gender": _("Gender"),
}


@dataclass(frozen=True, slots=True)
class Better:
    """What another record says of one subject, where from, and what this one says."""

    subject: str
    label: Any
    says: str
    here: str
    source: Case


@dataclass(frozen=True, slots=True)
class Took:
    """What was taken over, from where, when and by whom; `source` is None where the member does not read it."""

    row: TakenOver
    label: Any
    source: Case | None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the other records of a person add to this one; `hidden` are subjects of records that the member does not read."""

    better: tuple[Better, ...] = ()
    hidden: tuple[Any, ...] = ()
    took: tuple[Took, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.better or self.hidden or self.took)


def of(member: Member, case: Case) -> Elsewhere:
    """Return what the other records of a case's person add, as far as the member may read them."""
    others = joined.others_of(case.person)
    if not others:
        return Elsewhere()
    sources = _sources(member, others)
    better, hidden = [], []
    for subject in SUBJECTS:
        for other in others:
            if not adds(case.person, other, subject):
                continue
            if other.pk in sources:
                better.append(
                    Better(subject, LABELS[subject], _said(other, subject), _said(case.person, subject), sources[other.pk])
                )
            elif LABELS[subject] not in hidden:
                hidden.append(LABELS[subject])
    rows = TakenOver.objects.filter(person=case.person, undone_at=None).select_related("taken_by__user").order_by("id")
    took = [Took(row, LABELS[row.subject], sources.get(row.source_id)) for row in rows]
    return Elsewhere(tuple(better), tuple(hidden), tuple(took))


def _sources(member: Member, others: Iterable[Person]) -> dict[uuid.UUID, Case]:
    """Return for each record the latest case of it that the member may read with its name."""
    rows = queries.cases_for(member).filter(person_id__in=[one.pk for one in others]).order_by("opened_on", "id")
    readable = [case for case in rows.select_related("person", "organisation") if policies.may_see_name(member.facts, case.facts)]
    queries.open_all(readable)
    return {case.person_id: case for case in readable}


def _held(person: Person, subject: str) -> dict[str, Any]:
    with withholding.as_the_office():
        return {name: getattr(person, name) for name in SUBJECTS[subject]}


def adds(own: Person, other: Person, subject: str) -> bool:
    """Say whether another record knows something of a subject that this one does not say, or says less exactly."""
    if subject == "age":
        today = timezone.localdate()
        return more_exact(own.age_on(today), other.age_on(today))
    first = SUBJECTS[subject][0]
    here, there = _held(own, subject), _held(other, subject)
    if isinstance(there[first], list):
        return not set(there[first]) <= set(here[first])
    return any(there[name] and there[name] != here[name] for name in SUBJECTS[subject])


def more_exact(own: rules.Age, other: rules.Age) -> bool:
    """Say whether an age is known better than another, or otherwise: a range that is as wide and the same adds nothing."""
    if other.least is None or other.most is None:
        return False
    if own.least is None or own.most is None:
        return True
    if own.least <= other.least and other.most <= own.most:
        return (own.least, own.most) != (other.least, other.most)
    return not (other.least <= own.least and own.most <= other.most)


def _said(person: Person, subject: str) -> str:
    """Return what a record says of a subject in words; of an age its years, and its date of birth where it opens to the reader."""
    if subject != "age":
        values = [(name, getattr(person, name)) for name in SUBJECTS[subject]]
        words = [str(in_words(Person._meta.get_field(name), value)) for name, value in values if not withholding.is_withheld(value)]
        return " · ".join(word for word in words if word)
    age = person.age_on(timezone.localdate())
    if age.least is None:
        return ""
    years = str(age.least) if age.least == age.most else f"{age.least}–{age.most}"
    source = str(in_words(Person._meta.get_field("age_source"), person.age_source))
    return " · ".join(word for word in (years, source) if word)


@transaction.atomic
def take(*, case: Case, source: Case, by: Member, subject: str) -> TakenOver:
    """Take what another record of the same person says of a subject into this one; of lists what this one lacks is added.

    That an age is contested here stays so. Raises `Denied` where the member does not read the other, or it adds nothing.
    """
    holds.living(case.person_id)
    require(policies.may_change(by.facts, case.facts))
    for one in (case, source):
        require(policies.may_see_name(by.facts, one.facts))
    rows = {row.pk: row for row in joined.locked([case.person_id])}
    if subject not in SUBJECTS or source.person_id not in rows or source.person_id == case.person_id:
        raise Denied("same_not_joined")
    own, other = rows[case.person_id], rows[source.person_id]
    queries.open_all([case, source])
    if not adds(own, other, subject):
        raise Denied("nothing_to_take_over")
    before, there = _held(own, subject), _held(other, subject)
    after = {name: _joined(name, before[name], there[name]) for name in SUBJECTS[subject]}
    _put(own, after, by)
    row: TakenOver = TakenOver.objects.create(
        organisation_id=case.organisation_id,
        key_id=own.key_id,
        person=own,
        source=other,
        subject=subject,
        before=_plain(before),
        after=_plain(after),
        taken_by=by,
    )
    audit.record("person.taken_over", case, by=by, details={"subject": subject})
    return row


def _joined(name: str, here: Any, there: Any) -> Any:
    if isinstance(here, list):
        return [*here, *(code for code in there if code not in here)]
    return here or there if name == "age_is_contested" or (not there and name in ("interpreter_wish", "stateless")) else there


def _put(person: Person, values: Mapping[str, Any], by: Member) -> None:
    with withholding.as_the_office():
        actions.put(person, values, actions.PERSON_FIELDS)
    actions.save(person, by=by, version=person.version)


@transaction.atomic
def put_back(*, case: Case, row: TakenOver, by: Member) -> bool:
    """Put back what stood before something was taken over; False where somebody wrote something else since, which stays."""
    require(policies.may_change(by.facts, case.facts))
    require(policies.may_see_name(by.facts, case.facts))
    if row.person_id != case.person_id:
        raise Denied("not_on_this_record")
    joined.locked([case.person_id])
    if TakenOver.objects.select_for_update(of=("self",)).get(pk=row.pk).undone_at is not None:
        raise Denied("already_answered")
    if _is_damaged(row):
        raise Denied("field_damaged")
    is_back = _undo(row, by)
    audit.record("person.put_back", case, by=by, details={"subject": row.subject})
    return is_back


def part(person_id: uuid.UUID, others: Iterable[uuid.UUID], *, by: Member) -> None:
    """Put back whatever was taken over between a record and those from which it is parted, the last first.

    What cannot be opened of it waits on the record, to be put back once it opens.
    """
    wanted = set(others)
    rows = TakenOver.objects.select_for_update(of=("self",)).filter(undone_at=None).order_by("-id")
    for row in rows.filter(person=person_id, source__in=wanted) | rows.filter(person__in=wanted, source=person_id):
        if not _is_damaged(row):
            _undo(row, by)


def _is_damaged(row: TakenOver) -> bool:
    with withholding.as_the_office():
        return any(map(damage.is_damaged, (row.before, row.after)))


def _undo(row: TakenOver, by: Member) -> bool:
    person = Person.objects.get(pk=row.person_id)
    with withholding.as_the_office():
        before, after = dict(row.before), dict(row.after)
    is_untouched = _plain(_held(person, row.subject)) == after
    if is_untouched:
        _put(person, {name: _value(name, value) for name, value in before.items()}, by)
    row.undone_at = timezone.now()
    row.save(update_fields=["undone_at", "version"])
    return is_untouched


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, PartialDate | date) else value for name, value in values.items()}


def _value(name: str, value: Any) -> Any:
    if name == "birth_date":
        return PartialDate.parse(value or "")
    return date.fromisoformat(value) if name == "age_stated_on" and value else value


def forget(person_id: uuid.UUID) -> None:
    """Take away what was taken over from a record that is erased, or into it."""
    (TakenOver.objects.filter(person=person_id) | TakenOver.objects.filter(source=person_id)).delete()
