"""Many cases that come at once from an office's earlier system: nobody sees one before all are there, and all can go again.

They are written in short transactions, so that nobody who works meanwhile waits. Until the last is there each bears
the state `ARRIVING`, which the manager of cases leaves out everywhere; one short transaction then shows them all.
Nothing of the past starts a clock: no step is due, no risk is assessed, no stage is entered today.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from amparo.desk.access.guard import Denied, require
from amparo.desk.access.models import Member
from amparo.desk.audit import chain as audit
from amparo.desk.core import destroyed, keys
from amparo.desk.core.ids import uuid7
from amparo.desk.core.models import Draft
from amparo.desk.core.renewing import header, names_a_key

from . import actions, names, policies, pseudonyms
from .choices import NoteKind, TeamRole
from .models import Case, NamePlace, Note, Person, TeamMember
from .stages import ARRIVING, ASSISTED, Stage, status_of


@dataclass(frozen=True, slots=True)
class Arrival:
    """One old case as it comes in; `note` is what of the list has no place of its own."""

    person: Mapping[str, Any]
    case: Mapping[str, Any]
    stage: Stage
    opened_on: date
    closed_on: date | None = None
    note: str = ""


@transaction.atomic
def arrive(arrival: Arrival, *, by: Member, manager: Member, taken: set[str]) -> Case:
    """Write one old case, unseen yet, with who answers for it from today; `taken` are the pseudonyms of all cases, and grows."""
    require(policies.may_bring_caseload(by.facts))
    today = timezone.localdate()
    for day in (arrival.opened_on, arrival.closed_on or arrival.opened_on):
        require(policies.may_be_day(day, today=today))
    if arrival.closed_on is not None and arrival.closed_on < arrival.opened_on:
        raise Denied("ended_before_it_began")
    if manager.organisation_id != by.organisation_id or not policies.may_open_case(manager.facts):
        raise Denied("role_has_no_cases")
    counter = actions.locked_counter(by.organisation, arrival.opened_on.year)
    person = actions.new_person(arrival.person, by)
    row = Case(
        id=uuid7(),
        organisation=by.organisation,
        key_id=person.key_id,
        person=person,
        number=actions.next_number(counter, by.organisation),
        stage=arrival.stage.value,
        status=ARRIVING,
        opened_on=arrival.opened_on,
        closed_on=arrival.closed_on,
        year_of_registration=arrival.opened_on.year,
        presumed_on=arrival.opened_on if arrival.stage in ASSISTED else None,
    )
    actions.put(row, arrival.case, actions.CASE_FIELDS)
    _save(row, by, taken)
    row.history.update(status=status_of(arrival.stage))
    TeamMember.objects.create(organisation=by.organisation, case=row, member=manager, role=TeamRole.CASE_MANAGER, since=today)
    if arrival.note:
        _note(row, by, arrival.note, today)
    audit.record("case.brought", row, by=by, details={"stage": arrival.stage.value, "on": arrival.opened_on.isoformat()})
    return row


def _save(row: Case, by: Member, taken: set[str]) -> None:
    while True:
        row.pseudonym = pseudonyms.draw(taken)
        try:
            with transaction.atomic():
                actions.save(row, by=by)
        except IntegrityError:
            held = pseudonyms_in_use(by.organisation_id)
            if row.pseudonym not in held or row.pseudonym in taken:
                raise
            taken |= held  # somebody opened a case under this word meanwhile
            continue
        taken.add(row.pseudonym)
        return


def _note(row: Case, by: Member, text: str, on: date) -> None:
    Note.objects.create(
        id=actions.first_note_id(row.id),
        organisation_id=row.organisation_id,
        key_id=row.key_id,
        case=row,
        kind=NoteKind.OBSERVATION,
        happened_on=on,
        text=text,
        written_by=by,
    )


def pseudonyms_in_use(organisation_id: uuid.UUID) -> set[str]:
    """Return the words that cases of an organisation bear, also those that are not there yet."""
    return set(Case._base_manager.filter(organisation_id=organisation_id).order_by().values_list("pseudonym", flat=True))


def legacy_numbers(organisation_id: uuid.UUID, *, of: models.Manager[Any] = Case._base_manager) -> set[str]:
    """Return the numbers of earlier systems that cases of an organisation bear, in capitals; those not there yet among them."""
    found = of.filter(organisation_id=organisation_id).exclude(legacy_number="")
    return {number.upper() for number in found.values_list("legacy_number", flat=True)}


def show(cases: models.QuerySet[Any]) -> int:
    """Let the cases of a query of ids be seen, all with one transaction of the caller's; return how many."""
    waiting = Case._base_manager.filter(pk__in=cases, status=ARRIVING)
    shown = 0
    for status in {status_of(stage) for stage in Stage}:
        stages = [stage.value for stage in Stage if status_of(stage) == status]
        shown += waiting.filter(stage__in=stages).update(status=status)
    return shown


def hide(cases: models.QuerySet[Any]) -> int:
    """Let nobody see the cases of a query of ids any more; return how many."""
    return int(Case._base_manager.filter(pk__in=cases).update(status=ARRIVING))


def touched(cases: models.QuerySet[Any], *, besides: Collection[type[models.Model]] = ()) -> set[uuid.UUID]:
    """Return which cases of a query of ids somebody did something with since they came: changed, noted, planned, erased.

    Whatever names the person's key or refers to case or person counts, in every room, but for what came with the case and
    for `besides`. Each room is asked once for all of the cases, by the query itself: their ids go to the database in no list.
    """
    theirs = Case._base_manager.filter(pk__in=cases).order_by()
    rows = list(theirs.values_list("id", "key_id", "person_id", "version"))
    by_key = {key: case for case, key, _person, _version in rows}
    by_person = {person: case for case, _key, person, _version in rows}
    found = {case for case, _key, _person, version in rows if version != 1}
    changed = Person._base_manager.filter(pk__in=theirs.values("person_id")).exclude(version=1, key__destroyed_at=None)
    found |= {by_person[person] for person in changed.values_list("pk", flat=True)}
    first_notes = {actions.first_note_id(case) for case in by_key.values()}
    own = (Person, Case, Person.history.model, Case.history.model)
    for model in apps.get_models():
        if names_a_key(model) and model not in own and model not in besides:
            held: Any = model._base_manager.filter(key_id__in=theirs.values("key_id")).order_by()
            came_along = first_notes if model is Note else ()
            found |= {by_key[key] for pk, key in held.values_list("pk", "key_id") if pk not in came_along}
    for model, name, key in _referring(besides):
        column = "pk" if key is Case else "person_id"
        held = model._base_manager.filter(**{f"{name}__in": theirs.values(column)}).order_by()
        seen = set(held.values_list(f"{name}_id", flat=True))
        found |= seen if key is Case else {by_person[person] for person in seen}
    return found | _restaffed(theirs.values("pk"))


def read_by_others(case_ids: Collection[uuid.UUID], own: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of these cases somebody looked at who is none of these members: what was read is relied upon."""
    rows = list(Case._base_manager.filter(pk__in=case_ids))
    keys.open_many(row.key_id for row in rows)
    return {row.pk for row in audit.known_to_others(rows, besides=own)}


def _referring(besides: Collection[type[models.Model]]) -> Iterable[tuple[Any, str, type[models.Model]]]:
    """Yield (model, field, what it refers to) of every reference to a case or person that does not come with them."""
    came_along = {Case, Note, TeamMember, NamePlace, Case.history.model, Person.history.model, *besides}
    for key in (Case, Person):
        for relation in key._meta.related_objects:
            if relation.related_model not in came_along and relation.field.concrete:
                yield relation.related_model, relation.field.name, key


def _restaffed(cases: models.QuerySet[Any]) -> set[uuid.UUID]:
    """Return the cases whose team is not the one that came with them."""
    places = TeamMember.objects.filter(case__in=cases).order_by()
    ended = set(places.exclude(until=None).values_list("case_id", flat=True))
    several = places.values("case_id").annotate(count=models.Count("id")).filter(count__gt=1)
    return ended | set(several.values_list("case_id", flat=True))


@transaction.atomic
def take_away(cases: Sequence[Case]) -> None:
    """Remove cases that nobody touched, with their persons, as if they had never come; the persons' keys are destroyed.

    For cases that are hidden already: the caller holds them, has made sure that they are untouched, has taken away what
    refers to them above this room, and says so in the record. All at once, for each
    key that is destroyed alone empties the database's journal once more.
    """
    if any(case.status != ARRIVING for case in cases):
        raise ValueError("hide them first")
    ids, persons, key_ids = [case.pk for case in cases], [case.person for case in cases], [case.key_id for case in cases]
    names.forget_many(persons)
    gone = [key_id.bytes for key_id in destroyed.lines_of(key_ids)]
    Draft.objects.annotate(named=header("sealed")).filter(named__in=gone).delete()
    Note._base_manager.filter(case__in=ids).delete()
    TeamMember.objects.filter(case__in=ids).delete()
    for model, pks in ((Case, ids), (Person, [person.pk for person in persons])):
        model.history.model._base_manager.filter(id__in=pks).delete()
        rows: Any = model._base_manager.filter(pk__in=pks)
        rows._raw_delete(rows.db)  # without a last version of each: nothing of them is to stay
    keys.destroy_many(key_ids)
