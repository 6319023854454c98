"""Erasing one person for good: their key, and everything that it could leave behind.

Destroying the key makes every identifier, narrative, version, file and draft unreadable, and cuts the link
from the audit record to the person; the record still verifies. What lies about is taken away as well,
so that a key which an old backup still holds finds nothing here: sealed values are cut down to the name of
their key, codes are emptied (of a note its kind and its readers too) and days become years, search tokens, drafts
and files go, and the rooms above are told (`person.erased`), which rewrites the pool.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models.functions import Length, Substr, TruncYear
from django.utils import timezone

from amparo.desk.access.guard import require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.core import changes, destroyed, keys
from amparo.desk.core.fields import SealedTextField
from amparo.desk.core.models import Change, Draft, PersonKey, Row
from amparo.desk.core.renewing import header, names_a_key
from amparo.desk.core.sealing import NAMED
from amparo.desk.core.sensitivity import Sensitivity, label_of
from amparo.desk.files import actions as files
from amparo.desk.files.models import StoredFile

from . import holds, joined, merging, names, policies
from .models import Case, Note, Person, Relative
from .papers import Document

ERASED = "person.erased"
LATELY = timedelta(days=2)
"""Longer than any request lasts that began before a key was destroyed."""


class Ground(StrEnum):
    """Why a record is erased."""

    RETENTION_ENDED = "retention_ended"
    PERSON_ASKED = "person_asked"
    RECORDED_IN_ERROR = "recorded_in_error"


@transaction.atomic
def erase(
    *, person: Person, asked_by: Member, confirmed_by: Member, ground: Ground, tell: Callable[[], object] | None = None
) -> None:
    """Destroy a person's key and what it sealed; asked by one member, confirmed by another. There is no way back.

    Records joined as one person's are erased together: who asks to be forgotten is forgotten in all of them.

    It is recorded after every row was taken and before the key goes: who saves an answer holds its row and waits for the
    record's end, so that whoever held the end and waited for the row would never get it. `tell` records what led here.
    """
    every = joined.locked([person.pk])
    is_held = holds.is_held(person.pk)  # asked under the lock that placing a hold takes too
    require(policies.may_erase(asked_by.facts, confirmed_by.facts, person.organisation_id, is_held=is_held))
    left = [one for one in every if not Change.objects.filter(kind=ERASED, subject_id=one.pk).exists()]
    if not left:
        return
    told = {"ground": ground.value, "asked_by": str(asked_by.pk)}
    for one in left:
        _clear(one)
        PersonKey.objects.select_for_update(no_key=True).get(pk=one.key_id)
    if tell is not None:
        tell()
    for one in left:
        audit.record(ERASED, one, by=confirmed_by, details=told)
    for one in left:
        keys.destroy(one.key_id)
        changes.announce(ERASED, one.pk, organisation_id=one.organisation_id)


def finish_all() -> int:
    """Finish every erasure whose key is gone and whose traces are not, as after a restored backup; return how many."""
    announced = Change.objects.filter(kind=ERASED).values("subject_id")
    left = Person.objects.filter(key__destroyed_at__isnull=False).exclude(pk__in=announced)
    for person in left:
        with transaction.atomic():
            _finish(person)
    return len(left)


def clear_again() -> int:
    """Take away what came to persons while they were being erased: a form under way then held their key. Return how many."""
    lately = timezone.now() - LATELY
    persons = list(Person.objects.filter(key__destroyed_at__gte=lately))
    for person in persons:
        with transaction.atomic():
            _clear(holds.locked(person.pk))
    return len(persons)


def _finish(person: Person) -> None:
    """Take away what the key sealed, and tell the rooms above, in one transaction."""
    _clear(person)
    changes.announce(ERASED, person.pk, organisation_id=person.organisation_id)


def _clear(person: Person) -> None:
    gone = destroyed.line_of(person.key_id)
    names.forget(person)
    merging.forget(person.pk)
    for file in StoredFile.objects.filter(key_id__in=gone, erased_at=None):
        files.erase(file)
    for model in _about_persons():
        hollow(model, gone)
        _empty(model, gone)
    Relative._base_manager.filter(own_case__person=person).update(own_case=None)  # on the record of somebody else
    for model in (Case, Case.history.model):
        model._base_manager.filter(key_id__in=gone).update(legacy_number="")
    Draft.objects.annotate(named=header("sealed")).filter(named__in=[key_id.bytes for key_id in gone]).delete()


TELLING: Mapping[type[models.Model], Mapping[str, Any]] = {Note: {"kind": "", "guarded": ""}, Document: {"guarded": ""}}
"""What the office needs to know who reads a row, and what tells of health, the body or the family once its words are gone."""


@cache
def _about_persons() -> tuple[type[models.Model], ...]:
    return tuple(model for model in apps.get_models() if names_a_key(model))


def hollow(model: type[models.Model], gone: Iterable[uuid.UUID]) -> None:
    """Cut every sealed value of these persons, in every version, down to the name of its key: it still reads as erased."""
    for field in model._meta.concrete_fields:
        if isinstance(field, SealedTextField):
            name = field.attname
            rows: Any = model._base_manager.filter(key_id__in=gone).alias(long=Length(name)).filter(long__gt=NAMED)
            rows.update(**{name: Substr(name, 1, NAMED, output_field=models.BinaryField())})


def _empty(model: type[models.Model], gone: Iterable[uuid.UUID]) -> None:
    """Empty what codes and dates tell of these persons, in every version: a citizenship and a day can name somebody."""
    rows: Any = model._base_manager.filter(key_id__in=gone)
    emptied: dict[str, Any] = {}
    tied = _tied(model)
    for field in model._meta.concrete_fields:
        if (
            field.primary_key
            or field.is_relation
            or isinstance(field, SealedTextField)
            or not Sensitivity.PERSONAL <= label_of(field) < Sensitivity.KEY
        ):
            continue
        if type(field) is models.DateField:
            emptied[field.name] = TruncYear(field.name, output_field=models.DateField())
        elif field.name in tied:
            continue  # the database lets it be empty only together with who decided
        elif field.null or field.has_default() or (field.blank and isinstance(field, models.CharField)):
            emptied[field.name] = None if field.null else field.get_default()
    emptied |= TELLING.get(model, {})
    if issubclass(model, Row) and model is not Note:  # a note has one version for ever, which the database holds to
        emptied["version"] = models.F("version") + 1  # who read a row before saves an older version, and is refused
    if emptied:
        rows.update(**emptied)


def _tied(model: type[models.Model]) -> set[str]:
    """Return the fields that a constraint of the table ties to others."""
    found: set[str] = set()
    waiting: list[Any] = [one.condition for one in model._meta.constraints if isinstance(one, models.CheckConstraint)]
    while waiting:
        one = waiting.pop()
        if isinstance(one, tuple):
            found.add(one[0].partition("__")[0])
        waiting += getattr(one, "children", [])
    return found
