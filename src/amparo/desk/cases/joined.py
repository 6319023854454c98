"""Records joined as one person's: which belong together. Whoever asks what holds for a person asks for all of them.

`Person.merged_into` leads from a record to the one that remains; nothing is more than one step away, which the database
holds to. What stands on one record (a hold, an objection, a conflict of interest, a withdrawal) holds for all.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import partial
from typing import Any

from django.db.models import QuerySet

from amparo.desk.core import destroyed, keys
from amparo.desk.core.once import once
from amparo.desk.core.written import written

from .models import Case, Person
from .models import records_of as ids


def root_of(person_id: uuid.UUID) -> uuid.UUID:
    """Return the record that remains: the person's own where it is not joined to another."""
    return ids(person_id)[0]


def widened(person_ids: Any) -> Any:
    """Return a subquery of the records among `person_ids`, itself one, and of all that are joined with one of them."""
    joined = Person.objects.filter(merged_into__isnull=False)
    roots = joined.filter(pk__in=person_ids).values("merged_into")
    below = joined.filter(merged_into__in=person_ids).values("pk")
    beside = joined.filter(merged_into__in=roots).values("pk")
    return Person.objects.filter(pk__in=person_ids).values("pk").union(roots, below, beside, all=True)


def others_of(person: Person) -> tuple[Person, ...]:
    """Return the other records of a person, the one that remains first: nearly always none.

    What `fetch` brought is taken; where nobody fetched it is asked, so that it is never older than the row at hand.
    """
    held: tuple[Person, ...] | None = getattr(person, "_other_records", None)
    if held is not None:
        return held
    rows = Person.objects.filter(pk__in=ids(person.pk)).exclude(pk=person.pk)
    return tuple(sorted(rows, key=lambda row: (row.merged_into_id is not None, row.pk)))


def fetch(persons: Iterable[Person]) -> None:
    """Bring the other records of many persons for a page that only reads: two queries for all, one more for their keys."""
    wanted = list(persons)
    roots = {person.merged_into_id or person.pk for person in wanted}
    rows = _merged_into(roots)
    rows = [*_remaining({person.merged_into_id for person in wanted if person.merged_into_id}), *rows]
    keys.open_many([row.key_id for row in rows])
    by_root: dict[uuid.UUID, list[Person]] = defaultdict(list)
    for row in rows:
        by_root[row.merged_into_id or row.pk].append(row)
    for person in wanted:
        every = by_root[person.merged_into_id or person.pk]
        person._other_records = tuple(row for row in every if row.pk != person.pk)
        if not every:
            once(("records", person.pk), partial(list, [person.pk]))


@written
def _merged_into(person_ids: Collection[uuid.UUID]) -> QuerySet[Person]:
    return Person.objects.filter(merged_into_id__in=person_ids)


@written
def _remaining(person_ids: Collection[uuid.UUID]) -> QuerySet[Person]:
    return Person.objects.filter(pk__in=person_ids)


def cases_of(person_id: uuid.UUID) -> QuerySet[Case]:
    """Return every case of every record of the person."""
    return Case.objects.filter(person_id__in=ids(person_id))


def keys_of(person_id: uuid.UUID) -> list[uuid.UUID]:
    """Return every key, present and earlier, under which something about the person is sealed."""
    key_ids = Person.objects.filter(pk__in=ids(person_id)).values_list("key_id", flat=True)
    return [one for key_id in key_ids for one in destroyed.line_of(key_id)]


def all_joined(organisation_id: uuid.UUID) -> dict[uuid.UUID, uuid.UUID]:
    """Return every record of an organisation that is joined with another, and the one that remains, by the one that remains."""
    pairs = Person.objects.filter(organisation_id=organisation_id, merged_into__isnull=False).values_list("pk", "merged_into_id")
    return {one: root for pk, root in pairs for one in (pk, root)}


def roots(person_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Return for each record that is joined to another the one that remains; the others are left out."""
    rows = Person.objects.filter(pk__in=list(person_ids), merged_into__isnull=False)
    return dict(rows.values_list("pk", "merged_into_id"))


def locked(person_ids: Iterable[uuid.UUID]) -> list[Person]:
    """Wait for whoever erases, joins or parts these records or what is joined with them; return all, in one fixed order.

    No key that was read before the wait opens anything after it.
    """
    wanted = set(person_ids)
    while True:
        every = sorted({one for person_id in wanted for one in ids(person_id)})
        rows = list(Person.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=every).order_by("pk"))
        cases = Case.objects.select_for_update(of=("self",), no_key=True).filter(person_id__in=every)
        list(cases.order_by("pk").values_list("pk", flat=True))
        for row in rows:
            keys.forget_one(row.key_id)
        if sorted({one for person_id in wanted for one in ids(person_id)}) == every:
            return rows
