"""Taking in somebody who may be recorded already: as another person, remembered so, or as one more case of the same."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amparo.desk.access.clearance import CODED
from amparo.desk.access.guard import require
from amparo.desk.access.models import Member
from amparo.desk.core import withholding
from amparo.desk.core.sensitivity import label_of

from . import actions, courses, holds, joined, policies, rules, same
from .choices import AgeSource, NoteKind
from .life_choices import Guarded
from .models import Case, Person
from .stages import Stage
from .versions import in_words

TOLD_OTHERWISE = "told_otherwise"


@transaction.atomic
def take_in(*, by: Member, person: Mapping[str, Any], apart_from: Iterable[uuid.UUID] = (), **opening: Any) -> Case:
    """Take a person in as `actions.open_case` does, and remember whom they were told apart from."""
    case = actions.open_case(by=by, person=person, **opening)
    same.tell_apart(by=by, person_id=case.person_id, others=apart_from)
    return case


@transaction.atomic
def take_in_again(
    *, by: Member, known: Case, person: Mapping[str, Any], opened_on: date, stage: Stage, row_id: uuid.UUID, **opening: Any
) -> Case:
    """Open another case for somebody who is recorded; what was told now and is not yet known is added, nothing is overwritten.

    What was told otherwise than it is recorded stands in a note of the new case, so that nothing typed is lost. While a case
    of the person is open, in whichever of their records, there is no other one: see `add_to_open`.
    """
    row = holds.living(joined.root_of(known.person_id))
    is_open = courses.has_open_case(row.pk, besides=row_id)
    require(policies.may_take_in_again(by.facts, known.facts, another_is_open=is_open))
    case = actions.open_case(by=by, person={}, known=row, opened_on=opened_on, stage=stage, row_id=row_id, **opening)
    _add_told(case, row, by=by, person=person, on=opened_on, note_id=uuid.uuid5(case.pk, TOLD_OTHERWISE))
    return case


@transaction.atomic
def add_to_open(
    *, by: Member, known: Case, person: Mapping[str, Any], told_on: date, row_id: uuid.UUID, first_note: str = "", number: str = ""
) -> Case:
    """Add what was told now to the open case of somebody who is recorded: a case that is open goes on, it gets no twin.

    What is not yet known of the person is added, nothing is overwritten; what was told otherwise, what matters now and the
    number in an earlier system stand in notes. Posted twice it is added once.
    """
    require(policies.may_change(by.facts, known.facts))
    row = holds.living(known.person_id)
    case = Case.objects.select_related("person", "organisation").get(pk=known.pk)
    if first_note.strip():
        note_id = actions.first_note_id(row_id)
        actions.write_note(case=case, by=by, kind=NoteKind.MATTERS, happened_on=told_on, text=first_note, row_id=note_id)
    more = [_("Number in an earlier system: %(number)s") % {"number": number}] if number and number != case.legacy_number else []
    _add_told(case, row, by=by, person=person, on=told_on, note_id=uuid.uuid5(row_id, TOLD_OTHERWISE), more=more)
    return case


def _add_told(
    case: Case, row: Person, *, by: Member, person: Mapping[str, Any], on: date, note_id: uuid.UUID, more: Iterable[str] = ()
) -> None:
    """Add to a record what was told and is not yet known; what differs, and what else was told, stands in a note of the case.

    A name, a telephone or an address stands in a note of its own for few: who reads ordinary notes need not be cleared for those.
    An age that does not fit the date of birth on record is kept beside it, told in the note and asked about on the record (see
    `rules.Doubt`); where only what was told now says that the person is a child, the age is contested, and the child's
    protection holds until that is settled.
    """
    told = {name: value for name, value in person.items() if _is_said(value) and not withholding.is_withheld(getattr(row, name))}
    fresh = {
        name: value for name, value in told.items() if not _is_said(getattr(row, name)) and not _belongs_to_known_age(name, row)
    }
    clash = [name for name in ("stated_age",) if _does_not_fit(row, fresh)]
    other = {name: value for name, value in told.items() if name not in fresh or name in clash}
    open_to_all = {name: value for name, value in other.items() if label_of(Person._meta.get_field(name)) in CODED}
    kept_for_few = {name: value for name, value in other.items() if name not in open_to_all}
    to_team, to_few = [words for words in (_otherwise(row, open_to_all), *more) if words], _otherwise(row, kept_for_few)
    if clash and _says_child_alone(case, row, fresh):
        fresh["age_is_contested"] = True
    if fresh:
        actions.change_person(case=case, by=by, values=fresh, version=row.version)
    few_id = uuid.uuid5(note_id, Guarded.FEW.value)
    for guarded, one_id, words in (("", note_id, "\n".join(to_team)), (Guarded.FEW.value, few_id, to_few)):
        if words:
            kind = NoteKind.OBSERVATION
            actions.write_note(case=case, by=by, kind=kind, guarded=guarded, happened_on=on, text=words, row_id=one_id)


def _is_said(value: Any) -> bool:
    """Say whether a value tells anything: an age of 0 years does."""
    return bool(value) or (value == 0 and value is not False)


def _does_not_fit(row: Person, told: Mapping[str, Any]) -> bool:
    """Say whether an age that is told now cannot be that of somebody born as the record says, whoever may read that."""
    with withholding.as_the_office():
        born = row.birth_date
    return rules.contradicts(born, stated=told.get("stated_age"), stated_on=told.get("age_stated_on"))


def _says_child_alone(case: Case, row: Person, told: Mapping[str, Any]) -> bool:
    """Say whether the age that is told is a child's and the record's is not."""
    years, day = case.profile_on(told["age_stated_on"]).majority.years, told["age_stated_on"]
    least = row.age_on(day).least
    return told["stated_age"] < years and least is not None and least >= years


def _belongs_to_known_age(name: str, row: Person) -> bool:
    """Say whether a value tells more of an age than the record has, and would change the meaning of the one that stands there.

    The day on which an age was stated belongs to that age; how an age is known, to the date of birth or the age that is recorded.
    """
    if name == "age_stated_on":
        return row.stated_age is not None
    return name == "age_source" and (row.stated_age is not None or bool(row.birth_date))


def _is_same(row: Person, name: str, told: Mapping[str, Any]) -> bool:
    """Say whether the record says the same; an age of the same number that was stated years ago says another one."""
    if name == "stated_age" and (day := told.get("age_stated_on")) is not None and row.age_stated_on is not None:
        then = row.says_on(day)
        if then.least is not None and then.most is not None and not then.least <= told[name] <= then.most:
            return False
    if name == "age_source" and not row.age_source:
        return bool(told[name] == AgeSource.STATED)  # the age that is told is called stated anyway
    return bool(told[name] == getattr(row, name))


def _otherwise(row: Person, told: Mapping[str, Any]) -> str:
    """Return what was told now and differs from what is recorded, line by line, in the words of whoever writes."""
    lines = []
    for name, value in told.items():
        field = Person._meta.get_field(name)
        if name != "age_stated_on" and not _is_same(row, name, told):
            lines.append(f"{str(field.verbose_name).capitalize()}: {in_words(field, value)}")
    return "\n".join([_("Told now, and recorded otherwise before:"), *lines]) if lines else ""
