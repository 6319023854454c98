"""Persons of whom a few columns are read for many at once: no row is made of them, and only what is compared is opened."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from amparo.desk.core import damage, keys, sealing, withholding
from amparo.desk.core.fields import Sealed
from amparo.desk.core.written import written

from . import rules
from .models import Person

AGE = ("birth_date", "stated_age", "age_stated_on", "age_is_contested", "assessed_age", "age_assessed_on")
"""The columns that an age is told by."""
ID = ("pk", "key_id", "merged_into_id")
FIELDS = {field.name: field for field in Person._meta.concrete_fields}


@dataclass(frozen=True, slots=True)
class Bearer:
    """One person: the columns that were asked for, sealed where they are, and the record into which theirs was joined."""

    id: uuid.UUID
    key_id: uuid.UUID
    organisation_id: uuid.UUID
    root: uuid.UUID | None
    held: Mapping[str, Any]

    def said(self) -> dict[str, Any]:
        """Return what is recorded and opens for whoever reads; raise `KeyDestroyed` where nothing ever will.

        What is damaged is left out where that is passed over (see `damage`), but for the date of birth: no other age stands in
        for one that is there.
        """
        found = {}
        for name, value in self.held.items():
            if not isinstance(value, Sealed):
                if value or value == 0:
                    found[name] = value
            elif withholding.opens(FIELDS[name], self):
                try:
                    found[name] = FIELDS[name].opened(value, self)
                except sealing.Unopenable:
                    if not damage.is_passed_over():
                        raise
                    if name == "birth_date":
                        found[name] = damage.DAMAGED_DATE
        return found

    def age_on(self, day: date) -> rules.Age:
        """Return the age in whole years on a day, as `Person.age_on` does; unknown once the key is destroyed.

        To be asked as the office: a reader who is not cleared for the day of birth would hear the stated age alone.
        """
        try:
            said = self.said()
        except keys.KeyDestroyed:
            return rules.Age()
        return rules.age_told(
            day,
            born=said.get("birth_date"),
            stated=said.get("stated_age"),
            stated_on=said.get("age_stated_on"),
            assessed=said.get("assessed_age"),
            assessed_on=said.get("age_assessed_on"),
            contested=said.get("age_is_contested", False),
        )


def children_among(bearers: Sequence[Bearer], *, on: date, majority_years: int) -> set[uuid.UUID]:
    """Return those of some persons who are treated as children on a day: by any record of theirs, as `rules.childhood` says.

    Three queries for all of them, at most.
    """
    every: dict[uuid.UUID, dict[uuid.UUID, Bearer]] = defaultdict(dict)
    for bearer in (*bearers, *_joined_with(bearers)):
        every[bearer.root or bearer.id][bearer.id] = bearer
    keys.open_many(bearer.key_id for records in every.values() for bearer in records.values())
    protected = set()
    with withholding.as_the_office():
        for root, records in every.items():
            grounds = (rules.childhood(bearer.age_on(on), majority_years=majority_years) for bearer in records.values())
            if rules.strongest(grounds).protected is rules.Finding.YES:
                protected.add(root)
    return {bearer.id for bearer in bearers if (bearer.root or bearer.id) in protected}


def _joined_with(bearers: Sequence[Bearer]) -> Iterable[Bearer]:
    """Yield the other records of some persons."""
    roots = {bearer.root or bearer.id for bearer in bearers}
    missing = roots - {bearer.id for bearer in bearers}
    for pk, key_id, root, organisation_id, *held in (*_merged_into(roots), *_remaining(missing)):
        yield Bearer(pk, key_id, organisation_id, root, dict(zip(AGE, held, strict=True)))


@written
def _merged_into(person_ids: Collection[uuid.UUID]) -> QuerySet[Any, tuple[Any, ...]]:
    return Person.objects.filter(merged_into_id__in=person_ids).values_list(*ID, "organisation_id", *AGE)


@written
def _remaining(person_ids: Collection[uuid.UUID]) -> QuerySet[Any, tuple[Any, ...]]:
    return Person.objects.filter(pk__in=person_ids).values_list(*ID, "organisation_id", *AGE)
