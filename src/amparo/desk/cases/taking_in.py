"""Taking in somebody who may be recorded already: as another person, remembered so, or as one more case of the same."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from amparo.desk.access.guard import require
from amparo.desk.access.models import Member
from amparo.desk.core import withholding

from . import actions, holds, joined, policies, same
from .choices import NoteKind
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

    What was told otherwise than it is recorded stands in a note of the new case, so that nothing typed is lost.
    """
    require(policies.may_read(by.facts, known.facts))
    row = holds.living(joined.root_of(known.person_id))
    case = actions.open_case(by=by, person={}, known=row, opened_on=opened_on, stage=stage, row_id=row_id, **opening)
    told = {name: value for name, value in person.items() if value and not withholding.is_withheld(getattr(row, name))}
    fresh = {name: value for name, value in told.items() if not getattr(row, name)}
    if fresh:
        actions.change_person(case=case, by=by, values=fresh, version=row.version)
    if words := _otherwise(row, {name: value for name, value in told.items() if name not in fresh}):
        note_id = uuid.uuid5(case.pk, TOLD_OTHERWISE)
        actions.write_note(case=case, by=by, kind=NoteKind.OBSERVATION, happened_on=opened_on, text=words, row_id=note_id)
    return case


def _otherwise(row: Person, told: Mapping[str, Any]) -> str:
    """Return what was told now and differs from what is recorded, line by line, in the words of whoever writes."""
    lines = []
    for name, value in told.items():
        field = Person._meta.get_field(name)
        if value != getattr(row, name) and name != "age_stated_on":
            lines.append(f"{str(field.verbose_name).capitalize()}: {in_words(field, value)}")
    return "\n".join([_("Told now, and recorded otherwise before:"), *lines]) if lines else ""
