"""Following the change log and the calendar: whose consent no longer covers it leaves the pool, in every version of it.

Two steps: a tombstone in one short transaction, from whose commit on nobody reads the rows any more;
then the files that hold them are written anew. A process killed in between loses nothing: the next
round finds the tombstone undone.
"""

from __future__ import annotations

import uuid
from datetime import date

from django.db import transaction
from django.utils import timezone

from amparo.desk.access.models import Organisation
from amparo.desk.audit import chain as audit
from amparo.desk.cases import joined
from amparo.desk.cases.models import Case
from amparo.desk.core import changes
from amparo.desk.core.models import Change
from amparo.desk.core.rounds import each

from . import own_cases, pool
from .models import PoolFile, Tombstone
from .running import pool_key
from .states import Origin

READER = "contributions"
KINDS = ("consent.withdrawn", "person.restricted", "person.erased", "person.merged", "person.parted")
ENDED = "consent_ended"
ERASED = "erased"


def follow() -> int:
    """Act on every new withdrawal and erasure, then rewrite what they left undone; return how many changes were read.

    For the worker, every few seconds.
    """
    read = changes.follow(READER, KINDS, _act)
    each(set(Tombstone.objects.filter(done_at=None, lifted_at=None).values_list("organisation_id", flat=True)), pool.forget)
    return read


def _act(change: Change) -> None:
    """Check the present state again: a person who agreed anew meanwhile stays."""
    organisation = Organisation.objects.get(pk=change.organisation_id)
    if change.kind == "person.erased":
        bar(organisation=organisation, person_key=_key(organisation, change.subject_id), cause=ERASED)
        return
    if change.kind in ("person.merged", "person.parted"):
        _leave(organisation, change.subject_id)  # whoever is covered comes in again with the next import, as one person or as two
        return
    case = Case.objects.filter(pk=change.subject_id, organisation=organisation).first()
    if case is not None and not own_cases.is_covered(case, on=timezone.localdate()):
        _leave(organisation, case.person_id)


def _leave(organisation: Organisation, person_id: uuid.UUID) -> None:
    """Take out a person's rows, under the key of each of their records."""
    for one in joined.ids(person_id):
        bar(organisation=organisation, person_key=_key(organisation, one), cause=ENDED)


def _key(organisation: Organisation, person_id: uuid.UUID) -> str:
    return own_cases.person_keys({person_id}, key=pool_key(organisation.id))[person_id]


@transaction.atomic
def bar(*, organisation: Organisation, person_key: str, cause: str) -> None:
    """Leave one person out of every reading of the pool, for good; who is out already stays out."""
    pool.hold(organisation.id)
    stone, is_new = Tombstone.objects.get_or_create(
        organisation=organisation, person_key=person_key, lifted_at=None, defaults={"cause": cause}
    )
    if is_new:
        audit.record("pool.person_removed", stone, details={"cause": cause})


def end_lapsed(organisation: Organisation, *, on: date | None = None) -> int:
    """Take out the organisation's own persons whose consent no longer covers the pool (ended, expired); return how many."""
    day = on or timezone.localdate()
    allowed = _keys_of_covered(organisation, day)
    base = pool.base_of(organisation.id)
    own = PoolFile.objects.filter(id__in=base.files, origin=Origin.OWN_CASES).values_list("id", flat=True)
    held = {person for file_id, rows in pool.rows_of(base).items() if file_id in set(own) for person in rows["person_key"]}
    for person_key in sorted(held - allowed):
        bar(organisation=organisation, person_key=person_key, cause=ENDED)
    if held - allowed:
        pool.forget(organisation.id)
    return len(held - allowed)


def end_all_lapsed() -> int:
    """Do the same for every organisation with own cases in the pool. For the worker, once a day."""
    owners = PoolFile.objects.filter(origin=Origin.OWN_CASES, removed_at=None).values_list("organisation_id", flat=True).distinct()
    return each(Organisation.objects.filter(id__in=list(owners)), end_lapsed)


def lift(organisation: Organisation) -> int:
    """Let those come in again who were out because their consent had ended and who agreed anew; return how many.

    What was undone is done first, so that no old row of theirs comes back.
    """
    pool.forget(organisation.id)
    with transaction.atomic():
        pool.hold(organisation.id)
        allowed = _keys_of_covered(organisation, timezone.localdate())
        out = Tombstone.objects.filter(organisation=organisation, lifted_at=None, cause=ENDED, person_key__in=allowed)
        lifted = out.update(lifted_at=timezone.now())
        if lifted:
            audit.record("pool.persons_readmitted", organisation, organisation_id=organisation.id, details={"count": lifted})
    return lifted


def _keys_of_covered(organisation: Organisation, day: date) -> set[str]:
    cases = Case.objects.filter(id__in=own_cases.covered(organisation.id, on=day)).values_list("person_id", flat=True)
    joint = joined.all_joined(organisation.id)
    persons = {joint.get(person_id, person_id) for person_id in cases}
    return set(own_cases.person_keys(persons, key=pool_key(organisation.id)).values())
